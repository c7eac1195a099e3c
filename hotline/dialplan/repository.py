"""Reading and changing the register, approvals and bookings inside somebody's transaction.

Locks are taken in one order – counter, call, booking, approval –, so that no two nodes wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hotline.call.errors import OutsideRefused
from hotline.call.ports.outside import OutsideCategory as Category
from hotline.call.ports.paper import Place
from hotline.dialplan.models import (
    ApprovalRow,
    BookingState,
    OutsideBookingRow,
    OutsideCallRow,
    OutsideCounterRow,
    SlipState,
)

FIRST = {"slips": 100001, "bookings": 501}
"""Numbers are heard as such: six digits for slips, three for bookings."""


def lock_counter(session: Session, name: str) -> OutsideCounterRow:
    """Let nobody else take a number, or a line, until the transaction ends."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = insert(OutsideCounterRow).values(name=name, last=FIRST[name] - 1)
    session.execute(first.on_conflict_do_nothing())
    return session.get_one(OutsideCounterRow, name, with_for_update=True, populate_existing=True)


def next_number(counter: OutsideCounterRow) -> str:
    """Give the next number of a locked counter."""
    counter.last += 1
    return str(counter.last)


# --- the register --------------------------------------------------------------------------------


def lock_call(session: Session, slip: str) -> OutsideCallRow:
    """Return a call nobody else changes until the transaction ends; raises :class:`OutsideRefused`."""
    session.flush()
    row = session.get(OutsideCallRow, slip, with_for_update=True, populate_existing=True)
    if row is None:
        raise OutsideRefused(f"There is no charge slip {slip}.", code="outside-no-slip")
    return row


def open_calls(session: Session, *, before: datetime) -> Sequence[OutsideCallRow]:
    """Return calls permitted before an instant whose end nobody has told."""
    query = select(OutsideCallRow).where(
        OutsideCallRow.state == SlipState.OPEN, OutsideCallRow.permitted_at <= before
    )
    return session.scalars(query.order_by(OutsideCallRow.permitted_at)).all()


def still_alive(session: Session, slips: Collection[str], now: datetime) -> None:
    """Note that these calls last until now at least."""
    session.execute(
        update(OutsideCallRow)
        .where(OutsideCallRow.slip.in_(list(slips)), OutsideCallRow.state == SlipState.OPEN)
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )


def calls(
    session: Session,
    *,
    estate: str | None = None,
    place: Place | None = None,
    stay: str = "",
    operator: str = "",
    states: Collection[SlipState] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int | None = None,
) -> Sequence[OutsideCallRow]:
    """Return calls of the register in the order they were permitted; the latest ``limit`` of them.

    ``before``: instant and slip of the call they come before.
    """
    wanted: list[ColumnElement[bool]] = []
    if estate is not None:
        wanted.append(OutsideCallRow.estate == estate)
    if place is not None:
        wanted.append(_of_place(OutsideCallRow, place))
    if stay:
        wanted.append(OutsideCallRow.stay == stay)
    if operator:
        wanted.append(OutsideCallRow.operator == operator)
    if states:
        wanted.append(OutsideCallRow.state.in_(list(states)))
    if since is not None:
        wanted.append(OutsideCallRow.permitted_at >= since)
    if until is not None:
        wanted.append(OutsideCallRow.permitted_at < until)
    if before is not None:
        at, slip = before
        wanted.append(OutsideCallRow.permitted_at <= at)
        wanted.append(or_(OutsideCallRow.permitted_at < at, OutsideCallRow.slip < slip))
    query = select(OutsideCallRow).where(*wanted)
    newest = query.order_by(OutsideCallRow.permitted_at.desc(), OutsideCallRow.slip.desc()).limit(limit)
    return list(reversed(session.scalars(newest).all()))


def lines_taken(session: Session, trunk: str, *, but: str = "") -> int:
    """Return how many lines of a trunk are in use or held for guests being rung, ``but`` one booking."""
    talking = select(func.count()).where(
        OutsideCallRow.state == SlipState.OPEN, OutsideCallRow.trunk == trunk
    )
    ringing = select(func.count()).where(
        or_(
            OutsideBookingRow.state == BookingState.RINGING,
            and_(OutsideBookingRow.state == BookingState.CONNECTED, OutsideBookingRow.slip == ""),
        ),
        OutsideBookingRow.trunk == trunk,
        OutsideBookingRow.number != but,
    )
    return (session.scalar(talking) or 0) + (session.scalar(ringing) or 0)


