"""The watch over time limits: tells each warning and each breach exactly once.

A tick reads only the limits that are due by their index. What is told, and that it was told, is one
transaction: killed at any moment, started twice, its clock set forward or back, it misses nothing
and repeats nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault
from hotline.call.ports import WorkingTime
from hotline.db.engine import Database
from hotline.tickets.limitbook import LimitBook
from hotline.tickets.models import TicketLimitRow, TicketRow
from hotline.tickets.policy_file import PolicySource

log = structlog.get_logger(__name__)

TICK_SECONDS = 1.0
BATCH = 100
"""Limits (or tickets) a transaction: short enough that a call's own write does not wait noticeably."""
STALE_BATCHES = 2
"""Batches of tickets worked out anew in one tick."""
LOOK_FOR_STALE_EVERY = timedelta(seconds=60)
"""How often tickets are looked for whose limits were worked out by another policy."""


class SlaWatch:
    """Watches the limits of all tickets; any number of nodes may do so at once."""

    def __init__(
        self,
        db: Database,
        *,
        clock: Clock,
        policy: PolicySource,
        working_time: Mapping[str, WorkingTime],
    ) -> None:
        """``working_time`` by estate; without one for its estate a ticket's limits are calendar time."""
        self._db = db
        self._clock = clock
        self._book = LimitBook(policy, working_time)
        self._looked: tuple[str, float] | None = None

    async def run(self) -> None:
        """Tick every second until cancelled; a database that is away for a while only delays."""
        while True:
            try:
                await self.tick()
            except EnvironmentFault as fault:
                log.warning("time limits are not watched for now", reason=fault.code)
            except Exception:
                log.exception("time limits are not watched for now")
            await self._clock.sleep(TICK_SECONDS)

    async def tick(self) -> int:
        """Tell what is due now; returns how much. Raises ``EnvironmentFault`` when the database fails."""
        try:
            await self._refresh_stale()
        except EnvironmentFault:
            raise
        except Exception:
            log.exception("some time limits cannot be worked out anew")
        told = 0
        while True:
            due, fresh = await self._tell_some()
            told += fresh
            if due < BATCH or not fresh:
                return told

    async def _tell_some(self) -> tuple[int, int]:
        """Tell of up to :data:`BATCH` limits; returns how many were due and what was told."""
        now = self._clock.now()
        due = await self._db.read(lambda session: _due(session, now))
        if not due:
            return 0, 0

        numbers = list(dict.fromkeys(due))
        try:
            return len(due), await self._db.write(partial(self._tell, numbers=numbers, now=now))
        except IntegrityError:
            log.info("another node told of the same limits first")
            return 0, 0
        except EnvironmentFault:
            raise
        except Exception:
            log.exception("some time limits cannot be told together: each on its own")
            return 0, await self._tell_each(numbers, now)

    async def _tell_each(self, numbers: Sequence[str], now: datetime) -> int:
        """Tell of each ticket in a transaction of its own: one that cannot be told silences no other."""
        told = 0
        for number in numbers:
            try:
                told += await self._db.write(partial(self._tell, numbers=[number], now=now))
            except EnvironmentFault:
                raise
            except Exception:
                log.exception("a ticket's time limits cannot be told", ticket=number)
        return told

    def _tell(self, session: Session, *, numbers: Sequence[str], now: datetime) -> int:
        return self._book.tell(session, _locked(session, numbers), now)

    async def _refresh_stale(self) -> None:
        """Work out limits that are provisional, or were worked out by another policy or day.

        A changed policy concerns every open ticket: some at each tick, so that nothing due waits.
        """
        now = self._clock.now()
        stamp = await asyncio.to_thread(self._book.stamp, now)  # may read the policy anew
        thorough = self._looked is None or self._looked[0] != stamp or self._is_time(self._looked[1])
        for _ in range(STALE_BATCHES):
            stale = await self._db.read(lambda session: _stale(session, stamp if thorough else None))
            if stale:
                await self._db.write(partial(self._refresh, numbers=stale, now=now))
            if len(stale) < BATCH:
                if thorough:
                    self._looked = (stamp, self._clock.monotonic())
                return

    def _refresh(self, session: Session, *, numbers: Sequence[str], now: datetime) -> None:
        self._book.refresh(session, _locked(session, numbers), now)

    def _is_time(self, looked: float) -> bool:
        return self._clock.monotonic() - looked >= LOOK_FOR_STALE_EVERY.total_seconds()


def _due(session: Session, now: datetime) -> Sequence[str]:
    line = TicketLimitRow
    query = select(line.number).where(line.next_fire_at <= now).order_by(line.next_fire_at).limit(BATCH)
    return session.scalars(query).all()


def _stale(session: Session, stamp: str | None) -> Sequence[str]:
    """Return tickets to be worked out: the provisional ones; given ``stamp``, all without that mark."""
    mark = TicketRow.limits_of
    wanted = mark == "" if stamp is None else or_(mark < stamp, mark > stamp)
    return session.scalars(select(TicketRow.number).where(wanted).limit(BATCH)).all()


def _locked(session: Session, numbers: Sequence[str]) -> Sequence[TicketRow]:
    """Return the tickets no other node is working on just now, locked; in one order, so nobody waits."""
    query = select(TicketRow).where(TicketRow.number.in_(numbers)).order_by(TicketRow.number)
    return session.scalars(query.with_for_update(skip_locked=True)).all()
