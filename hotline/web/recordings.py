"""``/recordings/{uniqueid}``: the sound of a call for players, ``…/peaks`` its shape for drawing.

Both take a session's cookie or a token with the right ``recordings:listen``; every listening is on the
audit (``recording.listened``), whatever part of the file was asked for (RFC 9110 section 14: Range).
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import FileResponse, JSONResponse
from starlette.requests import Request

from hotline.accounts.rights import Holder, Scope
from hotline.callrecords import listening
from hotline.callrecords.listening import Sound
from hotline.callrecords.peaks import BUCKETS, MOST_BUCKETS, peaks
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.parts import ApiParts, parts_of

router = APIRouter(include_in_schema=False)

Listener = Annotated[Holder, Depends(needs(Scope.RECORDINGS))]
Parts = Annotated[ApiParts, Depends(parts_of)]
LegId = Annotated[str, Path(pattern=r"^[0-9a-f]{1,64}$", description="A leg's `uniqueid`.")]
Buckets = Annotated[int, Query(ge=10, le=MOST_BUCKETS, description="Stretches of the drawing.")]
_PRIVATE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


@router.get("/recordings/{uniqueid}")
@router.head("/recordings/{uniqueid}")
async def sound(request: Request, parts: Parts, holder: Listener, uniqueid: LegId) -> FileResponse:
    """Return the file, or the part of it that is asked for."""
    return await sound_of(request, parts, holder, uniqueid)


@router.get("/recordings/{uniqueid}/peaks")
async def shape(parts: Parts, holder: Listener, uniqueid: LegId, buckets: Buckets = BUCKETS) -> JSONResponse:
    """Return the least and greatest sample of each stretch, per channel."""
    return JSONResponse(await shape_of(parts, holder, uniqueid, buckets), headers=_PRIVATE)


async def sound_of(request: Request, parts: ApiParts, holder: Holder, uniqueid: str) -> FileResponse:
    """Return a recording as an answer, with the look on the record before it is given.

    Raises :class:`~hotline.callrecords.listening.RecordingRefused`.
    """
    found = await _find(parts, holder, uniqueid)
    await guard_of(request).listened(holder, uniqueid)
    name = f"{found.started_at:%Y%m%d-%H%M%S}-{uniqueid[:8]}{found.path.suffix}"
    media_type = "audio/wav" if found.path.suffix == ".wav" else None
    return FileResponse(
        found.path, headers=_PRIVATE, media_type=media_type, filename=name,
        content_disposition_type="inline",
    )  # fmt: skip


async def shape_of(parts: ApiParts, holder: Holder, uniqueid: str, buckets: int) -> dict[str, Any]:
    """Return a recording's shape (:func:`~hotline.callrecords.peaks.peaks`); raises as :func:`sound_of`."""
    found = await _find(parts, holder, uniqueid)
    return {"uniqueid": uniqueid} | await asyncio.to_thread(peaks, found.path, buckets)


async def _find(parts: ApiParts, holder: Holder, uniqueid: str) -> Sound:
    folder = parts.home.recordings
    return await parts.db.read(
        lambda session: listening.find(session, uniqueid, recordings=folder, estate=holder.estate)
    )
