"""Drafts of menus over HTTP: begun, saved, compared with what was changed on disk meanwhile, put away.

A text is only put over the one that was read: ``If-Match`` is needed, as two people may work on a draft.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.menubook.merging import merged
from hotline.menubook.models import MenuDraftRow
from hotline.web.api import etags, menuviews
from hotline.web.api.bodies import Body, Note
from hotline.web.api.description import MUST_MATCH, TAGGED
from hotline.web.api.doing import Deed, KeyHeader, done
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import needs
from hotline.web.api.menuviews import Draft, DraftOut, FileText, MenuText, TextBody, WholeDraftOut
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.shapes import Out, Page

router = APIRouter(tags=["menus"])

Reader = Annotated[Holder, Depends(needs(Scope.MENUS_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.MENUS_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]


class NewDraftBody(Body):
    """A draft to begin."""

    file: FileText
    text: Annotated[
        MenuText | None,
        Field(description="Left out: your open draft of the file, or a new one of what is on disk."),
    ] = None
    note: Note = ""


class ComparisonOut(Out):
    """A draft beside what it was taken from and what is on disk now."""

    number: int
    file: str
    stale: Annotated[bool, Field(description="The file was changed since the draft was taken from it.")]
    base: str
    mine: str
    theirs: str
    merged: Annotated[str, Field(description="Both changes; where both changed the same lines, with marks.")]
    conflicts: int


@router.get("/menus/drafts", response_model=Page[DraftOut])
async def search(
    parts: Parts, holder: Reader, paging: Pages,
    file: Annotated[str, Query(max_length=80, description="Only of this file.")] = "",
) -> Page[DraftOut]:  # fmt: skip
    """Texts people work on, the latest saved first."""
    return await parts.db.read(
        lambda session: paging.slice(
            parts.menus.book.drafts(session, file or None), lambda row: menuviews.draft(row, parts)
        )
    )


@router.post("/menus/drafts", status_code=201, response_model=WholeDraftOut)
async def begin(
    request: Request, parts: Parts, holder: Writer, body: NewDraftBody, key: KeyHeader = ""
) -> JSONResponse:
    """Begin a draft of a file, or of a new file."""

    def deed(session: Session) -> WholeDraftOut:
        row = parts.menus.book.begin(
            session, body.file, by=holder.who, at=parts.clock.now(), content=body.text, note=body.note
        )
        return menuviews.whole_draft(row, parts)

    return await done(request, holder, "menu.draft", deed, key=key, status=201, about=body.file, tagged=True)


@router.get("/menus/drafts/{number}", response_model=WholeDraftOut, responses=TAGGED)
async def show(request: Request, parts: Parts, holder: Reader, number: Draft) -> Response:
    """An open draft with its text."""
    return answered(request, await parts.db.read(lambda session: _whole(session, parts, number)))


@router.put("/menus/drafts/{number}", response_model=WholeDraftOut, responses=MUST_MATCH)
async def save(
    request: Request, parts: Parts, holder: Writer, number: Draft, body: TextBody, if_match: IfMatch = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Store what was typed, over what was read and nothing else."""

    def deed(session: Session) -> WholeDraftOut:
        book = parts.menus.book
        row = book.draft(session, number)
        book.save(session, number, body.text, version=row.version, by=holder.who, at=parts.clock.now())
        return menuviews.whole_draft(row, parts)

    return await _changed(request, holder, number, "menu.save", deed, if_match, key)


@router.get("/menus/drafts/{number}/comparison", response_model=ComparisonOut)
async def compare(parts: Parts, holder: Reader, number: Draft) -> ComparisonOut:
    """What you changed, what was changed on disk since, and both in one text."""
    book, now = parts.menus.book, parts.clock.now()
    found = await parts.db.write(lambda session: book.standing(session, number, at=now))
    mine, theirs = found.draft.content, found.theirs.text
    both = await asyncio.to_thread(merged, found.base, mine, theirs)
    return ComparisonOut(
        number=number, file=found.draft.file, stale=found.stale, base=found.base, mine=mine, theirs=theirs,
        merged=both.text, conflicts=both.conflicts,
    )  # fmt: skip


@router.post("/menus/drafts/{number}/from-disk", response_model=WholeDraftOut, responses=MUST_MATCH)
async def go_on_from_disk(
    request: Request, parts: Parts, holder: Writer, number: Draft, body: TextBody, if_match: IfMatch = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Let it be a draft of the present file, with the text chosen after comparing; the old text is kept."""

    def deed(session: Session) -> WholeDraftOut:
        book = parts.menus.book
        row = book.draft(session, number)
        book.go_on_from_disk(
            session, number, body.text, version=row.version, by=holder.who, at=parts.clock.now()
        )
        return menuviews.whole_draft(row, parts)

    return await _changed(request, holder, number, "menu.compare", deed, if_match, key)


@router.delete("/menus/drafts/{number}", response_model=WholeDraftOut, responses=MUST_MATCH)
async def discard(
    request: Request, parts: Parts, holder: Writer, number: Draft, if_match: IfMatch = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Put a draft away; its text stays in the database."""

    def deed(session: Session) -> WholeDraftOut:
        book = parts.menus.book
        row: MenuDraftRow = book.draft(session, number)
        book.discard(session, number, version=row.version, at=parts.clock.now())
        return menuviews.whole_draft(row, parts)

    return await _changed(request, holder, number, "menu.discard", deed, if_match, key)


async def _changed(
    request: Request, holder: Holder, number: int, what: str, deed: Deed, if_match: str, key: str
) -> JSONResponse:
    etags.must_be_given(if_match)
    parts = parts_of(request)
    return await done(
        request, holder, what, deed, key=key, about=str(number), if_match=if_match,
        current=lambda session: _whole(session, parts, number),
    )  # fmt: skip


def _whole(session: Session, parts: ApiParts, number: int) -> WholeDraftOut:
    return menuviews.whole_draft(parts.menus.book.draft(session, number), parts)
