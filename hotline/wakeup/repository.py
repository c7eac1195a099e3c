"""Reading and locking wake-ups inside somebody's transaction.

Locks are taken in one order – counter, booking, day, calls –, so that no two nodes wait for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hotline.call.errors import WakeupRefused
from hotline.call.ports.paper import Place
from hotline.outbound import repository as calls
from hotline.outbound.models import OPEN_STATES, OutboundCallRow
from hotline.wakeup.course import LIVE, State, key_of
from hotline.wakeup.models import (
    BookingState,
    OccurrenceRow,
    WakeupCounterRow,
    WakeupHistoryRow,
    WakeupRow,
    WakeupWatchRow,
)

WAKEUP, KNOCK = "wakeup", "knock"
"""Kinds of the outbound calls; their subject is the booking's number."""
FIRST_NUMBER = 1001
"""Four digits are heard as a number, one is not."""
WATCH = "planner"
_ISO_DAY = len("2026-11-23")


def lock_book(session: Session) -> WakeupCounterRow:
    """Let nobody else book until the transaction ends: rules that count hold."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = insert(WakeupCounterRow).values(id=1, last=FIRST_NUMBER - 1)
    session.execute(first.on_conflict_do_nothing())
    return session.get_one(WakeupCounterRow, 1, with_for_update=True, populate_existing=True)


def next_number(counter: WakeupCounterRow) -> str:
    """Give the next number of the locked counter."""
    counter.last += 1
    return str(counter.last)


def lock(session: Session, number: str) -> WakeupRow | None:
    """Return a booking that nobody else changes until the transaction ends."""
    session.flush()
    return session.get(WakeupRow, number, with_for_update=True, populate_existing=True)


def must_lock(session: Session, estate: str, number: str) -> WakeupRow:
    """Return a booking that still rings, locked; raises :class:`WakeupRefused` (``wakeup-unknown``)."""
    row = lock(session, number)
    if row is None or row.estate != estate:
        raise WakeupRefused(f"There is no wake-up {number}.", code="wakeup-unknown")
    if row.state is not BookingState.BOOKED:
        raise WakeupRefused(f"Wake-up {number} rings no more.", code="wakeup-unknown")
    return row


def of_room(session: Session, estate: str, place: Place) -> Sequence[WakeupRow]:
    """Return the bookings of a room that still ring."""
    query = select(WakeupRow).where(
        WakeupRow.estate == estate,
        WakeupRow.building == place.building,
        WakeupRow.unit == place.unit,
        WakeupRow.room == place.room,
        WakeupRow.state == BookingState.BOOKED,
    )
    if not place.room:
        query = query.where(WakeupRow.place_note == place.note)
    return session.scalars(query.order_by(WakeupRow.number)).all()


def between_times(session: Session, estate: str, begin: time, end: time) -> Sequence[WakeupRow]:
    """Return the estate's bookings that still ring, at a local time from ``begin`` to ``end`` inclusive."""
    query = select(WakeupRow).where(
        WakeupRow.estate == estate,
        WakeupRow.at.between(begin, end),
        WakeupRow.state == BookingState.BOOKED,
    )
    return session.scalars(query).all()


def unfiled(session: Session, before: datetime, *, limit: int) -> Sequence[str]:
    """Return bookings whose next day comes before an instant and has no line in the register yet."""
    query = (
        select(WakeupRow.number)
        .where(WakeupRow.state == BookingState.BOOKED, WakeupRow.next_at <= before)
        .order_by(WakeupRow.next_at)
        .limit(limit)
    )
    return session.scalars(query).all()


# --- days ----------------------------------------------------------------------------------------


def day_of(session: Session, number: str, day: date) -> OccurrenceRow | None:
    """Return the line of one day."""
    query = select(OccurrenceRow).where(OccurrenceRow.wakeup == number, OccurrenceRow.day == day)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).first()


def live_days(session: Session, number: str) -> Sequence[OccurrenceRow]:
    """Return the days on which somebody is still to be rung, in order, locked."""
    session.flush()
    query = (
        select(OccurrenceRow)
        .where(OccurrenceRow.wakeup == number, OccurrenceRow.state.in_(LIVE))
        .order_by(OccurrenceRow.day)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).all()


