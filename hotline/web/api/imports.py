"""Lists over HTTP, as on the command line: the whole list, or nothing if a line of it is wrong.

The body is the file (CSV in UTF-8 or GBK, or XLSX). Every mistake is named with its line; the same list again
changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.requests import Request

from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import Problem
from hotline.campaigns import repository as campaigns
from hotline.residents import rooms, stays
from hotline.residents.service import import_list
from hotline.wakeup import listing as wakeups
from hotline.web.api import estates
from hotline.web.api.doing import KeyHeader, apart
from hotline.web.api.guard import needs
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.shapes import Out
from hotline.web.api.uploads import LIST_BODY, received
from hotline.web.api.wakeups import EstateQuery

router = APIRouter(tags=["imports"])

Directory = Annotated[Holder, Depends(needs(Scope.RESIDENTS_WRITE))]
Reception = Annotated[Holder, Depends(needs(Scope.STAYS_WRITE))]
Wakeups = Annotated[Holder, Depends(needs(Scope.WAKEUPS_WRITE))]
Bookkeeper = Annotated[Holder, Depends(needs(Scope.FEES_WRITE))]
Caller = Annotated[Holder, Depends(needs(Scope.CAMPAIGNS_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
DryRun = Annotated[bool, Query(description="Only check, and say what would change.")]
Number = Annotated[str, Path(pattern=r"^\d{1,9}$", description="The campaign's number.")]
MonthText = Annotated[
    str,
    Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$", description="Of rows that name none.", examples=["2026-10"]),
]


class RemarkOut(Out):
    """Something of a line that people should look at."""

    line: int
    field: str
    message: str


class ImportOut(Out):
    """What a list changed, or would change."""

    number: Annotated[str, Field(description="The estate, or the campaign.")]
    dry_run: bool
    new: int
    changed: int
    unchanged: int
    removed: int
    left_out: Annotated[int, Field(description="People whom no campaign may call; bills that are paid.")]
    remarks: list[RemarkOut]


Counts = Mapping[str, int]
Reading = Callable[[FilePath], tuple[Counts, Sequence[Problem]]]
"""Stores a file and says what that changed; blocks, and raises every mistake at once."""


@router.post("/residents/imports", response_model=ImportOut, openapi_extra=LIST_BODY)
async def residents(
    request: Request, parts: Parts, holder: Directory, estate: EstateQuery = "", dry_run: DryRun = False,
    remove_missing: Annotated[
        bool, Query(description="People and lift telephones that the list does not name go.")
    ] = False, key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Rooms, residents, their numbers, lift telephones (`config/samples/residents.csv`)."""
    found = parts.estate(estate, holder)

    def read(path: FilePath) -> tuple[Counts, Sequence[Problem]]:
        report = import_list(
            parts.db, path, estates=_estates(parts, holder), default=found.id, normalise=parts.normalise,
            dry_run=dry_run, remove_missing=remove_missing,
        )  # fmt: skip
        told = report.changes
        counts = {
            "new": told.rooms + told.people + told.lifts, "changed": told.changed,
            "unchanged": told.unchanged, "removed": told.removed,
        }  # fmt: skip
        return counts, report.warnings

    return await _taken(request, parts, holder, "residents.import", found.id, read, dry_run, key)