# --- approvals -----------------------------------------------------------------------------------


def approval_for(
    session: Session,
    estate: str,
    *,
    extension: str,
    place: Place,
    category: Category,
    number: str,
    now: datetime,
) -> ApprovalRow | None:
    """Return an approval that covers the call, locked: for the very number first, then the oldest."""
    whose = [_of_place(ApprovalRow, place)] if place.room else []
    if extension:
        whose.append(ApprovalRow.extension == extension)
    if not whose:
        return None
    query = (
        select(ApprovalRow)
        .where(
            ApprovalRow.estate == estate,
            ApprovalRow.category == category,
            ApprovalRow.number.in_(["", number]),
            ApprovalRow.until > now,
            ApprovalRow.withdrawn_at.is_(None),
            ApprovalRow.used < ApprovalRow.most,
            or_(*whose),
        )
        .order_by((ApprovalRow.number == "").asc(), ApprovalRow.id)
        .limit(1)
        .with_for_update()
    )
    return session.scalars(query).first()


def approvals(session: Session, estate: str | None, *, now: datetime | None = None) -> Sequence[ApprovalRow]:
    """Return approvals, the newest first; with ``now`` only those that still count."""
    query = select(ApprovalRow).order_by(ApprovalRow.id.desc())
    if estate is not None:
        query = query.where(ApprovalRow.estate == estate)
    if now is not None:
        query = query.where(
            ApprovalRow.until > now, ApprovalRow.withdrawn_at.is_(None), ApprovalRow.used < ApprovalRow.most
        )
    return session.scalars(query).all()


# --- bookings ------------------------------------------------------------------------------------


def lock_booking(session: Session, number: str) -> OutsideBookingRow:
    """Return a booking nobody else changes until the transaction ends; raises :class:`OutsideRefused`."""
    session.flush()
    row = session.get(OutsideBookingRow, number, with_for_update=True, populate_existing=True)
    if row is None:
        raise OutsideRefused(f"There is no booking {number}.", code="outside-no-booking")
    return row


def bookings(
    session: Session, *, estate: str | None = None, states: Collection[BookingState] = (), limit: int = 200
) -> Sequence[OutsideBookingRow]:
    """Return bookings in the order they arrived; the latest ``limit`` of them."""
    query = select(OutsideBookingRow)
    if estate is not None:
        query = query.where(OutsideBookingRow.estate == estate)
    if states:
        query = query.where(OutsideBookingRow.state.in_(list(states)))
    newest = query.order_by(OutsideBookingRow.arrived_at.desc(), func.length(OutsideBookingRow.number).desc())
    return list(
        reversed(session.scalars(newest.order_by(OutsideBookingRow.number.desc()).limit(limit)).all())
    )


def waiting(session: Session, *, trunk: str | None = None) -> Sequence[OutsideBookingRow]:
    """Return bookings that wait, approved or not, in the order they arrived."""
    query = select(OutsideBookingRow).where(OutsideBookingRow.state == BookingState.WAITING)
    if trunk is not None:
        query = query.where(OutsideBookingRow.trunk == trunk)
    by_arrival = (
        OutsideBookingRow.arrived_at,
        func.length(OutsideBookingRow.number),
        OutsideBookingRow.number,
    )
    return session.scalars(query.order_by(*by_arrival)).all()


def ready(session: Session, trunk: str) -> Sequence[OutsideBookingRow]:
    """Return bookings that lack nothing but a line, in the order they arrived."""
    return [row for row in waiting(session, trunk=trunk) if row.approved]


def under_way(session: Session) -> Sequence[OutsideBookingRow]:
    """Return bookings whose guest is rung or talks."""
    states = (BookingState.RINGING, BookingState.CONNECTED)
    return session.scalars(select(OutsideBookingRow).where(OutsideBookingRow.state.in_(states))).all()


def _of_place(row: type[OutsideCallRow | ApprovalRow], place: Place) -> ColumnElement[bool]:
    return and_(row.building == place.building, row.unit == place.unit, row.room == place.room)
