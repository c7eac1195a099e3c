"""Charts of a report: bars that lead to the rows behind them. What they say stands in tables as well."""

from __future__ import annotations

from typing import Any

from nicegui import events, ui

from hotline.reports.figures import Counted, Unit
from hotline.reports.service import Report
from hotline.reports.words import part_name
from hotline.web.console.reports.asking import rows_address
from hotline.web.console.shell import View

DRAWN = (
    "calls.by_day", "calls.by_hour", "calls.by_menu", "tickets.by_day", "tickets.by_kind", "sla.by_limit",
)  # fmt: skip
_BLUE, _TEXT = "#0b4a8f", "#333333"


def draw(view: View, found: Report) -> None:
    """Show the charts of a report, those without anything left out."""
    with (
        ui.element("div")
        .classes("w-full grid gap-4")
        .style("grid-template-columns:repeat(auto-fit,minmax(min(26rem,100%),1fr))")
    ):
        for one in map(found.find, DRAWN):
            if one.count:
                _chart(view, found, one)


def options(found: Report, one: Counted, *, chinese: bool) -> dict[str, Any]:
    """Return a bar chart as ECharts takes it; shares as percent. Pure."""
    share = one.figure.unit is Unit.SHARE
    names = [part_name(one.figure, part.key, found.names, chinese=chinese) for part in one.parts]
    values = [None if part.value is None else part.value * (100 if share else 1) for part in one.parts]
    names = [name[-5:] if one.figure.by_day else name for name in names]
    return {
        "animation": False,
        "grid": {"left": 8, "right": 8, "top": 24, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "textStyle": {"fontFamily": "inherit", "color": _TEXT},
        "xAxis": {"type": "category", "data": names, "axisLabel": {"color": _TEXT, "hideOverlap": True}},
        "yAxis": {
            "type": "value", "minInterval": 1, "axisLabel": {"color": _TEXT},
            **({"max": 100, "name": "%"} if share else {}),
        },
        "series": [
            {"type": "bar", "data": values, "itemStyle": {"color": _BLUE}, "cursor": "pointer",
             "barMaxWidth": 36}
        ],
    }  # fmt: skip


def _chart(view: View, found: Report, one: Counted) -> None:
    title = view.t(one.figure.zh, one.figure.en)

    def clicked(event: events.EChartPointClickEventArguments) -> None:
        part = one.parts[int(event.data_index)]
        ui.navigate.to(rows_address(found.asked.period, one.figure.id, part.key))

    with ui.element("figure").classes("q-ma-none bg-white border rounded p-2"):
        with ui.element("figcaption").classes("font-semibold"):
            ui.link(title, rows_address(found.asked.period, one.figure.id)).classes("text-blue-900")
        said = view.t(
            f"{title}，柱状图；数据见下方表格", f"{title}, bar chart; the tables below have its numbers"
        )
        ui.echart(options(found, one, chinese=view.chinese), on_point_click=clicked).props(
            f'role=img aria-label="{said}"'
        ).classes("w-full h-48")
