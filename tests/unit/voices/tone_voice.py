"""A voice for tests: every sign of the text is a short tone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class ToneVoice:
    """Speaks at 24 kHz; remembers what it was asked to say."""

    rate = 24_000

    def __init__(self, *, fails_at: str = "", recipe: str = "tones") -> None:
        self.recipe = recipe
        self.said: list[str] = []
        self.pieces: list[str] = []
        self._fails_at = fails_at

    def speak(self, text: str) -> NDArray[np.float32]:
        if text == self._fails_at:
            raise ValueError(f'"{text}" cannot be spoken')
        self.said.append(text)
        return tone(0.2 * len(text), 24_000, amplitude=0.05)

    def speak_piece(self, text: str) -> NDArray[np.float32]:
        self.pieces.append(text)
        return self.speak(text)


def tone(seconds: float, rate: int, *, hertz: float = 440.0, amplitude: float = 0.3) -> NDArray[np.float32]:
    """A sine with a quarter second of silence on both sides."""
    at = np.arange(round(seconds * rate)) / rate
    silence = np.zeros(rate // 4)
    return np.concatenate([silence, amplitude * np.sin(2 * np.pi * hertz * at), silence]).astype(np.float32)
