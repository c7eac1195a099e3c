"""People's own data over HTTP (DOMAIN section 9): consent, how long what is kept, export, deletion.

A request's book names nobody; whoever is meant stands in the body, never in an address that logs keep.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from fastapi.responses import FileResponse, JSONResponse
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import HotlineError
from hotline.callrecords.models import RecordingRow
from hotline.privacy.asking import Asked, By, Deleted
from hotline.privacy.models import PrivacyRequestRow, RequestKind, RetentionRunRow
from hotline.privacy.reasons import sentence
from hotline.web.api.bodies import Body, Note, Word
from hotline.web.api.description import TAGGED, refusal
from hotline.web.api.doing import KeyHeader, apart
from hotline.web.api.etags import answered
from hotline.web.api.guard import guard_of, needs, needs_any
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.shapes import DayText, Moment, Out, Page, instant, moment
from hotline.web.api.wakeups import EstateQuery

router = APIRouter(tags=["privacy"])

Officer = Annotated[Holder, Depends(needs(Scope.PRIVACY_WRITE))]
Reader = Annotated[Holder, Depends(needs_any((Scope.PRIVACY_WRITE, Scope.AUDIT_READ)))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="The request's number.")]
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The ZIP: `data.json`, `index.html`, recordings.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    },
    206: {"description": "The part asked for (`Range`)."},
    400: {"description": "A `Range` that is none.", "content": {"text/plain": {}}},
    410: refusal(410, "It is not there any more: export once more."),
    416: {"description": "The file has no such part.", "content": {"text/plain": {}}},
}


class PersonBody(Body):
    """Who is meant: a telephone number, or a room and a name."""

    number: Annotated[Word, Field(examples=["13800001111"])] = ""
    room: Word = ""
    name: Word = ""


class AskedBody(PersonBody):
    """Who is meant, and how it is known that they asked."""

    reason: Annotated[Note, Field(min_length=1, examples=["letter of 20 November, identity card shown"])]


class ConsentOut(Out):
    """What callers are told of recording."""

    recorded: Annotated[bool, Field(description="Whether calls are recorded at all.")]
    consent: Annotated[
        str, Field(description="`notice`: told; `ask`: a key refuses; `off`: nothing is said.")
    ]
    refusal_key: Annotated[str, Field(description="With `ask`.")]
    refused: Annotated[int, Field(description="Recordings that callers refused, ever; they are deleted.")]


class NightOut(Out):
    """A night in which what was too old went."""

    day: DayText
    began_at: Moment
    ended_at: Moment | None
    counts: dict[str, int]


class PrivacyOut(Out):
    """How people's data is kept."""

    consent: ConsentOut
    days: Annotated[dict[str, int], Field(description="How long what is kept; 0: not deleted.")]
    hour: Annotated[int, Field(description="Local hour from which it goes, every night.")]
    last_night: NightOut | None


class RequestOut(Out):
    """A request and what was done. It names nobody: the same person has the same hash."""

    number: int
    estate: str
    kind: RequestKind
    at: Moment
    by: str
    person: str
    reason: str
    counts: dict[str, int]
    stays: list[str]


class StaysOut(Out):
    """Why something is not deleted."""

    code: str
    zh: str
    en: str


class LookOut(Out):
    """What a deletion would do."""

    counts: dict[str, int]
    stays: list[StaysOut]


class DeletedOut(LookOut):
    """What a deletion did."""

    number: Annotated[int, Field(description="The request's number.")]


@router.get("/privacy", response_model=PrivacyOut)
async def overview(parts: Parts, holder: Reader) -> PrivacyOut:
    """What callers are told, how long what is kept, and when the last deletion was."""
    recording, periods = parts.settings.recording, parts.settings.retention

    def read(session: Session) -> tuple[int, RetentionRunRow | None]:
        refused = select(func.count()).select_from(RecordingRow).where(RecordingRow.refused_at.is_not(None))
        last = select(RetentionRunRow).order_by(RetentionRunRow.day.desc()).limit(1)
        return session.scalar(refused) or 0, session.scalars(last).first()

    refused, night = await parts.db.read(read)
    asked = recording.consent == "ask"
    return PrivacyOut(
        consent=ConsentOut(
            recorded=recording.enabled, consent=recording.consent,
            refusal_key=recording.refusal_key if asked else "", refused=refused,
        ),
        days=periods.model_dump(exclude={"hour"}), hour=periods.hour,
        last_night=None if night is None else _night(night, parts),
    )  # fmt: skip


