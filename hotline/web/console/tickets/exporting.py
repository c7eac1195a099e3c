"""``/tickets/export.csv`` and ``.xlsx``, and the files that hang on tickets; looks are on the audit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from fastapi.responses import FileResponse
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts import tokens
from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import HotlineError
from hotline.db.pages import Mark, Turn
from hotline.tickets import attachments, listing
from hotline.tickets.listing import TicketSearch
from hotline.tickets.models import TicketPartRow
from hotline.web import exports
from hotline.web.api import estates
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.parts import ApiParts, EstateFacts, parts_of
from hotline.web.console.calls.shaping import Look
from hotline.web.console.tickets import shaping
from hotline.web.masks import Masks
from hotline.web.ticketsearch import Asked, search_of
from hotline.web.ticketsight import find, name_of, sight_of

router = APIRouter(include_in_schema=False)

Rows = tuple[Sequence[Sequence[Any]], Mark | None]
Parts = Annotated[ApiParts, Depends(parts_of)]
Reader = Annotated[Holder, Depends(needs(Scope.TICKETS_READ))]
SHOWN_INLINE = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""Browsers show these and run nothing in them; anything else is saved, not opened."""
_FILE_HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


@router.get("/tickets/export.{form}")
async def export(request: Request, form: Literal["csv", "xlsx"], parts: Parts, holder: Reader) -> Response:
    """Send the tickets of a filter, newest first."""
    estate = estates.chosen(parts, holder, request)
    asked = Asked.of(request.query_params)
    masks = Masks(await guard_of(request).looked(holder, "ticket.export"))
    wanted = await parts.db.read(partial(_wanted, parts, holder, estate, asked, masks))
    now = parts.clock.now()
    await parts.db.write(
        lambda session: tokens.note(session, holder.id, "ticket.export", at=now, by=holder.who)
    )
    look = Look(masks, estate.zone, chinese=True)
    pieces = exports.in_pieces(partial(_piece, parts, wanted, look))
    name = f"tickets-{now.astimezone(estate.zone):%Y%m%d-%H%M}"
    return await exports.answer(form, name, shaping.HEADINGS, pieces, estate.zone)


@router.get("/tickets/{number}/files/{part}")
async def file(
    request: Request, parts: Parts, holder: Reader,
    number: Annotated[str, Path(pattern=r"^\d{12,16}$")], part: Annotated[str, Path(pattern=r"^\d{1,12}$")],
) -> FileResponse:  # fmt: skip
    """Send a photo or file of a ticket; photos are shown, everything else is saved."""
    estate = estates.chosen(parts, holder, request)

    def read(session: Session) -> TicketPartRow:
        sight = sight_of(session, holder, estate.id, name_of(session, holder))
        find(session, number, estate.id, sight)
        row = session.get(TicketPartRow, int(part))
        if row is None or row.number != number or not row.path:
            raise HotlineError(f"Ticket {number} has no file {part}.", code="file-unknown")
        return row

    row = await parts.db.read(read)
    kept = parts.home.root / attachments.FOLDER
    path = await asyncio.to_thread((parts.home.root / row.path).resolve)
    if not path.is_relative_to(await asyncio.to_thread(kept.resolve)) or not await asyncio.to_thread(
        path.is_file
    ):
        raise HotlineError("This file is not there any more.", code="file-gone")
    await guard_of(request).listened(holder, f"{number}/{part}", what="ticket.file")
    inline = row.media_type in SHOWN_INLINE
    return FileResponse(
        path, media_type=row.media_type, filename=attachments.harmless_name(row.name), headers=_FILE_HEADERS,
        content_disposition_type="inline" if inline else "attachment",
    )  # fmt: skip


def _wanted(
    parts: ApiParts, holder: Holder, estate: EstateFacts, asked: Asked, masks: Masks, session: Session
) -> TicketSearch:
    sight = sight_of(session, holder, estate.id, name_of(session, holder))
    return search_of(asked, session, estate.id, estate.zone, sight, parts.clock.now(), masks)


async def _piece(parts: ApiParts, wanted: TicketSearch, look: Look, place: Mark | None) -> Rows:
    def read(session: Session) -> Rows:
        page = listing.tickets(session, wanted, size=exports.PIECE, turn=Turn(place))
        return [shaping.cells(row, look) for row in page.rows], page.older

    return await parts.db.read(read)
