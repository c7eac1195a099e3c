"""Bills, debts and promises over HTTP, for the bookkeeping's own system."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.fees import promises, repository
from hotline.fees.models import BillRow, PromiseRow
from hotline.fees.money import yuan
from hotline.fees.repository import Debt
from hotline.fees.states import BillState, PromiseState
from hotline.web.api.bodies import Body, Day, Note, RoomText, Word
from hotline.web.api.description import MATCHED, TAGGED
from hotline.web.api.doing import Deed, KeyHeader, done
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, EstateFacts, parts_of
from hotline.web.api.shapes import Cents, DayText, Moment, Out, Page, day, instant, moment
from hotline.web.api.wakeups import EstateQuery
from hotline.web.masks import Masks

router = APIRouter(tags=["fees"])

Reader = Annotated[Holder, Depends(needs(Scope.FEES_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.FEES_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Number = Annotated[str, Path(pattern=r"^\d{1,32}$", description="The bill's number.")]
MonthText = Annotated[str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$", examples=["2026-10"])]


class ItemOut(Out):
    """One line of a bill."""

    kind: str
    label: str
    amount: Cents


class BillOut(Out):
    """A bill; its late fee is as of today, of a paid one as of the day the money came."""

    number: str
    estate: str
    room: str
    month: str
    items: list[ItemOut]
    total: Cents
    late_fee: Cents
    due_on: DayText
    notice_on: DayText | None
    state: BillState
    paid_on: DayText | None
    paid_how: str
    paid_by: str


class BillLine(Out):
    """What happened to a bill."""

    at: Moment
    who: str
    event: str
    detail: str


class WholeBillOut(BillOut):
    """A bill with its history."""

    history: list[BillLine]


class DebtOut(Out):
    """What a room owes."""

    number: Annotated[str, Field(description="The room.")]
    months: list[str]
    bills: list[str]
    total: Cents
    late_fee: Cents
    oldest_due_on: DayText
    promised_on: DayText | None


class PromiseOut(Out):
    """When a room said it will pay."""

    number: str
    estate: str
    room: str
    said_on: DayText
    promised_on: DayText
    total: Cents
    months: list[str]
    state: PromiseState
    said_to: str
    leg: str
    decided_at: Moment | None


class PromiseBody(Body):
    """A promise to pay all a room owes."""

    room: RoomText
    promised_on: Annotated[Day, Field(description="The last day on which paying keeps it.")]


class WhyBody(Body):
    """For the bill's history."""

    why: Annotated[Note, Field(min_length=1)]


@router.get("/fees/bills", response_model=Page[BillOut])
async def search(
    parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "",
    room: Annotated[Word, Query()] = "", month: MonthText = "", state: BillState | None = None,
) -> Page[BillOut]:  # fmt: skip
    """Bills, the latest month first."""
    found = parts.estate(estate, holder)
    after = paging.placed(str, str)
    today = parts.fees.today(found.id)

    def read(session: Session) -> Page[BillOut]:
        rows = repository.bills(
            session, estate=found.id, place=parts.room(session, found.id, room) if room else None,
            month=month, states=(state,) if state else (),
            after=None if after is None else (after[0], after[1]), limit=paging.wanted,
        )  # fmt: skip
        return paging.page(
            rows, lambda row: (row.month, row.number), lambda row: BillOut(**_bill(row, today))
        )

    return await parts.db.read(read)


@router.get("/fees/bills/{number}", response_model=WholeBillOut, responses=TAGGED)
async def show(
    request: Request, parts: Parts, holder: Reader, number: Number, estate: EstateQuery = ""
) -> Response:
    """A bill and what happened to it."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "bills.show"))
    return answered(
        request, await parts.db.read(lambda session: _whole(session, parts, found, number, masks))
    )


@router.post("/fees/bills/{number}/withdraw", response_model=WholeBillOut, responses=MATCHED)
async def withdraw(
    request: Request, parts: Parts, holder: Writer, number: Number, body: WhyBody, estate: EstateQuery = "",
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Take a bill back: it was wrong, or is collected otherwise."""
    found = parts.estate(estate, holder)

    def work(session: Session) -> None:
        parts.fees.withdraw_in(session, number, who=holder.who, why=body.why)

    return await _changed(request, holder, found, number, "bill.withdraw", work, if_match, key)


