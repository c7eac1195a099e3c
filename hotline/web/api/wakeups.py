"""Wake-ups over HTTP: of a room, booked, changed, skipped, cancelled; the register."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.call.ports.wakeups import NewWakeup
from hotline.wakeup import entries, repository
from hotline.web import registerspan
from hotline.web.api import etags, views
from hotline.web.api.bodies import Day, NewWakeupBody, Note, RoomText, WhenBody
from hotline.web.api.description import MATCHED, TAGGED
from hotline.web.api.doing import KeyHeader, done
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.parts import ApiParts, EstateFacts, parts_of, place_of
from hotline.web.api.problems import ApiRefused
from hotline.web.masks import Masks

router = APIRouter(tags=["wake-ups"])

Reader = Annotated[Holder, Depends(needs(Scope.WAKEUPS_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.WAKEUPS_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
EstateQuery = Annotated[str, Query(alias="estate", max_length=64, description="Its id; default: the first.")]
Number = Annotated[str, Path(pattern=r"^\d{1,12}$", description="The wake-up's number.")]
MOST_DAYS = 31
"""Days of one register: more is a report."""


@router.get("/wakeups")
async def of_room(parts: Parts, holder: Reader, room: RoomText, estate: EstateQuery = "") -> dict[str, Any]:
    """Wake-ups of a room that still ring, the next first."""
    found = parts.estate(estate, holder)

    def read(session: Session) -> list[dict[str, Any]]:
        place = parts.room(session, found.id, room)
        return [views.wakeup(one, found.zone) for one in parts.book.of_room_in(session, found.id, place)]

    return {"estate": found.id, "wakeups": await parts.db.read(read)}


@router.get("/wakeups/{number}", response_model=dict[str, Any], responses=TAGGED)
async def show(
    request: Request, parts: Parts, holder: Reader, number: Number, estate: EstateQuery = ""
) -> Response:
    """A wake-up, its days with every attempt, its history."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "wakeup.show"))
    return answered(
        request, await parts.db.read(lambda session: _whole(session, parts, found, number, masks))
    )


@router.post("/wakeups", status_code=201)
async def book(
    request: Request, parts: Parts, holder: Writer, body: NewWakeupBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Book a wake-up."""
    found = parts.estate(estate, holder)
    new = NewWakeup(
        estate=found.id, place=place_of(body.room), when=body.when, to=body.to,
        language=body.language or "", requested_by=holder.who, note=body.note,
    )  # fmt: skip

    def deed(session: Session) -> dict[str, Any]:
        return views.wakeup(parts.book.book_in(session, new), found.zone)

    return await done(request, holder, "wakeup.book", deed, key=key, status=201)


@router.put("/wakeups/{number}/when", response_model=dict[str, Any], responses=MATCHED)
async def change(
    request: Request, parts: Parts, holder: Writer, number: Number, body: WhenBody, estate: EstateQuery = "",
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Ring at another time, or on other days; `If-Match` takes the tag of `GET /wakeups/NUMBER`."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> dict[str, Any]:
        summary = parts.book.change_in(session, found.id, number, body.when, who=holder.who)
        return views.wakeup(summary, found.zone)

    check = _as_read(parts, found, holder, number, if_match)
    return await done(request, holder, "wakeup.change", deed, key=key, check=check)


@router.post("/wakeups/{number}/skip", response_model=dict[str, Any], responses=MATCHED)
async def skip(
    request: Request, parts: Parts, holder: Writer, number: Number, estate: EstateQuery = "",
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Leave the next day out."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> dict[str, Any]:
        return views.wakeup(parts.book.skip_in(session, found.id, number, who=holder.who), found.zone)

    check = _as_read(parts, found, holder, number, if_match)
    return await done(request, holder, "wakeup.skip", deed, key=key, check=check)


@router.delete("/wakeups/{number}", response_model=dict[str, Any], responses=MATCHED)
async def cancel(
    request: Request, parts: Parts, holder: Writer, number: Number, why: Annotated[Note, Query()] = "",
    estate: EstateQuery = "", if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Take a wake-up off for good, also while it rings."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> dict[str, Any]:
        summary = parts.book.cancel_in(session, found.id, number, who=holder.who, why=why)
        return views.wakeup(summary, found.zone)

    check = _as_read(parts, found, holder, number, if_match)
    return await done(request, holder, "wakeup.cancel", deed, key=key, check=check)


def _as_read(
    parts: ApiParts, estate: EstateFacts, holder: Holder, number: str, if_match: str
) -> Callable[[Session], None]:
    """Return what refuses a change of a wake-up that is not any more as it was read."""
    masks = Masks(holder.may(Scope.PERSONAL_READ))
    return lambda session: etags.check(if_match, _whole(session, parts, estate, number, masks))


def _whole(
    session: Session, parts: ApiParts, estate: EstateFacts, number: str, masks: Masks
) -> dict[str, Any]:
    row = entries.booking(session, number, estate.id)
    days = entries.of_booking(session, parts.schedule, row, now=parts.clock.now())
    return views.wakeup(parts.book.summary(session, row), estate.zone) | {
        "language": row.language,
        "telephone": masks.number(row.to, row.to_raw),
        "requested_by": masks.name(row.requested_by),
        "note": masks.text(row.note),
        "skipped": row.skips,
        "register": [views.entry(one, estate.zone, masks) for one in days],
        "history": [views.history(one, estate.zone, masks) for one in repository.history(session, number)],
    }


@router.get("/wakeup-register")
async def register(
    request: Request, parts: Parts, holder: Reader, estate: EstateQuery = "",
    date: Annotated[Day | None, Query()] = None,
    until: Annotated[Day | None, Query(description="The last day; with date.")] = None,
    shift: Annotated[str, Query(max_length=12, description='A shift\'s number, or "now".')] = "",
) -> dict[str, Any]:  # fmt: skip
    """叫醒登记表 of a day (today), a shift, or from a day until another."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "wakeup.register"))
    now = parts.clock.now()
    today = now.astimezone(found.zone).date()
    first = date or today
    last = until or first
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        raise ApiRefused(f"A register spans 1 to {MOST_DAYS} days.", code="span-too-long")
    days = registerspan.of_day(first, found.zone)[0], registerspan.of_day(last, found.zone)[1]
    return await parts.db.read(partial(_register, parts, found, masks, days, shift, now))


def _register(
    parts: ApiParts, estate: EstateFacts, masks: Masks, days: tuple[datetime, datetime], shift: str,
    now: datetime, session: Session,
) -> dict[str, Any]:  # fmt: skip
    begin, end = registerspan.of_shift(session, estate.id, shift, now=now) if shift else days
    lines = entries.between(session, parts.schedule, estate.id, begin, end, now=now)
    return {
        "estate": estate.id,
        "from": views.moment(begin, estate.zone),
        "to": views.moment(end, estate.zone),
        "totals": entries.totals(lines),
        "lines": [views.entry(one, estate.zone, masks) for one in lines],
    }
