"""Menus, drafts and versions as answers show them, and how requests name them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import Field, StringConstraints

from hotline.call.errors import Problem
from hotline.menubook.differences import StepChange
from hotline.menubook.files import Content
from hotline.menubook.models import MenuDraftRow, MenuVersionRow
from hotline.menubook.words import LONGEST_REASON, MOST_BYTES
from hotline.web.api.bodies import Body
from hotline.web.api.parts import ApiParts
from hotline.web.api.shapes import Moment, Out, instant

_NAME = r"(outbound/)?(tests/)?[a-z][a-z0-9_-]{0,63}"
FileName = Annotated[
    str,
    Query(
        alias="file", pattern=rf"^{_NAME}$", examples=["main"],
        description="As listed: `main`, `outbound/reminder`; scenarios: `tests/repair`.",
    ),
]  # fmt: skip
FileText = Annotated[str, Field(pattern=rf"^{_NAME}$", examples=["main"])]
MenuText = Annotated[str, Field(max_length=MOST_BYTES, description="YAML; at most 500 KB.")]
Why = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_REASON),
    Field(description="Stands in the history."),
]
Version = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the version.")]
Draft = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the draft.")]


class MenuOut(Out):
    """A file of menus as it is in service."""

    number: Annotated[str, Field(description="Its name.")]
    text: str
    hash: Annotated[str, Field(description="SHA-256 of the file.")]


class VersionOut(Out):
    """A content a file has had."""

    number: int
    file: str
    kind: Annotated[str, Field(description="`first`, `published`, `rollback`, `disk`, `gone`.")]
    hash: str
    at: Moment
    by: str
    reason: str
    restored: int | None
    tests: Annotated[str, Field(description="Scenarios that went as written: `365/365`.")]


class WholeVersionOut(VersionOut):
    """With its text."""

    text: str


class LineOut(Out):
    """Something about one line of a text."""

    file: str
    line: int
    where: str
    message: str
    warning: bool


class DraftOut(Out):
    """Somebody's text that is not in service."""

    number: int
    file: str
    author: str
    state: str
    note: str
    base_hash: Annotated[str, Field(description="Of the file it was taken from; `/menus/text` has today's.")]
    version: int
    created_at: Moment
    saved_at: Moment
    saved_by: str


class WholeDraftOut(DraftOut):
    """With its text."""

    text: str


class SettingOut(Out):
    """One setting that is not what it was."""

    where: str
    before: str
    after: str


class StepOut(Out):
    """What happened to one step; `step` empty: to the settings above the steps."""

    step: str
    sort: Annotated[str, Field(description="`added`, `removed`, `changed`.")]
    kind: str
    settings: list[SettingOut]


class DifferenceOut(Out):
    """What is different between two texts."""

    file: str
    before: Annotated[str, Field(examples=["version 3"])]
    after: Annotated[str, Field(examples=["disk"])]
    lines: Annotated[list[str], Field(description="Unified difference; empty: there is none.")]
    steps: Annotated[list[StepOut] | None, Field(description="Null: one of them is no menu.")]


class TextBody(Body):
    """A text for a draft."""

    text: MenuText


class PublishBody(Body):
    """Why a text goes into service."""

    why: Why
    despite_scenarios: Annotated[
        bool, Field(description="Also when scenarios go another way than written.")
    ] = False


def menu(file: str, content: Content) -> MenuOut:
    """Return a file as it is on disk."""
    return MenuOut(number=file, text=content.text, hash=content.hash)


def version(row: MenuVersionRow, parts: ApiParts) -> VersionOut:
    """Return a line of a file's history."""
    return VersionOut(**_version(row, parts))


def whole_version(row: MenuVersionRow, parts: ApiParts) -> WholeVersionOut:
    """Return a line of a file's history with its text."""
    return WholeVersionOut(**_version(row, parts), text=row.content)


def draft(row: MenuDraftRow, parts: ApiParts) -> DraftOut:
    """Return a draft."""
    return DraftOut(**_draft(row, parts))


def whole_draft(row: MenuDraftRow, parts: ApiParts) -> WholeDraftOut:
    """Return a draft with its text."""
    return WholeDraftOut(**_draft(row, parts), text=row.content)


def lines(found: Sequence[Problem], file: str = "") -> list[LineOut]:
    """Return problems of texts; of one text they carry its name."""
    return [
        LineOut(
            file=file or one.file, line=one.line, where=one.where, message=one.message, warning=one.warning
        )
        for one in found
    ]


def steps(found: Sequence[StepChange] | None) -> list[StepOut] | None:
    """Return what happened to each step."""
    if found is None:
        return None
    return [
        StepOut(
            step=one.step, sort=one.sort, kind=one.kind,
            settings=[
                SettingOut(where=each.where, before=each.before, after=each.after) for each in one.settings
            ],
        )
        for one in found
    ]  # fmt: skip


def _version(row: MenuVersionRow, parts: ApiParts) -> dict[str, Any]:
    return {
        "number": row.number, "file": row.file, "kind": row.kind, "hash": row.hash,
        "at": instant(row.at, parts.zone("")), "by": row.by, "reason": row.reason, "restored": row.restored,
        "tests": row.tests,
    }  # fmt: skip


def _draft(row: MenuDraftRow, parts: ApiParts) -> dict[str, Any]:
    zone = parts.zone("")
    return {
        "number": row.id, "file": row.file, "author": row.author, "state": row.state, "note": row.note,
        "base_hash": row.base_hash, "version": row.version, "created_at": instant(row.created_at, zone),
        "saved_at": instant(row.saved_at, zone), "saved_by": row.saved_by,
    }  # fmt: skip
