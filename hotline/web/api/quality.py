"""Quality review over HTTP: calls drawn, heard and scored, and how each operator stands."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.quality import repository
from hotline.quality.models import ReviewRow, ReviewState
from hotline.quality.repository import Record, ReviewFilter
from hotline.quality.service import LONGEST, Draw, Score, Scorer, mine
from hotline.web.api.bodies import Body, Day, Word
from hotline.web.api.description import MATCHED, TAGGED
from hotline.web.api.doing import KeyHeader, done
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, EstateFacts, parts_of
from hotline.web.api.shapes import Moment, Out, Page, instant, moment
from hotline.web.api.wakeups import EstateQuery
from hotline.web.masks import Masks

router = APIRouter(tags=["quality"])

Reader = Annotated[Holder, Depends(needs(Scope.QUALITY_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.QUALITY_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Number = Annotated[int, Path(ge=1, le=2_000_000_000, description="The review's number.")]
Point = Annotated[int, Field(ge=0, le=1000)]


class DrawBody(Body):
    """Whose calls of which days are drawn."""

    operator: Annotated[Word, Field(min_length=1, examples=["01"])]
    first: Day
    last: Day
    count: Annotated[int, Field(ge=1, le=100, description="Left out: as the form says.")] | None = None


class ScoreBody(Body):
    """What a supervisor found, by the form in service (`GET /quality/form`)."""

    points: Annotated[
        dict[Annotated[str, Field(max_length=64)], Point | None],
        Field(max_length=100, description="By criterion; null: does not apply."),
    ]
    comment: Annotated[str, Field(max_length=LONGEST)] = ""


class ReviewOut(Out):
    """A drawn call and its score."""

    number: int
    operator: str
    call: str
    call_at: Moment
    talked: Annotated[float, Field(description="Seconds.")]
    state: ReviewState
    points: dict[str, int | None]
    percent: float | None
    passed: bool | None
    comment: str
    scored_at: Moment | None
    scored_by: str
    example: bool


class DrawnOut(Out):
    """How many calls were drawn; fewer than wanted when there are no more."""

    sample: int
    drawn: int


class StandingOut(Out):
    """How an operator has been scored."""

    operator: str
    scored: int
    passed: int
    average: float | None
    trend: Annotated[float | None, Field(description="Points between the last two months with scores.")]
    waiting: int


@router.get("/quality/form", response_model=dict[str, Any])
async def form(parts: Parts, holder: Reader) -> dict[str, Any]:
    """The form calls are scored by."""
    found = parts.quality.form()
    return {**found.kept(), "mark": found.mark}


@router.get("/quality/operators", response_model=list[StandingOut])
async def operators(parts: Parts, holder: Reader, estate: EstateQuery = "") -> list[StandingOut]:
    """How each operator stands, by number."""
    found = parts.estate(estate, holder)
    rows = await parts.db.read(lambda session: repository.records(session, found.id, found.zone))
    return [_standing(row) for row in rows]


@router.get("/quality/reviews", response_model=Page[ReviewOut])
async def search(
    request: Request, parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "",
    operator: Annotated[Word, Query()] = "", state: ReviewState | None = None,
    examples: Annotated[bool, Query(description="Only those marked for training.")] = False,
) -> Page[ReviewOut]:  # fmt: skip
    """Reviews, those of the latest calls first."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "quality.list"))
    after = paging.placed(datetime, int)
    wanted = ReviewFilter(
        estate=found.id, operator=operator, state=state, examples=examples, limit=paging.wanted,
        after=None if after is None else (after[0], after[1]),
    )  # fmt: skip

    def read(session: Session) -> Page[ReviewOut]:
        rows = repository.listed(session, wanted)
        return paging.page(rows, lambda row: (row.call_at, row.id), lambda row: _view(row, found, masks))

    return await parts.db.read(read)


@router.get("/quality/reviews/{number}", response_model=ReviewOut, responses=TAGGED)
async def show(
    request: Request, parts: Parts, holder: Reader, number: Number, estate: EstateQuery = ""
) -> Response:
    """A review."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "quality.show"))

    def read(session: Session) -> ReviewOut:
        return _view(repository.find(session, number, estate=found.id), found, masks)

    return answered(request, await parts.db.read(read))


@router.post("/quality/samples", status_code=201, response_model=DrawnOut)
async def draw(
    request: Request, parts: Parts, holder: Writer, body: DrawBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Draw calls by chance; none is drawn twice, and the same draw is the same for everybody."""
    found = parts.estate(estate, holder)
    wanted = Draw(
        estate=found.id, operator=body.operator, first=body.first, last=body.last, zone=found.zone,
        count=body.count,
    )  # fmt: skip

    def deed(session: Session) -> DrawnOut:
        sample, drawn = parts.quality.draw(session, wanted, who=holder.who, now=parts.clock.now())
        return DrawnOut(sample=sample.id, drawn=drawn)

    return await done(request, holder, "quality.sample", deed, key=key, status=201)


@router.put("/quality/reviews/{number}/score", response_model=ReviewOut, responses=MATCHED)
async def score(
    request: Request, parts: Parts, holder: Writer, number: Number, body: ScoreBody,
    estate: EstateQuery = "", if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Score a drawn call, or another time. Nobody scores their own."""
    found = parts.estate(estate, holder)
    masks = Masks(holder.may(Scope.PERSONAL_READ))

    def current(session: Session) -> ReviewOut:
        return _view(repository.find(session, number, estate=found.id), found, masks)

    def deed(session: Session) -> ReviewOut:
        row = mine(session, number, estate=found.id)
        given = Score(points=body.points, comment=body.comment, version=row.version)
        who = Scorer(holder.who, holder.operator)
        parts.quality.score(session, row, given, who=who, now=parts.clock.now())
        session.flush()
        return current(session)

    return await done(request, holder, "quality.score", deed, key=key, if_match=if_match, current=current)


def _standing(row: Record) -> StandingOut:
    return StandingOut(
        operator=row.operator, scored=row.scored, passed=row.passed, average=row.average, trend=row.trend,
        waiting=row.waiting,
    )  # fmt: skip


def _view(row: ReviewRow, estate: EstateFacts, masks: Masks) -> ReviewOut:
    return ReviewOut(
        number=row.id, operator=row.operator, call=row.call, call_at=instant(row.call_at, estate.zone),
        talked=row.talked, state=row.state, points=row.points, percent=row.percent, passed=row.passed,
        comment=masks.text(row.comment), scored_at=moment(row.scored_at, estate.zone),
        scored_by=row.scored_by, example=row.example,
    )  # fmt: skip
