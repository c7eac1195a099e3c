"""Calls the machine places (`hotline outbound`) over HTTP: looked at with attempts, paused, cancelled."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import HotlineError
from hotline.campaigns.calls import called_off
from hotline.campaigns.states import CampaignKind
from hotline.confirmations import service as confirmations
from hotline.outbound import repository
from hotline.outbound.models import OPEN_STATES, AttemptRow, CallState, OutboundCallRow
from hotline.wakeup.repository import KNOCK, WAKEUP
from hotline.web.api.bodies import Body, Note, Word
from hotline.web.api.description import MATCHED, TAGGED
from hotline.web.api.doing import KeyHeader, done
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.shapes import Moment, Out, Page, instant, moment
from hotline.web.api.wakeups import EstateQuery
from hotline.web.masks import Masks

router = APIRouter(tags=["placed calls"])

Reader = Annotated[Holder, Depends(needs(Scope.CALLS_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.CALLS_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
CallId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="The call's id.")]
_OF_LISTS = frozenset(kind.value for kind in CampaignKind)


class PlacedOut(Out):
    """Something somebody is called about by the machine."""

    number: Annotated[str, Field(description="Its id.")]
    estate: str
    kind: Annotated[str, Field(examples=["dispatch"])]
    subject: Annotated[str, Field(description="What it is about: a ticket, a booking.")]
    occurrence: str
    state: CallState
    policy: str
    flow: str
    roster: str
    to: str
    to_name: str
    due_at: Moment
    next_at: Moment
    expires_at: Moment | None
    attempts: int
    requested_by: str
    ended_at: Moment | None
    result: str


class AttemptOut(Out):
    """One try to reach one person."""

    number: int
    at: Moment
    ended_at: Moment | None
    to: str
    to_name: str
    outcome: Annotated[str | None, Field(description="Null: under way.")]
    confirmed: str
    leg: str
    detail: str


class WholePlacedOut(PlacedOut):
    """With every attempt."""

    tried: list[AttemptOut]


class CancelBody(Body):
    """Why; kept on the call."""

    why: Note = "cancelled by hand"


@router.get("/placed-calls", response_model=Page[PlacedOut])
async def search(
    request: Request, parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "",
    kind: Annotated[Word, Query(description="dispatch, message, follow_up, wakeup, reminder …")] = "",
    subject: Annotated[Word, Query(description="A ticket's or booking's number.")] = "",
    over: Annotated[bool, Query(description="Those that are over, too.")] = False,
) -> Page[PlacedOut]:  # fmt: skip
    """Planned calls, the next first; with `over` the latest first."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "placed.list"))
    row, place = OutboundCallRow, paging.placed(datetime, str)
    query = select(row).where(row.estate == found.id).limit(paging.wanted)
    if kind:
        query = query.where(row.kind == kind)
    if subject:
        query = query.where(row.subject == subject)
    if over:
        query = query.order_by(row.next_at.desc(), row.id.desc())
    else:
        query = query.where(row.state.in_(OPEN_STATES)).order_by(row.next_at, row.id)
    if place is not None:
        at, after = place
        beyond = (row.next_at < at, row.id < after) if over else (row.next_at > at, row.id > after)
        query = query.where(or_(beyond[0], and_(row.next_at == at, beyond[1])))

    def read(session: Session) -> Page[PlacedOut]:
        rows = session.scalars(query).all()
        return paging.page(
            rows, lambda one: [one.next_at, one.id], lambda one: PlacedOut(**_facts(one, parts, masks))
        )

    return await parts.db.read(read)


@router.get("/placed-calls/{number}", response_model=WholePlacedOut, responses=TAGGED)
async def show(request: Request, parts: Parts, holder: Reader, number: CallId) -> Response:
    """One call with its attempts."""
    masks = Masks(await guard_of(request).looked(holder, "placed.show"))
    return answered(
        request, await parts.db.read(lambda session: _whole(session, parts, holder, number, masks))
    )


