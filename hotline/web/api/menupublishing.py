"""Menus go into service over HTTP, as in the console: checked, tried by their scenarios, published.

Scenarios take seconds in a process of their own, so a text is judged first and published after, in one
transaction that refuses when the file on disk is not any more what the text was taken from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request

from hotline.accounts.rights import Holder, Scope
from hotline.menubook import publishing
from hotline.menubook.book import Standing
from hotline.menubook.files import cleaned
from hotline.menubook.models import MenuVersionRow
from hotline.menubook.publishing import Change, Judged
from hotline.menubook.words import MenuChanged, MenuHasMistakes
from hotline.web.api import etags, menuviews
from hotline.web.api.bodies import Body
from hotline.web.api.description import MATCHED, MUST_MATCH
from hotline.web.api.doing import KeyHeader, done, replayed
from hotline.web.api.etags import IfMatch
from hotline.web.api.guard import needs
from hotline.web.api.menuviews import (
    Draft,
    FileName,
    FileText,
    LineOut,
    MenuText,
    PublishBody,
    Version,
    VersionOut,
)
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.shapes import Out

router = APIRouter(tags=["menus"])

Reader = Annotated[Holder, Depends(needs(Scope.MENUS_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.MENUS_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]


class CheckBody(Body):
    """A text to be checked; nothing is stored."""

    file: FileText
    text: MenuText
    scenarios: Annotated[bool, Field(description="Also run the scenarios it touches; takes seconds.")] = False


class TrialOut(Out):
    """What the scenarios said."""

    total: int
    failed: int
    differences: Annotated[list[LineOut], Field(description="One for each that went another way.")]


class CheckOut(Out):
    """What was found about a text."""

    holds: Annotated[bool, Field(description="No mistakes; warnings do not count.")]
    problems: list[LineOut]
    trial: Annotated[TrialOut | None, Field(description="Null: not asked for, or mistakes forbade it.")]


class PublishDraftBody(PublishBody):
    """A draft goes into service, with others that belong to it."""

    along: Annotated[
        list[Annotated[int, Field(ge=1, le=2**31 - 1)]],
        Field(max_length=20, description="Other drafts, of scenarios say: all go into service, or none."),
    ] = Field(default_factory=list)


class PublishTextBody(PublishBody):
    """A text goes into service."""

    text: MenuText


class PublishedOut(Out):
    """What is in service now; calls get it within seconds."""

    number: Annotated[str, Field(description="File and version.", examples=["main 8"])]
    versions: list[VersionOut]
    warnings: list[LineOut]


@router.post("/menus/check", response_model=CheckOut)
async def check(parts: Parts, holder: Reader, body: CheckBody) -> CheckOut:
    """Check a text as if it were the file: every mistake with its line, and how scenarios would go."""
    text = cleaned(body.text)
    found = await asyncio.to_thread(parts.menus.look, body.file, text)
    holds = all(one.warning for one in found.problems)
    judged = await _judged(parts, {body.file: text}) if holds and body.scenarios else None
    trial = judged.trial if judged is not None else None
    return CheckOut(
        holds=holds, problems=menuviews.lines(found.problems, f"{body.file}.yaml"),
        trial=None if trial is None else TrialOut(
            total=trial.total, failed=trial.failed, differences=menuviews.lines(trial.differences)
        ),
    )  # fmt: skip


@router.post("/menus/drafts/{number}/publish", response_model=PublishedOut, responses=MATCHED)
async def publish_draft(
    request: Request, parts: Parts, holder: Writer, number: Draft, body: PublishDraftBody,
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Put a draft in service; `menu-changed` when the file was changed since it was begun (compare then)."""
    if (again := await replayed(request, holder, key)) is not None:
        return again
    book, wanted = parts.menus.book, [number, *(one for one in body.along if one != number)]

    def found(session: Session) -> list[Change]:
        etags.check(if_match, menuviews.whole_draft(book.draft(session, number), parts))
        return [_fresh(book.standing(session, one, at=parts.clock.now())) for one in dict.fromkeys(wanted)]

    return await _publish(request, holder, "menu.publish", found, body, key)


