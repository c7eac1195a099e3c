"""``/calls/export.csv`` and ``.xlsx``: what the list's filter finds, as a file; on the audit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts import tokens
from hotline.accounts.rights import Holder, Scope
from hotline.callrecords import listing
from hotline.db.pages import Mark, Turn
from hotline.web import exports
from hotline.web.api import estates
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.parts import ApiParts, EstateFacts, parts_of
from hotline.web.callsearch import Asked, BadAsked, search_of
from hotline.web.console.calls import reading, shaping
from hotline.web.masks import Masks

router = APIRouter(include_in_schema=False)

Rows = tuple[Sequence[Sequence[Any]], Mark | None]


@router.get("/calls/export.{form}")
async def export(
    request: Request, form: Literal["csv", "xlsx"], parts: Annotated[ApiParts, Depends(parts_of)],
    holder: Annotated[Holder, Depends(needs(Scope.CALLS_READ))],
) -> Response:  # fmt: skip
    """Send the calls of a filter, newest first, at most :data:`~hotline.web.exports.MOST_ROWS`."""
    estate = estates.chosen(parts, holder, request)
    asked = Asked.of(request.query_params).dated(parts.clock.now(), estate.zone)
    if asked.text and not holder.may(Scope.RECORDINGS):
        raise BadAsked("Your role may not read transcripts.", code="scope-missing")
    masks = Masks(await guard_of(request).looked(holder, "call.export"))
    await parts.db.read(partial(_checked, parts, estate, asked, masks))
    now = parts.clock.now()
    await parts.db.write(
        lambda session: tokens.note(session, holder.id, "call.export", at=now, by=holder.who)
    )
    pieces = exports.in_pieces(partial(_piece, parts, estate, asked, masks))
    name = f"calls-{now.astimezone(estate.zone):%Y%m%d-%H%M}"
    return await exports.answer(form, name, shaping.HEADINGS, pieces, estate.zone)


def _checked(parts: ApiParts, estate: EstateFacts, asked: Asked, masks: Masks, session: Session) -> None:
    """Refuse a filter that means nothing before the first byte is sent."""
    search_of(asked, session, estate.id, estate.zone, parts.settings, masks)


async def _piece(
    parts: ApiParts, estate: EstateFacts, asked: Asked, masks: Masks, place: Mark | None
) -> Rows:
    look = shaping.Look(masks, estate.zone, chinese=True)

    def read(session: Session) -> Rows:
        wanted = search_of(asked, session, estate.id, estate.zone, parts.settings, masks)
        page = listing.calls(session, wanted, size=exports.PIECE, turn=Turn(place))
        around = reading.around_of(session, estate.id, page.rows, legs=True)
        return [shaping.cells(row, around, look) for row in page.rows], page.older

    return await parts.db.read(read)
