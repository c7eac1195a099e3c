"""Bills over HTTP, for the bookkeeping's own system: what a room owes, and that it was paid."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session
from starlette.requests import Request

from hotline.accounts.rights import Holder, Scope
from hotline.fees import repository
from hotline.web.api import views
from hotline.web.api.bodies import PaidBody, RoomText
from hotline.web.api.doing import KeyHeader, done
from hotline.web.api.guard import needs
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.wakeups import EstateQuery

router = APIRouter(tags=["fees"])

Reader = Annotated[Holder, Depends(needs(Scope.FEES_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.FEES_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
BillNumber = Annotated[str, Path(pattern=r"^\d{1,32}$", description="The bill's number.")]


@router.get("/fees/unpaid")
async def unpaid(parts: Parts, holder: Reader, room: RoomText, estate: EstateQuery = "") -> dict[str, Any]:
    """Unpaid bills of a room, the oldest first, late fees as of today."""
    found = parts.estate(estate, holder)
    today = parts.fees.today(found.id)

    def read(session: Session) -> dict[str, Any]:
        place = parts.room(session, found.id, room)
        bills = repository.unpaid(session, found.id, place, today=today)
        return {
            "estate": found.id,
            "room": str(place),
            "as_of": today.isoformat(),
            "total": f"{sum(bill.total for bill in bills):.2f}",
            "late_fee": f"{sum(bill.late_fee for bill in bills):.2f}",
            "bills": [views.bill(bill) for bill in bills],
        }

    return await parts.db.read(read)


@router.post("/fees/bills/{number}/paid")
async def paid(
    request: Request, parts: Parts, holder: Writer, number: BillNumber, body: PaidBody | None = None,
    estate: EstateQuery = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Note a payment: the room is not reminded of it any more."""
    found = parts.estate(estate, holder)
    given = body or PaidBody()

    def deed(session: Session) -> dict[str, Any]:
        repository.find(session, number, estate=found.id)
        settled = parts.fees.mark_paid_in(
            session, number, who=holder.who, paid_on=given.paid_on, how=given.how
        )
        return {
            "number": settled.bill.number, "state": settled.bill.state.value, "changed": settled.changed,
            "left": settled.left, "reminders_cancelled": settled.cancelled,
        }  # fmt: skip

    return await done(request, holder, "bill.paid", deed, key=key)
