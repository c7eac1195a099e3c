"""Whose INVITEs are taken, and how many. Pure: packets are dropped by :mod:`packetfilter`.

The allow-list and the accounts' hosts decide who may speak to us at all; a token bucket for each
source address decides how often it may begin a call.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from hotline.settings import Admission

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_FORGET_AFTER = 600.0
"""Seconds without an INVITE after which a source's full bucket is forgotten."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class InviteLimit:
    """Token bucket per source: ``burst`` at once, ``invites_per_minute`` in the long run."""

    def __init__(self, admission: Admission) -> None:
        self._rate = admission.invites_per_minute / 60.0
        self._burst = float(admission.burst)
        self._buckets: dict[str, _Bucket] = {}

    def take(self, source: str, now: float) -> bool:
        """Count one INVITE of ``source`` at ``now`` (monotonic seconds); False when it is one too many."""
        bucket = self._filled(source, now)
        if bucket.tokens < 1.0:
            return False
        bucket.tokens -= 1.0
        return True

    def exhausted(self, source: str, now: float) -> bool:
        """Tell whether the next INVITE of ``source`` would be one too many."""
        return self._filled(source, now).tokens < 1.0

    def seconds_to_recover(self, source: str, now: float) -> float:
        """How long the source has to be silent until a quarter of its burst is there again."""
        wanted = max(1.0, self._burst / 4)
        return max(0.0, (wanted - self._filled(source, now).tokens) / self._rate)

    def forget_idle(self, now: float) -> None:
        """Drop the buckets of sources that have been quiet for long, so that scanners cost no memory."""
        idle = [s for s, bucket in self._buckets.items() if now - bucket.filled_at > _FORGET_AFTER]
        for source in idle:
            del self._buckets[source]

    def _filled(self, source: str, now: float) -> _Bucket:
        bucket = self._buckets.setdefault(source, _Bucket(self._burst, now))
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.filled_at) * self._rate)
        bucket.filled_at = now
        return bucket


class AllowList:
    """Networks that may speak to us: configured ones, the accounts' hosts, and whoever we dialled."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks: dict[Network, None] = {ipaddress.ip_network(network): None for network in networks}

    @property
    def networks(self) -> tuple[Network, ...]:
        """All of them; those already covered by a wider one are left out."""
        v4 = [n for n in self._networks if isinstance(n, ipaddress.IPv4Network)]
        v6 = [n for n in self._networks if isinstance(n, ipaddress.IPv6Network)]
        return (*ipaddress.collapse_addresses(v4), *ipaddress.collapse_addresses(v6))

    def permit(self, addresses: Iterable[str]) -> bool:
        """Add single addresses; True when the list became longer."""
        before = self.networks
        for address in addresses:
            self._networks[ipaddress.ip_network(address)] = None
        return self.networks != before

    def allows(self, source: str) -> bool:
        """Tell whether an address is on the list; what is no address is not."""
        try:
            address = ipaddress.ip_address(source)
        except ValueError:
            return False
        return any(address in network for network in self.networks)
