"""Lists that people send: checked as a whole, every mistake shown with its row."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from nicegui import events, ui

from hotline.accounts import tokens
from hotline.accounts.rights import Scope
from hotline.call.errors import HotlineError, InvalidInput, Problem
from hotline.web.console.kit import grid, listwords
from hotline.web.console.kit.fields import BadField
from hotline.web.console.kit.grid import Column, Row
from hotline.web.console.shell import View

T = TypeVar("T")

LARGEST = 10_000_000
"""Bytes of a list (*default*): 100,000 bills come to 8 MB."""
KINDS = frozenset({".csv", ".xlsx"})
MOST_SHOWN = 200
"""Mistakes shown of one list: who has more looks for their cause."""


class BadUpload(BadField):
    """A file that is no list."""

    code = "bad-upload"


class Sending:
    """A field that takes a list; :meth:`check` and :meth:`take` do with it what the command line does."""

    def __init__(self, view: View, label: str) -> None:
        """Show the field."""
        self._view = view
        self._body = b""
        self._kind = ""
        self.name = ""
        hidden = ui.upload(
            auto_upload=True, max_file_size=LARGEST, max_files=1, on_upload=self._came,
            on_rejected=self._refused,
        ).props('accept=".csv,.xlsx"').classes("hidden")  # fmt: skip
        # the dialog must open while the browser knows that somebody clicked: no way round by the server
        ui.button(f"{label}: {view.t('选择文件', 'choose a file')} (CSV / XLSX)", icon="upload_file").props(
            "no-caps outline color=blue-10"
        ).on("click", js_handler=f"() => getElement({hidden.id}).$refs.qRef.pickFiles()")
        self._chosen = ui.label("").props("role=status")
        self._told = ui.column().classes("w-full").props("role=status")

    def outcome(self) -> None:
        """Let what comes of a list stand here: below the buttons that take it."""
        self._told.delete()
        self._told = ui.column().classes("w-full").props("role=status")

    async def _came(self, event: events.UploadEventArguments) -> None:
        self.name = Path(event.file.name).name[:80]
        self._kind = Path(self.name).suffix.lower()
        self._body = await event.file.read()
        event.sender.run_method("reset")
        self._told.clear()
        self._chosen.set_text(self._view.t(f"已选择：{self.name}", f"Chosen: {self.name}"))

    def _refused(self) -> None:
        self._view.tell(
            BadUpload(
                self._view.t(
                    "请选择一个不超过 10 MB 的 CSV 或 XLSX 文件。",
                    "Choose one CSV or XLSX file of at most 10 MB.",
                )
            )
        )

    async def take(self, read: Callable[[Path], T], *, needs: Scope, what: str, dry_run: bool) -> T | None:
        """Have ``read`` store the list (blocking, in its own transactions); ``None`` when it does not hold.

        ``what`` is the audit's word; a dry run leaves no line in it.
        """
        view = self._view

        async def do() -> T:
            if self._kind not in KINDS:
                raise BadUpload(view.t("请先选择 CSV 或 XLSX 文件。", "Choose a CSV or XLSX file first."))
            with tempfile.TemporaryDirectory(prefix="hotline-") as folder:
                path = Path(folder) / f"list{self._kind}"
                await asyncio.to_thread(path.write_bytes, self._body)
                return await asyncio.to_thread(read, path)

        self._told.clear()
        done = await self._attempted(do, needs)
        if done is not None and not dry_run:
            now = view.parts.clock.now()
            await view.parts.db.write(
                lambda session: tokens.note(
                    session, view.holder.id, what, at=now, by=view.holder.who, detail=self.name
                )
            )
        return done

    async def _attempted(self, do: Callable[[], Awaitable[T]], needs: Scope) -> T | None:
        problems: list[Problem] = []

        async def kept() -> T | None:
            try:
                return await do()
            except InvalidInput as invalid:
                problems.extend(invalid.problems)
                return None

        try:
            done = await self._view.attempt(kept, needs=needs)
        except HotlineError as refused:
            self._view.tell(refused)
            return None
        if problems:
            self.show(problems)
        return done

    def report(self, sentence: str, warnings: Sequence[Problem]) -> None:
        """Say what came of a list that holds, with what is odd about it."""
        with self._told:
            ui.label(sentence).classes("text-base")
        if warnings:
            self.show(warnings)

    def show(self, problems: Sequence[Problem]) -> None:
        """Show mistakes and warnings of the list, row by row."""
        view = self._view
        wrong = sum(not one.warning for one in problems)
        with self._told:
            if wrong:
                ui.label(
                    view.t(
                        f"有 {wrong} 处错误，什么都没有导入。请改正后重新选择文件。",
                        f"{wrong} mistakes: nothing was imported. Correct them and choose the file again.",
                    )
                ).classes("hl-red").props("role=alert")
            columns = [
                Column(view.t("行", "Row"), figures=True), Column(view.t("列", "Column")),
                Column(view.t("问题", "Problem")),
            ]  # fmt: skip
            grid.grid(
                view, self.name, columns,
                [problem_row(one, chinese=view.chinese) for one in problems[:MOST_SHOWN]], nothing="",
            )  # fmt: skip


def problem_row(problem: Problem, *, chinese: bool) -> Row:
    """Return a mistake as a line: which row, which column, what."""
    where = listwords.column(problem.where, chinese=chinese)
    told = listwords.sentence(problem.message, chinese=chinese)
    return Row((str(problem.line or ""), where, told), tone="amber" if problem.warning else "red")
