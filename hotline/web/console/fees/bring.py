"""``/fees/import``: bills from a CSV or XLSX list, tried first; every mistake with its row."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from nicegui import ui

from hotline.accounts.rights import Scope
from hotline.fees import kinds
from hotline.fees.service import ImportReport
from hotline.web.console.fees import overview
from hotline.web.console.kit import fields, grid
from hotline.web.console.kit.uploads import Sending
from hotline.web.console.shell import Console, View

PATH = "/fees/import"


def register(console: Console) -> None:
    """Add the page."""

    @console.page(PATH, needs=Scope.FEES_WRITE)
    async def show(view: View) -> None:
        t = view.t
        grid.styled()
        grid.heading(view, "导入账单", "Import bills")
        overview.tabs(view, PATH)
        ui.label(
            t(
                "CSV（UTF-8 或 GBK）或 XLSX，列：楼栋 单元 房号 月份 各项费用 合计 通知日期 缴费截止日。"
                "有一行不对就整表不导入；同一张表再次导入不会重复。",
                "CSV (UTF-8 or GBK) or XLSX: building, unit, room, month, fees, total, notice, due. "
                "With a mistake in any row nothing is imported; the same list again changes nothing.",
            )
        )
        sending = Sending(view, t("账单", "Bills"))
        month = fields.words(
            t("未写月份的行属于（如 2026-10）", "Month of rows that name none: 2026-10"), longest=10
        )
        with ui.row().classes("gap-2"):
            for zh, en, dry_run in (("只检查", "Only check", True), ("导入", "Import", False)):
                take = partial(_take, view, sending, month, dry_run)
                fields.button(t(zh, en), fields.told(view, take), main=not dry_run)
        sending.outcome()


async def _take(view: View, sending: Sending, month: ui.input, dry_run: bool) -> None:
    typed = (month.value or "").strip()
    known = kinds.month(typed) if typed else ""
    if known is None:
        raise fields.BadField(
            view.t(f"“{typed}”不是月份，请写成 2026-10。", f'"{typed}" is no month: write it like 2026-10.')
        )
    wanted: str = known

    def read(path: Path) -> ImportReport:
        return view.parts.fees.import_list(
            path, estates={view.estate.id: view.estate.name}, default=view.estate.id,
            directory=view.parts.billed, who=view.holder.who, month=wanted, dry_run=dry_run,
        )  # fmt: skip

    report = await sending.take(read, needs=Scope.FEES_WRITE, what="bills.import", dry_run=dry_run)
    if report is None:
        return
    changes = report.changes
    zh = (
        f"新账单 {changes.new}，更改 {changes.changed}，相同 {changes.unchanged}，标为已缴 {changes.paid}，"
        f"已缴未动 {changes.left_alone}。"
    )
    en = (
        f"{changes.new} new, {changes.changed} changed, {changes.unchanged} as before, {changes.paid} paid "
        f"by the list, {changes.left_alone} paid before and left as they were."
    )
    sending.report(
        view.t("检查通过：" if dry_run else "已导入：", "It holds: " if dry_run else "Imported: ")
        + view.t(zh, en),
        report.warnings,
    )
