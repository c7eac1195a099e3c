"""Talks taken down while they go on: every speaker's utterances as lines, by the slots questions use.

Questions come first: one slot is always left to them (when there is more than one), and as many talks are
followed as slots are left over. Nobody in the talk waits for any of it: what cannot be recognised in time
is dropped and said to be missing, and the transcript after the call has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Literal, Protocol

from hotline.call.ports import QuestionKind
from hotline.call.ports.legs import PcmSink
from hotline.speech.live.counters import SpeechCounters
from hotline.speech.live.slots import Loan, Wanted
from hotline.speech.live.utterances import Piece, UtteranceWatch
from hotline.speech.recogniser import Recognition, Task

STREAMING_FREE = frozenset({"vosk"})
"""Engines that take free speech down while it is spoken."""
FREE = STREAMING_FREE | {"whisper"}
"""… or fast enough after each utterance, on a machine with cores to spare."""
WAITS = 8.0
"""Seconds a finished utterance waits for a slot before it is dropped."""
PATIENCE = 15.0
"""Seconds a worker may take for its words: nobody waits on the line, and late ones are of use still."""
STUCK = 40.0
"""Seconds after which a worker that does not answer is replaced: a busy machine is no reason to load models
anew, at the cost of those who ask questions."""
LOOK_EVERY = 0.2
"""Seconds between looks for a slot while an utterance waits for one."""
ASK_AGAIN = 2.0
"""Seconds after which a talk that cannot be followed tries again."""

Mode = Literal["auto", "on", "off"]


class TalkWords(StrEnum):
    """Whether a talk is taken down, or why not."""

    ON = "on"
    OFF = "off"
    """By the settings."""
    ENGINE = "engine"
    """No engine here takes free speech of the talk's language down live."""
    FULL = "full"
    """All slots are taken by other talks."""
    BEHIND = "behind"
    """It is, but something was not recognised in time."""


class Tapped(Protocol):
    """A leg whose far end is listened to."""

    def tap(self, sink: PcmSink) -> None:
        """See :class:`~hotline.call.ports.Call`."""
        ...

    def untap(self, sink: PcmSink) -> None:
        """See :class:`~hotline.call.ports.Call`."""
        ...


class LineSink(Protocol):
    """Where lines go; called on the event loop."""

    def said(self, who: str, text: str) -> None:
        """Somebody has said something."""
        ...

    def stands(self, words: TalkWords) -> None:
        """It begins, stops or falls behind; told once a change."""
        ...


class Spare(Protocol):
    """What talks need of :class:`~hotline.speech.live.ears.LiveEars`."""

    counters: SpeechCounters

    def engine(self, language: str) -> str:
        """Return the engine that listens in ``language``; empty when none does."""
        ...

    def borrow_spare(self, wanted: Wanted) -> Loan | None:
        """Lend a slot that no question will miss."""
        ...


class Talks:
    """The talks of a process that are taken down."""

    def __init__(self, ears: Spare, *, mode: Mode, most: int) -> None:
        """``most`` talks at once."""
        self.counters = ears.counters
        self._ears = ears
        self._mode = mode
        self._most = most
        self._followed: set[Following] = set()

    def follow(self, speakers: Mapping[str, Tapped], language: str, sink: LineSink) -> Following:
        """Take down what ``speakers`` say, as soon and as long as that can be done."""
        return Following(self, speakers, language, sink)

    def admit(self, talk: Following, language: str) -> TalkWords:
        """Say whether a talk can be followed from now on."""
        if self._mode == "off":
            return TalkWords.OFF
        if self._ears.engine(language) not in (STREAMING_FREE if self._mode == "auto" else FREE):
            return TalkWords.ENGINE
        if len(self._followed) >= self._most:
            return TalkWords.FULL
        self._followed.add(talk)
        return TalkWords.ON

    def over(self, talk: Following) -> None:
        """A talk needs nothing any more."""
        self._followed.discard(talk)

    def borrow(self, wanted: Wanted) -> Loan | None:
        """Lend a slot."""
        return self._ears.borrow_spare(wanted)


@dataclass(slots=True, eq=False)
class _Utterance:
    who: str
    number: int
    loan: Loan | None = None
    held: list[bytes] = field(default_factory=list)
    """Sound no worker has got yet; :data:`~hotline.speech.live.utterances.LONGEST` bounds it."""
    over_at: float | None = None


@dataclass(slots=True, eq=False)
class _Speaker:
    who: str
    leg: Tapped
    watch: UtteranceWatch
    current: _Utterance | None = None
    dropped: int = 0


