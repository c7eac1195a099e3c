"""Rooms, residents and guests over HTTP: who lives or stays where, and how rooms are rung."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import HotlineError
from hotline.residents import repository, rooms, stays
from hotline.residents.models import LiftRow, ResidentRow, RoomRow
from hotline.residents.staymodels import StayRow
from hotline.web.api.bodies import Body, Day, Language, Word
from hotline.web.api.description import MATCHED, TAGGED
from hotline.web.api.doing import KeyHeader, done
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import guard_of, needs, needs_any
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, EstateFacts, parts_of, place_of
from hotline.web.api.shapes import DayText, Moment, Out, Page, day, instant, moment
from hotline.web.api.wakeups import EstateQuery
from hotline.web.masks import Masks

router = APIRouter(tags=["residents"])

Reader = Annotated[Holder, Depends(needs(Scope.RESIDENTS_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.RESIDENTS_WRITE))]
Receptionist = Annotated[Holder, Depends(needs(Scope.STAYS_WRITE))]
StayReader = Annotated[Holder, Depends(needs_any((Scope.RESIDENTS_READ, Scope.STAYS_WRITE)))]
Parts = Annotated[ApiParts, Depends(parts_of)]
RoomName = Annotated[str, Path(pattern=r"^[^/\x00-\x1f]{1,64}$", description="3-2-602, A-1203 or 808.")]
StayNumber = Annotated[str, Path(pattern=r"^\d{1,9}$", description="The stay's number.")]


class RoomOut(Out):
    """A room."""

    room: str
    estate: str
    telephone: Annotated[str, Field(description="What is dialled to ring it; empty: it has none.")]


class TelephoneBody(Body):
    """What is dialled to ring a room."""

    telephone: Annotated[Word, Field(description="Extension, number or sip: address; empty takes it away.")]


class ResidentOut(Out):
    """A person of a room."""

    number: Annotated[int, Field(description="The person's number: `/residents/NUMBER`.")]
    estate: str
    room: str
    name: str
    kind: Annotated[str, Field(examples=["owner"])]
    numbers: list[str]
    note: str


class LiftOut(Out):
    """The emergency telephone in a lift."""

    estate: str
    building: str
    unit: str
    name: str
    number: str


class StayOut(Out):
    """A guest's stay."""

    number: str
    estate: str
    room: str
    name: str
    language: str
    arrival: DayText
    departure: DayText | None
    left_at: Moment | None


class StayLine(Out):
    """What happened to a stay."""

    at: Moment
    who: str
    event: str
    detail: str


class WholeStayOut(StayOut):
    """A stay with its history."""

    history: list[StayLine]


class StayFactsBody(Body):
    """What is corrected; what is left out stays."""

    name: Word = ""
    departure: Day | None = None
    language: Language | None = None


@router.get("/rooms", response_model=Page[RoomOut])
async def search_rooms(
    parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = ""
) -> Page[RoomOut]:
    """Rooms in natural order, and how they are rung."""
    found = parts.estate(estate, holder)

    def read(session: Session) -> Page[RoomOut]:
        rows = rooms.listed(session, found.id, limit=_MOST)
        return paging.slice(rows, _room)

    return await parts.db.read(read)


@router.get("/rooms/{room}", response_model=RoomOut, responses=TAGGED)
async def show_room(
    request: Request, parts: Parts, holder: Reader, room: RoomName, estate: EstateQuery = ""
) -> Response:
    """A room."""
    found = parts.estate(estate, holder)
    return answered(request, await parts.db.read(lambda session: _room(_named(session, found, room))))


