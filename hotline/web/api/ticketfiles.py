"""Photos and files of tickets over HTTP: bytes in, bytes out."""

from __future__ import annotations

import asyncio
from pathlib import Path as FilePath
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import FileResponse, JSONResponse
from sqlalchemy.orm import Session
from starlette.requests import Request

from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import HotlineError
from hotline.tickets import attachments
from hotline.tickets.attachments import LARGEST, AttachmentRefused, Kept
from hotline.tickets.models import TicketPartRow
from hotline.web import ticketsight
from hotline.web.api.bodies import Note, Word
from hotline.web.api.description import MATCHED
from hotline.web.api.doing import KeyHeader
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.tickets import Number, changed
from hotline.web.api.ticketviews import WholeTicketOut

router = APIRouter(tags=["tickets"])

Reader = Annotated[Holder, Depends(needs(Scope.TICKETS_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.TICKETS_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
PartNumber = Annotated[str, Path(pattern=r"^\d{1,12}$", description="The part's number.")]
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}}}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {"application/octet-stream": _BINARY}},
    206: {"description": "The part asked for (`Range`)."},
    400: {"description": "A `Range` that is none.", "content": {"text/plain": {}}},
    416: {"description": "The file has no such part.", "content": {"text/plain": {}}},
}


@router.post(
    "/tickets/{number}/files",
    status_code=201,
    response_model=WholeTicketOut,
    responses=MATCHED,
    openapi_extra=_BODY,
)
async def attach(
    request: Request, parts: Parts, holder: Writer, number: Number,
    name: Annotated[Word, Query(min_length=1, description="The file's own name.", examples=["leak.jpg"])],
    text: Annotated[Note, Query(description="What it shows.")] = "",
    who: Annotated[Word, Query(description="Who adds it.")] = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Attach a photo or file (the body, at most 20 MB), taken by what it is and not by its name."""
    at = parts.clock.now()
    folder = parts.home.run
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as drafts:
        draft = FilePath(drafts, attachments.harmless_name(name))
        await _receive(request, draft)
        kept = await asyncio.to_thread(attachments.keep, parts.home.root, draft, at=at)
    used: list[Kept] = []

    def work(session: Session, person: str) -> None:
        attachments.attach(session, number, kept, who=person, at=at, text=text)
        used.append(kept)

    try:
        return await changed(
            request, holder, number, "ticket.attach", work, who=who, key=key, status=201, anybodys=True
        )
    except HotlineError:
        used.clear()
        raise
    finally:
        if not used:  # refused, or done before under this key: nobody names this copy
            await asyncio.to_thread((parts.home.root / kept.path).unlink, missing_ok=True)


@router.get("/tickets/{number}/parts/{part}/file", response_class=FileResponse, responses=_FILE)
async def fetch(
    request: Request, parts: Parts, holder: Reader, number: Number, part: PartNumber
) -> FileResponse:
    """A photo or file of a ticket; each look is on the record."""

    def read(session: Session) -> TicketPartRow:
        row = session.get(TicketPartRow, int(part))
        if row is None or row.number != number or not row.path or holder.estate not in ("", row.estate):
            raise HotlineError(f"Ticket {number} has no file {part}.", code="file-unknown")
        ticketsight.find(session, number, row.estate, ticketsight.sight_in(session, holder, row.estate))
        return row

    row = await parts.db.read(read)
    path = parts.home.root / row.path
    if not await asyncio.to_thread(path.is_file):
        raise HotlineError("This file is not there any more.", code="file-gone")
    await guard_of(request).listened(holder, f"{number}/{part}", what="ticket.file")
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
    return FileResponse(path, media_type=row.media_type, filename=row.name, headers=headers)


async def _receive(request: Request, target: FilePath) -> None:
    size = 0
    with target.open("wb") as file:
        async for piece in request.stream():
            size += len(piece)
            if size > LARGEST:
                raise AttachmentRefused(
                    f"A file is at most {LARGEST // 1_000_000} MB: make it smaller first.",
                    code="attachment-too-large",
                )
            await asyncio.to_thread(file.write, piece)