@router.post("/fees/bills/{number}/unpaid", response_model=WholeBillOut, responses=MATCHED)
async def take_back(
    request: Request, parts: Parts, holder: Writer, number: Number, body: WhyBody, estate: EstateQuery = "",
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Take a payment back that did not come."""
    found = parts.estate(estate, holder)

    def work(session: Session) -> None:
        parts.fees.take_back_in(session, number, who=holder.who, why=body.why)

    return await _changed(request, holder, found, number, "bill.unpaid", work, if_match, key)


@router.get("/fees/debts", response_model=Page[DebtOut])
async def debts(
    parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "", month: MonthText = "",
    not_due: Annotated[bool, Query(description="Also bills that are not due yet.")] = False,
    promised: Annotated[bool, Query(description="Also rooms that promised a day to come.")] = False,
) -> Page[DebtOut]:  # fmt: skip
    """Rooms that owe something, each once: what reminders are made of."""
    found = parts.estate(estate, holder)

    def read(session: Session) -> Page[DebtOut]:
        rows = parts.fees.debts_in(session, found.id, overdue=not not_due, month=month, promised=promised)
        return paging.slice(rows, _debt)

    return await parts.db.read(read)


@router.get("/fees/promises", response_model=Page[PromiseOut])
async def search_promises(
    parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "", state: PromiseState | None = None
) -> Page[PromiseOut]:
    """Promises to pay, the latest first: open, kept, broken, replaced."""
    found = parts.estate(estate, holder)

    def read(session: Session) -> Page[PromiseOut]:
        rows = promises.listed(
            session, estate=found.id, states=(state,) if state else (), limit=_MOST_PROMISES
        )
        return paging.slice(rows, lambda row: _promise(row, parts))

    return await parts.db.read(read)


@router.post("/fees/promises", status_code=201, response_model=PromiseOut)
async def promise(
    request: Request, parts: Parts, holder: Writer, body: PromiseBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Write down that a room will pay all it owes by a day; an earlier open promise is replaced."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> PromiseOut:
        place = parts.room(session, found.id, body.room)
        row = parts.fees.promise_in(
            session, estate=found.id, place=place, promised_on=body.promised_on, said_to=holder.who
        )
        return _promise(row, parts)

    return await done(request, holder, "promise.make", deed, key=key, status=201)


_MOST_PROMISES = 5000


async def _changed(
    request: Request, holder: Holder, estate: EstateFacts, number: str, what: str, work: Deed, if_match: str,
    key: str,
) -> JSONResponse:  # fmt: skip
    parts, masks = parts_of(request), Masks(holder.may(Scope.PERSONAL_READ))

    def current(session: Session) -> WholeBillOut:
        return _whole(session, parts, estate, number, masks)

    def deed(session: Session) -> WholeBillOut:
        repository.find(session, number, estate=estate.id)
        work(session)
        session.flush()
        return current(session)

    return await done(request, holder, what, deed, key=key, if_match=if_match, current=current)


def _bill(row: BillRow, today: Any) -> dict[str, Any]:
    found = repository.summary(row, today)
    return {
        "number": row.number, "estate": row.estate, "room": str(row.place), "month": row.month,
        "items": [
            ItemOut(kind=item.kind, label=item.label, amount=f"{item.amount:.2f}") for item in found.items
        ],
        "total": f"{found.total:.2f}", "late_fee": f"{found.late_fee:.2f}",
        "due_on": row.due_on.isoformat(), "notice_on": day(row.notice_on), "state": row.state,
        "paid_on": day(row.paid_on), "paid_how": row.paid_how, "paid_by": row.paid_by,
    }  # fmt: skip


def _whole(session: Session, parts: ApiParts, estate: EstateFacts, number: str, masks: Masks) -> WholeBillOut:
    row = repository.find(session, number, estate=estate.id)
    return WholeBillOut(
        **_bill(row, parts.fees.today(estate.id)),
        history=[
            BillLine(
                at=instant(one.at, estate.zone),
                who=one.who,
                event=one.event,
                detail=masks.text(one.detail) if one.event in repository.TYPED else one.detail,
            )
            for one in repository.history(session, number)
        ],
    )


def _debt(found: Debt) -> DebtOut:
    return DebtOut(
        number=str(found.place), months=[one.month for one in found.bills],
        bills=[one.number for one in found.bills], total=f"{found.total:.2f}",
        late_fee=f"{found.late_fee:.2f}",
        oldest_due_on=min(one.due_on for one in found.bills).isoformat(), promised_on=day(found.promised_on),
    )  # fmt: skip


def _promise(row: PromiseRow, parts: ApiParts) -> PromiseOut:
    return PromiseOut(
        number=str(row.id), estate=row.estate, room=str(row.place), said_on=row.said_on.isoformat(),
        promised_on=row.promised_on.isoformat(), total=f"{yuan(row.amount_fen):.2f}",
        months=[one.month for one in row.bills], state=row.state, said_to=row.said_to,
        leg=row.leg, decided_at=moment(row.decided_at, parts.zone(row.estate)),
    )  # fmt: skip
