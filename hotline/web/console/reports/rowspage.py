"""``/reports/rows``: what a figure counts, page by page; calls and tickets are opened from here."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from hotline.accounts.rights import Scope
from hotline.reports.figures import Figure, How, Row
from hotline.reports.service import Behind
from hotline.reports.words import part_name, value
from hotline.web.console.kit import grid
from hotline.web.console.kit.grid import Column
from hotline.web.console.kit.paging import part_of_all
from hotline.web.console.kit.times import moment
from hotline.web.console.reports.asking import address, asked, row_address, title
from hotline.web.console.reports.overview import From
from hotline.web.console.shell import Console, View


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/reports/rows", needs=Scope.REPORTS_READ)
    async def rows(
        view: View, figure: str = "", period: str = "month", first: From = "", page: int = 1
    ) -> None:
        wanted = asked(view.estate, period, first, view.parts.clock.now())
        await view.unmask("reports")
        found = await view.read(lambda session: view.parts.reports.behind(session, wanted, figure[:200]))
        grid.styled()
        _head(view, found)
        shown = part_of_all(found.rows, page)
        named = {number: view.masks.name(name) for number, name in found.names.items()}
        grid.grid(
            view, view.t(f"共 {len(found.rows)} 条", f"{len(found.rows)} rows"), _columns(view, found.figure),
            [_line(view, found.figure, one, named) for one in shown.rows],
            nothing=view.t("这段时间没有记录。", "There is nothing in this period."),
        )  # fmt: skip
        given = {"figure": figure, "period": wanted.period.grain.value, "from": wanted.period.first}
        grid.pager(view, shown, "/reports/rows", given)


def _head(view: View, found: Behind) -> None:
    figure, period = found.figure, found.asked.period
    named = {number: view.masks.name(name) for number, name in found.names.items()}
    part = part_name(figure, found.part, named, chinese=view.chinese) if found.part else ""
    grid.heading(view, f"{figure.zh} {part}".strip(), f"{figure.en} {part}".strip())
    ui.label(view.t(figure.about_zh, figure.about_en)).classes("hl-muted")
    with ui.row().classes("items-center gap-4"):
        ui.label(
            f"{title(period, chinese=view.chinese)}: {value(figure.unit, found.value, chinese=view.chinese)}"
        ).classes("text-lg font-semibold")
        ui.link(view.t("回到报表", "Back to the report"), address("/reports", period)).classes(
            "text-blue-900"
        )
        name = f"{figure.id}:{found.part}" if found.part else figure.id
        for form in ("xlsx", "csv"):
            where = address(
                "/api/v1/reports/rows/sheet", period, figure=name, form=form, estate=found.asked.estate
            )
            ui.link(view.t(f"下载 {form.upper()}", f"Download {form.upper()}"), where).classes(
                "text-blue-900"
            )


def _columns(view: View, figure: Figure[Any]) -> list[Column]:
    found = [Column(view.t("对象", "What")), Column(view.t("时间", "Time"), tight=True)]
    if figure.by is not None:
        found.append(Column(view.t("归入", "Part")))
    if figure.how is How.SHARE:
        found.append(Column(view.t("达到", "Counts")))
    if figure.measure is not None:
        found.append(Column(view.t("数值", "Value"), figures=True))
    return found


def _line(view: View, figure: Figure[Any], one: Row[Any], named: dict[str, str]) -> grid.Row:
    cells = [_name(view, figure, one.fact.id), moment(one.fact.at, view.estate.zone)]
    if figure.by is not None:
        cells.append(part_name(figure, one.part, named, chinese=view.chinese))
    if figure.how is How.SHARE:
        cells.append(view.t("是", "yes") if one.counted else view.t("否", "no"))
    if figure.measure is not None:
        cells.append(value(figure.unit, one.value, chinese=view.chinese))
    tone = "amber" if figure.how is How.SHARE and not one.counted else ""
    return grid.Row(tuple(cells), link=row_address(figure.leads, one.fact.id), tone=tone)


def _name(view: View, figure: Figure[Any], key: str) -> str:
    words = {
        "call": view.t("通话", "Call"), "ticket": view.t("工单", "Ticket"),
        "wakeup": view.t("叫醒", "Wake-up"), "reminder": view.t("催费", "Reminder"),
        "promise": view.t("付款承诺", "Promise"),
    }  # fmt: skip
    return f"{words[figure.leads.value]} {key[:12]}"
