"""Vosk: streaming recognition with a small grammar or free, for live use with a real model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import vosk

from hotline.call.audio import RATE
from hotline.speech.grammar.build import grammar_for
from hotline.speech.grammar.phrases import phrases
from hotline.speech.recogniser import NOTHING, Capabilities, Recognition, Task

_UNKNOWN = "[unk]"


class Vosk:
    """The engine with its model loaded."""

    def __init__(self, model: Path, languages: tuple[str, ...]) -> None:
        """Load the model folder (0.5 s and 100 MB for a small one)."""
        vosk.SetLogLevel(-1)
        try:
            self._model = vosk.Model(str(model))
        except Exception as error:  # the binding raises nothing more specific
            raise RuntimeError(str(error)) from error
        self._capabilities = Capabilities(
            engine="vosk",
            languages=frozenset(languages),
            rates=(RATE, 16_000),
            streaming=True,
            grammar=True,
            free=True,
        )

    @property
    def capabilities(self) -> Capabilities:
        """Streaming, with a grammar or without."""
        return self._capabilities

    def begin(self, task: Task) -> _Utterance:
        """Begin with the task's grammar; free speech is taken down freely."""
        node = grammar_for(task)
        free = node is None or task.kind == "free"
        words = [] if free or node is None else phrases(node, self.knows)
        return _Utterance(self._recogniser(words), task.language)

    def knows(self, word: str) -> bool:
        """True when the model's vocabulary has ``word``."""
        return bool(self._model.vosk_model_find_word(word) >= 0)

    def transcribe(self, pcm: bytes, language: str, hints: Mapping[str, str]) -> Recognition:
        """Take free speech down; hints are of no use to this engine."""
        utterance = _Utterance(self._recogniser([]), language)
        utterance.feed(pcm)
        return utterance.result()

    def _recogniser(self, words: list[str]) -> Any:
        if words:
            grammar = json.dumps([*words, _UNKNOWN], ensure_ascii=False)
            recogniser = vosk.KaldiRecognizer(self._model, RATE, grammar)
        else:
            recogniser = vosk.KaldiRecognizer(self._model, RATE)
        recogniser.SetWords(True)
        return recogniser


class _Utterance:
    def __init__(self, recogniser: Any, language: str) -> None:
        self._recogniser = recogniser
        self._language = language
        self._words: list[Mapping[str, Any]] = []

    def feed(self, pcm: bytes) -> None:
        """Decode at once; the engine ends a stretch by itself at a longer pause."""
        if self._recogniser.AcceptWaveform(pcm):
            self._keep(self._recogniser.Result())

    def result(self) -> Recognition:
        """Everything since the beginning; the stretch under way is closed."""
        self._keep(self._recogniser.FinalResult())
        known = [word for word in self._words if word["word"] != _UNKNOWN]
        if not known:
            return NOTHING
        joint = "" if self._language == "zh" else " "
        # Unknown speech is confident of not being in the grammar: it takes from the score by its time.
        spoken = sum(word["end"] - word["start"] for word in self._words) or 1.0
        sure = sum(word["conf"] * (word["end"] - word["start"]) for word in known)
        return Recognition(joint.join(word["word"] for word in known), min(1.0, sure / spoken))

    def _keep(self, answer: str) -> None:
        self._words += json.loads(answer).get("result", [])
