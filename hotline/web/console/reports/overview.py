"""``/reports``: the figures of a day, week or month; each leads to what it counts."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from nicegui import ui

from hotline.accounts.rights import Scope
from hotline.reports.figures import Counted
from hotline.reports.service import Asked, Report
from hotline.web.console.kit import grid
from hotline.web.console.reports import charts, tables
from hotline.web.console.reports.asking import GRAINS, address, asked, title
from hotline.web.console.shell import Console, Entry, View

From = Annotated[str, Query(alias="from", max_length=20)]


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/reports", needs=Scope.REPORTS_READ, entry=Entry("报表", "Reports", "bar_chart", 70))
    async def overview(view: View, period: str = "month", first: From = "") -> None:
        wanted = asked(view.estate, period, first, view.parts.clock.now())
        grid.styled()
        ui.add_css(tables.STYLE)
        grid.heading(view, "报表", "Reports")
        controls(view, wanted, "/reports")
        _downloads(view, wanted)
        body = ui.element("div").classes("w-full")
        with body:
            ui.label(view.t("正在统计……", "Counting …")).props("role=status")
        await ui.context.client.connected()  # the page is there before a long month is counted
        found = await report_of(view, wanted)
        body.clear()
        with body:
            _sections(view, found)


async def report_of(view: View, wanted: Asked) -> Report:
    """Return the report; names of operators as this person may see them."""
    await view.unmask("reports")
    found = await view.read(lambda session: view.parts.reports.report(session, wanted))
    return found.named(view.masks.name)


def controls(view: View, wanted: Asked, path: str) -> None:
    """Show which period it is, and lead to others."""
    period = wanted.period
    with (
        ui.element("nav")
        .props(f'aria-label="{view.t("期间", "Period")}"')
        .classes("row items-center gap-4 no-print")
    ):
        for grain, zh, en in GRAINS:
            link = ui.link(view.t(zh, en), f"{path}?period={grain.value}&from={period.first}")
            link.classes("text-blue-900")
            if grain is period.grain:
                link.props("aria-current=page").classes("font-bold")
        ui.link(f"‹ {view.t('上一期', 'Before')}", address(path, period.before)).classes("text-blue-900")
        ui.label(title(period, chinese=view.chinese)).classes("text-lg font-semibold")
        ui.link(f"{view.t('下一期', 'Next')} ›", address(path, period.following)).classes("text-blue-900")
        field = ui.input(view.t("日期", "Day"), value=period.first.isoformat()).props(
            "type=date outlined dense stack-label"
        )

        def go() -> None:
            ui.navigate.to(f"{path}?period={period.grain.value}&from={(field.value or '').strip()[:10]}")

        ui.button(view.t("查看", "Show"), on_click=go).props(
            "no-caps dense outline color=blue-10 padding='4px 12px'"
        )


def _downloads(view: View, wanted: Asked) -> None:
    language = "zh" if view.chinese else "en"
    more = {"estate": wanted.estate, "language": language}
    with ui.row().classes("items-center gap-4 no-print"):
        for form in ("xlsx", "csv"):
            where = address("/api/v1/reports/sheet", wanted.period, form=form, **more)
            ui.link(view.t(f"下载 {form.upper()}", f"Download {form.upper()}"), where).classes(
                "text-blue-900"
            )
        ui.link(
            view.t("打印版", "To print"), address("/reports/print", wanted.period)
        ).classes("text-blue-900")  # fmt: skip


def _sections(view: View, found: Report) -> None:
    chinese = view.chinese
    ui.html(tables.tiles(found, chinese=chinese), sanitize=False).classes("w-full")
    charts.draw(view, found)
    for section, counted in found.sections:
        grid.heading(view, section.zh, section.en, 2)
        ui.html(section_html(found, section.id, counted, chinese=chinese), sanitize=False).classes("w-full")


def section_html(
    found: Report, section: str, counted: tuple[Counted, ...], *, chinese: bool, linked: bool = True
) -> str:
    """Return one section's tables."""
    if section == "operators":
        return tables.pivot(found, counted, chinese=chinese, linked=linked)
    divided = [one for one in counted if one.figure.by is not None and (one.count or not linked)]
    flow = "".join(tables.parts(found, one, chinese=chinese, linked=linked) for one in divided)
    return (
        tables.figures(found, counted, chinese=chinese, linked=linked) + f'<div class="rp-flow">{flow}</div>'
    )
