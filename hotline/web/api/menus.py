"""Menus and prompts over HTTP, to read: what is in service, its history, differences, what is said."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path as FilePath
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import FileResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import HotlineError
from hotline.menubook import differences
from hotline.menubook.book import Menubook
from hotline.menubook.models import MenuVersionRow
from hotline.menubook.words import Kind
from hotline.web.api import menuviews
from hotline.web.api.description import TAGGED
from hotline.web.api.etags import answered
from hotline.web.api.guard import needs
from hotline.web.api.menuviews import (
    DifferenceOut,
    FileName,
    MenuOut,
    Version,
    VersionOut,
    WholeVersionOut,
)
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.shapes import Out, Page
from hotline.web.menudesk import PromptLine

router = APIRouter(tags=["menus"])

Reader = Annotated[Holder, Depends(needs(Scope.MENUS_READ))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Language = Annotated[Literal["zh", "en"], Path(description="Of the prompts.")]
_LOOKED_AT = 1000
"""Versions looked through for the last published one."""
PromptId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,80}$", description="The prompt's id.")]


class PromptOut(Out):
    """What the hotline says."""

    number: Annotated[str, Field(description="Its id; `/prompts/LANGUAGE/ID/sound` is its sound.")]
    text: str
    source: Annotated[str, Field(description="`own`, `built` or `missing`.")]
    seconds: float | None
    outdated: str
    remarks: list[str]
    recorded: str


@router.get("/menus", response_model=Page[str])
async def search(parts: Parts, holder: Reader, paging: Pages) -> Page[str]:
    """Names of the files there are."""
    names = await asyncio.to_thread(parts.menus.book.folder.names)
    return paging.slice(list(names), lambda name: name)


@router.get("/menus/text", response_model=MenuOut, responses=TAGGED)
async def show(request: Request, parts: Parts, holder: Reader, file: FileName) -> Response:
    """A file of menus as it is on disk."""
    found = await asyncio.to_thread(parts.menus.book.folder.read, file)
    if not found.there:
        raise HotlineError(f'There is no menu "{file}".', code="menu-unknown")
    return answered(request, menuviews.menu(file, found))


@router.get("/menus/versions", response_model=Page[VersionOut])
async def history(parts: Parts, holder: Reader, paging: Pages, file: FileName) -> Page[VersionOut]:
    """What a file was before, the latest first: who put it in service, when and why; edits on disk, too."""
    before, now = paging.placed(int), parts.clock.now()

    def read(session: Session) -> Page[VersionOut]:
        book = parts.menus.book
        book.notice(session, file, at=now)
        rows = book.history(session, file, before=before[0] if before else None, limit=paging.wanted)
        return paging.page(rows, lambda row: [row.number], lambda row: menuviews.version(row, parts))

    return await parts.db.write(read)


@router.get("/menus/versions/{number}", response_model=WholeVersionOut, responses=TAGGED)
async def version(
    request: Request, parts: Parts, holder: Reader, number: Version, file: FileName
) -> Response:
    """One version with its text."""
    return answered(
        request,
        await parts.db.read(
            lambda session: menuviews.whole_version(parts.menus.book.version(session, file, number), parts)
        ),
    )


@router.get("/menus/difference", response_model=DifferenceOut)
async def difference(
    parts: Parts, holder: Reader, file: FileName,
    before: Annotated[
        int | None, Query(ge=1, le=2**31 - 1, description="A version; left out: the last published.")
    ] = None,
    after: Annotated[
        int | None, Query(ge=1, le=2**31 - 1, description="A version; left out: the file on disk.")
    ] = None,
    draft: Annotated[
        int | None, Query(ge=1, le=2**31 - 1, description="A draft against what it was taken from.")
    ] = None,
) -> DifferenceOut:  # fmt: skip
    """What changed, line by line and step by step."""
    now = parts.clock.now()
    (old, before_), (new, after_) = await parts.db.write(
        lambda session: _sides(session, parts.menus.book, file, before, after, draft, now)
    )
    names = (before_, after_)
    return DifferenceOut(
        file=file, before=before_, after=after_,
        lines=await asyncio.to_thread(differences.lines, old, new, names=names),
        steps=menuviews.steps(await asyncio.to_thread(differences.steps, old, new)),
    )  # fmt: skip


@router.get("/prompts/{language}", response_model=Page[PromptOut], tags=["prompts"])
async def prompts(
    parts: Parts, holder: Reader, paging: Pages, language: Language,
    missing: Annotated[bool, Query(description="Only those without a sound.")] = False,
) -> Page[PromptOut]:  # fmt: skip
    """What the hotline says in a language: text, where the sound comes from, what is missing."""
    found = await asyncio.to_thread(parts.prompts.lines, language)
    wanted = [one for one in found if not missing or one.source == "missing"]
    return paging.slice(wanted, prompt_out)


@router.get("/prompts/{language}/{prompt}/sound", response_class=FileResponse, tags=["prompts"],
            responses={
                200: {"description": "The sound.", "content": {"audio/wav": {}}},
                206: {"description": "The part asked for (`Range`)."},
                400: {"description": "A `Range` that is none.", "content": {"text/plain": {}}},
                416: {"description": "The file has no such part.", "content": {"text/plain": {}}},
            })  # fmt: skip
async def sound(parts: Parts, holder: Reader, language: Language, prompt: PromptId) -> FileResponse:
    """The sound of a prompt that is in service."""
    path: FilePath = await asyncio.to_thread(parts.prompts.sound, language, prompt)
    return FileResponse(path, media_type="audio/wav", headers={"X-Content-Type-Options": "nosniff"})


def _sides(
    session: Session, book: Menubook, file: str, before: int | None, after: int | None, draft: int | None,
    now: datetime,
) -> tuple[tuple[str, str], tuple[str, str]]:  # fmt: skip
    """Return both texts with what they are called."""
    if draft is not None:
        standing = book.standing(session, draft, at=now)
        if standing.draft.file != file:
            raise HotlineError(f"Draft {draft} is not one of {file}.", code="menu-draft-unknown")
        return (standing.base, "base"), (standing.draft.content, f"draft {draft}")
    disk = (book.notice(session, file, at=now).text, "disk")
    old = _last_published(session, book, file) if before is None else book.version(session, file, before)
    new = None if after is None else book.version(session, file, after)
    return (
        (old.content, f"version {old.number}") if old is not None else ("", "nothing"),
        (new.content, f"version {new.number}") if new is not None else disk,
    )


def _last_published(session: Session, book: Menubook, file: str) -> MenuVersionRow | None:
    rows = book.history(session, file, limit=_LOOKED_AT)
    return next((row for row in rows if row.kind not in (Kind.DISK, Kind.GONE)), None)


def prompt_out(one: PromptLine) -> PromptOut:
    """Return a prompt as an answer shows it."""
    return PromptOut(
        number=one.id, text=one.text, source=one.source, seconds=one.seconds, outdated=one.outdated,
        remarks=list(one.remarks), recorded=one.recorded,
    )  # fmt: skip
