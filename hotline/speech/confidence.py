"""How sure a recognised answer is: the grammar's words against any sounds at all.

PocketSphinx gives no usable posterior with a grammar (``get_prob`` is 1 without the lattice search
that noise makes take half a minute). So a second search runs beside it that may take any sound
after any other. Where the caller said what the grammar has, the words explain the sound almost as
well as free sounds do; where the caller said something else, the forced words fit far worse.

Measured on ``speech-eval`` (the decoder's logarithm, a frame): answers that are in the grammar −15 …
+7, other speech forced into a menu −12 … −45, most of it below −20. So −15.5 maps to 0.5: a bare
“是的” of one voice lies there, and asking a “yes” again annoys more than a confirmed mistake. An
address followed by free words cannot be told from other speech this way (both −10 … +2); it is
read back in any case.
"""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from dataclasses import dataclass

MIDDLE = -15.5
"""Difference a frame at which an answer is as likely wrong as right."""
SLOPE = 0.25
UNEXPLAINED = 40.0
UNEXPLAINED_AT_EASE = 0.4
"""Share of the sounds that may be breath and echo taken for silence; what is more costs this much."""
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


SILENCES = frozenset({"SIL", "<sil>", "<s>", "</s>"})
"""Names of silence, in either search."""


def difference(
    words: Sequence[Stretch], sounds: Sequence[Stretch], aside: Container[str] = ()
) -> float | None:
    """Return words minus free sounds, a frame of the words outside ``aside``; ``None`` without any.

    Sounds that the grammar had to take for silence are taken off: a sentence of which a menu word
    fits one syllable is not that word.
    """
    free = _frames(sounds)
    compared: list[float] = []
    skipped = 0
    for frame, (name, likelihood) in _frames(words).items():
        sound, best = free.get(frame, ("SIL", 0.0))
        if name in SILENCES:
            skipped += sound not in SILENCES
        elif name not in aside:
            compared.append(likelihood - best)
    if not compared:
        return None
    unexplained = skipped / (skipped + len(compared))
    return sum(compared) / len(compared) - UNEXPLAINED * max(0.0, unexplained - UNEXPLAINED_AT_EASE)


def _frames(stretches: Sequence[Stretch]) -> dict[int, tuple[str, float]]:
    """Name and share of the likelihood, by frame."""
    return {
        frame: (stretch.name, stretch.likelihood / (stretch.end - stretch.start + 1))
        for stretch in stretches
        for frame in range(stretch.start, stretch.end + 1)
    }


def score(per_frame: float | None) -> float:
    """Map a difference a frame to 0 … 1; ``None`` (no words) is 0."""
    if per_frame is None:
        return 0.0
    return 1.0 / (1.0 + math.exp(-SLOPE * (per_frame - MIDDLE)))
