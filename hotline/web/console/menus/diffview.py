"""Differences on a page: step by step as a table, line by line as text."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from nicegui import ui

from hotline.menubook import differences
from hotline.web.console.kit import grid
from hotline.web.console.kit.grid import Column
from hotline.web.console.menus.texts import step_rows
from hotline.web.console.shell import View

MOST_LINES = 2000
"""Lines shown of a difference; the command line shows all."""


def show_lines(view: View, lines: Sequence[str], label: str) -> None:
    """Show a unified difference; signs say what colours say."""
    with ui.element("div").classes("hl-diff").props(f'tabindex=0 role=region aria-label="{label}"'):
        for line in lines[:MOST_LINES]:
            mark = {"+": "add", "-": "del", "@": "at"}.get(line[:1], "")
            grid.text("div", line or " ", mark)
        if len(lines) > MOST_LINES:
            rest = len(lines) - MOST_LINES
            grid.text("div", view.t(f"…还有 {rest} 行", f"… {rest} more lines"), "at")
        if not lines:
            grid.text("div", view.t("没有不同。", "No difference."))


async def show(view: View, before: str, after: str, *, names: tuple[str, str]) -> None:
    """Show what changed: steps first, lines below. Compared in a thread: some tenths of a second."""
    lines = await asyncio.to_thread(differences.lines, before, after, names=names)
    changes = await asyncio.to_thread(differences.steps, before, after)
    added, removed = differences.counted(lines)
    ui.label(view.t(f"增 {added} 行，删 {removed} 行", f"{added} lines came, {removed} went")).classes(
        "hl-muted"
    )
    if changes:
        columns = [
            Column(view.t("步骤", "Step"), tight=True), Column(view.t("变化", "Change"), tight=True),
            Column(view.t("设置", "Settings")),
        ]  # fmt: skip
        caption = view.t("按步骤看", "Step by step")
        grid.grid(view, caption, columns, step_rows(view, changes[:200]), nothing="")
    label = view.t("按行看", "Line by line")
    show_lines(view, lines, label)
