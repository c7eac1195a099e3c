"""PINs of rooms over HTTP: by room and PIN people who call from elsewhere hear about a room's bills."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts import rooms as doors
from hotline.accounts.models import RoomPinRow
from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import HotlineError
from hotline.call.ports import Place
from hotline.web.api.bodies import Body, RoomText
from hotline.web.api.description import MATCHED, TAGGED
from hotline.web.api.doing import Deed, KeyHeader, done, replayed
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import needs
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, EstateFacts, parts_of
from hotline.web.api.shapes import Moment, Out, Page, instant, moment
from hotline.web.api.wakeups import EstateQuery

router = APIRouter(tags=["room PINs"])

Reader = Annotated[Holder, Depends(needs(Scope.FEES_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.FEES_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
RoomName = Annotated[str, Path(pattern=r"^[^/\x00-\x1f]{1,64}$", description="3-2-602, A-1203 or 808.")]
MOST_AT_ONCE = 100
"""Rooms of one request: a hash takes some 30 ms of a core."""


class RoomPinOut(Out):
    """A room that has a PIN; the PIN itself is kept nowhere."""

    room: str
    estate: str
    given_at: Moment
    locked_until: Annotated[Moment | None, Field(description="Five wrong PINs lock a room for a while.")]


class PinLine(Out):
    """What happened to a room's PIN."""

    at: Moment
    event: str
    by: str


class WholePinOut(RoomPinOut):
    """With what happened to it."""

    history: list[PinLine]


class NewPinsBody(Body):
    """Rooms that get a PIN."""

    rooms: Annotated[list[RoomText], Field(min_length=1, max_length=MOST_AT_ONCE)]
    renew: Annotated[bool, Field(description="Also rooms that have a PIN: it changes.")] = False


class NewPinOut(Out):
    """A PIN that was just made up."""

    room: str
    pin: str


class NewPinsOut(Out):
    """PINs for the letters."""

    number: Annotated[str, Field(description="How many rooms got one.")]
    pins: Annotated[
        list[NewPinOut], Field(description="Shown only in the first answer: a repeated request gets none.")
    ]
    left: Annotated[list[str], Field(description="Rooms that have a PIN already and kept it.")]


class GoneOut(Out):
    """A room that has no PIN any more."""

    room: str
    estate: str


@router.get("/fees/pins", response_model=Page[RoomPinOut])
async def search(parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "") -> Page[RoomPinOut]:
    """Rooms that have a PIN, since when, and which are locked."""
    found = parts.estate(estate, holder)
    return await parts.db.read(
        lambda session: paging.slice(doors.everybody(session, found.id), lambda row: _pin(row, parts, found))
    )


@router.get("/fees/pins/{room}", response_model=WholePinOut, responses=TAGGED)
async def show(
    request: Request, parts: Parts, holder: Reader, room: RoomName, estate: EstateQuery = ""
) -> Response:
    """One room's PIN: given, entered, refused, locked."""
    found = parts.estate(estate, holder)
    return answered(request, await parts.db.read(lambda session: _whole(session, parts, found, room)))


@router.post("/fees/pins", status_code=201, response_model=NewPinsOut)
async def give(
    request: Request, parts: Parts, holder: Writer, body: NewPinsBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Make up PINs; each is shown once. A locked room that gets another one is open again."""
    found = parts.estate(estate, holder)
    if (again := await replayed(request, holder, key)) is not None:
        return again
    wanted, left = await parts.db.read(lambda session: _sorted(session, parts, found, body))
    made = await asyncio.to_thread(doors.make_up, wanted)

    def deed(session: Session) -> NewPinsOut:
        for one in made:
            doors.give(session, found.id, one, by=holder.who, at=parts.clock.now())
        return NewPinsOut(
            number=str(len(made)), left=left,
            pins=[NewPinOut(room=str(one.place), pin=one.digits) for one in made],
        )  # fmt: skip

    about = " ".join(str(place) for place in wanted)[:200]
    return await done(request, holder, "pin.give", deed, key=key, status=201, about=about, once=("pins",))


@router.post("/fees/pins/{room}/unlock", response_model=WholePinOut, responses=MATCHED)
async def unlock(
    request: Request, parts: Parts, holder: Writer, room: RoomName, estate: EstateQuery = "",
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Open a room that wrong PINs have locked; the PIN stays."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> WholePinOut:
        place = parts.room(session, found.id, room)
        doors.unlock(session, found.id, place, by=holder.who, at=parts.clock.now())
        session.flush()
        return _whole(session, parts, found, room)

    return await _changed(request, holder, found, room, "pin.unlock", deed, if_match, key)


@router.delete("/fees/pins/{room}", response_model=GoneOut, responses=MATCHED)
async def remove(
    request: Request, parts: Parts, holder: Writer, room: RoomName, estate: EstateQuery = "",
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Take a room's PIN away, when people move out: nobody gets in by it any more."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> GoneOut:
        place = parts.room(session, found.id, room)
        doors.remove(session, found.id, place, by=holder.who, at=parts.clock.now())
        return GoneOut(room=str(place), estate=found.id)

    return await _changed(request, holder, found, room, "pin.remove", deed, if_match, key)


async def _changed(
    request: Request, holder: Holder, estate: EstateFacts, room: str, what: str, deed: Deed, if_match: str,
    key: str,
) -> JSONResponse:  # fmt: skip
    parts = parts_of(request)
    return await done(
        request, holder, what, deed, key=key, about=room, if_match=if_match,
        current=lambda session: _whole(session, parts, estate, room),
    )  # fmt: skip


def _sorted(
    session: Session, parts: ApiParts, estate: EstateFacts, body: NewPinsBody
) -> tuple[Sequence[Place], list[str]]:
    """Return the rooms that get a PIN, each once, and those that keep theirs."""
    places = {str(place): place for place in (parts.room(session, estate.id, one) for one in body.rooms)}
    kept = [] if body.renew else [
        name for name, place in places.items() if doors.find(session, estate.id, place) is not None
    ]  # fmt: skip
    return [place for name, place in places.items() if name not in kept], kept


def _whole(session: Session, parts: ApiParts, estate: EstateFacts, room: str) -> WholePinOut:
    place = parts.room(session, estate.id, room)
    row = doors.find(session, estate.id, place)
    if row is None:
        raise HotlineError(f"{place} has no PIN.", code="pin-unknown")
    return WholePinOut(
        **_pin(row, parts, estate).model_dump(),
        history=[
            PinLine(at=instant(one.at, estate.zone), event=one.event, by=one.by)
            for one in doors.audit_of(session, estate.id, place)
        ],
    )


def _pin(row: RoomPinRow, parts: ApiParts, estate: EstateFacts) -> RoomPinOut:
    locked = row.locked_until is not None and row.locked_until > parts.clock.now()
    return RoomPinOut(
        room=str(Place(row.building, row.unit, row.room)), estate=row.estate,
        given_at=instant(row.given_at, estate.zone),
        locked_until=moment(row.locked_until, estate.zone) if locked else None,
    )  # fmt: skip
