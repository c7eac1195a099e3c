"""``/menus/discarded``: texts that were put away, and the way back."""

from __future__ import annotations

import asyncio

from nicegui import ui

from hotline.accounts.rights import Scope
from hotline.menubook.models import MenuDraftRow
from hotline.web.console.kit import fields, grid, times
from hotline.web.console.kit.grid import Column, Row
from hotline.web.console.menus.diffview import show
from hotline.web.console.menus.panel import styled
from hotline.web.console.shell import Console, View

PATH = "/menus/discarded"


def register(console: Console) -> None:
    """Add the pages."""

    @console.page(PATH, needs=Scope.MENUS_READ)
    async def discarded(view: View) -> None:
        grid.styled()
        grid.heading(view, "丢弃的草稿", "Discarded drafts")
        ui.link(view.t("全部菜单", "All menus"), "/menus").classes("text-blue-900")
        rows = await view.read(view.parts.menus.book.discarded)
        columns = [
            Column(view.t("草稿", "Draft"), figures=True), Column(view.t("文件", "File")),
            Column(view.t("作者", "Author")), Column(view.t("丢弃", "Discarded"), tight=True),
            Column(view.t("行数", "Lines"), figures=True),
        ]  # fmt: skip
        grid.grid(
            view, view.t("最近的在上面", "The latest first"), columns, [_line(view, row) for row in rows],
            nothing=view.t("没有丢弃过草稿。", "No draft was discarded."),
        )  # fmt: skip

    @console.page(PATH + "/{number}", needs=Scope.MENUS_READ)
    async def one(view: View, number: int) -> None:
        grid.styled()
        styled()
        book = view.parts.menus.book
        row = await view.read(lambda session: book.put_away(session, number))
        grid.heading(view, f"丢弃的草稿 {number}：{row.file}", f"Discarded draft {number}: {row.file}")
        with ui.row().classes("items-center gap-4"):
            ui.link(view.t("丢弃的草稿", "Discarded drafts"), PATH).classes("text-blue-900")
            if view.may(Scope.MENUS_WRITE):
                again = view.t("取回，继续编辑", "Take it up again")
                fields.button(again, lambda: _take_up(view, row), main=True)
        present = await asyncio.to_thread(book.folder.read, row.file)
        names = (view.t("现在的文件", "the file now"), view.t(f"草稿 {number}", f"draft {number}"))
        await show(view, present.text, row.content, names=names)


def _line(view: View, row: MenuDraftRow) -> Row:
    author = row.author.partition(":")[2] or row.author
    cells = (
        str(row.id), row.file, author, times.moment(row.saved_at, view.estate.zone),
        str(row.content.count("\n")),
    )  # fmt: skip
    return Row(cells, link=f"{PATH}/{row.id}")


async def _take_up(view: View, row: MenuDraftRow) -> None:
    """Begin a draft of one's own with the text; the one that was put away stays."""
    book, now = view.parts.menus.book, view.parts.clock.now()
    again = await view.act(
        "menu.draft",
        lambda session: book.beside(
            session, row.id, row.content, by=view.holder.who, at=now, note=f"again {row.id}"
        ),
        needs=Scope.MENUS_WRITE, about=f"{row.file} {row.id}",
    )  # fmt: skip
    if again is not None:
        ui.navigate.to(f"/menus/drafts/{again.id}")
