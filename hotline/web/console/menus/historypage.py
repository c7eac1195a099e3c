"""``/menus/history``: every version of a file with who, when and why; differences, and the way back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from urllib.parse import quote

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.menubook import publishing
from hotline.menubook.book import HISTORY_PAGE
from hotline.menubook.models import MenuVersionRow
from hotline.menubook.words import LONGEST_REASON, Kind
from hotline.web.console.kit import fields, grid, times
from hotline.web.console.kit.grid import Column, Row
from hotline.web.console.menus.diffview import show
from hotline.web.console.menus.panel import styled
from hotline.web.console.menus.publishdialog import put, verdict
from hotline.web.console.menus.texts import what_of
from hotline.web.console.shell import Console, View


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/menus/history", needs=Scope.MENUS_READ)
    async def history(view: View, file: str, before: int = 0, a: int = 0, b: int = 0) -> None:
        grid.styled()
        styled()
        grid.heading(view, f"{file} 的历史", f"History of {file}")
        book, now = view.parts.menus.book, view.parts.clock.now()

        def rows_of(session: Session) -> Sequence[MenuVersionRow]:
            book.notice(session, file, at=now)
            return book.history(session, file, before=before or None, limit=HISTORY_PAGE + 1)

        rows = await view.parts.db.write(rows_of)
        _links(view, file)
        if a and b:
            await _difference(view, file, a, b)
        _versions(view, file, rows[:HISTORY_PAGE])
        if len(rows) > HISTORY_PAGE:
            older = f"/menus/history?file={quote(file)}&before={rows[HISTORY_PAGE - 1].number}"
            ui.link(view.t("更早的版本", "Older versions"), older).classes("text-blue-900")


def _links(view: View, file: str) -> None:
    with ui.row():
        ui.link(view.t("全部菜单", "All menus"), "/menus").classes("text-blue-900")
        ui.link(view.t("查看文件", "Look at the file"), f"/menus/file?name={quote(file)}").classes(
            "text-blue-900"
        )


def _versions(view: View, file: str, rows: Sequence[MenuVersionRow]) -> None:
    columns = [
        Column(view.t("版本", "Version"), figures=True), Column(view.t("时间", "When"), tight=True),
        Column(view.t("什么", "What"), tight=True), Column(view.t("谁", "Who")),
        Column(view.t("原因", "Why")), Column(view.t("剧本", "Scenarios"), tight=True),
    ]  # fmt: skip
    lines = [
        Row(
            (
                str(row.number), times.moment(row.at, view.estate.zone), what_of(view, row),
                row.by.partition(":")[2] or row.by, row.reason, row.tests,
            ),
            tone="amber" if row.kind in (Kind.DISK, Kind.GONE) else "", key=str(row.number),
        )
        for row in rows
    ]  # fmt: skip
    latest = rows[0].number if rows else 0

    def actions(row: Row) -> None:
        number = int(row.key)
        if number > 1:
            label = view.t("改了什么", "What changed")
            where = f"/menus/history?file={quote(file)}&a={number - 1}&b={number}"
            fields.button(label, lambda: ui.navigate.to(where)).props(f'aria-label="{label} {number}"')
        if number != latest and view.may(Scope.MENUS_WRITE):
            label = view.t("退回到此版…", "Roll back to this…")
            fields.button(label, lambda: _back(view, file, number)).props(f'aria-label="{label} {number}"')

    grid.grid(
        view, view.t("最新的在上面", "The latest first"), columns, lines, actions=actions,
        nothing=view.t("还没有历史。", "There is no history yet."),
    )  # fmt: skip


async def _difference(view: View, file: str, a: int, b: int) -> None:
    book = view.parts.menus.book
    old, new = await view.read(
        lambda session: (book.version(session, file, a), book.version(session, file, b))
    )
    grid.heading(view, f"从第 {a} 版到第 {b} 版", f"From version {a} to {b}", 2)
    names = (view.t(f"第 {a} 版", f"version {a}"), view.t(f"第 {b} 版", f"version {b}"))
    await show(view, old.content, new.content, names=names)


async def _back(view: View, file: str, number: int) -> None:
    """Lead through going back: the difference, the scenarios, a reason."""
    book, now = view.parts.menus.book, view.parts.clock.now()
    change = await view.attempt(
        lambda: view.parts.db.write(lambda session: publishing.back_to(session, book, file, number, at=now)),
        needs=Scope.MENUS_WRITE,
    )
    if change is None:
        return
    present = await asyncio.to_thread(book.folder.read, file)
    title = view.t(f"把 {file} 退回到第 {number} 版", f"Roll {file} back to version {number}")
    with ui.dialog(value=True).props(f'maximized aria-label="{title}"') as dialog, ui.card():
        grid.text("h2", title, "text-xl")
        names = (view.t("现在", "now"), view.t(f"第 {number} 版", f"version {number}"))
        await show(view, present.text, change.content, names=names)
        label = view.t("为什么退回（必填）", "Why (needed)")
        why = fields.lines(label, longest=LONGEST_REASON)
        told = ui.column().classes("w-full").props("role=status aria-live=polite")
        despite: list[ui.checkbox] = []

        async def go() -> None:
            """Judge it as any text, then put it in service; failed scenarios ask once more."""
            told.clear()
            with told:
                ui.label(view.t("正在检查并试跑剧本…", "Checking, running the scenarios…"))
            judged = await view.attempt(
                lambda: view.parts.menus.judge({file: change.content}, lambda run, of, bad: None),
                needs=Scope.MENUS_WRITE,
            )
            told.clear()
            if judged is None:
                return
            sure = bool(despite and despite[0].value)
            trial = judged.trial
            if trial is None or (trial.failed and not sure):
                with told:
                    box = verdict(view, judged, lambda: None)
                despite[:] = [box] if box is not None else []
                return
            rows = await put(
                view, [change], judged, str(why.value or ""), what="menu.rollback", despite=sure,
                restored=number,
            )  # fmt: skip
            if rows is not None:
                dialog.close()
                ui.navigate.to(f"/menus/history?file={quote(file)}")

        with ui.row():
            fields.button(view.t("取消", "Cancel"), dialog.close)
            fields.button(view.t("检查并退回", "Check and roll back"), go, main=True)
