"""One person of the directory over HTTP: added, corrected, taken out; the room stays."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.residents import people, rooms
from hotline.residents.models import ResidentRow
from hotline.residents.people import PersonRefused
from hotline.web.api.bodies import Body, Note, RoomText, Word
from hotline.web.api.description import MATCHED, TAGGED
from hotline.web.api.doing import Deed, KeyHeader, done
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.residents import ResidentOut, resident
from hotline.web.api.wakeups import EstateQuery
from hotline.web.masks import Masks

router = APIRouter(tags=["residents"])

Reader = Annotated[Holder, Depends(needs(Scope.RESIDENTS_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.RESIDENTS_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="The person's number.")]
Kind = Literal["owner", "tenant", "family", "resident", "business"]
Telephones = Annotated[list[Annotated[Word, Field(min_length=1)]], Field(max_length=10)]


class NewPersonBody(Body):
    """Somebody who lives in a room, owns or uses it."""

    room: RoomText
    name: Annotated[Word, Field(min_length=1)]
    kind: Kind = "resident"
    numbers: Annotated[Telephones, Field(description="The first is called first.")] = Field(
        default_factory=list
    )
    note: Note = ""


class PersonFactsBody(Body):
    """What changes; what is left out stays. `numbers` are all of them anew."""

    name: Annotated[Word, Field(min_length=1)] | None = None
    kind: Kind | None = None
    numbers: Telephones | None = None
    note: Note | None = None


@router.get("/residents/{number}", response_model=ResidentOut, responses=TAGGED)
async def show(request: Request, parts: Parts, holder: Reader, number: Number) -> Response:
    """A person with their room and numbers."""
    masks = Masks(await guard_of(request).looked(holder, "residents.show"))
    return answered(
        request, await parts.db.read(lambda session: resident(_find(session, holder, number), masks))
    )


@router.post("/residents", status_code=201, response_model=ResidentOut)
async def add(
    request: Request, parts: Parts, holder: Writer, body: NewPersonBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Add somebody to a room; a name that the room has already is refused."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> ResidentOut:
        room = rooms.named(session, found.id, parts.room(session, found.id, body.room))
        row = people.keep(
            session, room, name=body.name, kind=body.kind, numbers=body.numbers, note=body.note,
            normalise=parts.normalise,
        )  # fmt: skip
        return resident(row, _masks(holder))

    return await done(request, holder, "resident.add", deed, key=key, status=201, tagged=True)


@router.patch("/residents/{number}", response_model=ResidentOut, responses=MATCHED)
async def change(
    request: Request, parts: Parts, holder: Writer, number: Number, body: PersonFactsBody,
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Correct somebody."""

    def deed(session: Session) -> ResidentOut:
        row = _find(session, holder, number)
        people.keep(
            session, row.room, person=row.id, name=body.name or row.name, kind=body.kind or row.kind,
            numbers=[one.raw for one in row.numbers] if body.numbers is None else body.numbers,
            note=row.note if body.note is None else body.note, normalise=parts.normalise,
        )  # fmt: skip
        return resident(row, _masks(holder))

    return await _changed(request, holder, number, "resident.change", deed, if_match, key)


@router.delete("/residents/{number}", response_model=ResidentOut, responses=MATCHED)
async def remove(
    request: Request, holder: Writer, number: Number, if_match: IfMatch = "", key: KeyHeader = ""
) -> JSONResponse:
    """Take somebody out of the directory."""

    def deed(session: Session) -> ResidentOut:
        row = _find(session, holder, number)
        shown = resident(row, _masks(holder))
        people.remove(session, row.estate, row.id)
        return shown

    return await _changed(request, holder, number, "resident.remove", deed, if_match, key)


async def _changed(
    request: Request, holder: Holder, number: int, what: str, deed: Deed, if_match: str, key: str
) -> JSONResponse:
    return await done(
        request, holder, what, deed, key=key, about=str(number), if_match=if_match,
        current=lambda session: resident(_find(session, holder, number), _masks(holder)),
    )  # fmt: skip


def _find(session: Session, holder: Holder, number: int) -> ResidentRow:
    row = session.get(ResidentRow, number)
    if row is None or holder.estate not in ("", row.estate):
        raise PersonRefused(f"Nobody in the directory has the number {number}.", code="person-gone")
    return row


def _masks(holder: Holder) -> Masks:
    return Masks(holder.may(Scope.PERSONAL_READ))
