"""``/setup/company``: estates and the numbers that are dialled."""

from __future__ import annotations

import re
from typing import Any

from nicegui import ui

from hotline.call.errors import InvalidInput, Problem
from hotline.web.console.kit import fields
from hotline.web.console.setup import edits, parts
from hotline.web.console.setup.edits import EstateEntry
from hotline.web.console.setup.numbers import dialled
from hotline.web.console.shell import Console, View

_ID = re.compile(r"[a-z0-9_-]{1,32}")


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/setup/company", needs=parts.NEEDS)
    async def company(view: View) -> None:
        parts.head(view, "公司与项目", "Company and estates")
        for estate in edits.current(view.parts.home).estates:
            _estate(view, estate.id, estate.name, ", ".join(estate.numbers))
        ui.label(view.t("添加项目", "Another estate")).classes("text-lg q-mt-md").props(
            "role=heading aria-level=2"
        )
        _estate(view, "", "", "")
        parts.taking_up(view, console.taking)


def _estate(view: View, id_: str, name: str, numbers: str) -> None:
    t, key = view.t, None
    with ui.row().classes("items-start q-my-sm"):
        if not id_:
            key = fields.words(t("代号（英文小写）", "Short name (a-z)"), longest=32)
        called = fields.words(t("名称", "Name"), name, longest=64)
        typed = fields.words(t("热线号码，逗号分开", "Numbers dialled, with commas"), numbers, longest=300)
    shown: dict[str, Any] = {"name": called, "numbers": typed} | ({"id": key} if key is not None else {})

    def write() -> None:
        short = id_ or (key.value or "").strip() if key is not None else id_
        if not _ID.fullmatch(short):
            raise _bad("id", t("用小写字母和数字，如 north。", "Small letters and digits, such as north."))
        if not (called.value or "").strip():
            raise _bad("name", t("请填写名称。", "Give the name."))
        entry = EstateEntry(short, (called.value or "").strip(), dialled(typed.value or ""))
        edits.set_estates(view.parts.home, [entry])

    async def save() -> None:
        if await parts.save(view, write, shown, what=f"estates {id_}"):
            ui.navigate.reload()

    fields.button(t("保存", "Save") if id_ else t("添加", "Add"), save, main=True)


def _bad(field: str, sentence: str) -> InvalidInput:
    return InvalidInput((Problem(edits.SETTINGS, 0, field, sentence),))
