"""Reading bills inside somebody's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, selectinload

from hotline.call.errors import FeeRefused
from hotline.call.ports import BillItem, BillSummary, Place
from hotline.call.ports.fees import room_key
from hotline.fees.late_fee import LateFeeRule, late_fee
from hotline.fees.models import BillHistoryRow, BillRow, PromiseRow
from hotline.fees.money import yuan
from hotline.fees.states import BillState, PromiseState

TYPED = frozenset({"paid", "withdrawn", "payment_taken_back"})
"""Events of a bill's history whose detail has words somebody typed; the others have amounts and days."""


@dataclass(frozen=True, slots=True)
class Debt:
    """What a room owes."""

    place: Place
    bills: tuple[BillSummary, ...]
    """The oldest first."""
    promised_on: date | None
    """The day on which it will pay, as somebody promised; ``None`` when nobody did."""

    @property
    def total(self) -> Decimal:
        """Yuan, late fees left out."""
        return sum((bill.total for bill in self.bills), Decimal("0.00"))

    @property
    def late_fee(self) -> Decimal:
        """Yuan, of all the bills."""
        return sum((bill.late_fee for bill in self.bills), Decimal("0.00"))


def summary(row: BillRow, today: date) -> BillSummary:
    """Return a bill as it is read out, its late fee as of ``today`` (of the day it was paid)."""
    rule = LateFeeRule.from_kept(row.late_fee)
    total = yuan(row.total_fen)
    return BillSummary(
        number=row.number,
        place=row.place,
        month=row.month,
        items=tuple(BillItem(item.kind, item.label, yuan(item.amount_fen)) for item in row.items),
        total=total,
        late_fee=late_fee(rule, total, due_on=row.due_on, as_of=today, paid_on=row.paid_on),
        due_on=row.due_on,
        notice_on=row.notice_on,
        late_fee_rule=rule.wording if rule else "",
    )


def of_room(estate: str, place: Place) -> ColumnElement[bool]:
    """Return the condition that a bill is of a room; leading zeros of its number do not matter."""
    return and_(
        BillRow.estate == estate,
        BillRow.building == place.building,
        BillRow.unit == place.unit,
        BillRow.room_key == room_key(place.room),
    )


def unpaid_rows(session: Session, estate: str, place: Place, *, lock: bool = False) -> Sequence[BillRow]:
    """Return a room's unpaid bills, the oldest first; with ``lock`` until the transaction ends."""
    query = select(BillRow).where(of_room(estate, place), BillRow.state == BillState.UNPAID)
    query = query.options(selectinload(BillRow.items)).order_by(BillRow.month)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).all()


def unpaid(session: Session, estate: str, place: Place, *, today: date) -> tuple[BillSummary, ...]:
    """Return a room's unpaid bills, the oldest first, late fees as of ``today``."""
    return tuple(summary(row, today) for row in unpaid_rows(session, estate, place))


def has_bills(session: Session, estate: str, place: Place) -> bool:
    """True when a bill of the room is known, paid or not; withdrawn ones are none."""
    query = select(BillRow.number).where(of_room(estate, place), BillRow.state != BillState.WITHDRAWN)
    return session.scalars(query.limit(1)).first() is not None


def find(session: Session, number: str, *, estate: str | None = None) -> BillRow:
    """Return a bill by its number; raises :class:`~hotline.call.errors.FeeRefused` (``bill-unknown``)."""
    row = session.get(BillRow, number)
    if row is None or (estate is not None and row.estate != estate):
        raise FeeRefused(f"There is no bill {number}: `hotline fees list` shows them.", code="bill-unknown")
    return row


def bills(
    session: Session,
    *,
    estate: str | None = None,
    place: Place | None = None,
    month: str = "",
    states: Collection[BillState] = (),
    after: tuple[str, str] | None = None,
    limit: int | None = None,
) -> Sequence[BillRow]:
    """Return bills with their items, the latest month first, rooms in order.

    ``after``: only those behind this month and number.
    """
    query = select(BillRow).options(selectinload(BillRow.items)).limit(limit)
    if estate is not None:
        query = query.where(BillRow.estate == estate)
    if place is not None:
        query = query.where(
            BillRow.building == place.building, BillRow.unit == place.unit,
            BillRow.room_key == room_key(place.room),
        )  # fmt: skip
    if month:
        query = query.where(BillRow.month == month)
    if states:
        query = query.where(BillRow.state.in_(states))
    if after is not None:
        last, number = after
        query = query.where(BillRow.month <= last, or_(BillRow.month < last, BillRow.number > number))
    return session.scalars(query.order_by(BillRow.month.desc(), BillRow.number)).all()


def debts(
    session: Session, estate: str, *, today: date, overdue: bool = True, month: str = ""
) -> tuple[Debt, ...]:
    """Return the rooms that owe something, with their bills; each room once.

    ``overdue``: only bills whose due day has passed; ``month``: only of that month.
    """
    query = select(BillRow).where(BillRow.estate == estate, BillRow.state == BillState.UNPAID)
    if overdue:
        query = query.where(BillRow.due_on < today)
    if month:
        query = query.where(BillRow.month == month)
    found: dict[tuple[str, str, str], list[BillRow]] = {}
    for row in session.scalars(query.options(selectinload(BillRow.items)).order_by(BillRow.month)):
        found.setdefault((row.building, row.unit, row.room_key), []).append(row)
    promised = _promised(session, estate)
    return tuple(
        Debt(rows[0].place, tuple(summary(row, today) for row in rows), promised.get(key))
        for key, rows in sorted(found.items())
    )


def _promised(session: Session, estate: str) -> dict[tuple[str, str, str], date]:
    query = select(PromiseRow).where(PromiseRow.estate == estate, PromiseRow.state == PromiseState.OPEN)
    return {(row.building, row.unit, row.room_key): row.promised_on for row in session.scalars(query)}


def history(session: Session, number: str) -> Sequence[BillHistoryRow]:
    """Return what happened to a bill, oldest first."""
    query = select(BillHistoryRow).where(BillHistoryRow.bill == number)
    return session.scalars(query.order_by(BillHistoryRow.id)).all()


def note(session: Session, number: str, event: str, *, who: str, at: datetime, detail: str = "") -> None:
    """Add a line to a bill's history."""
    session.add(BillHistoryRow(bill=number, at=at, who=who, event=event, detail=detail))
