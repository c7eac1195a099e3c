"""Reports as plain values: JSON for programs, lines for sheets. One form for API, pages and command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hotline.reports.catalogue import SECTIONS
from hotline.reports.figures import Counted, Figure, Row, Unit
from hotline.reports.service import Asked, Behind, Report
from hotline.reports.words import part_name

COLUMNS = ("section", "figure", "part", "title", "value", "unit", "count", "definition", "from", "to")
"""Of a report as a sheet; one line a figure and one a part."""
ROW_COLUMNS = ("at", "kind", "id", "part", "counted", "value", "unit")
"""Of the rows behind a figure."""


def span(asked: Asked) -> dict[str, Any]:
    """Return what a report is about."""
    found = asked.period
    return {
        "estate": asked.estate,
        "period": found.grain.value,
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "zone": found.zone.key,
    }


def report(found: Report) -> dict[str, Any]:
    """Return a report with every figure and part."""
    return span(found.asked) | {
        "sections": [
            {
                "id": section.id,
                "zh": section.zh,
                "en": section.en,
                "figures": [_counted(one, found.names) for one in figures],
            }
            for section, figures in found.sections
        ]
    }


def definitions() -> list[dict[str, Any]]:
    """Return what each figure means."""
    return [
        {"section": section.id, **_meaning(figure), "about": _both(figure.about_zh, figure.about_en)}
        for section in SECTIONS
        for figure in section.figures
    ]


def behind(found: Behind, rows: Sequence[Row[Any]] | None = None) -> dict[str, Any]:
    """Return a figure with the rows behind it; ``rows``: those of one page of a long list."""
    return span(found.asked) | {
        "figure": _meaning(found.figure) | {"about": _both(found.figure.about_zh, found.figure.about_en)},
        "part": found.part,
        "value": found.value,
        "count": len(found.rows),
        "rows": [row(found.figure, one) for one in (found.rows if rows is None else rows)],
    }


def row(figure: Figure[Any], found: Row[Any]) -> dict[str, Any]:
    """Return one row: of what, when, and what it adds."""
    return {
        "kind": figure.leads.value,
        "id": found.fact.id,
        "at": found.fact.at.isoformat(timespec="seconds"),
        "part": found.part,
        "counted": found.counted,
        "value": found.value,
    }


def sheet(found: Report, *, chinese: bool = True) -> Iterator[tuple[Any, ...]]:
    """Yield the lines of a report as a sheet, in the order of :data:`COLUMNS`; amounts in yuan."""
    period = found.asked.period
    for section, figures in found.sections:
        for one in figures:
            figure = one.figure
            title = figure.zh if chinese else figure.en
            about = figure.about_zh if chinese else figure.about_en
            ends = (about, period.first, period.last)
            yield (section.zh if chinese else section.en, figure.id, "", title, _cell(figure, one.value),
                   _unit(figure), one.count, *ends)  # fmt: skip
            for part in one.parts:
                name = part_name(figure, part.key, found.names, chinese=chinese)
                yield (section.zh if chinese else section.en, f"{figure.id}:{part.key}", name, title,
                       _cell(figure, part.value), _unit(figure), part.count, *ends)  # fmt: skip


def row_sheet(found: Behind) -> Iterator[tuple[Any, ...]]:
    """Yield the rows behind a figure as a sheet, in the order of :data:`ROW_COLUMNS`."""
    figure = found.figure
    for one in found.rows:
        yield (one.fact.at, figure.leads.value, one.fact.id, one.part, "x" if one.counted else "",
               _cell(figure, one.value), _unit(figure))  # fmt: skip


def _counted(one: Counted, names: Mapping[str, str]) -> dict[str, Any]:
    return _meaning(one.figure) | {
        "value": one.value,
        "count": one.count,
        "parts": [
            {
                "key": part.key,
                "zh": part_name(one.figure, part.key, names, chinese=True),
                "en": part_name(one.figure, part.key, names, chinese=False),
                "value": part.value,
                "count": part.count,
            }
            for part in one.parts
        ],
    }


def _meaning(figure: Figure[Any]) -> dict[str, Any]:
    return {"id": figure.id, "zh": figure.zh, "en": figure.en, "unit": figure.unit.value}


def _both(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def _cell(figure: Figure[Any], value: float | None) -> float | None:
    return value / 100 if figure.unit is Unit.FEN and value is not None else value


def _unit(figure: Figure[Any]) -> str:
    return "yuan" if figure.unit is Unit.FEN else figure.unit.value
