"""How many times it rang: the clock every leg is measured by (DOMAIN section 2).

One ring cycle is the tone and the silence after it (China: 1 s + 4 s), so ring *n* begins at
``cycle * (n - 1)`` seconds after the 180.
"""

from __future__ import annotations


def rings_begun(ring_seconds: float | None, *, cycle: float) -> int:
    """Return how many ring cycles began in ``ring_seconds``; 0 for a leg that never rang (``None``).

    The first begins with the 180 itself, so a leg answered at once has rung once. ``cycle`` is in
    seconds and larger than 0.
    """
    if ring_seconds is None:
        return 0
    return int(max(ring_seconds, 0.0) / cycle) + 1
