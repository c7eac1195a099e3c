"""What ends a bill: a payment, or its being withdrawn. Both stop reminders in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hotline.call.errors import FeeRefused
from hotline.call.ports import Place
from hotline.call.ports.fees import REMINDER, room_subject
from hotline.db import outbox
from hotline.fees import promises, repository
from hotline.fees.models import BillRow
from hotline.fees.states import BillState
from hotline.outbound import repository as calls
from hotline.outbound.models import OPEN_STATES, CallState, OutboundCallRow


@dataclass(frozen=True, slots=True)
class Settled:
    """What paying or withdrawing a bill did."""

    bill: BillRow
    changed: bool
    """False when it stood like that already."""
    left: int
    """Bills the room still owes."""
    cancelled: int
    """Reminder calls that are not placed any more."""


def mark_paid(
    session: Session, number: str, *, paid_on: date, today: date, how: str, who: str, now: datetime
) -> Settled:
    """Write that the money for a bill came on a day, and stop reminding a room that owes nothing more.

    Noted again it changes nothing. Raises :class:`~hotline.call.errors.FeeRefused`: ``bill-unknown``,
    ``bill-withdrawn``, or ``paid-ahead`` for a day that is still to come.
    """
    row, rest = _locked(session, number)
    if row.state is BillState.PAID:
        return Settled(row, False, len(rest), 0)
    if row.state is BillState.WITHDRAWN:
        raise FeeRefused(
            f"Bill {number} was withdrawn. Import the right one; what was paid on it is a credit.",
            code="bill-withdrawn",
        )
    if paid_on > today:
        raise FeeRefused(f"{paid_on} is still to come: note a payment when it is there.", code="paid-ahead")
    row.state, row.paid_on, row.paid_at, row.paid_how, row.paid_by = BillState.PAID, paid_on, now, how, who
    detail = f"on {paid_on.isoformat()}" + (f", {how}" if how else "")
    return _settle(session, row, rest, "paid", who=who, today=today, now=now, detail=detail)


def withdraw(session: Session, number: str, *, who: str, why: str, today: date, now: datetime) -> Settled:
    """Take a bill back for good: it was wrong, or is collected otherwise.

    Raises :class:`~hotline.call.errors.FeeRefused`: ``bill-unknown``, or ``bill-paid``.
    """
    row, rest = _locked(session, number)
    if row.state is BillState.WITHDRAWN:
        return Settled(row, False, len(rest), 0)
    if row.state is BillState.PAID:
        raise FeeRefused(
            f"Bill {number} is paid. Take the payment back first (`hotline fees paid {number} --undo`).",
            code="bill-paid",
        )
    row.state = BillState.WITHDRAWN
    return _settle(session, row, rest, "withdrawn", who=who, today=today, now=now, detail=why)


def take_back(session: Session, number: str, *, who: str, why: str, today: date, now: datetime) -> BillRow:
    """Undo a payment that was noted by mistake or did not arrive; the late fee runs on from the due day.

    Reminders that were cancelled stay so; the next campaign asks again. Raises
    :class:`~hotline.call.errors.FeeRefused`: ``bill-unknown``, or ``bill-unpaid``.
    """
    row, _ = _locked(session, number)
    if row.state is not BillState.PAID:
        raise FeeRefused(f"Bill {number} is not paid: there is nothing to take back.", code="bill-unpaid")
    row.state, row.paid_on, row.paid_at, row.paid_how, row.paid_by = BillState.UNPAID, None, None, "", ""
    repository.note(session, number, "payment_taken_back", who=who, at=now, detail=why)
    session.flush()
    promises.reconsider(session, number, today=today, now=now)
    outbox.add(session, estate=row.estate, kind="bill.unpaid", subject=number, at=now)
    return row


def stop_reminders(session: Session, estate: str, place: Place, *, now: datetime, why: str) -> int:
    """Cancel the open reminder calls of a room; one that is being spoken goes on to its end."""
    room = room_subject(estate, place)
    query = select(OutboundCallRow).where(
        OutboundCallRow.estate == estate,
        OutboundCallRow.kind == REMINDER,
        OutboundCallRow.state.in_(OPEN_STATES),
        or_(OutboundCallRow.subject == room, OutboundCallRow.facts["room"].as_string() == room),
    )
    rows = session.scalars(query.with_for_update()).all()
    for row in rows:
        calls.end(row, CallState.CANCELLED, now=now, result=why)
    return len(rows)


def _settle(
    session: Session, row: BillRow, rest: list[BillRow], event: str, *,
    who: str, today: date, now: datetime, detail: str,
) -> Settled:  # fmt: skip
    repository.note(session, row.number, event, who=who, at=now, detail=detail)
    session.flush()
    promises.reconsider(session, row.number, today=today, now=now)
    cancelled = 0
    if not rest:
        cancelled = stop_reminders(session, row.estate, row.place, now=now, why=event)
    left = {"month": row.month, "left": str(len(rest))}
    outbox.add(session, estate=row.estate, kind=f"bill.{event}", subject=row.number, at=now, detail=left)
    return Settled(row, True, len(rest), cancelled)


def _locked(session: Session, number: str) -> tuple[BillRow, list[BillRow]]:
    """Return a bill and the others its room owes, locked in one order.

    Two payments of one room at once would otherwise each see the other's bill as unpaid.
    """
    found = repository.find(session, number)
    owed = repository.unpaid_rows(session, found.estate, found.place, lock=True)
    row = session.get_one(BillRow, number, with_for_update=True, populate_existing=True)
    return row, [bill for bill in owed if bill.number != number]