@router.post("/placed-calls/{number}/cancel", response_model=WholePlacedOut, responses=MATCHED)
async def cancel(
    request: Request, parts: Parts, holder: Writer, number: CallId, body: CancelBody, if_match: IfMatch = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Place it no more; one that is being spoken is not cut off. Wake-ups are cancelled at `/wakeups`."""

    def work(session: Session, row: OutboundCallRow) -> None:
        now = parts.clock.now()
        if row.state not in OPEN_STATES:
            raise HotlineError(f"The call is over already ({row.state.value}).", code="call-over")
        if row.kind in _OF_LISTS:  # a list does not wait for its last person for ever
            called_off(session, row, now=now, result="cancelled")
        elif row.kind == confirmations.KIND:
            confirmations.cancel(session, int(row.subject), by=holder.who, now=now)
        repository.end(row, CallState.CANCELLED, now=now, result=body.why or "cancelled by hand")

    return await _changed(request, holder, number, "placed.cancel", work, if_match, key)


@router.post("/placed-calls/{number}/{deed}", response_model=WholePlacedOut, responses=MATCHED)
async def pause(
    request: Request, parts: Parts, holder: Writer, number: CallId, deed: Literal["pause", "resume"],
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Let a waiting call wait, or go on. Wake-ups cannot be paused: they would be lost."""
    before, after = CallState.WAITING, CallState.PAUSED
    if deed == "resume":
        before, after = after, before

    def work(_: Session, row: OutboundCallRow) -> None:
        if row.state is not before:
            raise HotlineError(f"The call is {row.state.value}, not {before.value}.", code="call-state")
        row.state, row.next_at = after, max(row.next_at, parts.clock.now())

    return await _changed(request, holder, number, f"placed.{deed}", work, if_match, key)


async def _changed(
    request: Request, holder: Holder, number: str, what: str, work: Any, if_match: str, key: str
) -> JSONResponse:
    parts, masks = parts_of(request), Masks(holder.may(Scope.PERSONAL_READ))

    def current(session: Session) -> WholePlacedOut:
        return _whole(session, parts, holder, number, masks)

    def deed(session: Session) -> WholePlacedOut:
        row = _find(session, holder, number)
        if row.kind in (WAKEUP, KNOCK):
            raise HotlineError(
                f"Here wake-up {row.subject} would be lost while the register says it is due: cancel, skip "
                "or change it at /wakeups.",
                code="wakeup-would-be-lost",
            )
        work(session, row)
        session.flush()
        return current(session)

    return await done(request, holder, what, deed, key=key, if_match=if_match, current=current)


def _find(session: Session, holder: Holder, number: str) -> OutboundCallRow:
    row = session.get(OutboundCallRow, number, with_for_update=True)
    if row is None or holder.estate not in ("", row.estate):
        raise HotlineError(f"There is no placed call {number}.", code="unknown-call")
    return row


def _whole(session: Session, parts: ApiParts, holder: Holder, number: str, masks: Masks) -> WholePlacedOut:
    row = _find(session, holder, number)
    tried = repository.attempts(session, row.id)
    return WholePlacedOut(
        **_facts(row, parts, masks), tried=[_attempt(one, row, parts, masks) for one in tried]
    )


def _facts(row: OutboundCallRow, parts: ApiParts, masks: Masks) -> dict[str, Any]:
    zone = parts.zone(row.estate)
    return {
        "number": row.id, "estate": row.estate, "kind": row.kind, "subject": row.subject,
        "occurrence": row.occurrence, "state": row.state, "policy": row.policy, "flow": row.flow,
        "roster": row.roster, "to": masks.number(row.to, row.to),
        "to_name": _name(row.kind, row.to_name, masks),
        "due_at": instant(row.due_at, zone), "next_at": instant(row.next_at, zone),
        "expires_at": moment(row.expires_at, zone), "attempts": row.attempts,
        "requested_by": masks.name(row.requested_by), "ended_at": moment(row.ended_at, zone),
        "result": masks.text(row.result),
    }  # fmt: skip


def _attempt(one: AttemptRow, row: OutboundCallRow, parts: ApiParts, masks: Masks) -> AttemptOut:
    zone = parts.zone(row.estate)
    return AttemptOut(
        number=one.number, at=instant(one.at, zone), ended_at=moment(one.ended_at, zone),
        to=masks.number(one.to, one.to), to_name=_name(row.kind, one.to_name, masks),
        outcome=one.outcome.value if one.outcome else None, confirmed=one.confirmed, leg=one.leg,
        detail=masks.text(one.detail),
    )  # fmt: skip


def _name(kind: str, name: str, masks: Masks) -> str:
    """Return who is called; a guest is called by the room, which is nobody's secret."""
    return name if kind == WAKEUP else masks.name(name)
