"""Outside calls over HTTP: what they cost, who may dial, who waits for a line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import OutsideRefused
from hotline.call.ports import OutsideCategory
from hotline.dialplan import office, repository
from hotline.dialplan.models import (
    ApprovalRow,
    BookingState,
    OutsideBookingRow,
    OutsideCallRow,
    SlipState,
)
from hotline.web.api.bodies import Body, Instant, Note, Word
from hotline.web.api.description import MATCHED, TAGGED
from hotline.web.api.doing import KeyHeader, done
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, aware, parts_of
from hotline.web.api.shapes import Moment, Out, Page, instant, moment
from hotline.web.api.wakeups import EstateQuery
from hotline.web.masks import Masks

router = APIRouter(tags=["outside calls"])

Reader = Annotated[Holder, Depends(needs(Scope.OUTSIDE_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.OUTSIDE_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Slip = Annotated[str, Path(pattern=r"^\d{1,20}$", description="Number of the slip.")]
Booking = Annotated[str, Path(pattern=r"^\d{1,20}$", description="Number of the booking.")]
Approval = Annotated[str, Path(pattern=r"^\d{1,9}$", description="Number of the approval.")]
_MOST_BOOKINGS = 2000


class ChargeOut(Out):
    """An outside call and what it cost."""

    number: Annotated[str, Field(description="Of the slip.")]
    estate: str
    room: str
    operator: str
    extension: str
    permitted_at: Moment
    answered_at: Moment | None
    ended_at: Moment | None
    dialled: str
    category: OutsideCategory
    seconds: int | None
    cost: str | None
    currency: str
    tariff: str
    approved_by: str
    state: SlipState
    billed_as: str
    lost: bool


class ApprovalOut(Out):
    """Calls that may be dialled though they need approval."""

    number: str
    estate: str
    room: str
    extension: str
    category: OutsideCategory
    to: Annotated[str, Field(description="Only this number; empty: any.")]
    left: int
    until: Moment
    given_by: str
    reason: str
    withdrawn_at: Moment | None


class BookingOut(Out):
    """A call that waits for its turn."""

    number: str
    estate: str
    room: str
    to: str
    category: OutsideCategory
    arrived_at: Moment
    expires_at: Moment
    approved: bool
    state: BookingState
    slip: str
    result: str


class BillBody(Body):
    """Which slips go on a bill, and on which."""

    slips: Annotated[list[Annotated[str, Field(pattern=r"^\d{1,20}$")]], Field(min_length=1, max_length=500)]
    bill: Annotated[Word, Field(description="The bill's number.")] = ""


class BilledOut(Out):
    """What was put on the bill."""

    number: str
    slips: list[ChargeOut]


class ApproveBody(Body):
    """Calls that are approved for a room or a telephone."""

    room: Word = ""
    extension: Word = ""
    number: Annotated[Word, Field(description="Only for this number.")] = ""
    category: OutsideCategory = OutsideCategory.LONG_DISTANCE
    hours: Annotated[float, Field(ge=0.1, le=720)] = 24
    calls: Annotated[int, Field(ge=1, le=1000, description="Answered calls it is good for.")] = 1
    reason: Note = ""


@router.get("/outside/charges", response_model=Page[ChargeOut])
async def charges(
    request: Request, parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "",
    room: Annotated[Word, Query()] = "", state: SlipState | None = None,
    since: Annotated[Instant | None, Query()] = None, until: Annotated[Instant | None, Query()] = None,
) -> Page[ChargeOut]:  # fmt: skip
    """Outside calls and what they cost, the latest first."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "outside.charges"))
    after = paging.placed(datetime, str)

    def read(session: Session) -> Page[ChargeOut]:
        rows = repository.calls(
            session, estate=found.id, place=parts.room(session, found.id, room) if room else None,
            states=(state,) if state else (), since=aware(since, found.zone),
            until=aware(until, found.zone), before=None if after is None else (after[0], after[1]),
            limit=paging.wanted,
        )  # fmt: skip
        return paging.page(
            rows[::-1], lambda row: (row.permitted_at, row.slip), lambda row: _charge(row, parts, masks)
        )

    return await parts.db.read(read)


