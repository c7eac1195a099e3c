"""``/reports/print``: a period on A4 paper, for the folder and for the owners' committee."""

from __future__ import annotations

from nicegui import ui

from hotline.accounts.rights import Scope
from hotline.reports.service import Report
from hotline.web.console.kit import grid
from hotline.web.console.kit.times import moment
from hotline.web.console.reports import tables
from hotline.web.console.reports.asking import asked, title
from hotline.web.console.reports.overview import From, controls, report_of
from hotline.web.console.shell import Console, View

STYLE = """
@page{size:A4;margin:14mm}
@media print{
.rp-page{font-size:10pt}.rp,.rp .m{font-size:9pt}.rp th,.rp td{padding:1mm 2mm}
.rp-page h2{break-after:avoid}.rp tr,.rp-tile,figure{break-inside:avoid}
.rp-tile dd{font-size:13pt}.rp-tiles{grid-template-columns:repeat(5,1fr)}
}
.rp-page{max-width:190mm}
"""


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/reports/print", needs=Scope.REPORTS_READ)
    async def paper(view: View, period: str = "month", first: From = "") -> None:
        wanted = asked(view.estate, period, first, view.parts.clock.now())
        grid.styled()
        ui.add_css(tables.STYLE + STYLE)
        grid.heading(
            view, f"{view.estate.name} 热线报表 {title(wanted.period, chinese=True)}",
            f"{view.estate.name}: hotline report, {title(wanted.period, chinese=False)}",
        )  # fmt: skip
        controls(view, wanted, "/reports/print")
        with ui.row().classes("no-print"):
            ui.button(view.t("打印", "Print"), on_click=lambda: ui.run_javascript("window.print()")).props(
                "no-caps unelevated color=blue-10"
            )
        found = await report_of(view, wanted)
        ui.html(page_html(found, chinese=view.chinese), sanitize=False).classes("rp-page")
        made = moment(wanted.now, view.estate.zone)
        ui.label(view.t(f"统计时间：{made}", f"Counted {made}")).classes("hl-muted")


def page_html(found: Report, *, chinese: bool) -> str:
    """Return everything of a report without links, drawn where it has too many parts for a table. Pure."""
    pieces = [tables.tiles(found, chinese=chinese, linked=False)]
    for section, counted in found.sections:
        pieces.append(f"<h2 class='text-xl'>{section.zh if chinese else section.en}</h2>")
        if section.id == "operators":
            pieces.append(tables.pivot(found, counted, chinese=chinese, linked=False))
            continue
        pieces.append(tables.figures(found, counted, chinese=chinese, linked=False))
        divided = [one for one in counted if one.figure.by is not None and one.count]
        pieces += [
            tables.bars(found, one, chinese=chinese) for one in divided if one.figure.id in tables.BARS
        ]
        flow = [
            tables.parts(found, one, chinese=chinese, linked=False)
            for one in divided
            if one.figure.id not in tables.BARS
        ]
        pieces.append(f'<div class="rp-flow">{"".join(flow)}</div>')
    return "".join(pieces)
