"""Slows down who tries passwords: by address, and never more than one hash at a time."""

from __future__ import annotations

import asyncio
import ipaddress
from collections import deque

from hotline.call.clock import Clock
from hotline.call.errors import HotlineError

WRONG_AT_MOST = 20
"""Wrong sign-ins of one address within :data:`WITHIN`; a shared office address makes a few itself."""
WITHIN = 300.0
"""Seconds."""
_MOST_ADDRESSES = 10_000


class TooMany(HotlineError):
    """Too many wrong sign-ins from one address."""

    code = "too-many-sign-ins"


class Throttle:
    """Counts wrong sign-ins."""

    def __init__(self, clock: Clock) -> None:
        """Count in memory: a new process begins anew, the locks of accounts stay."""
        self._clock = clock
        self._wrong: dict[str, deque[float]] = {}
        self.hashing = asyncio.Semaphore(1)
        """Held while a password is hashed: a flood of sign-ins takes one core at most, not the calls'."""

    def check(self, address: str) -> None:
        """Raise :class:`TooMany` while an address has to wait."""
        wrong = self._wrong.get(_network(address))
        if wrong is not None and len(wrong) == WRONG_AT_MOST and self._clock.monotonic() - wrong[0] < WITHIN:
            raise TooMany("Too many wrong sign-ins from this address: wait five minutes.")

    def count(self, address: str) -> None:
        """Count a wrong sign-in."""
        key = _network(address)
        if key not in self._wrong and len(self._wrong) >= _MOST_ADDRESSES:
            del self._wrong[next(iter(self._wrong))]
        self._wrong.setdefault(key, deque(maxlen=WRONG_AT_MOST)).append(self._clock.monotonic())


def _network(address: str) -> str:
    """One IPv4 address, or the /64 an IPv6 address is of: its owner has all of them."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, 64), strict=False))