@router.get("/outside/charges/{slip}", response_model=ChargeOut, responses=TAGGED)
async def charge(request: Request, parts: Parts, holder: Reader, slip: Slip) -> Response:
    """One call: its charge slip 话费单."""
    masks = Masks(await guard_of(request).looked(holder, "outside.slip"))

    def read(session: Session) -> ChargeOut:
        row = session.get(OutsideCallRow, slip)
        if row is None or holder.estate not in ("", row.estate):
            raise OutsideRefused(f"There is no slip {slip}.", code="slip-unknown")
        return _charge(row, parts, masks)

    return answered(request, await parts.db.read(read))


@router.post("/outside/bills", status_code=201, response_model=BilledOut)
async def bill(
    request: Request, parts: Parts, holder: Writer, body: BillBody, key: KeyHeader = ""
) -> JSONResponse:
    """Mark calls as put on a bill, all of them or none."""
    masks = Masks(holder.may(Scope.PERSONAL_READ))

    def deed(session: Session) -> BilledOut:
        for slip in body.slips:
            row = session.get(OutsideCallRow, slip)
            if row is None or holder.estate not in ("", row.estate):
                raise OutsideRefused(f"There is no slip {slip}.", code="slip-unknown")
        now = parts.clock.now()
        rows = office.bill(session, body.slips, who=holder.who, bill=body.bill, now=now)
        return BilledOut(number=body.bill, slips=[_charge(row, parts, masks) for row in rows])

    return await done(request, holder, "outside.bill", deed, key=key, status=201)


@router.get("/outside/approvals", response_model=Page[ApprovalOut])
async def approvals(
    request: Request, parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "",
    over: Annotated[bool, Query(description="Also those that count no more.")] = False,
) -> Page[ApprovalOut]:  # fmt: skip
    """Approvals, the newest first."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "outside.approvals"))
    now = None if over else parts.clock.now()

    def read(session: Session) -> Page[ApprovalOut]:
        rows = repository.approvals(session, found.id, now=now)
        return paging.slice(rows, lambda row: _approval(row, parts, masks))

    return await parts.db.read(read)


@router.post("/outside/approvals", status_code=201, response_model=ApprovalOut)
async def approve(
    request: Request, parts: Parts, holder: Writer, body: ApproveBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Approve calls that need it: long distance for a room."""
    found, now = parts.estate(estate, holder), parts.clock.now()

    def deed(session: Session) -> ApprovalOut:
        row = office.approve(
            session, found.id, extension=parts.normalise(body.extension) if body.extension else "",
            place=parts.room(session, found.id, body.room) if body.room else None, category=body.category,
            number=parts.normalise(body.number) if body.number else "", most=body.calls,
            until=now + timedelta(hours=body.hours), who=holder.who, reason=body.reason, now=now,
        )  # fmt: skip
        return _approval(row, parts, Masks(holder.may(Scope.PERSONAL_READ)))

    return await done(request, holder, "outside.approve", deed, key=key, status=201)


@router.get("/outside/approvals/{approval}", response_model=ApprovalOut, responses=TAGGED)
async def show_approval(request: Request, parts: Parts, holder: Reader, approval: Approval) -> Response:
    """An approval."""
    masks = Masks(await guard_of(request).looked(holder, "outside.approvals"))
    return answered(
        request,
        await parts.db.read(lambda session: _approval(_approved(session, holder, approval), parts, masks)),
    )


