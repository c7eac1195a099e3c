"""Keeping one account registered: tried again with growing pauses for as long as it takes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta

import baresip
import structlog

from hotline import settings
from hotline.call.clock import Clock
from hotline.telephony.status import AccountState, AccountStatus

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 120.0
_ANSWER_WITHIN = 10.0
_FAREWELL_WITHIN = 2.0

_log = structlog.get_logger(__name__)


def pause_after(failures: int, *, jitter: float) -> float:
    """Seconds to wait after that many failures in a row (from 1); ``jitter`` in 0..1 spreads accounts.

    Doubling from 2 s to at most 2 minutes, between 50 and 100 % of it (after RFC 5626 section 4.5,
    whose base time of 30 s would leave a hotline unreachable too long after a short outage).
    """
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - 1, 16))
    return longest * (0.5 + 0.5 * jitter)


class Registration:
    """One account's registration, from start to unregistering."""

    def __init__(
        self,
        account: settings.Account,
        agent: baresip.UserAgent,
        clock: Clock,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._account = account
        self._agent = agent
        self._clock = clock
        self._jitter = jitter
        self._lost = asyncio.Event()
        wanted = account.register_every > 0
        state = AccountState.REGISTERING if wanted else AccountState.UNREGISTERED
        self._status = AccountStatus(name=account.name, state=state, since=clock.now())

    @property
    def status(self) -> AccountStatus:
        """Where it stands."""
        return self._status

    async def keep(self) -> None:
        """Register, stay registered, and begin again whenever it is lost. Ends only by cancellation."""
        if self._account.register_every == 0:
            return
        self._agent.on(self._on_event)
        try:
            while True:
                failures = await self._until_registered()
                _log.info("account registered", account=self._account.name, failures=failures)
                # The library refreshes by itself; this waits for a refresh that fails.
                await self._lost.wait()
        finally:
            self._agent.off(self._on_event)

    async def _until_registered(self) -> int:
        failures = 0
        while True:
            # Whatever failed before this attempt says nothing about it.
            self._lost.clear()
            try:
                await self._agent.register(timeout=_ANSWER_WITHIN)
            except baresip.BaresipError as error:
                failures += 1
                await self._wait_after(failures, error)
                continue
            self._become(AccountState.REGISTERED)
            self._lost.clear()
            return failures

    async def _wait_after(self, failures: int, error: baresip.BaresipError) -> None:
        pause = pause_after(failures, jitter=self._jitter())
        reason = why(error)
        self._become(AccountState.FAILED, failures=failures, last_error=reason, pause=pause)
        _log.warning(
            "account not registered",
            account=self._account.name,
            failures=failures,
            reason=reason,
            next_try_in=round(pause, 1),
        )
        await self._clock.sleep(pause)

    def _become(
        self, state: AccountState, *, failures: int = 0, last_error: str = "", pause: float | None = None
    ) -> None:
        changed = state is not self._status.state
        now = self._clock.now()
        self._status = AccountStatus(
            name=self._account.name,
            state=state,
            since=now if changed else self._status.since,
            last_error=last_error,
            failures=failures,
            next_try_at=None if pause is None else now + timedelta(seconds=pause),
        )

    def _on_event(self, event: baresip.StackEvent) -> None:
        if event.event is baresip.Event.REGISTER_FAIL and self._status.state is AccountState.REGISTERED:
            self._become(AccountState.FAILED, failures=1, last_error=event.text or "no reason given")
            self._lost.set()

    async def leave(self) -> None:
        """Unregister; a registrar that does not answer is not waited for."""
        if self._status.state is not AccountState.REGISTERED:
            return
        try:
            await self._agent.unregister(timeout=_FAREWELL_WITHIN)
        except baresip.BaresipError as error:
            _log.info("account not unregistered", account=self._account.name, reason=why(error))


def why(error: baresip.BaresipError) -> str:
    """Say in a few words why a registrar did not take us: its status line or the transport's error."""
    if isinstance(error, baresip.RegistrationError) and error.status is not None:
        return f"{error.status} {error.reason}".strip()
    return str(error)
