"""Reading and writing tickets inside somebody's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hotline.call.errors import HotlineError
from hotline.call.ports import NewTicket, Place, Span, TicketKind, TicketSummary
from hotline.tickets.life import ENDED, UNFINISHED
from hotline.tickets.models import (
    TicketCounterRow,
    TicketFiringRow,
    TicketHistoryRow,
    TicketLimitRow,
    TicketRow,
    TicketState,
)

SERIAL_DIGITS = 4
"""A serial beyond 9999 simply has a fifth digit."""
_DATE_DIGITS = 8


class UnknownTicket(HotlineError, LookupError):
    """There is no ticket of that number."""

    code = "unknown-ticket"


def lock_counter(session: Session, day: date) -> TicketCounterRow:
    """Return the day's counter, locked until the transaction ends: numbers are given one by one."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(TicketCounterRow).values(day=day, last=0).on_conflict_do_nothing())
    return session.get_one(TicketCounterRow, day, with_for_update=True, populate_existing=True)


def next_number(counter: TicketCounterRow) -> tuple[str, int]:
    """Give the next number of the locked counter and its serial."""
    counter.last += 1
    return f"{counter.day:%Y%m%d}{counter.last:0{SERIAL_DIGITS}d}", counter.last


def columns_of(new: NewTicket) -> dict[str, Any]:
    """Return what the caller gave as columns; numbers raw."""
    return {
        "estate": new.estate,
        "kind": new.kind,
        "topic": new.topic,
        "urgency": new.urgency,
        "complete": new.complete,
        "building": new.place.building,
        "unit": new.place.unit,
        "room": new.place.room,
        "place_note": new.place.note,
        "caller_number_raw": new.caller_number,
        "callback_number_raw": new.callback_number,
        "caller_name": new.caller_name,
        "description": new.description,
        **_span_columns("words", new.words),
        **_span_columns("name", new.name_words),
        "call": new.call,
        "language": new.language,
        "assignee": new.assignee,
        "due_at": new.due_at,
    }


def _span_columns(prefix: str, span: Span | None) -> dict[str, Any]:
    if span is None:
        return {f"{prefix}_recording": "", f"{prefix}_start": None, f"{prefix}_end": None}
    return {
        f"{prefix}_recording": span.recording,
        f"{prefix}_start": round(span.start, 3),
        f"{prefix}_end": round(span.end, 3),
    }


def words_of(row: TicketRow) -> Span | None:
    """Return the stretch of recording with the caller's own words."""
    if not row.words_recording or row.words_start is None or row.words_end is None:
        return None
    return Span(row.words_recording, row.words_start, row.words_end)


def summary(row: TicketRow, now: datetime | None = None) -> TicketSummary:
    """Return a ticket as it is read back; without a due time of its own it is due by its first response.

    ``now``: for whoever is told when they hear next; without it nothing is late.
    """
    next_at = _next_at(row)
    return TicketSummary(
        number=row.number,
        kind=row.kind,
        urgency=row.urgency,
        state=row.state.value,
        place=Place(row.building, row.unit, row.room, row.place_note),
        opened_at=row.opened_at,
        due_at=row.due_at or row.respond_by,
        assignee=row.assignee,
        complete=row.complete,
        topic=row.topic,
        words=words_of(row),
        next_at=next_at,
        late=now is not None and next_at is not None and next_at <= now,
    )


def _next_at(row: TicketRow) -> datetime | None:
    """When the caller hears next; once the work is done only feedback that is still owed is due."""
    if row.state in ENDED:
        return None
    promised = row.promised_at if row.state in UNFINISHED else None
    return promised or row.next_due_at


def must_lock(session: Session, number: str) -> TicketRow:
    """Return a ticket that nobody else changes until the transaction ends.

    Raises :class:`UnknownTicket`.
    """
    session.flush()  # what this transaction changed itself is not to be read over
    row = session.get(TicketRow, number, with_for_update=True, populate_existing=True)
    if row is None:
        raise UnknownTicket(f"There is no ticket {number}.")
    return row


def must_find(session: Session, number: str) -> TicketRow:
    """Return a ticket by its full number; raises :class:`UnknownTicket`."""
    row = session.get(TicketRow, number)
    if row is None:
        raise UnknownTicket(f"There is no ticket {number}.")
    return row


def duplicate(
    session: Session, estate: str, place: Place, kind: TicketKind, *, since: datetime
) -> TicketRow | None:
    """Return the newest unfinished ticket of the same place and kind since an instant.

    Without a room the note is the place (lift 2, garage); without either there is no telling.
    """
    if not (place.room or place.note):
        return None
    query = select(TicketRow).where(
        TicketRow.estate == estate,
        TicketRow.opened_at >= since,
        TicketRow.kind == kind,
        TicketRow.state.in_(UNFINISHED),
        TicketRow.building == place.building,
        TicketRow.unit == place.unit,
        TicketRow.room == place.room,
    )
    if not place.room:
        query = query.where(TicketRow.place_note == place.note)
    return session.scalars(query.order_by(TicketRow.opened_at.desc()).limit(1)).first()


