"""Kokoro-82M through onnxruntime: text to speech for prompts, never inside a call.

Model folder: ``*.onnx``, ``vocab.json``, ``voices/*.bin`` (float32 of shape (510, 256), one style
row per number of tokens). Half the speed of speech on one core.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hotline.call.errors import EnvironmentFault
from hotline.speech.voices.carrier import CARRIERS, cut_before_tail, tail_seconds
from hotline.speech.voices.phonemes import Phonemes

Samples = NDArray[np.float32]

RATE = 24_000
"""Samples a second that the model makes."""
_MOST_TOKENS = 510
_SENTENCE = re.compile(r"[^。！？.!?]+[。！？.!?]*(?:\s+|$)|[^。！？]+[。！？]*")
_STYLE = (_MOST_TOKENS, 256)
_GAP_SECONDS = 0.25
"""Silence between two sentences."""
_SPEED = 1.0
_PIECE_SPEED = 0.9
"""Words of a number are understood more easily a little slower than running speech."""


class KokoroVoice:
    """One voice of one language."""

    rate: Final = RATE

    def __init__(self, folder: Path, language: str, voice: str) -> None:
        """Open the model on one thread, so that the same text gives the same samples.

        Raises :class:`~hotline.call.errors.EnvironmentFault` when a file or a package is missing.
        """
        self._session = _session(folder)
        self._tokens: dict[str, int] = _vocabulary(folder)
        self._style = _style(folder, voice)
        self._phonemes = Phonemes(language, voice)
        self._carrier = CARRIERS[language]
        self._tail: float | None = None
        self.recipe = (
            f"Kokoro-82M v1.0 int8, speed {_SPEED:g}, pieces {_PIECE_SPEED:g} before “{self._carrier.tail}”"
        )

    def speak(self, text: str) -> Samples:
        """Return ``text`` as samples at 24 kHz, about -1..1, sentence by sentence.

        Raises :class:`ValueError` for a text with a sign that cannot be spoken.
        """
        gap = np.zeros(int(_GAP_SECONDS * RATE), np.float32)
        parts: list[Samples] = []
        for sentence in (found.strip() for found in _SENTENCE.findall(text)):
            if sentence:
                parts += [gap] if parts else []
                parts.append(trimmed(self._spoken(sentence, _SPEED)))
        if not parts:
            raise ValueError("an empty text cannot be spoken")
        return np.concatenate(parts)

    def speak_piece(self, text: str) -> Samples:
        """Return a word or phrase that others follow, cut out of a carrier sentence.

        Raises :class:`ValueError` as :meth:`speak`, and when it does not come apart from the carrier.
        """
        if self._tail is None:
            probe = self._spoken(self._carrier.around(self._carrier.probe), _PIECE_SPEED)
            self._tail = tail_seconds(probe, RATE)
        return cut_before_tail(self._spoken(self._carrier.around(text), _PIECE_SPEED), RATE, self._tail)

    def _spoken(self, text: str, speed: float) -> Samples:
        phonemes = self._phonemes.of(text)
        unknown = sorted({sign for sign in phonemes if sign not in self._tokens})
        if unknown or not phonemes:
            raise ValueError(f'"{text}" cannot be spoken: the voice has no sound for {" ".join(unknown)}')
        tokens = [self._tokens[sign] for sign in phonemes]
        if len(tokens) > _MOST_TOKENS:
            raise ValueError(
                f'"{text[:20]}…" is one sentence of {len(tokens)} sounds; at most {_MOST_TOKENS}'
            )
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": self._style[len(tokens) - 1][None, :],
            "speed": np.array([speed], np.float32),
        }
        return np.asarray(self._session.run(None, inputs)[0], np.float32).ravel()


def trimmed(samples: Samples, *, below_peak_db: float = 45.0, margin: float = 0.03) -> Samples:
    """Cut the silence the model puts around every sentence, leaving ``margin`` seconds."""
    frame = RATE // 100
    count = len(samples) // frame
    power = np.square(samples[: count * frame].reshape(count, frame)).mean(axis=1)
    loud = np.flatnonzero(power > power.max(initial=0.0) * 10 ** (-below_peak_db / 10))
    if loud.size == 0:
        return samples
    edge = int(margin * RATE)
    return samples[max(0, loud[0] * frame - edge) : (loud[-1] + 1) * frame + edge]


def _session(folder: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise EnvironmentFault(
            "onnxruntime is not installed; prompts are built with: pip install 'hotline-engine[voice-build]'"
        ) from error
    models = sorted(folder.glob("*.onnx"))
    if not models:
        raise EnvironmentFault(
            f"there is no Kokoro model in {folder}; get it with: hotline models install kokoro-82m"
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(models[0]), options, providers=["CPUExecutionProvider"])


def _vocabulary(folder: Path) -> dict[str, int]:
    try:
        content = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EnvironmentFault(f"{folder / 'vocab.json'} cannot be read: {error}") from error
    return dict(content.get("vocab", content))


def _style(folder: Path, voice: str) -> Samples:
    path = folder / "voices" / f"{voice}.bin"
    if not path.is_file():
        there = ", ".join(sorted(file.stem for file in path.parent.glob("*.bin"))) or "none"
        raise EnvironmentFault(f'there is no voice "{voice}" in {path.parent}; voices there: {there}')
    style = np.fromfile(path, dtype="<f4")
    if style.size != _STYLE[0] * _STYLE[1]:
        raise EnvironmentFault(
            f"{path} is not a Kokoro voice: {style.size} values instead of {_STYLE[0] * _STYLE[1]}"
        )
    return style.reshape(_STYLE)
