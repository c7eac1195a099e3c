"""``/menus``: every file, who works on it, what was last published; from here to editor and history."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from urllib.parse import quote

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.menubook.models import MenuDraftRow, MenuVersionRow
from hotline.menubook.words import MenuRefused
from hotline.web.console.kit import fields, grid, times
from hotline.web.console.kit.grid import Column, Row
from hotline.web.console.menus.panel import styled
from hotline.web.console.menus.texts import sort_of, what_of
from hotline.web.console.shell import Console, Entry, View

PATH = "/menus"


def register(console: Console) -> None:
    """Add the page."""

    @console.page(PATH, needs=Scope.MENUS_READ, entry=Entry("菜单", "Menus", "account_tree", 80))
    async def menus(view: View) -> None:
        grid.styled()
        styled()
        grid.heading(view, "语音菜单", "Menus")
        names = await asyncio.to_thread(view.parts.menus.book.folder.names)
        found = await view.parts.db.write(lambda session: _noticed(view, session, names))
        drafts = await view.read(view.parts.menus.book.drafts)
        status = await view.parts.calls.status()
        in_service = (status or {}).get("menus", {})
        ui.label(
            view.t(
                "磁盘上的文件说了算：在这里发布，或直接改文件，接听的程序几秒钟内采用。草稿不影响来电。",
                "The file on disk is what counts: published here or edited there, calls get it within "
                "seconds. Drafts touch no call.",
            )
        ).classes("hl-muted q-mb-sm")
        _files(view, names, found, drafts, in_service)
        _drafts(view, drafts)
        if view.may(Scope.MENUS_WRITE):
            _new(view, names)


def _noticed(view: View, session: Session, names: Sequence[str]) -> dict[str, MenuVersionRow]:
    """Return each file's last version; what changed on disk becomes one here."""
    book, now = view.parts.menus.book, view.parts.clock.now()
    found = {}
    for name in names:
        book.notice(session, name, at=now)
        row = book.last(session, name)
        if row is not None:
            found[name] = row
    return found


def _files(
    view: View, names: Sequence[str], last: dict[str, MenuVersionRow], drafts: Sequence[MenuDraftRow],
    in_service: dict[str, str],
) -> None:  # fmt: skip
    zone = view.estate.zone
    rows = []
    for name in names:
        row = last.get(name)
        trouble = in_service.get(name, "ok") if "/" not in name else "ok"
        changed = (
            f"{times.moment(row.at, zone)} {what_of(view, row)} {row.by.partition(':')[2] or row.by}"
            if row is not None
            else ""
        )
        working = ", ".join(one.author.partition(":")[2] or one.author for one in drafts if one.file == name)
        said = view.t("未生效：", "not in service: ") + trouble if trouble != "ok" else ""
        why = "\n".join(part for part in (row.reason if row is not None else "", said) if part)
        rows.append(
            Row(
                (name, sort_of(view, name), changed, why, working),
                link=f"/menus/file?name={quote(name)}", tone="red" if said else "", key=name,
            )
        )  # fmt: skip
    columns = [
        Column(view.t("文件", "File"), tight=True), Column(view.t("种类", "Kind"), tight=True),
        Column(view.t("最近变动", "Last change")), Column(view.t("原因", "Why")),
        Column(view.t("有草稿的人", "Drafts of")),
    ]  # fmt: skip
    grid.grid(
        view, view.t("菜单、流程和剧本", "Menus, flows and scenarios"), columns, rows, nothing="",
        actions=lambda row: _actions(view, row),
    )  # fmt: skip


def _actions(view: View, row: Row) -> None:
    if view.may(Scope.MENUS_WRITE):
        label = view.t("编辑", "Edit")
        fields.button(label, lambda: edit(view, row.key)).props(f'aria-label="{label} {row.key}"')
    label = view.t("历史", "History")
    where = f"/menus/history?file={quote(row.key)}"
    fields.button(label, lambda: ui.navigate.to(where)).props(f'aria-label="{label} {row.key}"')


async def edit(view: View, name: str, content: str | None = None, note: str = "") -> None:
    """Go to this person's draft of a file; with ``content`` to a new one."""
    book, now = view.parts.menus.book, view.parts.clock.now()
    row = await view.act(
        "menu.draft",
        lambda session: book.begin(
            session, name, by=view.holder.who, at=now, content=content, note=note
        ),
        needs=Scope.MENUS_WRITE, about=name,
    )  # fmt: skip
    if row is not None:
        ui.navigate.to(f"/menus/drafts/{row.id}")


def _drafts(view: View, drafts: Sequence[MenuDraftRow]) -> None:
    grid.heading(view, "草稿", "Drafts", 2)
    book = view.parts.menus.book
    rows = [
        Row(
            (
                str(one.id), one.file, one.author.partition(":")[2] or one.author,
                times.moment(one.saved_at, view.estate.zone),
                view.t("文件已另有改动", "the file has changed since")
                if book.folder.read(one.file).hash != one.base_hash
                else "",
            ),
            link=f"/menus/drafts/{one.id}",
        )
        for one in drafts
    ]  # fmt: skip
    columns = [
        Column(view.t("草稿", "Draft"), figures=True), Column(view.t("文件", "File")),
        Column(view.t("作者", "Author")), Column(view.t("保存", "Saved")), Column(view.t("注意", "Mind")),
    ]  # fmt: skip
    grid.grid(
        view, view.t("没有发布的文本", "Texts not published"), columns, rows,
        nothing=view.t("没有草稿。", "There are no drafts."),
    )  # fmt: skip
    ui.link(view.t("丢弃的草稿", "Discarded drafts"), "/menus/discarded").classes("text-blue-900")


def _new(view: View, names: Sequence[str]) -> None:
    grid.heading(view, "新文件", "A new file", 2)
    with ui.row().classes("items-end"):
        name = fields.words(view.t("名称（a-z、0-9、_）", "Name (a-z, 0-9, _)"), longest=80)
        source = fields.choice(view.t("复制自", "Copy of"), {one: one for one in names}, "main")

        async def make() -> None:
            wanted = fields.needed(view, name, "请填写名称。", "Give it a name.")
            book = view.parts.menus.book
            if (await asyncio.to_thread(book.folder.read, wanted)).there:
                raise MenuRefused(f"There is a file {wanted} already.", code="menu-exists")
            text = (await asyncio.to_thread(book.folder.read, source.value)).text
            stem, old = wanted.rpartition("/")[2], source.value.rpartition("/")[2]
            for word in ("menu", "flow"):
                text = text.replace(f"\n{word}: {old}\n", f"\n{word}: {stem}\n", 1)
            await edit(view, wanted, text, note=f"copy of {source.value}")

        fields.button(view.t("新建草稿", "New draft"), fields.told(view, make))
