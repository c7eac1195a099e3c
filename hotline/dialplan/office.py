"""What the front desk and the cashier do by hand: approve, bill, rate again. Inside a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from hotline.call.errors import OutsideRefused
from hotline.call.ports.outside import OutsideCategory as Category
from hotline.call.ports.paper import Place
from hotline.dialplan import repository
from hotline.dialplan.book import InService
from hotline.dialplan.models import ApprovalRow, OutsideCallRow, SlipState
from hotline.dialplan.service import OutsideBook

APPROVABLE = (Category.CITY, Category.LONG_DISTANCE, Category.INTERNATIONAL)


def approve(
    session: Session,
    estate: str,
    *,
    extension: str = "",
    place: Place | None = None,
    category: Category,
    number: str = "",
    most: int,
    until: datetime,
    who: str,
    reason: str,
    now: datetime,
) -> ApprovalRow:
    """Let a telephone or room dial what needs approval; raises :class:`OutsideRefused`."""
    if category not in APPROVABLE:
        raise OutsideRefused(f"{category.value} calls cannot be approved.", code="outside-not-approvable")
    if not extension and (place is None or not place.room):
        raise OutsideRefused("Say for which room or extension.", code="outside-no-room")
    if until <= now:
        raise OutsideRefused("The approval would be over already.", code="outside-too-late")
    where = place or Place()
    row = ApprovalRow(
        estate=estate, extension=extension, building=where.building, unit=where.unit, room=where.room,
        category=category, number=number, most=most, used=0, given_by=who, given_at=now, until=until,
        reason=reason, withdrawn_at=None, withdrawn_by="",
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def withdraw(session: Session, approval: int, *, who: str, now: datetime) -> ApprovalRow:
    """Take an approval back; raises :class:`OutsideRefused`."""
    row = session.get(ApprovalRow, approval, with_for_update=True)
    if row is None:
        raise OutsideRefused(f"There is no approval {approval}.", code="outside-no-approval")
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_by = now, who
    return row


def bill(
    session: Session, slips: Sequence[str], *, who: str, bill: str, now: datetime
) -> Sequence[OutsideCallRow]:
    """Mark charged calls as put on a bill, all or none; raises :class:`OutsideRefused`."""
    rows = [repository.lock_call(session, slip) for slip in sorted(set(slips))]
    for row in rows:
        if row.state is not SlipState.CHARGED:
            raise OutsideRefused(
                f"Slip {row.slip} is {row.state.value}: only charged calls go on a bill.",
                code="outside-not-charged",
            )
    for row in rows:
        row.state, row.billed_at, row.billed_by, row.billed_as = SlipState.BILLED, now, who, bill
    return rows


def rate_again(session: Session, book: OutsideBook, found: InService, *, now: datetime) -> int:
    """Rate calls no tariff fitted when they ended; returns how many have a price now."""
    rows = repository.calls(session, states=(SlipState.UNRATED,))
    for row in rows:
        book.rate_in(session, row, found, now)
    return sum(row.state is not SlipState.UNRATED for row in rows)
