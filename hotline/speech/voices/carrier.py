"""Short words cut out of a sentence.

Kokoro speaks a lone syllable badly: slow, and often not recognisable (docs/decisions/0003-prompt-voice.md has
the figures). At the head of a sentence the same syllable is clear and has the pace of running speech.
So a piece is spoken as “三。大家好，请按键。” and cut where the mouth closes for the next word's stop
(大, “Take”). That tail takes the same time after every word, to within a few hundredths of a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

_FRAME_SECONDS = 0.005
_SMOOTHED_FRAMES = 5
_ONSET_DB = -38.0
_END_DB = -30.0
_CLOSED_DB = -20.0
"""Below the loudest frame: quieter than this at the cut, or the word has run into the tail."""
_JITTER_SECONDS = 0.09
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.1, 0.5
"""How long the word that measures the tail may take."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """A sentence for pieces of one language."""

    tail: str
    """What follows the piece; begins with a stop."""
    probe: str
    """A short word to measure the tail with."""

    def around(self, piece: str) -> str:
        """Return the sentence to speak."""
        piece = piece.rstrip("，, ")
        stop = "" if piece.endswith((".", "。")) else "。" if self.tail[0] >= "⺀" else "."
        return f"{piece}{stop}{'' if stop == '。' else ' '}{self.tail}"


CARRIERS: Final = {"zh": Carrier("大家好，请按键。", "一"), "en": Carrier("Take your time, please.", "oh")}


class NotSeparable(ValueError):
    """The piece and the tail ran together: no closure where one must be."""


def tail_seconds(samples: Samples, rate: int) -> float:
    """Measure the tail after the probe word; raises :class:`NotSeparable`."""
    level = _envelope(samples, rate)
    onset, end = _speech(level)
    low = onset + round(_SHORTEST_SECONDS / _FRAME_SECONDS)
    high = onset + round(_LONGEST_SECONDS / _FRAME_SECONDS)
    return (end - _closure(level, low, high)) * _FRAME_SECONDS


def cut_before_tail(samples: Samples, rate: int, tail: float) -> Samples:
    """Return the piece in front of a tail of about ``tail`` seconds; raises :class:`NotSeparable`."""
    level = _envelope(samples, rate)
    onset, end = _speech(level)
    expected = end - round(tail / _FRAME_SECONDS)
    jitter = round(_JITTER_SECONDS / _FRAME_SECONDS)
    cut = _closure(level, max(onset + 1, expected - jitter), expected + jitter)
    return samples[: cut * round(rate * _FRAME_SECONDS)]


def _envelope(samples: Samples, rate: int) -> NDArray[np.float64]:
    """Level of every 5 ms in dB below the loudest, smoothed over 25 ms."""
    frame = round(rate * _FRAME_SECONDS)
    count = len(samples) // frame
    power = np.square(samples[: count * frame].astype(np.float64).reshape(count, frame)).mean(axis=1)
    level = 10 * np.log10(power + 1e-9)
    edge = _SMOOTHED_FRAMES // 2
    smooth = np.convolve(
        np.pad(level, edge, mode="edge"), np.ones(_SMOOTHED_FRAMES) / _SMOOTHED_FRAMES, "valid"
    )
    return np.asarray(smooth - smooth.max(initial=-np.inf))


def _speech(level: NDArray[np.float64]) -> tuple[int, int]:
    return int(np.flatnonzero(level > _ONSET_DB)[0]), int(np.flatnonzero(level > _END_DB)[-1])


def _closure(level: NDArray[np.float64], low: int, high: int) -> int:
    window = level[low:high]
    if window.size == 0 or window.min() > _CLOSED_DB:
        raise NotSeparable(
            "the voice ran the word into its carrier sentence; give it another spelling with say:"
        )
    return low + int(np.argmin(window))