@router.put("/menus/text", response_model=PublishedOut, responses=MUST_MATCH)
async def publish_text(
    request: Request, parts: Parts, holder: Writer, file: FileName, body: PublishTextBody,
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Put a text in service over the file that was read (`If-Match`); a new file needs none."""
    if (again := await replayed(request, holder, key)) is not None:
        return again
    book, text = parts.menus.book, cleaned(body.text)

    def found(session: Session) -> list[Change]:
        present = book.notice(session, file, at=parts.clock.now())
        if present.there:
            etags.must_be_given(if_match)
        etags.check(if_match, menuviews.menu(file, present))
        return [Change(file, text, present.hash)]

    return await _publish(request, holder, "menu.publish", found, body, key)


@router.post("/menus/text/sign", response_model=PublishedOut, responses=MATCHED)
async def sign(
    request: Request, parts: Parts, holder: Writer, file: FileName, body: PublishBody,
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Answer, with a reason, for a file that was edited on disk; it is checked, nothing is written."""
    if (again := await replayed(request, holder, key)) is not None:
        return again
    book = parts.menus.book
    present = await asyncio.to_thread(book.folder.read, file)
    etags.check(if_match, menuviews.menu(file, present))
    judged = await _holding(parts, {file: present.text})

    def deed(session: Session) -> PublishedOut:
        row = publishing.sign(
            session, book, file, judged, by=holder.who, at=parts.clock.now(), reason=body.why,
            despite_scenarios=body.despite_scenarios,
        )  # fmt: skip
        return _published([row], judged, parts)

    return await done(request, holder, "menu.sign", deed, key=key)


@router.post("/menus/versions/{number}/rollback", response_model=PublishedOut, responses=MATCHED)
async def roll_back(
    request: Request, parts: Parts, holder: Writer, number: Version, file: FileName, body: PublishBody,
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Put an earlier content back in service; what is there now stays in the history."""
    if (again := await replayed(request, holder, key)) is not None:
        return again
    book = parts.menus.book

    def found(session: Session) -> list[Change]:
        change = publishing.back_to(session, book, file, number, at=parts.clock.now())
        etags.check(if_match, menuviews.menu(file, book.folder.read(file)))
        return [change]

    return await _publish(request, holder, "menu.rollback", found, body, key, restored=number)


async def _publish(
    request: Request, holder: Holder, what: str, found: Callable[[Session], list[Change]], body: PublishBody,
    key: str, *, restored: int | None = None,
) -> JSONResponse:  # fmt: skip
    """Judge what ``found`` names, then publish it if it still names the same texts."""
    parts = parts_of(request)
    changes = await parts.db.write(found)
    judged = await _holding(parts, {one.file: cleaned(one.content) for one in changes})

    def deed(session: Session) -> PublishedOut:
        rows = publishing.publish(
            session, parts.menus.book, found(session), judged, by=holder.who, at=parts.clock.now(),
            reason=body.why, despite_scenarios=body.despite_scenarios, restored=restored,
        )  # fmt: skip
        return _published(rows, judged, parts)

    return await done(request, holder, what, deed, key=key)


def _fresh(found: Standing) -> Change:
    """Return what publishing a draft changes; raises :class:`MenuChanged`, before seconds of judging."""
    if found.stale:
        mine = found.draft.content
        raise MenuChanged(found.draft.file, base=found.base, theirs=found.theirs.text, mine=mine)
    return publishing.of_draft(found.draft)


async def _holding(parts: ApiParts, texts: Mapping[str, str]) -> Judged:
    """Judge texts that hold; raises :class:`MenuHasMistakes` before a process is begun for others."""
    for file, text in texts.items():
        found = await asyncio.to_thread(parts.menus.look, file, text)
        mistakes = [one for one in found.problems if not one.warning]
        if mistakes:
            raise MenuHasMistakes(mistakes)
    return await _judged(parts, texts)


async def _judged(parts: ApiParts, texts: Mapping[str, str]) -> Judged:
    return await parts.menus.judge(texts, lambda run, total, failed: None)


def _published(rows: Sequence[MenuVersionRow], judged: Judged, parts: ApiParts) -> PublishedOut:
    return PublishedOut(
        number=", ".join(f"{row.file} {row.number}" for row in rows),
        versions=[menuviews.version(row, parts) for row in rows],
        warnings=menuviews.lines([*judged.problems, *judged.unspoken]),
    )
