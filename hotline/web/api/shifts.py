"""Shifts over HTTP: begun, handed over 交接班, taken over or refused; their log pages."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import HotlineError
from hotline.duty import shifts
from hotline.duty.models import HandoverRow, ShiftLogRow, ShiftRow, ShiftState
from hotline.web.api.bodies import Body, Note, Word
from hotline.web.api.description import TAGGED
from hotline.web.api.doing import KeyHeader, done
from hotline.web.api.etags import answered
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.shapes import Moment, Out, Page, instant, moment
from hotline.web.api.ticketbodies import Words
from hotline.web.api.tickets import person
from hotline.web.api.wakeups import EstateQuery
from hotline.web.masks import Masks

router = APIRouter(tags=["shifts"])

Reader = Annotated[Holder, Depends(needs(Scope.SHIFTS_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.SHIFTS_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Number = Annotated[str, Path(pattern=r"^\d{1,9}$", description="The shift's number.")]
Post = Annotated[Word, Field(min_length=1, examples=["hotline"])]


class ShiftOut(Out):
    """Somebody's time at a post."""

    number: str
    estate: str
    post: str
    who: str
    state: ShiftState
    opened_at: Moment
    ended_at: Moment | None
    taken_from: Annotated[str | None, Field(description="The shift it was handed over by.")]


class HandoverOut(Out):
    """One attempt at handing over, with what was open then."""

    outgoing: str
    signed_at: Moment
    incoming: str
    answer: str | None
    answered_at: Moment | None
    reason: str
    equipment: str
    remarks: str
    cases: list[dict[str, Any]]
    wake_ups: list[dict[str, Any]]


class LineOut(Out):
    """A line of a log page."""

    at: Moment
    who: str
    event: str
    detail: str


class WholeShiftOut(ShiftOut):
    """A shift with its handovers and log page."""

    handovers: list[HandoverOut]
    log: list[LineOut]


class PostBody(Body):
    """Who does it, at which post; a console session is its own person."""

    post: Post = "hotline"
    who: Word = ""
    remarks: Note = ""


class CloseBody(PostBody):
    """The outgoing person's signature."""

    equipment: Note = ""


class AcceptBody(PostBody):
    """The incoming person's signature."""

    goes_on: Annotated[bool, Field(description="False: the post closes, the work goes to your own post.")] = (
        True
    )


class RefuseBody(Body):
    """Why a shift is not taken over."""

    post: Post = "hotline"
    who: Word = ""
    reason: Annotated[Note, Field(min_length=1)]


class LineBody(Body):
    """A line for the log page of the running shift."""

    post: Post = "hotline"
    who: Word = ""
    text: Annotated[Words, Field(min_length=1)]


@router.get("/shifts", response_model=Page[ShiftOut])
async def search(
    parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "",
    post: Annotated[Word, Query()] = "",
    running: Annotated[bool, Query(description="Only those that have not ended.")] = False,
) -> Page[ShiftOut]:  # fmt: skip
    """Shifts, the latest first."""
    found = parts.estate(estate, holder)

    def read(session: Session) -> Page[ShiftOut]:
        if running:
            rows = [row for row in shifts.unfinished(session, found.id) if post in ("", row.post)]
        else:
            rows = list(shifts.recent(session, found.id, post=post or None, limit=_MOST))
        return paging.slice(rows, lambda row: _shift(row, parts))

    return await parts.db.read(read)


@router.get("/shifts/{number}", response_model=WholeShiftOut, responses=TAGGED)
async def show(request: Request, parts: Parts, holder: Reader, number: Number) -> Response:
    """A shift with its handovers and log page."""
    masks = Masks(await guard_of(request).looked(holder, "shifts.show"))

    def read(session: Session) -> WholeShiftOut:
        row = session.get(ShiftRow, int(number))
        if row is None or holder.estate not in ("", row.estate):
            raise HotlineError(f"There is no shift {number}.", code="shift-unknown")
        zone = parts.zone(row.estate)
        return WholeShiftOut(
            **_shift(row, parts).model_dump(),
            handovers=[_handover(one, parts, row.estate, masks) for one in shifts.handovers(session, row.id)],
            log=[_line(one, instant(one.at, zone), masks) for one in shifts.log(session, row.id)],
        )

    return answered(request, await parts.db.read(read))


