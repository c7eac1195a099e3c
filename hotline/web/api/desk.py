"""What the operator's desk asks over HTTP: the caller's card, rooms, orders to the desk, tickets of a call.

A request survives a lost WebSocket, and a ticket sent twice under one key is filed once; the page's pushes go
another way (:mod:`hotline.web.console.livepage`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request

from hotline.accounts import users
from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import OperatorRefused
from hotline.call.ports import NewTicket, TicketSummary
from hotline.headsets.protocol import Action
from hotline.residents.service import Residents
from hotline.tickets import repository as tickets
from hotline.web import deskcard
from hotline.web.api import deskmessages, estates, ticketfiling
from hotline.web.api.bodies import Body
from hotline.web.api.deskmessages import Operator, Parts, reading_of
from hotline.web.api.doing import KeyHeader, done
from hotline.web.api.guard import needs
from hotline.web.api.parts import EstateFacts, place_of
from hotline.web.api.ticketbodies import NewTicketBody

router = APIRouter(prefix="/desk", include_in_schema=False)
router.include_router(deskmessages.router)

Writer = Annotated[Holder, Depends(needs(Scope.TICKETS_WRITE))]
Leg = Annotated[str, Path(pattern=r"^[0-9A-Za-z-]{1,64}$")]
RoomText = Annotated[str, Path(max_length=64)]
Ticket = Annotated[str, Path(pattern=r"^\d{12,16}$")]


class Order(Body):
    """Something the desk is to do; the arguments are the action's."""

    action: Action | Annotated[str, Field(pattern="^parked$")]
    args: dict[str, Annotated[str, Field(max_length=500)] | bool | int] = Field(
        default_factory=dict, max_length=8
    )


class CallTicketBody(NewTicketBody):
    """A ticket filed by an operator, in a call or after it."""

    leg: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{0,64}$")] = ""


@router.get("/calls/{leg}")
async def call_card(request: Request, parts: Parts, holder: Operator, leg: Leg) -> dict[str, Any]:
    """The caller's card; each look is on the record."""
    estate = estates.chosen(parts, holder, request)
    raw = await parts.db.read(lambda session: _far_end(session, estate.id, leg))
    known = await Residents(parts.db, normalise=parts.normalise).caller(estate.id, raw) if raw else None
    reading = reading_of(parts, estate, holder)
    found = await parts.db.read(lambda session: deskcard.card(session, leg, known, reading))
    await parts.tokens.looked(holder, f"desk.call {leg}")
    return found


def _far_end(session: Session, estate: str, leg: str) -> str:
    row = deskcard.leg_of(session, estate, leg)
    return deskcard.far_end(row)


@router.get("/rooms/{text}")
async def room(request: Request, parts: Parts, holder: Operator, text: RoomText) -> dict[str, Any]:
    """What is known of a room; each look is on the record."""
    estate = estates.chosen(parts, holder, request)
    reading = reading_of(parts, estate, holder)
    found = await parts.db.read(lambda session: deskcard.of_room(session, place_of(text), reading))
    await parts.tokens.looked(holder, f"desk.room {found.get('room') or text}")
    return found


@router.post("/do")
async def order(request: Request, parts: Parts, holder: Operator, body: Order) -> dict[str, Any]:
    """Have the desk do something for the operator who asks."""
    if not holder.operator:
        raise OperatorRefused(
            "Your account has no operator's number: an administrator gives it one.", code="no-operator"
        )
    estate = estates.chosen(parts, holder, request)
    any_queue = body.action == "take" and holder.may(Scope.SUPERVISE)
    words = {
        "operator": holder.operator, "estate": estate.id, "action": "take_any" if any_queue else body.action,
        "args": body.args,
    }  # fmt: skip
    found = await parts.calls.command("operators", words)
    found.pop("id", None)
    return found


@router.post("/tickets", status_code=201)
async def file(
    request: Request, parts: Parts, holder: Writer, body: CallTicketBody, key: KeyHeader = ""
) -> JSONResponse:
    """File a ticket with the call it belongs to, and the caller's own words of the intake."""
    estate = estates.chosen(parts, holder, request)

    def deed(session: Session) -> dict[str, Any]:
        new = ticketfiling.checked(session, parts, estate, _with_number(session, estate.id, body))
        filed = parts.tickets.file(
            session, _in_call(session, new, body.leg), who=_who(session, holder), fault=body.fault,
            department=body.department,
        )  # fmt: skip
        return _answer(filed, estate)

    return await done(request, holder, "ticket.file", deed, key=key, status=201)


@router.post("/tickets/{number}/additions", status_code=201)
async def add(
    request: Request, parts: Parts, holder: Writer, number: Ticket, body: CallTicketBody, key: KeyHeader = ""
) -> JSONResponse:
    """Add what this call brought to an open ticket."""
    estate = estates.chosen(parts, holder, request)

    def deed(session: Session) -> dict[str, Any]:
        row = tickets.must_find(session, number)
        if row.estate != estate.id:
            raise tickets.UnknownTicket(f"There is no ticket {number}.")
        new = _in_call(session, ticketfiling.plain(parts, estate.id, body), body.leg)
        added = parts.tickets.add_to_in(session, number, new, who=_who(session, holder))
        return _answer(added, estate)

    return await done(request, holder, "ticket.add", deed, key=key, status=201)


def _answer(ticket: TicketSummary, estate: EstateFacts) -> dict[str, Any]:
    """``next_at``: when the caller hears next, as the estate's clock shows it."""
    told = ticket.next_at and ticket.next_at.astimezone(estate.zone).strftime("%m-%d %H:%M")
    return {"number": ticket.number, "next_at": told or "", "place": str(ticket.place)}


def _with_number(session: Session, estate: str, body: CallTicketBody) -> CallTicketBody:
    """Who calls is known by the call, also to those who may not see the number."""
    if body.caller or not body.leg:
        return body
    return body.model_copy(update={"caller": deskcard.far_end(deskcard.leg_of(session, estate, body.leg))})


def _in_call(session: Session, new: NewTicket, leg: str) -> NewTicket:
    if not leg:
        return new
    deskcard.leg_of(session, new.estate, leg)
    draft = deskcard.draft_of(session, leg)
    if draft is None:
        return replace(new, call=leg)
    topic = new.topic or draft.topic
    return replace(new, call=leg, topic=topic, words=draft.words, name_words=draft.name_words)


def _who(session: Session, holder: Holder) -> str:
    return users.find(session, holder.name).name if holder.person else holder.who