@router.post("/rooms/imports", response_model=ImportOut, openapi_extra=LIST_BODY)
async def room_telephones(
    request: Request, parts: Parts, holder: Directory, estate: EstateQuery = "", dry_run: DryRun = False,
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Rooms with what is dialled to ring them (`config/samples/rooms.csv`)."""
    found = parts.estate(estate, holder)

    def read(path: FilePath) -> tuple[Counts, Sequence[Problem]]:
        told = rooms.import_rooms(parts.db, path, estate=found.id, normalise=parts.normalise, dry_run=dry_run)
        return {"new": told.added, "changed": told.changed, "unchanged": told.unchanged}, told.warnings

    return await _taken(request, parts, holder, "rooms.import", found.id, read, dry_run, key)


@router.post("/stays/imports", response_model=ImportOut, openapi_extra=LIST_BODY)
async def guests(
    request: Request, parts: Parts, holder: Reception, estate: EstateQuery = "", dry_run: DryRun = False,
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Guests who are here (`config/samples/stays.csv`); only a checkout ends a stay."""
    found = parts.estate(estate, holder)

    def read(path: FilePath) -> tuple[Counts, Sequence[Problem]]:
        told = stays.import_stays(parts.db, path, estate=found.id, who=holder.who, dry_run=dry_run)
        return {"new": told.added, "changed": told.changed, "unchanged": told.unchanged}, told.warnings

    return await _taken(request, parts, holder, "stays.import", found.id, read, dry_run, key)


@router.post("/wakeups/imports", response_model=ImportOut, openapi_extra=LIST_BODY)
async def wake_ups(
    request: Request, parts: Parts, holder: Wakeups, estate: EstateQuery = "", dry_run: DryRun = False,
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Wake-ups (`config/samples/wakeups.csv`); what is booked already, or has rung, stays as it is."""
    found = parts.estate(estate, holder)

    def read(path: FilePath) -> tuple[Counts, Sequence[Problem]]:
        told = wakeups.import_wakeups(
            parts.db, parts.book, path, estate=found.id, zone=found.zone, rooms=parts.rooms,
            plain=parts.billed.plain, who=holder.who, dry_run=dry_run,
        )  # fmt: skip
        return {"new": told.booked, "unchanged": told.unchanged}, told.warnings

    return await _taken(request, parts, holder, "wakeups.import", found.id, read, dry_run, key)


@router.post("/fees/bills/imports", response_model=ImportOut, openapi_extra=LIST_BODY)
async def bills(
    request: Request, parts: Parts, holder: Bookkeeper, estate: EstateQuery = "", month: MonthText = "",
    dry_run: DryRun = False, key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Bills by room and month (`config/samples/bills.csv`): unpaid ones take new amounts, paid ones stay."""
    found = parts.estate(estate, holder)

    def read(path: FilePath) -> tuple[Counts, Sequence[Problem]]:
        report = parts.fees.import_list(
            path, estates=_estates(parts, holder), default=found.id, directory=parts.billed, who=holder.who,
            month=month, dry_run=dry_run,
        )  # fmt: skip
        told = report.changes
        counts = {
            "new": told.new, "changed": told.changed + told.paid, "unchanged": told.unchanged,
            "left_out": told.left_alone,
        }  # fmt: skip
        return counts, report.warnings

    return await _taken(request, parts, holder, "bills.import", found.id, read, dry_run, key)


@router.post("/campaigns/{number}/imports", response_model=ImportOut, openapi_extra=LIST_BODY)
async def people(
    request: Request, parts: Parts, holder: Caller, number: Number, key: KeyHeader = ""
) -> JSONResponse:
    """People for a campaign's list; whoever must not be called is left out."""
    row = await parts.db.read(
        lambda session: campaigns.get(session, int(number), estate=holder.estate or None)
    )

    def read(path: FilePath) -> tuple[Counts, Sequence[Problem]]:
        added, warnings = parts.campaigning.import_list(row.id, path)
        return {"new": added.new, "unchanged": added.known, "left_out": len(added.left_out)}, warnings

    return await _taken(request, parts, holder, "campaign.import", number, read, False, key)


async def _taken(
    request: Request, parts: ApiParts, holder: Holder, what: str, number: str, read: Reading, dry_run: bool,
    key: str,
) -> JSONResponse:  # fmt: skip
    """Have a list stored with a line of the audit; one that is only looked at leaves none."""
    async with received(request, parts.home.run) as path:

        async def work() -> ImportOut:
            counts, remarks = await asyncio.to_thread(read, path)
            return _told(number, counts, remarks, dry_run=dry_run)

        if dry_run:
            return JSONResponse((await work()).model_dump(mode="json"))
        return await apart(request, holder, what, work, key=key, about=number)


def _told(number: str, counts: Counts, remarks: Sequence[Problem], *, dry_run: bool) -> ImportOut:
    facts: dict[str, Any] = dict.fromkeys(("new", "changed", "unchanged", "removed", "left_out"), 0)
    return ImportOut(
        number=number, dry_run=dry_run, **facts | dict(counts),
        remarks=[RemarkOut(line=one.line, field=one.where, message=one.message) for one in remarks],
    )  # fmt: skip


def _estates(parts: ApiParts, holder: Holder) -> dict[str, str]:
    """Estates a row may name: a token of one estate fills that one only."""
    return {one.id: one.name for one in estates.choices(parts, holder)}
