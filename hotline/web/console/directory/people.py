"""``/directory/residents``: looked up by name, number or room, page by page; ``/directory/import``: lists."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.residents import people
from hotline.residents.service import ImportReport, import_list
from hotline.web.console import lists
from hotline.web.console.directory import lines
from hotline.web.console.directory.listpage import tabs
from hotline.web.console.kit import fields, grid, paging
from hotline.web.console.kit.grid import Row
from hotline.web.console.kit.looking import look, look_button
from hotline.web.console.kit.uploads import Sending
from hotline.web.console.shell import Console, View

PATH = "/directory/residents"


def register(console: Console) -> None:
    """Add the pages."""

    @console.page(PATH, needs=Scope.RESIDENTS_READ)
    async def show(view: View, q: str = "", full: str = "", page: int = 1) -> None:
        t = view.t
        grid.styled()
        lists.styled()
        await look(view, "residents.list", full)
        wanted, page = q.strip()[:64], paging.page_of(page)
        grid.heading(view, "住户", "Residents")
        tabs(view, PATH)
        with lists.form(t("查找", "Find"), PATH):
            lists.text_field(t("姓名、电话或房间", "Name, number or room"), "q", wanted, width="14rem")
            lists.buttons(view, PATH)
        rows = await view.read(lambda session: _rows(view, session, wanted, page))
        part = paging.part(rows, page)
        nothing = t("没有找到。用“导入住户”读入名单。", "Nobody found. “Import residents” reads a list.")
        grid.grid(view, t("按房间", "By room"), resident_columns(view), part.rows, nothing=nothing)
        grid.pager(view, part, PATH, {"q": wanted, "full": full})
        look_button(view, paging.address(PATH, {"q": wanted, "page": page}))

    @console.page("/directory/import", needs=Scope.RESIDENTS_WRITE)
    async def bring(view: View) -> None:
        t = view.t
        grid.styled()
        grid.heading(view, "导入住户", "Import residents")
        tabs(view, "/directory/import")
        ui.label(
            t(
                "CSV（UTF-8 或 GBK）或 XLSX，列：楼栋 单元 房号 姓名 电话 类型 备注。"
                "有一行不对就整表不导入。",
                "CSV (UTF-8 or GBK) or XLSX: building, unit, room, name, numbers, kind, note. "
                "All of it or nothing.",
            )
        )
        sending = Sending(view, t("住户名单", "Residents"))
        missing = ui.checkbox(t("名单里没有的人一并移除", "Also remove people the list does not name"))
        with ui.row().classes("gap-2"):
            for zh, en, dry_run in (("只检查", "Only check", True), ("导入", "Import", False)):
                take = partial(_take, view, sending, missing, dry_run)
                fields.button(t(zh, en), fields.told(view, take), main=not dry_run)
        sending.outcome()


def resident_columns(view: View) -> list[grid.Column]:
    """Return the headings of people."""
    return grid.columns(
        view, ("房间", "Room", "tight"), ("姓名", "Name"), ("身份", "Kind"), ("电话", "Telephone", "tight"),
        ("备注", "Note"),
    )  # fmt: skip


def _rows(view: View, session: Session, wanted: str, page: int) -> list[Row]:
    found = people.search(
        session, view.estate.id, wanted, normalise=view.parts.normalise, offset=paging.offset(page),
        limit=paging.PAGE + 1, masked=not view.may(Scope.PERSONAL_READ),
    )  # fmt: skip
    return [lines.resident(row, view.t, view.masks) for row in found]


async def _take(view: View, sending: Sending, missing: ui.checkbox, dry_run: bool) -> None:
    def read(path: Path) -> ImportReport:
        return import_list(
            view.parts.db, path, estates={view.estate.id: view.estate.name}, default=view.estate.id,
            normalise=view.parts.normalise, dry_run=dry_run, remove_missing=bool(missing.value),
        )  # fmt: skip

    report = await sending.take(read, needs=Scope.RESIDENTS_WRITE, what="residents.import", dry_run=dry_run)
    if report is None:
        return
    made = report.changes
    sending.report(
        view.t(
            f"{'检查通过' if dry_run else '已导入'}：新房间 {made.rooms}，新住户 {made.people}，"
            f"新电梯电话 {made.lifts}，"
            f"更改 {made.changed}，相同 {made.unchanged}，移除 {made.removed}。",
            f"{'It holds' if dry_run else 'Imported'}: {made.rooms} new rooms, {made.people} new people, "
            f"{made.lifts} new lift telephones; {made.changed} changed, {made.unchanged} as before, "
            f"{made.removed} removed.",
        ),
        report.warnings,
    )
