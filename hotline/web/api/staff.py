"""Staff over HTTP: who reports by telephone, with which roles; PINs shown once."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts import pins, repository
from hotline.accounts.administration import BadStaff, NewMember, Office
from hotline.accounts.models import StaffRow
from hotline.accounts.rights import Holder, Scope
from hotline.call.ports import StaffRole
from hotline.web.api.bodies import Body, Word
from hotline.web.api.description import MATCHED, TAGGED
from hotline.web.api.doing import Deed, KeyHeader, done
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, EstateFacts, parts_of
from hotline.web.api.shapes import Moment, Out, Page, moment
from hotline.web.api.wakeups import EstateQuery
from hotline.web.masks import Masks

router = APIRouter(tags=["staff"])

Reader = Annotated[Holder, Depends(needs(Scope.STAFF_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.STAFF_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Number = Annotated[str, Path(pattern=r"^\d{1,8}$", description="Staff number 工号.")]


def _technician() -> list[StaffRole]:
    return [StaffRole.TECHNICIAN]


class NewStaffBody(Body):
    """Somebody new."""

    number: Annotated[str, Field(pattern=r"^\d{1,8}$", examples=["801"])]
    name: Annotated[Word, Field(min_length=1)]
    telephone: Word = ""
    roles: Annotated[list[StaffRole], Field(min_length=1, max_length=8)] = Field(default_factory=_technician)


class StaffFactsBody(Body):
    """What changes; what is left out stays, and so does the PIN."""

    name: Annotated[Word, Field(min_length=1)] | None = None
    telephone: Word | None = None
    roles: Annotated[list[StaffRole], Field(min_length=1, max_length=8)] | None = None


class StaffOut(Out):
    """A member of staff."""

    number: str
    estate: str
    name: str
    telephone: str
    roles: list[str]
    has_pin: bool
    locked_until: Moment | None
    active: bool


class PinOut(StaffOut):
    """A member of staff with the PIN that was just made up."""

    pin: Annotated[str, Field(description="Shown only in the first answer: a repeated request gets none.")]


@router.get("/staff", response_model=Page[StaffOut])
async def search(
    request: Request, parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "",
    left: Annotated[bool, Query(description="Also those who have left.")] = False,
) -> Page[StaffOut]:  # fmt: skip
    """The staff, by number."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "staff.list"))

    def read(session: Session) -> Page[StaffOut]:
        rows = repository.everybody(session, found.id, left=left)
        return paging.slice(rows, lambda row: _view(row, parts, masks))

    return await parts.db.read(read)


@router.get("/staff/{number}", response_model=StaffOut, responses=TAGGED)
async def show(
    request: Request, parts: Parts, holder: Reader, number: Number, estate: EstateQuery = ""
) -> Response:
    """A member of staff."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "staff.show"))
    return answered(
        request, await parts.db.read(lambda session: _view(_find(session, found, number), parts, masks))
    )


@router.post("/staff", status_code=201, response_model=PinOut)
async def add(
    request: Request, parts: Parts, holder: Writer, body: NewStaffBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Add somebody with a PIN; a number that somebody has is refused."""
    found = parts.estate(estate, holder)
    pin = await asyncio.to_thread(pins.made_up, number=body.number, telephone=body.telephone)
    member = NewMember(
        number=body.number, name=body.name, telephone=body.telephone, roles=frozenset(body.roles)
    )

    def deed(session: Session) -> PinOut:
        office = _office(session, parts, found, holder)
        office.add(member)
        given = office.give_pin(body.number, pin)
        row = _find(session, found, body.number)
        return PinOut(**_view(row, parts, _masks(holder)).model_dump(), pin=given.pin)

    return await done(request, holder, "staff.add", deed, key=key, status=201, once=("pin",))


@router.patch("/staff/{number}", response_model=StaffOut, responses=MATCHED)
async def change(
    request: Request, parts: Parts, holder: Writer, number: Number, body: StaffFactsBody,
    estate: EstateQuery = "", if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Change name, telephone or roles (all of them anew)."""
    found = parts.estate(estate, holder)
    new = {name: value for name, value in body.model_dump().items() if value is not None}
    if "roles" in new:
        new["roles"] = frozenset(new["roles"])

    def deed(session: Session) -> None:
        _office(session, parts, found, holder).change(number, **new)

    return await _changed(request, holder, found, number, "staff.change", deed, if_match, key)


@router.post("/staff/{number}/pin", response_model=PinOut)
async def give_pin(
    request: Request, parts: Parts, holder: Writer, number: Number, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Give somebody a new PIN; it is shown once. A locked account is open again."""
    found = parts.estate(estate, holder)
    pin = await asyncio.to_thread(pins.made_up, number=number)

    def deed(session: Session) -> PinOut:
        given = _office(session, parts, found, holder).give_pin(number, pin)
        row = _find(session, found, number)
        return PinOut(**_view(row, parts, _masks(holder)).model_dump(), pin=given.pin)

    return await done(request, holder, "staff.pin", deed, key=key, once=("pin",))


@router.post("/staff/{number}/unlock", response_model=StaffOut, responses=MATCHED)
async def unlock(
    request: Request, parts: Parts, holder: Writer, number: Number, estate: EstateQuery = "",
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Open an account that wrong PINs have locked; the PIN stays."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> None:
        _office(session, parts, found, holder).unlock(number)

    return await _changed(request, holder, found, number, "staff.unlock", deed, if_match, key)


@router.delete("/staff/{number}", response_model=StaffOut, responses=MATCHED)
async def remove(
    request: Request, parts: Parts, holder: Writer, number: Number, estate: EstateQuery = "",
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Let nobody in with this number any more; what they did stays on record."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> None:
        _office(session, parts, found, holder).remove(number)

    return await _changed(request, holder, found, number, "staff.remove", deed, if_match, key)


async def _changed(
    request: Request, holder: Holder, estate: EstateFacts, number: str, what: str, work: Deed,
    if_match: str, key: str,
) -> JSONResponse:  # fmt: skip
    parts = parts_of(request)

    def current(session: Session) -> StaffOut:
        return _view(_find(session, estate, number), parts, _masks(holder))

    def deed(session: Session) -> StaffOut:
        work(session)
        session.flush()
        return current(session)

    return await done(request, holder, what, deed, key=key, if_match=if_match, current=current)


def _office(session: Session, parts: ApiParts, estate: EstateFacts, holder: Holder) -> Office:
    return Office(session, estate.id, holder.who, parts.clock.now(), parts.normalise)


def _find(session: Session, estate: EstateFacts, number: str) -> StaffRow:
    row = repository.find(session, estate.id, number)
    if row is None:
        raise BadStaff(f"Nobody has the staff number {number} here.", code="no-such-staff")
    return row


def _masks(holder: Holder) -> Masks:
    return Masks(holder.may(Scope.PERSONAL_READ))


def _view(row: StaffRow, parts: ApiParts, masks: Masks) -> StaffOut:
    locked = row.locked_until is not None and row.locked_until > parts.clock.now()
    return StaffOut(
        number=row.number, estate=row.estate, name=masks.name(row.name),
        telephone=masks.number(row.telephone, row.telephone_raw), roles=list(row.roles),
        has_pin=bool(row.pin_hash),
        locked_until=moment(row.locked_until, parts.zone(row.estate)) if locked else None, active=row.active,
    )  # fmt: skip
