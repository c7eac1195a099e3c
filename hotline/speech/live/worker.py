"""A recognition worker: ``python -m hotline.speech.live.worker ENGINES`` on standard input and output.

One process, one utterance at a time, everything synchronous. It ends when its input ends, so it
never outlives the calls process. Words go to standard output only, never to a log.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from hotline.call.errors import HotlineError
from hotline.speech.engines.load import load
from hotline.speech.grammar.place import PlaceBlock
from hotline.speech.live import wire
from hotline.speech.live.wire import Answer, Op
from hotline.speech.recogniser import NOTHING, Recogniser, Recognition, Utterance

NICENESS = 2
"""Behind the calls process, whose 20 ms matter more."""


class Worker:
    """Does what the messages say."""

    def __init__(self, engines: Mapping[str, Recogniser], output: BinaryIO) -> None:
        """``engines`` by language."""
        self._engines = engines
        self._output = output
        self._places: dict[str, tuple[PlaceBlock, ...]] = {}
        self._utterance: Utterance | None = None
        self._number = 0
        self._known: Recognition | None = None

    def take(self, op: Op, body: bytes) -> None:
        """Carry one message out; whatever fails is said in the utterance's answer."""
        if op is Op.SOUND:
            self._sound(body)
        elif op is Op.PLACES:
            told = json.loads(body)
            self._places[told["estate"]] = wire.places_of(told)
        elif op is Op.BEGIN:
            self._begin(json.loads(body))
        elif op is Op.DROP:
            self._utterance = None
        else:
            self._answer("pause" if op is Op.PAUSE else "final")

    def _begin(self, body: Mapping[str, Any]) -> None:
        self._number = int(body["id"])
        self._known = None
        self._utterance = None
        engine = self._engines.get(body["language"])
        if engine is None:
            return
        try:
            self._utterance = engine.begin(wire.task_of(body, self._places))
        except (HotlineError, RuntimeError, ValueError) as error:
            self._say(Answer(kind="failed", utterance=self._number, sentence=_sentence(error)))

    def _sound(self, pcm: bytes) -> None:
        self._known = None
        if self._utterance is not None:
            self._utterance.feed(pcm)

    def _answer(self, kind: str) -> None:
        if self._known is None:
            try:
                self._known = self._utterance.result() if self._utterance else NOTHING
            except (RuntimeError, ValueError) as error:
                self._known = NOTHING
                self._say(Answer(kind="failed", utterance=self._number, sentence=_sentence(error)))
        known = self._known
        self._say(Answer(kind=kind, utterance=self._number, text=known.text, score=known.score))

    def _say(self, answer: Answer) -> None:
        self._output.write(answer.line())
        self._output.flush()


def _sentence(error: Exception) -> str:
    return error.sentence if isinstance(error, HotlineError) else f"{type(error).__name__} in the engine"


def main() -> None:
    """Load ``[[languages, engine, model folder], …]`` (first argument), then serve until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.setpriority(os.PRIO_PROCESS, 0, NICENESS)  # not relative: the calls process's is not ours
    # Engines print to standard output now and then: keep it for answers.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    engines: dict[str, Recogniser] = {}
    try:
        for languages, engine, model in json.loads(sys.argv[1]):
            loaded = load(engine, Path(model), tuple(languages))
            engines.update(dict.fromkeys(languages, loaded))
    except HotlineError as error:
        output.write(Answer(kind="failed", sentence=error.sentence).line())
        output.flush()
        sys.exit(1)
    worker = Worker(engines, output)
    output.write(Answer(kind="ready").line())
    output.flush()
    while (message := wire.read(sys.stdin.buffer)) is not None:
        worker.take(*message)


if __name__ == "__main__":
    main()
