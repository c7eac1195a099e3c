"""The editor: a draft (``/menus/drafts/NUMBER``), or the file as it is (``/menus/file``)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.menubook.models import MenuDraftRow
from hotline.menubook.words import MOST_BYTES
from hotline.web.console.kit import editors, fields, grid
from hotline.web.console.menus import panel
from hotline.web.console.menus.filespage import edit
from hotline.web.console.menus.publishdialog import publish_draft
from hotline.web.console.menus.texts import sort_of
from hotline.web.console.shell import Console, View


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the editor holds."""

    file: str
    text: str
    draft: MenuDraftRow | None
    stale: bool = False


def register(console: Console) -> None:
    """Add the pages."""

    @console.page("/menus/drafts/{number}", needs=Scope.MENUS_READ)
    async def draft(view: View, number: int) -> None:
        book, now = view.parts.menus.book, view.parts.clock.now()
        found = await view.parts.db.write(lambda session: book.standing(session, number, at=now))
        _build(view, _Shown(found.draft.file, found.draft.content, found.draft, found.stale))

    @console.page("/menus/file", needs=Scope.MENUS_READ)
    async def file(view: View, name: str) -> None:
        book, now = view.parts.menus.book, view.parts.clock.now()
        found = await view.parts.db.write(lambda session: book.notice(session, name, at=now))
        _build(view, _Shown(name, found.text, None))


def _build(view: View, shown: _Shown) -> None:
    mine = shown.draft is not None and view.may(Scope.MENUS_WRITE)
    draft = shown.draft
    grid.styled()
    panel.styled()
    panel.scripted(
        "menu-editor.js",
        {
            "file": shown.file, "draft": draft.id if draft is not None and mine else None,
            "version": draft.version if draft is not None else 0, "csrf": view.signed.csrf,
            "language": "zh" if view.chinese else "en", "most": MOST_BYTES, "words": panel.words(view),
        },
    )  # fmt: skip
    _head(view, shown, mine)
    compare = f"/menus/compare?draft={draft.id}" if draft is not None else ""
    panel.bars(view, other=compare)
    if shown.stale and draft is not None:
        with ui.element("div").classes("hl-bar").props("role=alert"):
            ui.label(
                view.t(
                    "磁盘上的文件在这份草稿之后被改过，两边都不会被覆盖。",
                    "The file on disk was changed after this draft was begun; neither is put over the other.",
                )
            )
            ui.link(view.t("三方对照", "Compare all three"), compare)
    with ui.element("div").classes("hl-menu"):
        with ui.element("div").props("id=menu-text"):
            editor = ui.codemirror(
                shown.text, language="YAML", theme="vscodeLight", line_wrapping=True, indent="  "
            ).classes("w-full h-full")
        editors.name_editor(editor, view.t("菜单文本（YAML）", "Text of the menu (YAML)"))
        if not mine:
            editor.disable()
        panel.side(view)
    ui.mermaid("flowchart TD\n a").classes("hidden").props("aria-hidden=true")  # brings mermaid to the page


def _head(view: View, shown: _Shown, mine: bool) -> None:
    draft = shown.draft
    what = sort_of(view, shown.file)
    with ui.row().classes("items-center w-full q-mb-xs gap-2"):
        grid.text("h1", f"{shown.file} · {what}", "text-xl", 'style="line-height:1.3;font-weight:500"')
        ui.page_title(f"{shown.file} · {view.t('菜单', 'Menus')}")
        if draft is not None:
            author = draft.author.partition(":")[2] or draft.author
            ui.label(view.t(f"草稿 {draft.id}（{author}）", f"Draft {draft.id} ({author})")).classes(
                "hl-muted"
            )
        grid.text("span", "", "", "id=menu-state role=status aria-live=polite")
        ui.space()
        history = f"/menus/history?file={quote(shown.file)}"
        fields.button(view.t("历史", "History"), lambda: ui.navigate.to(history))
        if draft is not None and mine:
            fields.button(view.t("丢弃草稿", "Discard"), lambda: _discard(view, draft))
            fields.button(view.t("发布…", "Publish…"), lambda: publish_draft(view), main=True)
        elif view.may(Scope.MENUS_WRITE):
            fields.button(view.t("编辑", "Edit"), lambda: edit(view, shown.file), main=True)
    if draft is not None and mine:
        reload = view.t("重新载入此页以发布", "Load this page anew to publish")
        ui.link(reload, f"/menus/drafts/{draft.id}").props("id=menu-reload hidden")


async def _discard(view: View, draft: MenuDraftRow) -> None:
    question = view.t("丢弃这份草稿？文件不变。", "Discard this draft? The file stays as it is.")
    if not await fields.sure(view, question, view.t("丢弃", "Discard")):
        return
    book, now = view.parts.menus.book, view.parts.clock.now()

    def discard(session: Session) -> MenuDraftRow:
        present = book.draft(session, draft.id)
        return book.discard(session, draft.id, version=present.version, at=now)

    if await view.act("menu.discard", discard, needs=Scope.MENUS_WRITE, about=f"{draft.file} {draft.id}"):
        ui.navigate.to("/menus")
