"""How sure a recognised answer is: the grammar's words against any sounds at all.

PocketSphinx gives no usable posterior with a grammar (``get_prob`` is 1 without the lattice search
that noise makes take half a minute). So a second search runs beside it that may take any sound
after any other. Where the caller said what the grammar has, the words explain the sound almost as
well as free sounds do; where the caller said something else, the forced words fit far worse.

Measured on ``speech-eval`` (log base 1.0001, right-shifted by 10 as the decoder keeps it, a frame):
answers in the grammar −17 … +5, other speech forced into it mostly −20 … −45. So −18 maps to 0.5, and
``SLOPE`` makes −8 0.9 and −28 0.1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

MIDDLE = -18.0
"""Difference a frame at which an answer is as likely wrong as right."""
SLOPE = 0.22
SHORT_ALARM = 10.0
"""Taken off where the answer is an emergency phrase of two syllables: the name 赵敏 came back as 救命
at −8. The question is asked again then, which a real emergency survives better than ringing the
duty list for a name does its trust."""

_LOG_BASE = math.log(1.0001)
_SMALLEST = 1e-300


@dataclass(frozen=True, slots=True)
class Stretch:
    """A word or sound of a hypothesis: frames ``start`` … ``end`` (inclusive, 10 ms each)."""

    name: str
    start: int
    end: int
    likelihood: float
    """Acoustic score of the whole stretch, in the decoder's logarithm."""


def log_score(linear: float) -> float:
    """Turn the linear score the Python binding gives back into the decoder's logarithm."""
    return math.log(max(linear, _SMALLEST)) / _LOG_BASE


def difference(words: Sequence[Stretch], sounds: Sequence[Stretch]) -> float | None:
    """Return words minus free sounds, a frame of the words; ``None`` without words.

    A free sound that begins or ends outside a word counts by its share of frames.
    """
    frames = sum(word.end - word.start + 1 for word in words)
    if not frames:
        return None
    free: dict[int, float] = {}
    for sound in sounds:
        share = sound.likelihood / (sound.end - sound.start + 1)
        free.update(dict.fromkeys(range(sound.start, sound.end + 1), share))
    return (
        sum(
            word.likelihood - sum(free.get(frame, 0.0) for frame in range(word.start, word.end + 1))
            for word in words
        )
        / frames
    )


def score(per_frame: float | None) -> float:
    """Map a difference a frame to 0 … 1; ``None`` (no words) is 0."""
    if per_frame is None:
        return 0.0
    return 1.0 / (1.0 + math.exp(-SLOPE * (per_frame - MIDDLE)))
