"""How long a caller is likely to wait. Pure.

``H`` is the moving average of how long an operator of the queue is busy with a call (talk and wrap-up). With
``n`` operators there, one of them becomes free every ``H / n`` seconds: the caller at position ``p`` waits
about ``H * (p - r) / n``, where ``r`` operators are ready, or rung, and serve the first callers at once.
"""

from __future__ import annotations

WEIGHT = 0.2
"""Of the newest call in the average: the last ten calls make nine tenths of it."""


def averaged(before: float | None, seconds: float) -> float:
    """Return the moving average after one more call of that length."""
    return seconds if before is None else before + WEIGHT * (seconds - before)


def expected(position: int, *, handling: float | None, there: int, ready: int) -> float | None:
    """Return the seconds a caller at ``position`` (from 1) waits; ``None`` when nothing is known yet."""
    if position <= ready:
        return 0.0
    if handling is None or there == 0:
        return None
    return handling * (position - ready) / there