def of_call(
    session: Session, call: OutboundCallRow, *, any_turn: bool = False
) -> tuple[WakeupRow, OccurrenceRow] | None:
    """Return booking and day a call is about, locked; ``None`` for one of an earlier turn or deleted."""
    booking = lock(session, call.subject)
    if booking is None:
        return None
    found = day_of(session, booking.number, day_in(call.occurrence))
    if found is None:
        return None
    present = key_of(found.day, found.turn) == call.occurrence
    return (booking, found) if present or any_turn else None


def day_in(occurrence: str) -> date:
    """Return the day an occurrence of outbound calls is about (see :func:`~hotline.wakeup.course.key_of`)."""
    return date.fromisoformat(occurrence[:_ISO_DAY])


def open_call(session: Session, kind: str, day: OccurrenceRow) -> OutboundCallRow | None:
    """Return the call of the day's present turn while it is planned or under way."""
    call = calls.find(session, kind, day.wakeup, key_of(day.day, day.turn))
    return call if call is not None and call.state in OPEN_STATES else None


def next_ring(session: Session, booking: WakeupRow) -> datetime | None:
    """Return when a booking rings next, whether filed already or not."""
    waiting = select(func.min(OccurrenceRow.turn_at)).where(
        OccurrenceRow.wakeup == booking.number, OccurrenceRow.state.in_([State.DUE, State.SNOOZED])
    )
    return session.scalar(waiting) or booking.next_at


def not_rung(session: Session, *, turn_before: datetime, limit: int) -> Sequence[tuple[str, date]]:
    """Return bookings and days whose guest was to be rung before an instant and, as far as known, was not."""
    query = (
        select(OccurrenceRow.wakeup, OccurrenceRow.day)
        .where(
            OccurrenceRow.state.in_([State.DUE, State.SNOOZED]),
            OccurrenceRow.turn_at < turn_before,
            OccurrenceRow.reason == "",
        )
        .order_by(OccurrenceRow.turn_at)
        .limit(limit)
    )
    return [(number, day) for number, day in session.execute(query)]


def unalarmed(session: Session, *, before: datetime, limit: int) -> Sequence[tuple[str, date]]:
    """Return bookings and days floor staff were due for before an instant, still live, without an alarm.

    The longest due first. Without an order PostgreSQL expects many, reads the whole register for the first
    and finds none; with one it takes the index.
    """
    query = (
        select(OccurrenceRow.wakeup, OccurrenceRow.day)
        .where(
            OccurrenceRow.state.in_(LIVE),
            OccurrenceRow.escalate_at < before,
            OccurrenceRow.alarmed_at.is_(None),
        )
        .order_by(OccurrenceRow.escalate_at)
        .limit(limit)
    )
    return [(number, day) for number, day in session.execute(query)]


def alarmed(session: Session, number: str, day: date) -> bool:
    """True when the console was alarmed about a day, or there is none."""
    query = select(OccurrenceRow.id).where(
        OccurrenceRow.wakeup == number, OccurrenceRow.day == day, OccurrenceRow.alarmed_at.is_(None)
    )
    return session.scalar(query) is None


# --- history and watch ---------------------------------------------------------------------------


def note(
    session: Session,
    number: str,
    event: str,
    *,
    at: datetime,
    who: str,
    why: str = "",
    day: date | None = None,
) -> None:
    """Add a line to the history."""
    session.add(WakeupHistoryRow(wakeup=number, day=day, at=at, event=event, who=who, why=why))


def history(session: Session, number: str) -> Sequence[WakeupHistoryRow]:
    """Return what was done to a booking and its days, oldest first."""
    query = select(WakeupHistoryRow).where(WakeupHistoryRow.wakeup == number).order_by(WakeupHistoryRow.id)
    return session.scalars(query).all()


def last_look(session: Session) -> datetime | None:
    """Return when wake-ups were last looked after; ``None``: never."""
    return session.scalar(select(WakeupWatchRow.seen_at).where(WakeupWatchRow.name == WATCH))


def looked(session: Session, at: datetime) -> None:
    """Note that wake-ups are looked after."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(WakeupWatchRow).values(name=WATCH, seen_at=at)
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"seen_at": at}))
