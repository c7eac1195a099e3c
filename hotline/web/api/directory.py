"""Directory enquiries over HTTP: departments and public numbers, and what time it is elsewhere."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.requests import Request

from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import HotlineError
from hotline.web.api.bodies import Word
from hotline.web.api.guard import needs
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.shapes import Moment, Out, Page
from hotline.web.api.wakeups import EstateQuery

router = APIRouter(tags=["directory"])

Reader = Annotated[Holder, Depends(needs(Scope.DIRECTORY_READ))]
Parts = Annotated[ApiParts, Depends(parts_of)]


class EntryOut(Out):
    """Somebody or something that can be asked for."""

    number: Annotated[str, Field(description="What is told, or dialled.")]
    id: str
    name: str
    english: str
    code: str
    kind: str
    connect: Annotated[bool, Field(description="Callers are put through now.")]


class ClockOut(Out):
    """What time it is elsewhere."""

    id: str
    name: str
    english: str
    at: Moment
    ahead: Annotated[float, Field(description="Hours ahead of the estate.")]


@router.get("/directory", response_model=Page[EntryOut])
async def search(
    parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "",
    wanted: Annotated[Word, Query(alias="q", description="A name or part of it, pinyin, a code.")] = "",
) -> Page[EntryOut]:  # fmt: skip
    """Everybody who can be asked for, or the best answers to `q`."""
    found, now = parts.estate(estate, holder), parts.clock.now()

    def look() -> list[EntryOut]:
        entries = parts.enquiries.entries(found.id)
        if wanted:
            names = [one.id for one in parts.enquiries.search(found.id, wanted, at=now)]
        else:
            names = list(entries)
        listings = [parts.enquiries.listing(found.id, name, at=now) for name in names]
        return [
            EntryOut(
                id=one.id, name=one.names["zh"], english=one.names["en"], number=one.told or one.number,
                code=one.code, kind=one.kind, connect=one.connect,
            )
            for one in listings
            if one is not None
        ]  # fmt: skip

    return paging.slice(await asyncio.to_thread(look), lambda one: one)


@router.get("/clock/{city}", response_model=ClockOut)
async def clock(
    request: Request, parts: Parts, holder: Reader,
    city: Annotated[str, Path(min_length=1, max_length=64, description="In Chinese or English.")],
    estate: EstateQuery = "",
) -> ClockOut:  # fmt: skip
    """What time it is in a city."""
    found = parts.estate(estate, holder)
    there = await asyncio.to_thread(parts.enquiries.time_in, found.id, city, at=parts.clock.now())
    if there is None:
        raise HotlineError(f'The time in "{city}" is not known.', code="unknown-city")
    return ClockOut(
        id=there.id, name=there.names["zh"], english=there.names["en"],
        at=there.at.isoformat(timespec="seconds"), ahead=there.ahead,
    )  # fmt: skip