class Following:
    """One talk. Everything but the taps happens on the event loop."""

    def __init__(self, talks: Talks, speakers: Mapping[str, Tapped], language: str, sink: LineSink) -> None:
        """Use :meth:`Talks.follow`."""
        self._talks = talks
        self._legs = dict(speakers)
        self._language = language
        self._sink = sink
        self._loop = asyncio.get_running_loop()
        self._speakers: list[_Speaker] = []
        self._open: list[_Utterance] = []
        self._timer: asyncio.TimerHandle | None = None
        self._stands: TalkWords | None = None
        self._closed = False
        self._begin()

    def close(self, *, forget: bool = False) -> None:
        """Listen no more; what was said before still comes, unless it is to be forgotten."""
        if self._closed:
            return
        self._closed = True
        self._disarm()
        for speaker in self._speakers:
            speaker.leg.untap(speaker.watch.take)
            if not forget:
                self._drain(speaker)
                self._end(speaker)
        if forget:
            self._forget()
        self._serve()

    # --- beginning ---------------------------------------------------------------------------------

    def _begin(self) -> None:
        stands = self._talks.admit(self, self._language)
        self._tell(stands)
        if stands is not TalkWords.ON:
            if stands is not TalkWords.OFF:
                self._arm(ASK_AGAIN, self._begin)
            return
        for who, leg in self._legs.items():
            speaker = _Speaker(who, leg, UtteranceWatch(lambda: None))
            speaker.watch = UtteranceWatch(partial(self._wake, speaker))
            self._speakers.append(speaker)
            leg.tap(speaker.watch.take)

    def _tell(self, stands: TalkWords) -> None:
        if stands is not self._stands:
            self._stands = stands
            self._sink.stands(stands)

    # --- on the media thread -----------------------------------------------------------------------

    def _wake(self, speaker: _Speaker) -> None:
        with suppress(RuntimeError):  # the loop is closing: nobody reads any more
            self._loop.call_soon_threadsafe(self._woken, speaker)

    # --- on the event loop -------------------------------------------------------------------------

    def _woken(self, speaker: _Speaker) -> None:
        if not self._closed:
            self._drain(speaker)
            self._serve()

    def _drain(self, speaker: _Speaker) -> None:
        for piece in speaker.watch.pieces():
            self._take(speaker, piece)
        if speaker.watch.dropped > speaker.dropped:
            speaker.dropped = speaker.watch.dropped
            self._missed()

    def _take(self, speaker: _Speaker, piece: Piece) -> None:
        if speaker.current is None or speaker.current.number != piece.utterance:
            self._end(speaker)
            speaker.current = _Utterance(speaker.who, piece.utterance)
            self._open.append(speaker.current)
        speaker.current.held.append(piece.pcm)
        if piece.last:
            self._end(speaker)

    def _end(self, speaker: _Speaker) -> None:
        if speaker.current is not None:
            speaker.current.over_at = self._loop.time()
            speaker.current = None

    def _serve(self) -> None:
        """Give what was said to workers, the oldest first; what waits too long is dropped."""
        self._disarm()
        for utterance in tuple(self._open):
            if utterance.loan is None:
                utterance.loan = self._talks.borrow(self._wanted(utterance))
            if utterance.loan is not None:
                self._feed(utterance, utterance.loan)
            elif utterance.over_at is not None and self._loop.time() - utterance.over_at >= WAITS:
                self._open.remove(utterance)
                self._missed()
        if any(utterance.loan is None for utterance in self._open):
            self._arm(LOOK_EVERY, self._serve)
        elif self._closed and not self._open:
            self._talks.over(self)

    def _feed(self, utterance: _Utterance, loan: Loan) -> None:
        if utterance.held:
            loan.feed(b"".join(utterance.held))
            utterance.held.clear()
        if utterance.over_at is not None and not loan.finishing:
            loan.finish()

    def _wanted(self, utterance: _Utterance) -> Wanted:
        return Wanted(
            task=Task(kind=QuestionKind.FREE, language=self._language),
            estate="",
            places=(),
            urgent=False,
            on_pause=_nothing,
            on_final=partial(self._heard, utterance),
            patience=PATIENCE,
            stuck=STUCK,
        )

    def _heard(self, utterance: _Utterance, recognition: Recognition) -> None:
        if utterance not in self._open:
            return
        self._open.remove(utterance)
        if utterance.loan is not None and utterance.loan.was_late:
            self._missed()
        if recognition.text:
            self._talks.counters.talk_lines += 1
            self._sink.said(utterance.who, recognition.text)
        self._serve()

    def _missed(self) -> None:
        self._talks.counters.talk_missed += 1
        self._tell(TalkWords.BEHIND)

    def _forget(self) -> None:
        for utterance in self._open:
            if utterance.loan is not None:
                utterance.loan.drop()
        self._open.clear()

    def _arm(self, seconds: float, what: Callable[[], None]) -> None:
        self._timer = self._loop.call_later(seconds, what)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _nothing(_recognition: Recognition) -> None:
    """What it was so far is not shown."""
