"""``/config``: the files of the configuration – read, checked, and edited without fear; menus have pages of
their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts import tokens
from hotline.accounts.rights import Scope
from hotline.call.errors import Problem
from hotline.web.console.kit import editors, fields, grid, looking, times
from hotline.web.console.kit.grid import Row, columns
from hotline.web.console.shell import Console, Entry, View
from hotline.web.housekeeping import LARGEST, ConfigFile, ConfigWrong

_SECRET = re.compile(r"(?im)^(\s*(?:-\s*)?[\w-]*(?:password|secret|token|api_key)[\w-]*\s*:\s*)(\S.*)$")
_FLOWING = re.compile(r"(?i)\b((?:password|secret|token|api_key)\s*:\s*)([^,}\s]+)")
_ADDRESS = re.compile(r"(://[^:/@\s]+:)[^@\s]+@")
_FILES = re.compile(r"_file\s*:")
_AT_START = frozenset({"hotline.yaml"})
"""Files that count from the next start on; all others are taken up within seconds."""


def register(console: Console) -> None:
    """Add the list and the page of one file."""

    @console.page("/config", needs=Scope.SYSTEM_READ, entry=Entry("配置文件", "Configuration", "tune", 945))
    async def listed(view: View) -> None:
        grid.styled()
        grid.heading(view, "配置文件", "Configuration files")
        files = await view.parts.keeper.config_files()
        lines = [
            Row(
                (one.name, times.moment(one.changed_at, view.estate.zone), str(len(one.text.splitlines()))),
                link=f"/config/{quote(one.name)}",
            )
            for one in files
        ]
        titles = columns(
            view, ("文件", "File"), ("最后修改", "Changed", "tight"), ("行数", "Lines", "figures")
        )
        nothing = view.t("没有配置文件，使用默认值。", "No files: the defaults count.")
        grid.grid(view, view.t("配置文件", "Configuration files"), titles, lines, nothing=nothing)
        _checking(view)

    @console.page("/config/{name}", needs=Scope.SYSTEM_READ)
    async def one(view: View, name: str, full: str = "") -> None:
        grid.styled()
        found = await view.parts.keeper.config_file(name)
        grid.heading(view, found.name, found.name)
        ui.link(view.t("所有配置文件", "All files"), "/config").classes("text-blue-900")
        if view.may(Scope.SYSTEM_WRITE):
            await view.unmask(f"config {name}")
            _Editor(view, found)
        else:
            await looking.look(view, f"config {name}", full)
            looking.look_button(view, f"/config/{quote(name)}")
            _text(view, concealed(view.masks.text(found.text)))


def concealed(text: str) -> str:
    """Return a file as people see it who do not edit it: what lets somebody in is hidden."""
    hidden = _SECRET.sub(lambda found: found[0] if _FILES.search(found[1]) else f"{found[1]}•••", text)
    return _ADDRESS.sub(r"\1•••@", _FLOWING.sub(r"\1•••", hidden))


def _text(view: View, text: str) -> None:
    shown = ui.codemirror(text, language="YAML", theme="vscodeLight", line_wrapping=True)
    shown.classes("w-full").style("height:65vh").disable()
    editors.name_editor(shown, view.t("文件内容", "Text of the file"))


def _checking(view: View) -> None:
    """Check on demand: it takes some seconds of a processor."""
    grid.heading(view, "检查", "Check", 2)
    answer = ui.column().classes("w-full").props("role=status aria-live=polite")

    async def check() -> None:
        button.disable()
        try:
            found = await view.attempt(view.parts.keeper.check_config, needs=Scope.SYSTEM_READ)
        finally:
            button.enable()
        if found is not None:
            answer.clear()
            with answer:
                problems(view, found)

    button = fields.button(view.t("检查全部文件（含菜单）", "Check all files, menus too"), check)


def problems(view: View, found: Sequence[Problem]) -> None:
    """Show problems: file, line, where, what; warnings apart from mistakes."""
    lines = [
        Row(
            (
                view.t("提醒", "warning") if one.warning else view.t("错误", "mistake"),
                f"{one.file}:{one.line}" if one.line else one.file, one.where, one.message,
            ),
            tone="amber" if one.warning else "red",
        )
        for one in sorted(found, key=lambda one: (one.warning, one.file, one.line))
    ]  # fmt: skip
    titles = columns(view, ("类别", "Kind"), ("位置", "Place", "tight"), ("项", "Where"), ("问题", "What"))
    grid.grid(view, view.t("问题", "Problems"), titles, lines, nothing=view.t("没有问题。", "No problems."))


class _Editor:
    """A text that is checked with all other files before it is saved."""

    def __init__(self, view: View, found: ConfigFile) -> None:
        self._view = view
        self._name = found.name
        self._version = found.version
        self._text = ui.codemirror(
            found.text, language="YAML", theme="vscodeLight", line_wrapping=True, indent="  "
        )
        self._text.classes("w-full").style("height:60vh")
        editors.name_editor(self._text, view.t("文件内容", "Text of the file"))
        with ui.row().classes("items-center"):
            self._button = fields.button(view.t("检查并保存", "Check and save"), self._save, main=True)
            ui.label(
                view.t("下次启动时生效", "Counts from the next start on")
                if found.name in _AT_START
                else view.t("保存后数秒内生效", "Taken up within seconds")
            ).classes("hl-muted")
        self._answer = ui.column().classes("w-full").props("role=status aria-live=polite")

    async def _save(self) -> None:
        view, text = self._view, self._text.value or ""
        if len(text) > LARGEST:
            view.told("文本太大，请在服务器上修改。", "The text is too large: edit it on the machine.")
            return
        self._button.disable()
        try:
            wrong: list[Problem] = []

            async def save() -> Sequence[Problem]:
                try:
                    return await view.parts.keeper.save_config(self._name, text, version=self._version)
                except ConfigWrong as refused:
                    wrong.extend(refused.problems)
                    raise

            warnings = await view.attempt(save, needs=Scope.SYSTEM_WRITE)
        finally:
            self._button.enable()
        self._answer.clear()
        with self._answer:
            problems(view, wrong if warnings is None else warnings) if wrong or warnings is not None else None
        if warnings is not None:
            self._version = (await view.parts.keeper.config_file(self._name)).version
            await view.parts.db.write(self._note)
            view.told("已保存", "Saved")

    def _note(self, session: Session) -> None:
        holder, now = self._view.holder, self._view.parts.clock.now()
        tokens.note(session, holder.id, "config.save", at=now, by=holder.who, detail=self._name)
