"""``/directory``: departments and public numbers, staff, and the way to a room or a resident."""

from __future__ import annotations

import asyncio

from sqlalchemy.orm import Session

from hotline.accounts import repository as staff
from hotline.accounts.rights import Scope
from hotline.call.ports.enquiries import Listing
from hotline.web.console import lists
from hotline.web.console.directory import lines
from hotline.web.console.kit import grid, paging
from hotline.web.console.kit.grid import Row
from hotline.web.console.kit.looking import look, look_button
from hotline.web.console.shell import Console, Entry, View

PATH = "/directory"


def tabs(view: View, current: str) -> None:
    """Lead to the pages of the directory."""
    pages = [(PATH, "查号", "Directory")]
    if view.may(Scope.RESIDENTS_READ):
        pages += [("/directory/residents", "住户", "Residents")]
    if view.may(Scope.RESIDENTS_WRITE):
        pages += [("/directory/import", "导入住户", "Import residents")]
    grid.tabs(view, pages, current)


def register(console: Console) -> None:
    """Add the page."""

    @console.page(PATH, needs=Scope.DIRECTORY_READ, entry=Entry("查号台", "Directory", "menu_book", 70))
    async def show(view: View, q: str = "", full: str = "", page: int = 1) -> None:
        t = view.t
        grid.styled()
        lists.styled()
        await look(view, "directory", full)
        wanted = q.strip()[:64]
        grid.heading(view, "查号台", "Directory")
        tabs(view, PATH)
        with lists.form(t("查找", "Find"), PATH):
            lists.text_field(t("名称、拼音或短号", "Name, pinyin or code"), "q", wanted, width="14rem")
            lists.buttons(view, PATH)
        if view.may(Scope.RESIDENTS_READ):
            room_form(view, "")
        found = await asyncio.to_thread(_entries, view, wanted)
        columns = grid.columns(
            view, ("名称", "Name"), ("类别", "Kind"), ("号码", "Number", "tight"), ("短号", "Code", "tight"),
            ("来电者", "Callers"),
        )  # fmt: skip
        nothing = t(
            "没有找到。条目在 config/directory.yaml 中。", "Nothing found. Entries: config/directory.yaml."
        )
        rows = [lines.entry(one, t) for one in found]
        grid.grid(view, t("部门与公共号码", "Departments and public numbers"), columns, rows, nothing=nothing)
        await _staff(view, wanted, page)
        look_button(view, paging.address(PATH, {"q": wanted, "page": page}))


def room_form(view: View, room: str) -> None:
    """Ask for a room."""
    with lists.form(view.t("查房间", "Find a room"), "/directory/room"):
        lists.text_field(view.t("房间", "Room"), "room", room, hint="3-2-602")
        lists.tag("button", view.t("查房间", "Find the room"), "hl-go", type="submit")


def _entries(view: View, wanted: str) -> list[Listing]:
    book, estate, now = view.parts.enquiries, view.estate.id, view.parts.clock.now()
    if wanted:
        return book.search(estate, wanted, at=now)
    found = (book.listing(estate, name, at=now) for name in book.entries(estate))
    return [one for one in found if one is not None]


async def _staff(view: View, wanted: str, page: int) -> None:
    grid.heading(view, "员工", "Staff", 2)

    whole = not view.may(Scope.PERSONAL_READ)

    def named(name: str) -> bool:
        """Whoever never sees a name in full finds it by what the mask leaves, or whole: not sign by sign."""
        return wanted in (name, name[:1]) if whole else wanted in name

    def read(session: Session) -> list[Row]:
        everybody = staff.everybody(session, view.estate.id)
        return [
            lines.member(row, view.t, view.masks)
            for row in everybody
            if not wanted or wanted == row.number or named(row.name)
        ]

    part = paging.part_of_all(await view.read(read), page)
    columns = grid.columns(
        view, ("工号", "Number", "tight"), ("姓名", "Name"), ("职责", "Roles"), ("电话", "Telephone", "tight")
    )
    nothing = view.t(
        "没有员工；由管理员在“员工”页添加。", "Nobody yet: an administrator adds them on the page “Staff”."
    )
    grid.grid(view, view.t("按工号", "By number"), columns, part.rows, nothing=nothing)
    grid.pager(view, part, PATH, {"q": wanted})
