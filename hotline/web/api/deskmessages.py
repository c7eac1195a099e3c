"""Messages at the operator's desk: taken for somebody who is not there, and the latest of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request

from hotline.accounts import repository as people
from hotline.accounts import users
from hotline.accounts.rights import Holder, Scope
from hotline.call.ports import Place
from hotline.call.ports.messages import NewMessage
from hotline.enquiries.departments import departments
from hotline.messages import service as messages
from hotline.messages.models import MessageRow
from hotline.web import deskcard
from hotline.web.api import estates
from hotline.web.api.bodies import Body, Word
from hotline.web.api.doing import KeyHeader, done
from hotline.web.api.guard import needs
from hotline.web.api.parts import ApiParts, EstateFacts, parts_of
from hotline.web.api.ticketbodies import Words
from hotline.web.deskcard import Reading
from hotline.web.masks import Masks

router = APIRouter()

Operator = Annotated[Holder, Depends(needs(Scope.DESK))]
Taker = Annotated[Holder, Depends(needs(Scope.MESSAGES_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
MOST_MESSAGES = 8


class DeskMessageBody(Body):
    """A message for somebody who is not there, taken in a call or without one."""

    whom: Literal["room", "staff", "department"]
    named: Annotated[Word, Field(min_length=1)]
    """Room, staff number, or the department's name, id or code."""
    text: Annotated[Words, Field(min_length=1)]
    from_name: Word = ""
    from_number: Word = ""
    urgent: bool = False
    leg: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{0,64}$")] = ""


def reading_of(parts: ApiParts, estate: EstateFacts, holder: Holder) -> Reading:
    """Return how somebody reads an estate's cards and messages."""
    now = parts.clock.now()
    return Reading(
        estate=estate.id, zone=estate.zone, today=parts.fees.today(estate.id), now=now,
        masks=Masks(holder.may(Scope.PERSONAL_READ)), may=holder.may,
    )  # fmt: skip


@router.get("/messages")
async def taken(request: Request, parts: Parts, holder: Operator) -> list[dict[str, Any]]:
    """Messages taken lately, the latest first."""
    estate = estates.chosen(parts, holder, request)
    if not holder.may(Scope.MESSAGES_READ):
        return []
    reading = reading_of(parts, estate, holder)

    def read(session: Session) -> list[dict[str, Any]]:
        return [
            {
                "number": row.id, "for": _for(row, reading),
                "from": reading.masks.name(row.from_name), "text": reading.masks.text(row.text)[:200],
                "spoken": row.words is not None, "state": row.state.value, "urgent": row.urgent,
                "at": reading.at(row.taken_at),
            }
            for row in messages.listed(session, estate=estate.id, limit=MOST_MESSAGES)
        ]  # fmt: skip

    found = await parts.db.read(read)
    if found:
        await parts.tokens.looked(holder, "desk.messages")
    return found


@router.get("/addressees")
async def addressees(request: Request, parts: Parts, holder: Taker) -> dict[str, list[list[str]]]:
    """Whom a message can be for besides rooms: departments, and staff by number with their names."""
    estate = estates.chosen(parts, holder, request)
    masks = reading_of(parts, estate, holder).masks
    found = await parts.db.read(
        lambda session: [[row.number, masks.name(row.name)] for row in people.everybody(session, estate.id)]
    )
    listed = [[one.names[0], " ".join(one.names[1:])] for one in departments(parts.enquiries, estate.id)]
    return {"staff": found, "department": listed}


@router.post("/messages", status_code=201)
async def take_message(
    request: Request, parts: Parts, holder: Taker, body: DeskMessageBody, key: KeyHeader = ""
) -> JSONResponse:
    """Take a message; staff on duty get it after their shift, an urgent one goes to their supervisor."""
    estate = estates.chosen(parts, holder, request)

    def deed(session: Session) -> dict[str, Any]:
        who = users.find(session, holder.name).name if holder.person else holder.who
        row = messages.take(
            session, _new(session, parts, estate, body, who), parts.house, now=parts.clock.now()
        )
        told = row.deliver_at.astimezone(estate.zone).strftime("%m-%d %H:%M")
        return {
            "number": row.id, "for": _for(row, reading_of(parts, estate, holder)), "told_from": told,
            "supervisor": not row.to, "at_once": row.deliver_at <= row.taken_at,
        }  # fmt: skip

    return await done(request, holder, "message.take", deed, key=key, status=201)


def _for(row: MessageRow, reading: Reading) -> str:
    if row.staff:
        return f"{row.staff} {reading.masks.name(row.staff_name)}".strip()
    return str(row.place) or row.department


def _new(
    session: Session, parts: ApiParts, estate: EstateFacts, body: DeskMessageBody, who: str
) -> NewMessage:
    """Who calls is known by the call, also to those who may not see the number."""
    number = body.from_number
    if body.leg:
        number = number or deskcard.far_end(deskcard.leg_of(session, estate.id, body.leg))
    named = {body.whom: body.named}
    room = named.get("room", "")
    return NewMessage(
        estate=estate.id, place=parts.room(session, estate.id, room) if room else Place(),
        staff=named.get("staff", ""), department=named.get("department", ""), text=body.text,
        from_name=body.from_name, from_number=number, urgent=body.urgent, language=estate.language,
        call=body.leg, taken_by=who,
    )  # fmt: skip
