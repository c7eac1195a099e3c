"""Who reaches the SIP library: allow-list and flood limit, kept by packet filters where possible."""

from __future__ import annotations

import asyncio
import socket
from enum import Enum, auto

import structlog

from hotline import settings
from hotline.call.clock import Clock
from hotline.telephony.addresses import host_of
from hotline.telephony.admission import AllowList, InviteLimit
from hotline.telephony.listen import Listening
from hotline.telephony.packetfilter import PacketFilter, Rules
from hotline.telephony.status import Counters

_LOOK_EVERY = 0.5
_RESOLVE_EVERY = 300.0
"""Seconds between looks at the accounts' names: trunks change their addresses."""

_log = structlog.get_logger(__name__)


class Verdict(Enum):
    """What becomes of an INVITE that got as far as the library."""

    WELCOME = auto()
    STRANGER = auto()
    FLOOD = auto()


class Gate:
    """Keeps strangers and floods out; counts both."""

    def __init__(self, sip: settings.Sip, listening: Listening, clock: Clock, counters: Counters) -> None:
        self._accounts = sip.accounts
        self._clock = clock
        self._counters = counters
        self._allowed = AllowList(sip.admission.allow)
        self._limit = InviteLimit(sip.admission)
        self._shut_out: dict[str, float] = {}
        self._account_at: dict[str, str] = {}
        self._trunks: frozenset[str] = frozenset()
        self._filter = PacketFilter([listening.port, *([listening.tls_port] if listening.tls else [])])
        self._dropped = 0
        self._resolved_at = 0.0

    async def open(self) -> int:
        """Put the filter on the library's sockets, which are bound by now; returns their number."""
        found = self._filter.open()
        await self._resolve_accounts()
        self._apply()
        return found

    def close(self) -> None:
        """Let go of the sockets."""
        self._filter.close()

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where the library really listens over UDP, as ``host:port``."""
        return self._filter.addresses

    @property
    def shut_out(self) -> tuple[str, ...]:
        """Addresses whose INVITEs are being dropped."""
        return tuple(sorted(self._shut_out))

    def account_at(self, source: str) -> str:
        """Name of the account whose host has this address; empty when none or several have it."""
        return self._account_at.get(source, "")

    def is_trunk(self, source: str) -> bool:
        """Tell whether an address is one of the accounts' hosts: those may assert who calls."""
        return source in self._trunks

    async def permit_host(self, host: str) -> None:
        """Let a host we are about to call send its requests (BYE, re-INVITE)."""
        if self._allowed.permit(await addresses_of(host)):
            self._apply()

    def judge(self, source: str) -> Verdict:
        """Count one INVITE of ``source`` and say what becomes of it."""
        if not self._allowed.allows(source):
            self._counters.refused_not_allowed += 1
            return Verdict.STRANGER
        # A trunk is one address for a whole town: on the day of a burst main all its calls count,
        # and the channel limit says what is too much.
        now = self._clock.monotonic()
        if self.is_trunk(source) or self._limit.take(source, now):
            return Verdict.WELCOME
        self._counters.refused_flood += 1
        if source not in self._shut_out:
            self._shut_out[source] = now + self._limit.seconds_to_recover(source, now)
            self._count_drops(flood=False)
            self._apply()
            _log.warning("source shut out: too many calls", sources=len(self._shut_out))
        return Verdict.FLOOD

    async def keep(self) -> None:
        """Let sources in again, count what was dropped, follow the accounts' names. Until cancelled."""
        while True:
            await self._clock.sleep(_LOOK_EVERY)
            now = self._clock.monotonic()
            self._count_drops(flood=bool(self._shut_out))
            recovered = [source for source, until in self._shut_out.items() if until <= now]
            for source in recovered:
                del self._shut_out[source]
            if recovered:
                self._apply()
                self._limit.forget_idle(now)
            if now - self._resolved_at > _RESOLVE_EVERY:
                await self._resolve_accounts()
                self._apply()

    def _count_drops(self, *, flood: bool) -> None:
        dropped = self._filter.dropped()
        if flood:
            self._counters.dropped_flood += dropped - self._dropped
        else:
            self._counters.dropped_not_allowed += dropped - self._dropped
        self._dropped = dropped

    def _apply(self) -> None:
        self._filter.apply(Rules(self._allowed.networks, self.shut_out))

    async def _resolve_accounts(self) -> None:
        self._resolved_at = self._clock.monotonic()
        found: dict[str, set[str]] = {}
        for account in self._accounts:
            for authority in filter(None, (account.domain, account.proxy)):
                for address in await addresses_of(host_of(authority)):
                    found.setdefault(address, set()).add(account.name)
        self._allowed.permit(found)
        self._trunks = frozenset(found)
        self._account_at = {a: next(iter(names)) for a, names in found.items() if len(names) == 1}


async def addresses_of(host: str) -> tuple[str, ...]:
    """Resolve a host's addresses; none when the name is not known (its calls are then strangers')."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except OSError:
        _log.warning("host not found: it is not on the allow-list")
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
