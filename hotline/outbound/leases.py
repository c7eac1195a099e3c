"""Whose lease is still renewed: judged by what is seen to change, not by anybody's wall clock. Pure.

Nodes' clocks differ and are set forwards and back. A lease that was not renewed while this process
watched for as long as a lease lasts has no owner any more, whatever instant is written in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class _Seen:
    lease: datetime | None
    since: float


class LeaseWatch:
    """Remembers when each lease was last seen to change. Monotonic seconds throughout."""

    def __init__(self, lasts: float) -> None:
        """``lasts``: seconds without renewal after which an owner is gone."""
        self._lasts = lasts
        self._seen: dict[str, _Seen] = {}

    def look(self, leases: Mapping[str, datetime | None], *, at: float) -> frozenset[str]:
        """Take in the leases of others as they are now; return the calls whose owner is gone."""
        before, self._seen = self._seen, {}
        for call, lease in leases.items():
            known = before.get(call)
            unchanged = known is not None and known.lease == lease
            self._seen[call] = known if known is not None and unchanged else _Seen(lease, at)
        return frozenset(call for call, seen in self._seen.items() if at - seen.since >= self._lasts)
