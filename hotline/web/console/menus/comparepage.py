"""``/menus/compare``: a draft whose file was changed meanwhile – mine, theirs, what both came from."""

from __future__ import annotations

import asyncio

from nicegui import ui

from hotline.accounts.rights import Scope
from hotline.menubook import differences
from hotline.menubook.book import Standing
from hotline.menubook.merging import Merged, merged
from hotline.web.console.kit import fields, grid
from hotline.web.console.menus.diffview import show_lines
from hotline.web.console.menus.panel import styled
from hotline.web.console.shell import Console, View


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/menus/compare", needs=Scope.MENUS_WRITE)
    async def compare(view: View, draft: int) -> None:
        grid.styled()
        styled()
        book, now = view.parts.menus.book, view.parts.clock.now()
        found = await view.parts.db.write(lambda session: book.standing(session, draft, at=now))
        grid.heading(view, f"{found.draft.file}：三方对照", f"{found.draft.file}: all three")
        if not found.stale:
            ui.label(
                view.t("文件没有别的改动，可以直接发布。", "The file was not changed: publish as usual.")
            )
            ui.link(view.t("回到草稿", "Back to the draft"), f"/menus/drafts/{draft}")
            return
        both = await asyncio.to_thread(merged, found.base, found.draft.content, found.theirs.text)
        _explain(view, both)
        _choices(view, found, both)
        await _three(view, found, both)


def _explain(view: View, both: Merged) -> None:
    said = view.t("两边的改动可以自动合在一起。", "Both changes go together by themselves.")
    if both.conflicts:
        said = view.t(
            f"有 {both.conflicts} 处两边都改了，合并后用 <<<<<<< 和 >>>>>>> 标出，需要您选择。",
            f"{both.conflicts} places were changed by both: marked by <<<<<<< and >>>>>>>, yours to choose.",
        )
    with ui.element("div").classes("hl-bar").props("role=status"):
        ui.label(
            view.t(
                "磁盘上的文件在这份草稿之后被改过。什么都没有发布，也没有覆盖。",
                "The file on disk was changed after this draft was begun. Nothing was published or put over.",
            )
        )
        ui.label(said)


def _choices(view: View, found: Standing, both: Merged) -> None:
    """What to go on with becomes the draft's text; what it was is kept as a discarded draft."""
    with ui.row().classes("q-mb-sm"):
        merge = view.t("合并两边，继续编辑", "Merge both, go on editing")
        fields.button(merge, lambda: _go_on(view, found, both.text), main=True)
        mine = view.t("以我的文本继续", "Go on with my text")
        fields.button(mine, lambda: _go_on(view, found, found.draft.content))
        theirs = view.t("以磁盘上的文件继续", "Go on with the file on disk")
        fields.button(theirs, lambda: _go_on(view, found, found.theirs.text))


async def _go_on(view: View, found: Standing, text: str) -> None:
    book, now, draft = view.parts.menus.book, view.parts.clock.now(), found.draft
    row = await view.act(
        "menu.compare",
        lambda session: book.go_on_from_disk(
            session, draft.id, text, version=draft.version, by=view.holder.who, at=now
        ),
        needs=Scope.MENUS_WRITE, about=f"{draft.file} {draft.id}",
    )  # fmt: skip
    if row is not None:
        ui.navigate.to(f"/menus/drafts/{row.id}")


async def _three(view: View, found: Standing, both: Merged) -> None:
    base, mine, theirs = found.base, found.draft.content, found.theirs.text
    begun, draft = view.t("开始时的文件", "the file as it was"), view.t("我的草稿", "my draft")
    disk, merge = view.t("磁盘上的文件", "the file on disk"), view.t("合并后", "merged")
    parts = (
        (view.t("我改了什么", "What I changed"), (begun, base), (draft, mine)),
        (view.t("磁盘上改了什么", "What was changed on disk"), (begun, base), (disk, theirs)),
        (
            view.t("合并后与磁盘上的不同", "The merged text against the disk"),
            (disk, theirs),
            (merge, both.text),
        ),
    )
    with ui.element("div").classes("hl-three"):
        for title, before, after in parts:
            with ui.element("section").style("min-width:0"):
                grid.text("h2", title, "text-lg")
                lines = await asyncio.to_thread(
                    differences.lines, before[1], after[1], names=(before[0], after[0])
                )
                show_lines(view, lines, title)
