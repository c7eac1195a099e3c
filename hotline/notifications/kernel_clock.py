"""Whether a time server keeps this machine's clock, as the kernel knows it.

``adjtimex(2)`` is asked and nothing is changed: whichever daemon disciplines the clock (chrony,
systemd-timesyncd, ntpd) clears ``STA_UNSYNC``, and the kernel sets it when that daemon falls silent.
"""

from __future__ import annotations

import ctypes

_STA_UNSYNC = 0x0040
_TIME_ERROR = 5
"""``<sys/timex.h>``."""


class _Timex(ctypes.Structure):
    """The head of ``struct timex``; the rest is room the kernel may fill."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 512),
    )


def synchronised() -> bool | None:
    """True or False; ``None`` where the kernel will not say (a container may forbid the question)."""
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    timex = _Timex()
    state = adjtimex(ctypes.byref(timex))
    if state < 0:
        return None
    return state != _TIME_ERROR and not timex.status & _STA_UNSYNC