@router.get("/privacy/requests", response_model=Page[RequestOut])
async def search(
    parts: Parts, holder: Reader, paging: Pages, kind: RequestKind | None = None
) -> Page[RequestOut]:
    """Who asked for what and what was done, the latest first."""
    before = paging.placed(int)
    query = select(PrivacyRequestRow).order_by(PrivacyRequestRow.id.desc()).limit(paging.wanted)
    if before is not None:
        query = query.where(PrivacyRequestRow.id < before[0])
    if holder.estate:
        query = query.where(PrivacyRequestRow.estate == holder.estate)
    if kind is not None:
        query = query.where(PrivacyRequestRow.kind == kind)

    def read(session: Session) -> Page[RequestOut]:
        rows = session.scalars(query).all()
        return paging.page(rows, lambda row: [row.id], lambda row: _request(row, parts))

    return await parts.db.read(read)


@router.get("/privacy/requests/{number}", response_model=RequestOut, responses=TAGGED)
async def show(request: Request, parts: Parts, holder: Reader, number: Number) -> Response:
    """One request."""
    return answered(
        request, await parts.db.read(lambda session: _request(_find(session, holder, number), parts))
    )


@router.post("/privacy/look", response_model=LookOut)
async def look(
    request: Request, parts: Parts, holder: Officer, body: PersonBody, estate: EstateQuery = ""
) -> LookOut:
    """What deleting somebody's data would do, and what would have to stay; nothing is changed."""
    found = parts.estate(estate, holder)
    await guard_of(request).looked(holder, "privacy.look")
    return LookOut(**_told(await parts.keeper.look(_asked(body, found.id))))


@router.post("/privacy/exports", status_code=201, response_model=RequestOut)
async def export(
    request: Request, parts: Parts, holder: Officer, body: AskedBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Put everything about one person into a ZIP; `/privacy/exports/NUMBER` is the ZIP until the next one."""
    found = parts.estate(estate, holder)

    async def work() -> RequestOut:
        path = await parts.keeper.export(_asked(body, found.id), _by(holder, body))
        number = int(path.stem.rpartition("-")[2])
        return await parts.db.read(lambda session: _request(_find(session, holder, number), parts))

    return await apart(request, holder, "", work, key=key, status=201)


@router.get("/privacy/exports/{number}", response_class=FileResponse, responses=_ZIP)
async def fetch(request: Request, parts: Parts, holder: Officer, number: Number) -> FileResponse:
    """The ZIP, for nobody but the person; each look is on the record."""
    row = await parts.db.read(lambda session: _find(session, holder, number))
    if row.kind is not RequestKind.EXPORT:
        raise HotlineError(f"Request {number} was no export.", code="export-unknown")
    path = await parts.keeper.exported(number)
    await guard_of(request).listened(holder, str(number), what="privacy.fetch")
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
    return FileResponse(path, media_type="application/zip", filename=path.name, headers=headers)


@router.post("/privacy/deletions", status_code=201, response_model=DeletedOut)
async def delete(
    request: Request, parts: Parts, holder: Officer, body: AskedBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Delete or anonymise what is kept about one person; `stays` says what has to stay, and why."""
    found = parts.estate(estate, holder)

    async def work() -> DeletedOut:
        gone = await parts.keeper.delete(_asked(body, found.id), _by(holder, body))
        return DeletedOut(number=gone.request, **_told(gone))

    return await apart(request, holder, "", work, key=key, status=201)


def _asked(body: PersonBody, estate: str) -> Asked:
    return Asked(estate=estate, number=body.number, room=body.room, name=body.name)


def _by(holder: Holder, body: AskedBody) -> By:
    return By(id=holder.id, who=holder.who, reason=body.reason)


def _find(session: Session, holder: Holder, number: int) -> PrivacyRequestRow:
    row = session.get(PrivacyRequestRow, number)
    if row is None or holder.estate not in ("", row.estate):
        raise HotlineError(f"There is no request {number}.", code="request-unknown")
    return row


def _told(gone: Deleted) -> dict[str, Any]:
    said = partial(sentence, chinese=True), partial(sentence, chinese=False)
    return {
        "counts": gone.counts,
        "stays": [StaysOut(code=code, zh=said[0](code), en=said[1](code)) for code in gone.stays],
    }


def _night(row: RetentionRunRow, parts: ApiParts) -> NightOut:
    zone = parts.zone("")
    return NightOut(
        day=row.day.isoformat(), began_at=instant(row.began_at, zone), ended_at=moment(row.ended_at, zone),
        counts=row.counts,
    )  # fmt: skip


def _request(row: PrivacyRequestRow, parts: ApiParts) -> RequestOut:
    return RequestOut(
        number=row.id, estate=row.estate, kind=row.kind, by=row.by,
        at=instant(row.at, parts.zone(row.estate)), person=row.person, reason=row.reason,
        counts=row.counts, stays=list(row.stays),
    )  # fmt: skip