@router.put("/rooms/{room}/telephone", response_model=RoomOut, responses=MATCHED)
async def set_telephone(
    request: Request, parts: Parts, holder: Writer, room: RoomName, body: TelephoneBody,
    estate: EstateQuery = "", if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Say what is dialled to ring a room."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> RoomOut:
        row = _named(session, found, room)
        rooms.set_address(session, row, body.telephone, normalise=parts.normalise)
        return _room(row)

    return await done(
        request, holder, "room.telephone", deed, key=key, about=room, if_match=if_match,
        current=lambda session: _room(_named(session, found, room)),
    )  # fmt: skip


@router.get("/residents", response_model=Page[ResidentOut])
async def search_residents(
    request: Request, parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "",
    room: Annotated[Word, Query(description="Only of this room.")] = "",
) -> Page[ResidentOut]:  # fmt: skip
    """People with their rooms and numbers, in the order of the list."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "residents.list"))
    after = paging.placed(int)

    def read(session: Session) -> Page[ResidentOut]:
        place = parts.room(session, found.id, room) if room else None
        rows = repository.residents(
            session, found.id, limit=paging.wanted, after=after[0] if after else None, place=place
        )
        return paging.page(rows, lambda row: [row.id], lambda row: resident(row, masks))

    return await parts.db.read(read)


@router.get("/lifts", response_model=Page[LiftOut])
async def search_lifts(
    parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = ""
) -> Page[LiftOut]:
    """Lift telephones: their number says where help is needed."""
    found = parts.estate(estate, holder)
    return await parts.db.read(lambda session: paging.slice(repository.lifts(session, found.id), _lift))


@router.get("/stays", response_model=Page[StayOut], tags=["stays"])
async def search_stays(
    request: Request, parts: Parts, holder: StayReader, paging: Pages, estate: EstateQuery = ""
) -> Page[StayOut]:
    """Who is in which room, in the order of the rooms."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "stays.list"))

    def read(session: Session) -> Page[StayOut]:
        rows = stays.in_house(session, found.id, limit=_MOST)
        return paging.slice(rows, lambda row: _stay(row, parts, masks))

    return await parts.db.read(read)


@router.get("/stays/{number}", response_model=WholeStayOut, tags=["stays"], responses=TAGGED)
async def show_stay(request: Request, parts: Parts, holder: StayReader, number: StayNumber) -> Response:
    """A stay and what happened to it."""
    masks = Masks(await guard_of(request).looked(holder, "stays.show"))
    return answered(
        request, await parts.db.read(lambda session: _whole(session, parts, holder, number, masks))
    )


@router.patch("/stays/{number}", response_model=WholeStayOut, tags=["stays"], responses=MATCHED)
async def change_stay(
    request: Request, parts: Parts, holder: Receptionist, number: StayNumber, body: StayFactsBody,
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Correct a stay."""
    masks = Masks(holder.may(Scope.PERSONAL_READ))

    def current(session: Session) -> WholeStayOut:
        return _whole(session, parts, holder, number, masks)

    def deed(session: Session) -> WholeStayOut:
        row = _found(session, holder, number)
        parts.stays.change(
            session, row, at=parts.clock.now(), who=holder.who, name=body.name, to_on=body.departure,
            language=body.language or "",
        )  # fmt: skip
        session.flush()
        return current(session)

    return await done(request, holder, "stay.change", deed, key=key, if_match=if_match, current=current)


_MOST = 50_000
"""Rooms or guests of one estate."""


def _named(session: Session, estate: EstateFacts, room: str) -> RoomRow:
    row = rooms.find(session, estate.id, place_of(room))
    if row is None:
        raise HotlineError(f'"{room}" is no room here, or not exactly one.', code="no-such-room")
    return row


def _room(row: RoomRow) -> RoomOut:
    return RoomOut(room=str(row.place), estate=row.estate, telephone=row.address)


def resident(row: ResidentRow, masks: Masks) -> ResidentOut:
    """Return a person as an answer shows them."""
    return ResidentOut(
        number=row.id, estate=row.estate, room=str(row.room.place), name=masks.name(row.name), kind=row.kind,
        numbers=[masks.number(one.number, one.raw) for one in row.numbers], note=masks.text(row.note),
    )  # fmt: skip


def _lift(row: LiftRow) -> LiftOut:
    return LiftOut(estate=row.estate, building=row.building, unit=row.unit, name=row.name, number=row.number)


def _found(session: Session, holder: Holder, number: str) -> StayRow:
    row = session.get(StayRow, int(number))
    if row is None or holder.estate not in ("", row.estate):
        raise HotlineError(f"There is no stay {number}.", code="stay-unknown")
    return row


def _stay(row: StayRow, parts: ApiParts, masks: Masks) -> StayOut:
    return StayOut(
        number=str(row.id), estate=row.estate, room=str(row.room.place), name=masks.name(row.name),
        language=row.language, arrival=row.from_on.isoformat(), departure=day(row.to_on),
        left_at=moment(row.left_at, parts.zone(row.estate)),
    )  # fmt: skip


def _whole(session: Session, parts: ApiParts, holder: Holder, number: str, masks: Masks) -> WholeStayOut:
    row = _found(session, holder, number)
    zone = parts.zone(row.estate)
    return WholeStayOut(
        **_stay(row, parts, masks).model_dump(),
        history=[
            StayLine(at=instant(one.at, zone), who=one.who, event=one.event, detail=one.detail)
            for one in stays.history(session, row)
        ],
    )
