"""Reports over HTTP: the same figures as on pages and the command line, and the rows behind each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.reports import periods, views
from hotline.reports.service import Asked, Behind, Report
from hotline.web import exports
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.shapes import DayText, Moment, Out, Page
from hotline.web.api.wakeups import EstateQuery
from hotline.web.masks import Masks

router = APIRouter(tags=["reports"])

Reader = Annotated[Holder, Depends(needs(Scope.REPORTS_READ))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Form = Annotated[Literal["csv", "xlsx"], Query(description="What kind of file.")]
Number = int | float
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
                "schema": {"type": "string", "format": "binary"}
            },
        },
    }
}


class PartOut(Out):
    """A figure of some of what it counts: an hour, a department, an operator."""

    key: str
    zh: str
    en: str
    value: Number | None
    count: int


class MeaningOut(Out):
    """What a figure is."""

    id: Annotated[str, Query(examples=["calls.in_three_rings"])]
    zh: str
    en: str
    unit: str


class FigureOut(MeaningOut):
    """A figure with its value; null: there is nothing to average or take a share of."""

    value: Number | None
    count: int
    """Rows behind it."""
    parts: list[PartOut]


class DefinitionOut(MeaningOut):
    """A figure with its definition."""

    section: str
    about: dict[str, str]


class SectionOut(Out):
    """Figures that belong together."""

    id: str
    zh: str
    en: str
    figures: list[FigureOut]


class SpanOut(Out):
    """The days a report is about, in the estate's zone."""

    estate: str
    period: str
    first: DayText
    last: DayText
    zone: str


class ReportOut(SpanOut):
    """All figures of a period. Seconds, minutes, shares from 0 to 1, fen (0.01 yuan) as ``unit`` says."""

    sections: list[SectionOut]


class RowOut(Out):
    """One thing a figure counts."""

    kind: str
    id: str
    at: Moment
    part: str
    counted: bool
    value: Number | None


class RowsOut(SpanOut):
    """A figure and some of the rows behind it; ``next`` asks for what follows."""

    figure: dict[str, Any]
    part: str
    value: Number | None
    count: int
    rows: list[RowOut]
    next: str | None


def asked_of(
    parts: Parts, holder: Reader, estate: EstateQuery = "",
    period: Annotated[Literal["day", "week", "month"], Query(description="How long.")] = "month",
    first: Annotated[
        str, Query(alias="from", max_length=10, description="A day of it, `2026-11-01`; left out: today.")
    ] = "",
) -> Asked:  # fmt: skip
    """Return what a request asks for; raises :class:`~hotline.reports.periods.BadPeriod`."""
    found = parts.estate(estate, holder)
    now = parts.clock.now()
    return Asked(estate=found.id, period=periods.asked(period, first, found.zone, now), now=now)


Wanted = Annotated[Asked, Depends(asked_of)]
FigureQuery = Annotated[
    str,
    Query(
        max_length=120, description="`calls.unanswered`, `calls.by_hour:09` …", examples=["calls.answered"]
    ),
]


@router.get("/reports", response_model=ReportOut)
async def report(request: Request, parts: Parts, holder: Reader, asked: Wanted) -> dict[str, Any]:
    """Every figure of the day, week or month that a day belongs to."""
    return views.report(await report_of(request, parts, holder, asked))


@router.get("/reports/figures", response_model=list[DefinitionOut])
async def figures(_: Reader) -> list[dict[str, Any]]:
    """What figures there are and what each means, in both languages."""
    return views.definitions()


@router.get("/reports/rows", response_model=RowsOut)
async def rows(parts: Parts, _: Reader, asked: Wanted, figure: FigureQuery, paging: Pages) -> dict[str, Any]:
    """The calls, tickets, wake-ups … that a figure counts, in order of time."""
    found = await behind_of(parts, asked, figure)
    page: Page[Any] = paging.slice(found.rows, lambda row: row)
    return views.behind(found, page.items) | {"next": page.next}


@router.get("/reports/sheet", response_class=Response, responses=_FILES)
async def sheet(
    request: Request, parts: Parts, holder: Reader, asked: Wanted, form: Form = "xlsx",
    language: Annotated[Literal["zh", "en"], Query(description="Of titles and definitions.")] = "zh",
) -> Response:  # fmt: skip
    """Every figure as a sheet: a line a figure, a line a part."""
    found = await report_of(request, parts, holder, asked)
    lines = views.sheet(found, chinese=language == "zh")
    name = f"report-{asked.period.grain}-{asked.period.first}"
    return await exports.answer(form, name, views.COLUMNS, _pieces(lines), asked.period.zone)


@router.get("/reports/rows/sheet", response_class=Response, responses=_FILES)
async def row_sheet(
    parts: Parts, _: Reader, asked: Wanted, figure: FigureQuery, form: Form = "xlsx"
) -> Response:
    """The rows behind a figure as a sheet."""
    found = await behind_of(parts, asked, figure)
    name = f"{found.figure.id}-{asked.period.grain}-{asked.period.first}"
    return await exports.answer(
        form, name, views.ROW_COLUMNS, _pieces(views.row_sheet(found)), asked.period.zone
    )


async def report_of(request: Request, parts: ApiParts, holder: Holder, asked: Asked) -> Report:
    """Return a report; operators' names are masked unless the role needs them, on the record."""
    found = await parts.db.read(lambda session: parts.reports.report(session, asked))
    return found.named(Masks(await guard_of(request).looked(holder, "reports")).name)


async def behind_of(parts: ApiParts, asked: Asked, figure: str) -> Behind:
    """Return the rows behind a figure; raises :class:`~hotline.reports.catalogue.NoFigure`."""

    def read(session: Session) -> Behind:
        return parts.reports.behind(session, asked, figure)

    return await parts.db.read(read)


async def _pieces(lines: Iterator[tuple[Any, ...]]) -> exports.Pieces:
    while piece := list[Sequence[Any]](islice(lines, exports.PIECE)):
        yield piece