@router.delete("/outside/approvals/{approval}", response_model=ApprovalOut, responses=MATCHED)
async def withdraw(
    request: Request, parts: Parts, holder: Writer, approval: Approval, if_match: IfMatch = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Take an approval back."""
    masks = Masks(holder.may(Scope.PERSONAL_READ))

    def current(session: Session) -> ApprovalOut:
        return _approval(_approved(session, holder, approval), parts, masks)

    def deed(session: Session) -> ApprovalOut:
        _approved(session, holder, approval)
        row = office.withdraw(session, int(approval), who=holder.who, now=parts.clock.now())
        return _approval(row, parts, masks)

    return await done(
        request, holder, "outside.withdraw", deed, key=key, about=approval, if_match=if_match, current=current
    )


@router.get("/outside/bookings", response_model=Page[BookingOut])
async def bookings(
    request: Request, parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "",
    state: BookingState | None = None,
) -> Page[BookingOut]:  # fmt: skip
    """Booked calls in the order they arrived, the latest 2000."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "outside.bookings"))

    def read(session: Session) -> Page[BookingOut]:
        rows = repository.bookings(
            session, estate=found.id, states=(state,) if state else (), limit=_MOST_BOOKINGS
        )
        return paging.slice(rows, lambda row: _booking(row, parts, masks))

    return await parts.db.read(read)


@router.get("/outside/bookings/{booking}", response_model=BookingOut, responses=TAGGED)
async def show_booking(request: Request, parts: Parts, holder: Reader, booking: Booking) -> Response:
    """A booked call."""
    masks = Masks(await guard_of(request).looked(holder, "outside.bookings"))
    return answered(
        request,
        await parts.db.read(lambda session: _booking(_of_holder(session, holder, booking), parts, masks)),
    )


@router.post("/outside/bookings/{booking}/approve", response_model=BookingOut, responses=MATCHED)
async def approve_booking(
    request: Request, parts: Parts, holder: Writer, booking: Booking, if_match: IfMatch = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Let a booking be placed when its turn comes."""
    change = parts.outside.bookings.approve
    return await _rebooked(request, holder, booking, "outside.booking.approve", change, if_match, key)


@router.delete("/outside/bookings/{booking}", response_model=BookingOut, responses=MATCHED)
async def cancel_booking(
    request: Request, parts: Parts, holder: Writer, booking: Booking, if_match: IfMatch = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Take a booking off."""
    change = parts.outside.bookings.cancel
    return await _rebooked(request, holder, booking, "outside.booking.cancel", change, if_match, key)


async def _rebooked(
    request: Request, holder: Holder, booking: str, what: str, change: Callable[..., OutsideBookingRow],
    if_match: str, key: str,
) -> JSONResponse:  # fmt: skip
    parts, masks = parts_of(request), Masks(holder.may(Scope.PERSONAL_READ))

    def current(session: Session) -> BookingOut:
        return _booking(_of_holder(session, holder, booking), parts, masks)

    def deed(session: Session) -> BookingOut:
        _of_holder(session, holder, booking)
        return _booking(change(session, booking, who=holder.who, now=parts.clock.now()), parts, masks)

    return await done(request, holder, what, deed, key=key, about=booking, if_match=if_match, current=current)


def _approved(session: Session, holder: Holder, approval: str) -> ApprovalRow:
    row = session.get(ApprovalRow, int(approval))
    if row is None or holder.estate not in ("", row.estate):
        raise OutsideRefused(f"There is no approval {approval}.", code="approval-unknown")
    return row


def _of_holder(session: Session, holder: Holder, booking: str) -> OutsideBookingRow:
    row = session.get(OutsideBookingRow, booking)
    if row is None or holder.estate not in ("", row.estate):
        raise OutsideRefused(f"There is no booking {booking}.", code="outside-no-booking")
    return row


def _charge(row: OutsideCallRow, parts: ApiParts, masks: Masks) -> ChargeOut:
    zone = parts.zone(row.estate)
    return ChargeOut(
        number=row.slip, estate=row.estate, room=str(row.place), operator=row.operator,
        extension=row.extension, permitted_at=instant(row.permitted_at, zone),
        answered_at=moment(row.answered_at, zone), ended_at=moment(row.ended_at, zone),
        dialled=masks.number(row.number, row.dialled), category=row.category, seconds=row.seconds,
        cost=None if row.cost is None else str(row.cost), currency=row.currency, tariff=row.tariff,
        approved_by=row.approved_by, state=row.state, billed_as=row.billed_as, lost=row.lost,
    )  # fmt: skip


def _approval(row: ApprovalRow, parts: ApiParts, masks: Masks) -> ApprovalOut:
    zone = parts.zone(row.estate)
    return ApprovalOut(
        number=str(row.id), estate=row.estate, room=str(row.place), extension=row.extension,
        category=row.category, to=masks.number(row.number), left=row.most - row.used,
        until=instant(row.until, zone), given_by=row.given_by, reason=masks.text(row.reason),
        withdrawn_at=moment(row.withdrawn_at, zone),
    )  # fmt: skip


def _booking(row: OutsideBookingRow, parts: ApiParts, masks: Masks) -> BookingOut:
    zone = parts.zone(row.estate)
    return BookingOut(
        number=row.number, estate=row.estate, room=str(row.place), to=masks.number(row.wanted, row.dialled),
        category=row.category, arrived_at=instant(row.arrived_at, zone),
        expires_at=instant(row.expires_at, zone), approved=row.approved, state=row.state, slip=row.slip,
        result=row.result,
    )  # fmt: skip
