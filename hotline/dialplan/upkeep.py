"""What keeps the register true whatever happens to a process: last seconds, lost calls, whose turn it is.

A call that a crash cut off is charged up to its last known second: what the guest talked is owed, what
nobody can prove is not. Known are the caller's recording and events, and a note every few seconds.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.db.engine import Database
from hotline.dialplan import repository
from hotline.dialplan.house import Legs
from hotline.dialplan.models import OutsideCallRow
from hotline.dialplan.service import Ended, OutsideBook

log = structlog.get_logger(__name__)

SEEN_EVERY = timedelta(seconds=5)
SETTLE_AFTER = timedelta(seconds=30)
"""A leg that ended so long ago is charged by whoever led it, or by nobody any more."""
NEVER_DIALLED = timedelta(minutes=10)
"""A permitted call without any leg is off after this."""


class Upkeep:
    """Ticks once a second in the calls process."""

    def __init__(self, db: Database, book: OutsideBook, legs: Legs, clock: Clock) -> None:
        """``legs`` are the call records."""
        self._db = db
        self._book = book
        self._legs = legs
        self._clock = clock
        self._seen_at = clock.now()
        self._settled_at = clock.now() - SETTLE_AFTER

    async def tick(self) -> int:
        """Look once; returns how many guests are rung from now on."""
        now = self._clock.now()
        talking = self._book.talking
        if talking and now - self._seen_at >= SEEN_EVERY:
            self._seen_at = now
            await self._db.write(lambda session: repository.still_alive(session, talking, now))
        if now - self._settled_at >= SEEN_EVERY:
            self._settled_at = now
            await self._settle(now)
        if not await self._db.read(self._book.bookings.anything):
            return 0
        return await self._db.write(lambda session: self._book.bookings.tick(session, now))

    async def _settle(self, now: datetime) -> None:
        due = await self._db.read(lambda session: self._over(session, now))
        found = self._book.plan()
        for slip, ended in due:
            if slip in self._book.talking:
                continue

            def charge(session: Session, slip: str = slip, ended: Ended = ended) -> None:
                self._book.charge_in(session, slip, ended, found, now)

            await self._db.write(charge)
            log.warning("an outside call whose end nobody told was charged", slip=slip, lost=ended.lost)

    def _over(self, session: Session, now: datetime) -> list[tuple[str, Ended]]:
        rows = repository.open_calls(session, before=now - SETTLE_AFTER)
        return [(row.slip, ended) for row in rows if (ended := self._end_of(session, row, now)) is not None]

    def _end_of(self, session: Session, row: OutsideCallRow, now: datetime) -> Ended | None:
        leg = self._legs.find(
            session, leg=row.leg, linkedid=row.linkedid, sent=row.sent, since=row.permitted_at
        )
        last = row.ended_at or row.permitted_at
        if leg is None:
            silent = now - last > NEVER_DIALLED
            disposition = "LOST" if row.answered_at else "CANCELLED"
            return (
                Ended(row.answered_at, last, disposition, lost=row.answered_at is not None)
                if silent
                else None
            )
        if leg.ended_at is None or now - leg.ended_at < SETTLE_AFTER:
            return None
        answered_at = row.answered_at or leg.answered_at
        ended_at = max(leg.ended_at, last) if leg.lost else leg.ended_at
        disposition = "LOST" if leg.lost else "ANSWERED" if answered_at else "FAILED"
        return Ended(answered_at, ended_at, disposition, lost=leg.lost)
