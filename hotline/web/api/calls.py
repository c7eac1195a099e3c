"""Call records over HTTP: looked for, one with everything below it, its recordings and transcripts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import FileResponse
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import HotlineError
from hotline.call.ports import Direction
from hotline.callrecords import listing, repository
from hotline.callrecords.listing import CallSearch
from hotline.web.api import callviews
from hotline.web.api.bodies import Instant, Word
from hotline.web.api.callviews import CallOut, TranscriptOut, WholeCallOut
from hotline.web.api.description import TAGGED, refusal
from hotline.web.api.etags import answered
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, aware, parts_of
from hotline.web.api.shapes import Page
from hotline.web.api.wakeups import EstateQuery
from hotline.web.masks import Masks
from hotline.web.recordings import Buckets, LegId, shape_of, sound_of

router = APIRouter(tags=["calls"])

Reader = Annotated[Holder, Depends(needs(Scope.CALLS_READ))]
Listener = Annotated[Holder, Depends(needs(Scope.RECORDINGS))]
Parts = Annotated[ApiParts, Depends(parts_of)]
CallId = Annotated[str, Path(pattern=r"^[0-9a-f]{1,64}$", description="A call's `linkedid`, or a leg's id.")]
_GONE: dict[int | str, dict[str, Any]] = {410: refusal(410, "It was deleted when its time was over.")}
_BYTES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}},
    },
    206: {"description": "The part asked for (`Range`).", "content": {"audio/wav": {}}},
    400: {"description": "A `Range` that is none.", "content": {"text/plain": {}}},
    416: {"description": "The file has no such part.", "content": {"text/plain": {}}},
}  # fmt: skip


@router.get("/calls", response_model=Page[CallOut])
async def search(
    request: Request, parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "",
    since: Annotated[Instant | None, Query(description="Begun then or later.")] = None,
    until: Annotated[Instant | None, Query(description="Begun before.")] = None,
    number: Annotated[Word, Query(description="Of either side.")] = "",
    direction: Direction | None = None,
    disposition: Annotated[
        Word, Query(description="How it ended: `ANSWERED`, `NO ANSWER`, `BUSY` …; `running`: it goes on.")
    ] = "",
    outcome: Annotated[Word, Query(description="How it went: `ticket`, `operator` …")] = "",
    step: Annotated[Word, Query(description="A step of the menu it came through.")] = "",
    recorded: Annotated[bool, Query(description="Only those whose recording can be heard.")] = False,
    emergency: bool = False,
) -> Page[CallOut]:  # fmt: skip
    """Calls, the newest first."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "calls.list"))
    wanted = CallSearch(
        estate=found.id, since=aware(since, found.zone), until=aware(until, found.zone),
        number=parts.normalise(number) or number, direction=direction, disposition=disposition,
        outcome=outcome, step=step, recorded=recorded, emergency=emergency,
    )  # fmt: skip
    turn = paging.turn()

    def read(session: Session) -> Page[CallOut]:
        page = listing.calls(session, wanted, size=paging.limit, turn=turn)
        return paging.of(page, lambda row: callviews.call(row, found.zone, masks))

    return await parts.db.read(read)


@router.get("/calls/{call}", response_model=WholeCallOut, responses=TAGGED)
async def show(request: Request, parts: Parts, holder: Reader, call: CallId) -> Response:
    """A call with its legs, events, recordings and transcripts (their text: `/recordings/ID/transcript`)."""
    masks = Masks(await guard_of(request).looked(holder, "calls.show"))

    def read(session: Session) -> WholeCallOut:
        whole = repository.whole_call(session, call)
        if whole is None or holder.estate not in ("", whole.call.estate):
            raise HotlineError(f'No single call begins with "{call}".', code="unknown-call")
        zone = parts.zone(whole.call.estate)
        return callviews.whole(whole, zone, masks)

    return answered(request, await parts.db.read(read))


@router.get(
    "/recordings/{uniqueid}", response_class=FileResponse, tags=["recordings"], responses=_GONE | _BYTES
)
async def recording(request: Request, parts: Parts, holder: Listener, uniqueid: LegId) -> FileResponse:
    """A recording: WAV, the caller left and the hotline right; `Range` gets a part of it."""
    return await sound_of(request, parts, holder, uniqueid)


@router.get("/recordings/{uniqueid}/peaks", tags=["recordings"], responses=_GONE)
async def peaks(
    parts: Parts, holder: Listener, uniqueid: LegId, buckets: Buckets = 1200
) -> callviews.PeaksOut:
    """The shape of a recording, for drawing: the least and greatest sample of each stretch, from -1 to 1."""
    return callviews.PeaksOut(**await shape_of(parts, holder, uniqueid, buckets))


@router.get("/recordings/{uniqueid}/transcript", response_model=TranscriptOut, tags=["recordings"])
async def transcript(request: Request, parts: Parts, holder: Listener, uniqueid: LegId) -> TranscriptOut:
    """What was said, in order of time; each look is on the record."""

    def read(session: Session) -> TranscriptOut:
        return callviews.transcript(repository.transcript(session, uniqueid, estate=holder.estate))

    found = await parts.db.read(read)
    await guard_of(request).listened(holder, uniqueid, what="transcript.read")
    return found