@router.post("/shifts", status_code=201, response_model=ShiftOut)
async def begin(
    request: Request, parts: Parts, holder: Writer, body: PostBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Begin a shift at a post where nobody is."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> ShiftOut:
        who = person(session, holder, body.who)
        row = parts.handovers.open_in(session, found.id, body.post, who, remarks=body.remarks)
        return _shift(row, parts)

    return await done(request, holder, "shift.open", deed, key=key, status=201)


@router.post("/shifts/close", response_model=ShiftOut)
async def close(
    request: Request, parts: Parts, holder: Writer, body: CloseBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Sign as the outgoing person: what is open is written down and waits for who takes over."""
    found = parts.estate(estate, holder)
    snapshot = await parts.handovers.snapshot(found.id)

    def deed(session: Session) -> ShiftOut:
        who = person(session, holder, body.who)
        row = parts.handovers.close_in(
            session, found.id, body.post, who, snapshot, equipment=body.equipment, remarks=body.remarks
        )
        return _shift(row, parts)

    return await done(request, holder, "shift.close", deed, key=key)


@router.post("/shifts/accept", response_model=ShiftOut)
async def accept(
    request: Request, parts: Parts, holder: Writer, body: AcceptBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Sign as the incoming person: your shift begins."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> ShiftOut:
        who = person(session, holder, body.who)
        row = parts.handovers.accept_in(
            session, found.id, body.post, who, remarks=body.remarks, goes_on=body.goes_on
        )
        return _shift(row, parts)

    return await done(request, holder, "shift.accept", deed, key=key)


@router.post("/shifts/refuse", response_model=ShiftOut)
async def refuse(
    request: Request, parts: Parts, holder: Writer, body: RefuseBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Refuse to take over: the outgoing person stays responsible, the supervisor is told."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> ShiftOut:
        who = person(session, holder, body.who)
        row = parts.handovers.refuse_in(session, found.id, body.post, who, reason=body.reason)
        return _shift(row, parts)

    return await done(request, holder, "shift.refuse", deed, key=key)


@router.post("/shifts/log", status_code=201, response_model=ShiftOut)
async def note(
    request: Request, parts: Parts, holder: Writer, body: LineBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Write a line on the log page of the running shift."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> ShiftOut:
        who = person(session, holder, body.who)
        return _shift(parts.handovers.note_in(session, found.id, body.post, who, body.text), parts)

    return await done(request, holder, "shift.note", deed, key=key, status=201)


_MOST = 2000
"""Shifts that are listed: about two years at two posts."""


def _shift(row: ShiftRow, parts: ApiParts) -> ShiftOut:
    zone = parts.zone(row.estate)
    return ShiftOut(
        number=str(row.id), estate=row.estate, post=row.post, who=row.who, state=row.state,
        opened_at=instant(row.opened_at, zone), ended_at=moment(row.ended_at, zone),
        taken_from=None if row.taken_from is None else str(row.taken_from),
    )  # fmt: skip


def _handover(row: HandoverRow, parts: ApiParts, estate: str, masks: Masks) -> HandoverOut:
    zone = parts.zone(estate)
    return HandoverOut(
        outgoing=row.outgoing, signed_at=instant(row.signed_at, zone), incoming=row.incoming,
        answer=row.answer, answered_at=moment(row.answered_at, zone), reason=masks.text(row.reason),
        equipment=masks.text(row.equipment), remarks=masks.text(row.remarks),
        cases=list(row.snapshot["cases"]), wake_ups=list(row.snapshot["wake_ups"]),
    )  # fmt: skip


def _line(row: ShiftLogRow, at: str, masks: Masks) -> LineOut:
    return LineOut(at=at, who=row.who, event=row.event, detail=masks.text(row.detail))