def of_caller(session: Session, estate: str, number: str) -> Sequence[TicketRow]:
    """Return the open tickets of a normalised number, newest first."""
    query = select(TicketRow).where(
        TicketRow.estate == estate,
        or_(TicketRow.caller_number == number, TicketRow.callback_number == number),
        TicketRow.state.not_in(ENDED),
    )
    return session.scalars(query.order_by(TicketRow.opened_at.desc(), TicketRow.number.desc())).all()


def of_call(session: Session, call: str, *, since: datetime) -> TicketRow | None:
    """Return the first ticket filed in a call since an instant."""
    query = select(TicketRow).where(TicketRow.call == call, TicketRow.opened_at >= since)
    return session.scalars(query.order_by(TicketRow.opened_at).limit(1)).first()


def find(session: Session, estate: str, number: str, today: date) -> TicketRow | None:
    """Find by full number, by today's serial, or else the latest with that ending.

    ``number`` is digits. Up to four are a serial (``7`` and ``0007`` are the same); more are the
    ending of a number.
    """
    if len(number) >= _DATE_DIGITS + SERIAL_DIGITS:
        row = session.get(TicketRow, number)
        return row if row is not None and row.estate == estate else None
    query = select(TicketRow).where(TicketRow.estate == estate)
    if len(number) <= SERIAL_DIGITS:
        query = query.where(TicketRow.serial == int(number))
        newest = session.scalars(query.where(TicketRow.day == today)).first()
        if newest is not None:
            return newest
    else:
        query = query.where(TicketRow.number.endswith(number, autoescape=True))
    return session.scalars(query.order_by(TicketRow.opened_at.desc()).limit(1)).first()


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """Which tickets to list, newest first."""

    estate: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    kind: TicketKind | None = None
    state: TicketState | None = None
    topic: str | None = None
    assignee: str | None = None
    department: str | None = None
    incomplete: bool = False
    """Only those to be called back for the rest."""
    open_only: bool = False
    """Neither closed nor cancelled."""
    overdue_at: datetime | None = None
    """Only those with a limit that was missed by then and is still not met."""
    after: tuple[datetime, str] | None = None
    """Registration and number of the last ticket seen: only those behind it."""
    sight: ColumnElement[bool] | None = None
    """Only what somebody may see (:meth:`hotline.tickets.listing.Sight.condition`); ``None``: all."""
    limit: int | None = 50
    offset: int = 0


def tickets(session: Session, wanted: TicketFilter) -> Sequence[TicketRow]:
    """Return tickets, newest first."""
    query = select(TicketRow)
    for column, value in (
        (TicketRow.estate, wanted.estate),
        (TicketRow.kind, wanted.kind),
        (TicketRow.state, wanted.state),
        (TicketRow.topic, wanted.topic),
        (TicketRow.assignee, wanted.assignee),
        (TicketRow.department, wanted.department),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(TicketRow.opened_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(TicketRow.opened_at < wanted.until)
    if wanted.incomplete:
        query = query.where(TicketRow.complete.is_(False))
    if wanted.open_only:
        query = query.where(TicketRow.state.not_in(ENDED))
    if wanted.overdue_at is not None:
        query = query.where(TicketRow.next_due_at < wanted.overdue_at)
    if wanted.sight is not None:
        query = query.where(wanted.sight)
    if wanted.after is not None:
        at, number = wanted.after
        query = query.where(
            TicketRow.opened_at <= at, or_(TicketRow.opened_at < at, TicketRow.number < number)
        )
    query = query.order_by(TicketRow.opened_at.desc(), TicketRow.number.desc())
    return session.scalars(query.limit(wanted.limit).offset(wanted.offset)).all()


def history(session: Session, number: str) -> Sequence[TicketHistoryRow]:
    """Return a ticket's history, oldest first."""
    query = select(TicketHistoryRow).where(TicketHistoryRow.number == number)
    return session.scalars(query.order_by(TicketHistoryRow.at, TicketHistoryRow.id)).all()


def limits(session: Session, number: str) -> Sequence[TicketLimitRow]:
    """Return a ticket's limits, those of earlier rounds first."""
    line = TicketLimitRow
    query = select(line).where(line.number == number).order_by(line.round, line.due_at, line.name)
    return session.scalars(query).all()


def firings(session: Session, number: str) -> Sequence[TicketFiringRow]:
    """Return what was told of a ticket's limits, oldest first."""
    line = TicketFiringRow
    query = select(line).where(line.number == number).order_by(line.round, line.at, line.name, line.percent)
    return session.scalars(query).all()


def count(session: Session) -> int:
    """Return how many tickets there are."""
    return session.scalar(select(func.count()).select_from(TicketRow)) or 0
