"""Whisper by faster-whisper: whole utterances; transcripts, and live when nothing else is there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel

from hotline.call.audio import RATE
from hotline.speech.recogniser import NOTHING, Capabilities, Recognition, Task

CAPABILITIES = Capabilities(
    engine="whisper",
    languages=frozenset({"zh", "en"}),
    rates=(16_000,),
    streaming=False,
    grammar=False,
    free=True,
)
_PROMPT_WORDS = 40
"""Phrases of a question handed over as a hint: the model attends to 224 tokens of them."""
_SHORTEST = RATE // 5
"""Samples; less is a click, for which the model invents words."""


class Whisper:
    """The engine with its model loaded."""

    def __init__(self, model: Path) -> None:
        """Load a CTranslate2 model folder (about 1 s; int8, one thread: calls go first)."""
        self._model = WhisperModel(
            str(model), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
        )

    @property
    def capabilities(self) -> Capabilities:
        """Free speech, no grammar."""
        return CAPABILITIES

    def begin(self, task: Task) -> _Utterance:
        """Begin; the task's phrases are hints only."""
        phrases = (*task.phrases, *task.emergency_phrases)[:_PROMPT_WORDS]
        joint, start = ("、", "物业热线。") if task.language == "zh" else (", ", "Property hotline. ")
        return _Utterance(self, task.language, start + joint.join(phrases))

    def transcribe(self, pcm: bytes, language: str, hints: Mapping[str, str]) -> Recognition:
        """Take speech down, beam 5; ``hints["prompt"]`` are words of the trade."""
        return self.decode(pcm, language, hints.get("prompt", ""), beam=5)

    def decode(self, pcm: bytes, language: str, prompt: str, *, beam: int) -> Recognition:
        """Decode one stretch of speech that voice activity has cut out."""
        samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768
        if len(samples) < _SHORTEST:
            return NOTHING
        # Twice the rate by linear interpolation: the telephone band ends at 3,400 Hz anyway.
        doubled = np.interp(np.arange(2 * len(samples)) / 2, np.arange(len(samples)), samples).astype(
            np.float32
        )
        segments, _ = self._model.transcribe(
            doubled,
            language=language,
            beam_size=beam,
            initial_prompt=prompt or None,
            condition_on_previous_text=False,
            without_timestamps=True,
            temperature=0.0,
        )
        heard = [part for part in segments if part.no_speech_prob < 0.6 or part.avg_logprob > -0.5]
        text = "".join(part.text for part in heard).strip()
        if not text:
            return NOTHING
        return Recognition(text, math.exp(min(0.0, max(part.avg_logprob for part in heard))))


class _Utterance:
    def __init__(self, engine: Whisper, language: str, prompt: str) -> None:
        self._engine = engine
        self._language = language
        self._prompt = prompt
        self._pcm = bytearray()

    def feed(self, pcm: bytes) -> None:
        """Keep; decoding is done in one go."""
        self._pcm += pcm

    def result(self) -> Recognition:
        """Decode greedily, which is twice as fast as a beam: the caller waits."""
        return self._engine.decode(bytes(self._pcm), self._language, self._prompt, beam=1)
