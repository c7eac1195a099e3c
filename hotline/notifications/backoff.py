"""How long to wait before a delivery is tried again. Pure."""

from __future__ import annotations

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 6 * 3600.0
GROWTH = 3.0
"""5 s, 15 s, 45 s … 1 h, 3 h, 6 h: a short outage is made good at once, a long one costs few attempts."""
SPREAD = 0.2
"""Up to a fifth more or less, so that what failed together does not come back together."""


def pause_after(attempts: int, *, jitter: float, asked: float | None = None) -> float:
    """Return the seconds to wait after so many failed attempts (from 1).

    ``jitter`` is 0 … 1. ``asked`` is what the receiver asked for (``Retry-After``, RFC 9110 section
    10.2.3); it is kept to, up to :data:`LONGEST_PAUSE`.
    """
    plain = min(LONGEST_PAUSE, FIRST_PAUSE * GROWTH ** min(attempts - 1, 32))
    pause = plain * (1 + SPREAD * (2 * jitter - 1))
    if asked is not None:
        pause = max(pause, asked)
    return min(pause, LONGEST_PAUSE)
