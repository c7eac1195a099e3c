"""Stays over HTTP, for the property's own system: check-in, room change, checkout."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session
from starlette.requests import Request

from hotline.accounts.rights import Holder, Scope
from hotline.residents import stays
from hotline.web.api.bodies import CheckInBody, CheckOutBody, MoveBody
from hotline.web.api.doing import KeyHeader, done
from hotline.web.api.guard import needs
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.wakeups import EstateQuery

router = APIRouter(tags=["stays"])

Writer = Annotated[Holder, Depends(needs(Scope.STAYS_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]


@router.post("/stays", status_code=201)
async def check_in(
    request: Request, parts: Parts, holder: Writer, body: CheckInBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Check a guest in."""
    found = parts.estate(estate, holder)
    now = parts.clock.now()
    arrival = body.arrival or now.astimezone(found.zone).date()

    def deed(session: Session) -> dict[str, Any]:
        place = parts.room(session, found.id, body.room)
        stay = parts.stays.check_in(
            session, found.id, place, name=body.name, from_on=arrival, to_on=body.departure,
            language=body.language, at=now, who=holder.who,
        )  # fmt: skip
        departure = None if body.departure is None else body.departure.isoformat()
        return {
            "number": str(stay.id), "room": str(place), "arrival": arrival.isoformat(), "departure": departure
        }  # fmt: skip

    return await done(request, holder, "stay.checkin", deed, key=key, status=201)


@router.post("/stays/move")
async def move(
    request: Request, parts: Parts, holder: Writer, body: MoveBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Give a guest another room; wake-ups go along."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> dict[str, Any]:
        place = parts.room(session, found.id, body.room)
        to = parts.room(session, found.id, body.to_room)
        stay = stays.of_room(session, found.id, place)
        moved = parts.stays.move(session, stay, to, at=parts.clock.now(), who=holder.who)
        return {"number": str(stay.id), "room": str(to), "wakeups": moved.followed}

    return await done(request, holder, "stay.move", deed, key=key)


@router.post("/stays/checkout")
async def check_out(
    request: Request, parts: Parts, holder: Writer, body: CheckOutBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Check a guest out; wake-ups end, also one that rings."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> dict[str, Any]:
        place = parts.room(session, found.id, body.room)
        stay = stays.of_room(session, found.id, place)
        ended = parts.stays.check_out(session, stay, at=parts.clock.now(), who=holder.who)
        return {"number": str(stay.id), "room": str(place), "wakeups": ended.followed}

    return await done(request, holder, "stay.checkout", deed, key=key)
