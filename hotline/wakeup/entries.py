"""The register as people read it: complete for any span, each line with how it is to be looked at.

Days further ahead than the filed ones are worked out from the bookings. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Integer, cast, func, select
from sqlalchemy.orm import Session

from hotline.call.errors import WakeupRefused
from hotline.call.ports.paper import Place
from hotline.wakeup import course, register
from hotline.wakeup.course import LIVE, State
from hotline.wakeup.models import BookingState, OccurrenceRow, WakeupRow
from hotline.wakeup.register import Attempt, Line
from hotline.wakeup.schedule import Schedule

ALARM, ESCALATED, LATE, RINGING, DUE, DONE, OFF = (
    "alarm", "escalated", "late", "ringing", "due", "done", "off",
)  # fmt: skip
"""How a line is shown, in words; the first three are red."""
RED = frozenset({ALARM, ESCALATED, LATE})
_OFF = frozenset({State.CANCELLED, State.SKIPPED})
_BATCH = 500
"""Bookings asked for at once: SQLite takes so many parameters in one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the register with the booking it belongs to."""

    line: Line
    booking: WakeupRow
    filed: bool
    """False: worked out, no call is planned yet."""
    minutes_late: int | None
    """Of the confirmation; while nobody has confirmed it, of now."""
    shown_as: str
    """:data:`ALARM` … :data:`OFF`."""

    @property
    def rings(self) -> tuple[Attempt, ...]:
        """The attempts to ring the guest."""
        return tuple(one for one in self.line.attempts if one.to_guest)

    @property
    def knocks(self) -> tuple[Attempt, ...]:
        """The attempts to ring floor staff."""
        return tuple(one for one in self.line.attempts if not one.to_guest)

    @property
    def first_ring_late(self) -> int | None:
        """Whole seconds from the booked time to the first ring; ``None`` while there was none."""
        delay = self.line.first_ring_delay
        return None if delay is None else max(0, int(delay))


def between(
    session: Session, schedule: Schedule, estate: str, begin: datetime, end: datetime, *, now: datetime
) -> list[Entry]:
    """Return the register from ``begin`` to before ``end``, by time and room."""
    lines = register.register(session, estate, begin, end).lines
    ahead = _unfiled(session, estate, end)
    known = _bookings(session, {line.number for line in lines}) | {row.number: row for row in ahead}
    filed = {(line.number, line.day) for line in lines}
    found = [_entry(line, known[line.number], schedule, now) for line in lines]
    for row in ahead:
        found += [
            _planned(row, day, at)
            for day, at in _days(row, schedule, begin, end)
            if (row.number, day) not in filed
        ]
    return sorted(found, key=lambda one: (one.line.due_at, one.line.place, one.line.number))


def still_to_come(
    session: Session, schedule: Schedule, estate: str, now: datetime, ahead: timedelta
) -> list[Entry]:
    """Return what a shift takes over at ``now``: what is not over yet and what is due within ``ahead``."""
    found = between(session, schedule, estate, now - course.FORGET_AFTER, now + ahead, now=now)
    return [one for one in found if one.line.state in LIVE]


def of_booking(session: Session, schedule: Schedule, row: WakeupRow, *, now: datetime) -> list[Entry]:
    """Return the filed days of a booking, oldest first."""
    return [_entry(line, row, schedule, now) for line in register.of_booking(session, row.number).lines]


def totals(found: Iterable[Entry]) -> dict[str, int]:
    """Count entries: ``booked`` (all that were not taken off), and each way they are shown."""
    counted = dict.fromkeys(("booked", DUE, RINGING, DONE, LATE, ESCALATED, ALARM, OFF), 0)
    for one in found:
        counted[one.shown_as] += 1
        counted["booked"] += one.shown_as != OFF
    return counted


# --- bookings ------------------------------------------------------------------------------------


def bookings(
    session: Session,
    estate: str | None,
    *,
    place: Place | None = None,
    states: Collection[BookingState] = (),
    limit: int | None = None,
) -> Sequence[WakeupRow]:
    """Return bookings, the next to ring first, those that ring no more after them."""
    query = select(WakeupRow)
    if estate is not None:
        query = query.where(WakeupRow.estate == estate)
    if place is not None:
        query = query.where(*_in(place))
    if states:
        query = query.where(WakeupRow.state.in_(states))
    waiting = (
        select(func.min(OccurrenceRow.turn_at))
        .where(OccurrenceRow.wakeup == WakeupRow.number, OccurrenceRow.state.in_([State.DUE, State.SNOOZED]))
        .scalar_subquery()
    )
    rings = func.coalesce(waiting, WakeupRow.next_at)
    newest = cast(WakeupRow.number, Integer).desc()
    order = (WakeupRow.state != BookingState.BOOKED, rings.is_(None), rings, newest)
    return session.scalars(query.order_by(*order).limit(limit)).all()


def booking(session: Session, number: str, estate: str | None = None) -> WakeupRow:
    """Return a booking; raises :class:`WakeupRefused` (``wakeup-unknown``)."""
    row = session.get(WakeupRow, number)
    if row is None or (estate is not None and row.estate != estate):
        raise WakeupRefused(f"There is no wake-up {number}.", code="wakeup-unknown")
    return row


def _in(place: Place) -> list[ColumnElement[bool]]:
    found = [WakeupRow.room == place.room]
    if place.building:
        found.append(WakeupRow.building == place.building)
    if place.unit:
        found.append(WakeupRow.unit == place.unit)
    return found


def _bookings(session: Session, numbers: Collection[str]) -> dict[str, WakeupRow]:
    given, found = sorted(numbers), dict[str, WakeupRow]()
    for start in range(0, len(given), _BATCH):
        some = given[start : start + _BATCH]
        rows = session.scalars(select(WakeupRow).where(WakeupRow.number.in_(some)))
        found |= {row.number: row for row in rows}
    return found


def _unfiled(session: Session, estate: str, end: datetime) -> Sequence[WakeupRow]:
    query = select(WakeupRow).where(
        WakeupRow.state == BookingState.BOOKED, WakeupRow.next_at < end, WakeupRow.estate == estate
    )
    return session.scalars(query).all()


def _days(
    row: WakeupRow, schedule: Schedule, begin: datetime, end: datetime
) -> Iterable[tuple[date, datetime]]:
    house = schedule.houses[row.estate]
    assert row.next_at is not None, "bookings without a next day were left out"
    since = max(begin, row.next_at) - timedelta(microseconds=1)
    for day, at in schedule.recurrence(row).instants_after(since, house.zone, house.calendar):
        if at >= end:
            return
        yield day, at


# --- lines ---------------------------------------------------------------------------------------


def _planned(row: WakeupRow, day: date, at: datetime) -> Entry:
    line = Line(
        number=row.number, day=day, place=str(row.place), due_at=at, state=State.DUE,
        requested_by=row.requested_by, confirmed_at=None, confirmed_by="", minutes_late=None, snoozes=0,
        reason="", alarmed_at=None, attempts=(),
    )  # fmt: skip
    return Entry(line=line, booking=row, filed=False, minutes_late=None, shown_as=DUE)


def _entry(line: Line, row: WakeupRow, schedule: Schedule, now: datetime) -> Entry:
    late = line.minutes_late
    if late is None and line.state in LIVE and now >= line.due_at:
        late = course.minutes_late(line.due_at, now)
    shown_as = _shown_as(line, late, schedule.rules().escalate_after)
    return Entry(line=line, booking=row, filed=True, minutes_late=late, shown_as=shown_as)


def _shown_as(line: Line, late: int | None, escalate_after: int) -> str:
    if line.state in _OFF and not line.gone_wrong:
        return OFF
    if line.alarmed_at is not None or line.state in (State.UNCONFIRMED, State.TOO_LATE):
        return ALARM
    if line.escalated or line.state is State.KNOCKED:
        return ESCALATED
    # who put it off by key chose to be up later; a ring that then fails is escalated, not late
    if late is not None and late >= escalate_after and not line.snoozes:
        return LATE
    if line.state not in LIVE:
        return DONE
    return DUE if line.state is State.DUE else RINGING
