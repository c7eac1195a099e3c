"""What the operating system is told about threads that people wait for."""

from __future__ import annotations

import os
import threading
from contextlib import suppress

NICENESS = -5
"""Hundreds of native threads wake for a packet each at full load; the few that run Python hold the
interpreter lock, and whoever holds it must not stand behind them in the queue for a processor."""


def prefer_this_thread() -> None:
    """Let the calling thread run before others where that is allowed (root, or ``LimitNICE`` in systemd)."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
