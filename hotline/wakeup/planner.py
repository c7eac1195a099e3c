"""Looks after wake-ups between the calls: files the days ahead, finds what an outage missed, alarms.

Everything it finds is found again until it is done, and is done once: by the uniqueness of a day and of
its calls, under the lock of the booking. Two nodes may look at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.db.engine import Database
from hotline.outbound.desk import NOBODY
from hotline.outbound.models import CallState, OutboundCallRow
from hotline.wakeup import course, repository
from hotline.wakeup.models import BookingState, OccurrenceRow, WakeupRow
from hotline.wakeup.schedule import AHEAD, Schedule, is_stale

log = structlog.get_logger(__name__)

LOOK_EVERY = timedelta(seconds=30)
"""How often it is noted that wake-ups are looked after."""
BATCH = 200
"""Rows changed in one transaction at most: calls are written by the same queue."""


class WakeupPlanner:
    """Ticks once a second beside the dispatcher."""

    def __init__(self, db: Database, schedule: Schedule, clock: Clock) -> None:
        """Change rows by ``schedule``."""
        self._db = db
        self._schedule = schedule
        self._clock = clock

    async def tick(self) -> int:
        """Look once; returns how many days were filed, sent to the door or alarmed about.

        Reads by index and writes only when there is something to be done or :data:`LOOK_EVERY` is over.
        """
        now = self._clock.now()
        if not await self._db.read(lambda session: self._anything(session, now)):
            return 0
        return await self._db.write(lambda session: self.look(session, now))

    def look(self, session: Session, now: datetime) -> int:
        """Do what is to be done, in this transaction."""
        done = 0
        missed = self._missed(session, now) if is_stale(session, now) else ()
        if missed:
            done += self._each(
                session, missed, lambda booking, day: self._too_late(session, booking, day, now)
            )
            log.warning("wake-ups were not rung in time: floor staff are rung", count=len(missed))
        done += sum(self._file(session, number, now) for number in self._unfiled(session, now))
        done += self._each(session, self._nobody(session, now), self._alarming(session, now, "nobody"))
        done += self._each(session, self._unalarmed(session, now), self._alarming(session, now, "time"))
        if len(missed) < BATCH:
            repository.looked(session, now)  # else the rest is found by the next look, still as an outage
        return done

    # --- what there is to be done ----------------------------------------------------------------

    def _anything(self, session: Session, now: datetime) -> bool:
        seen = repository.last_look(session)
        return (
            seen is None
            or abs(now - seen) >= LOOK_EVERY
            or bool(self._unfiled(session, now, limit=1))
            or bool(self._nobody(session, now))
            or bool(self._unalarmed(session, now))
        )

    def _unfiled(self, session: Session, now: datetime, *, limit: int = BATCH) -> Sequence[str]:
        return repository.unfiled(session, now + AHEAD, limit=limit)

    def _missed(self, session: Session, now: datetime) -> Sequence[tuple[str, date]]:
        before = now - self._schedule.rules().late_start
        return repository.not_rung(session, turn_before=before, limit=BATCH)

    def _unalarmed(self, session: Session, now: datetime) -> Sequence[tuple[str, date]]:
        before = now - timedelta(minutes=self._schedule.rules().knock.alarm_after)
        return repository.unalarmed(session, before=before, limit=BATCH)

    def _nobody(self, session: Session, now: datetime) -> Sequence[tuple[str, date]]:
        """Return the days whose door nobody is on the roster to knock at."""
        query = select(OutboundCallRow.subject, OutboundCallRow.occurrence).where(
            OutboundCallRow.state == CallState.WAITING,
            OutboundCallRow.next_at <= now + timedelta(minutes=1),
            OutboundCallRow.kind == repository.KNOCK,
            OutboundCallRow.result == NOBODY,
        )
        calls = [(subject, repository.day_in(occurrence)) for subject, occurrence in session.execute(query)]
        return [found for found in calls if not repository.alarmed(session, *found)]

    # --- doing it --------------------------------------------------------------------------------

    def _each(
        self,
        session: Session,
        found: Sequence[tuple[str, date]],
        do: Callable[[WakeupRow, OccurrenceRow], bool],
    ) -> int:
        done = 0
        for number, on in found:
            booking = repository.lock(session, number)
            day = repository.day_of(session, number, on) if booking is not None else None
            if booking is not None and day is not None and day.standing.live:
                done += do(booking, day)
        return done

    def _file(self, session: Session, number: str, now: datetime) -> int:
        booking = repository.lock(session, number)
        if booking is None or booking.state is not BookingState.BOOKED:
            return 0
        return self._schedule.file_ahead(session, booking, now)

    def _too_late(self, session: Session, booking: WakeupRow, day: OccurrenceRow, now: datetime) -> bool:
        if not course.is_missed(day.standing, now, self._schedule.rules()):
            return False
        self._schedule.to_the_door(session, booking, day, now, course.OUTAGE)
        return True

    def _alarming(
        self, session: Session, now: datetime, why: str
    ) -> Callable[[WakeupRow, OccurrenceRow], bool]:
        def alarm(booking: WakeupRow, day: OccurrenceRow) -> bool:
            if day.alarmed_at is not None:
                return False
            self._schedule.alarm(session, booking, day, now, why)
            return True

        return alarm
