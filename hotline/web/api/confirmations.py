"""Questions to owners over HTTP, for the gate's own system: may they pass (DOMAIN section 6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.confirmations import service
from hotline.confirmations.errors import ConfirmationRefused
from hotline.confirmations.models import ConfirmationRow
from hotline.confirmations.service import Question
from hotline.confirmations.states import Standing
from hotline.web.api import etags, views
from hotline.web.api.bodies import DecisionBody, QuestionBody, RoomText
from hotline.web.api.description import MATCHED, TAGGED
from hotline.web.api.doing import KeyHeader, done
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.parts import ApiParts, EstateFacts, parts_of
from hotline.web.api.wakeups import EstateQuery
from hotline.web.masks import Masks

router = APIRouter(tags=["confirmations"])

Reader = Annotated[Holder, Depends(needs(Scope.CONFIRMATIONS_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.CONFIRMATIONS_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Number = Annotated[str, Path(pattern=r"^\d{1,9}$", description="The question's number.")]
MOST = 100
"""Questions of one answer, the latest."""


@router.post("/confirmations", status_code=201)
async def ask(
    request: Request, parts: Parts, holder: Writer, body: QuestionBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Ring the owner at once, all numbers in turn, and ask; no answer is a no."""
    found = parts.estate(estate, holder)
    rules, now = parts.rules(), parts.clock.now()
    policy = rules.named.get(rules.confirmations.policy)
    if policy is None:
        raise ConfirmationRefused(f'There is no policy "{rules.confirmations.policy}".', code="no-policy")

    def deed(session: Session) -> dict[str, Any]:
        place = parts.room(session, found.id, body.room)
        question = Question(
            estate=found.id, place=place, matter=body.matter, asked_by=holder.who, who=body.who,
            owners=parts.owners(session, found.id, place), what=body.what, persons=body.persons,
            plate=body.plate, spot=body.at, language=body.language or found.language,
        )  # fmt: skip
        row = service.ask(session, question, rules.confirmations, priority=policy.priority, now=now)
        return _view(row, parts, found, Masks())

    return await done(request, holder, "confirmation.ask", deed, key=key, status=201)


@router.get("/confirmations")
async def of_room(parts: Parts, holder: Reader, room: RoomText, estate: EstateQuery = "") -> dict[str, Any]:
    """Questions about a room, the latest first."""
    found = parts.estate(estate, holder)

    def read(session: Session) -> list[dict[str, Any]]:
        place = parts.room(session, found.id, room)
        rows = service.listed(session, estate=found.id, place=place, limit=MOST)
        return [_view(row, parts, found, Masks()) for row in rows]

    return {"estate": found.id, "confirmations": await parts.db.read(read)}


@router.get("/confirmations/{number}", response_model=dict[str, Any], responses=TAGGED)
async def show(
    request: Request, parts: Parts, holder: Reader, number: Number, estate: EstateQuery = ""
) -> Response:
    """A question and its answer; it is open while ``standing`` is ``asking`` or ``at_desk``."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "confirmation.show"))
    return answered(
        request,
        await parts.db.read(lambda session: _view(_find(session, number, found), parts, found, masks)),
    )


@router.post("/confirmations/{number}/decision", response_model=dict[str, Any], responses=MATCHED)
async def decide(
    request: Request, parts: Parts, holder: Writer, number: Number, body: DecisionBody,
    estate: EstateQuery = "", if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Write down what the owner said to the desk; refused before they spoke to it."""
    found = parts.estate(estate, holder)
    standing = Standing.ALLOWED if body.allow else Standing.REFUSED

    def deed(session: Session) -> dict[str, Any]:
        _find(session, number, found)
        now = parts.clock.now()
        row = service.decide(session, int(number), standing, by=holder.who, now=now, note=body.note)
        return _view(row, parts, found, Masks())

    check = _as_read(parts, found, holder, number, if_match)
    return await done(request, holder, "confirmation.decide", deed, key=key, check=check)


@router.delete("/confirmations/{number}", response_model=dict[str, Any], responses=MATCHED)
async def cancel(
    request: Request, parts: Parts, holder: Writer, number: Number, estate: EstateQuery = "",
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Whoever waited has left: nobody is rung any more."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> dict[str, Any]:
        _find(session, number, found)
        row = service.cancel(session, int(number), by=holder.who, now=parts.clock.now())
        return _view(row, parts, found, Masks())

    check = _as_read(parts, found, holder, number, if_match)
    return await done(request, holder, "confirmation.cancel", deed, key=key, check=check)


def _as_read(
    parts: ApiParts, estate: EstateFacts, holder: Holder, number: str, if_match: str
) -> Callable[[Session], None]:
    """Return what refuses a change of a question that is not any more as it was read."""
    masks = Masks(holder.may(Scope.PERSONAL_READ))
    return lambda session: etags.check(if_match, _view(_find(session, number, estate), parts, estate, masks))


def _find(session: Session, number: str, estate: EstateFacts) -> ConfirmationRow:
    row = service.find(session, int(number))
    if row.estate != estate.id:
        raise ConfirmationRefused(f"There is no question {number}.", code="confirmation-unknown")
    return row


def _view(row: ConfirmationRow, parts: ApiParts, estate: EstateFacts, masks: Masks) -> dict[str, Any]:
    return views.confirmation(row, service.standing_at(row, parts.clock.now()), estate.zone, masks)
