"""Fields and buttons as every page has them: each with its label, each reached by keyboard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, time
from typing import Any

from nicegui import ui

from hotline import sheets
from hotline.call.errors import HotlineError
from hotline.web.console.shell import View

LONGEST = 2000
"""Characters of a text somebody types."""


class BadField(HotlineError):
    """A field that does not hold what it should; nothing was done."""

    code = "bad-field"


def words(label: str, value: str = "", *, longest: int = 200) -> ui.input:
    """Return a line of text."""
    return ui.input(label, value=value).props(f"outlined dense stack-label maxlength={longest}")


def lines(label: str, value: str = "", *, longest: int = LONGEST) -> ui.textarea:
    """Return a text of several lines."""
    return (
        ui.textarea(label, value=value)
        .props(f"outlined dense stack-label autogrow maxlength={longest}")
        .classes("w-full")
    )


def day(label: str, value: date | None = None) -> ui.input:
    """Return a field for a day."""
    shown = "" if value is None else value.isoformat()
    return ui.input(label, value=shown).props("type=date outlined dense stack-label max=2199-12-31")


def clock(label: str, value: time | None = None) -> ui.input:
    """Return a field for a time of day, to the minute."""
    shown = "" if value is None else f"{value:%H:%M}"
    return ui.input(label, value=shown).props("type=time outlined dense stack-label")


def choice(label: str, options: Mapping[Any, str], value: Any = None) -> ui.select:
    """Return a choice of one."""
    chosen = value if value in options else next(iter(options), None)
    return (
        ui.select(dict(options), label=label, value=chosen)
        .props("outlined dense stack-label options-dense")
        .classes("min-w-[9rem]")
    )


def options(view: View, words: Mapping[Any, tuple[str, str]]) -> dict[Any, str]:
    """Return what may be chosen, in the page's language."""
    return {one: view.t(*said) for one, said in words.items()}


def several(label: str, options: Mapping[Any, str], value: list[Any]) -> ui.select:
    """Return a choice of any number."""
    return (
        ui.select(dict(options), label=label, value=value, multiple=True)
        .props("outlined dense stack-label options-dense")
        .classes("min-w-[12rem]")
    )


def button(label: str, do: Callable[[], Awaitable[None] | None], *, main: bool = False) -> ui.button:
    """Return a button; the one thing a form is for is ``main``."""
    made = ui.button(label, on_click=lambda: do()).props("no-caps dense padding='4px 12px'")
    return made.props("unelevated color=blue-10") if main else made.props("outline color=blue-10")


def day_in(view: View, field: ui.input) -> date | None:
    """Return the day typed; raises :class:`BadField` for what is none."""
    typed = (field.value or "").strip()
    found = sheets.day(typed) if typed else None
    if typed and (found is None or not 2000 <= found.year < 2200):
        raise BadField(
            view.t(f"“{typed}”不是日期，请写成 2026-11-25。", f'"{typed}" is no day: write 2026-11-25.')
        )
    return found


def clock_in(view: View, field: ui.input) -> time:
    """Return the time typed; raises :class:`BadField` for none."""
    typed = (field.value or "").strip()
    found = sheets.time_of_day(typed) if typed else None
    if found is None:
        raise BadField(
            view.t("请填写时间（24 小时制），如 06:30。", "Give a time by the 24-hour clock, like 06:30.")
        )
    return found


def needed(view: View, field: ui.input | ui.textarea, zh: str, en: str) -> str:
    """Return what was typed; raises :class:`BadField` with a sentence when it is nothing."""
    typed = (field.value or "").strip()
    if not typed:
        raise BadField(view.t(zh, en))
    return typed


def told(view: View, do: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """Return ``do`` with what is wrong about the fields told, not raised."""

    async def doing() -> None:
        try:
            await do()
        except HotlineError as refused:
            view.tell(refused)

    return doing


async def sure(view: View, question: str, yes: str) -> bool:
    """Ask whether it is meant; Escape is a no."""
    with ui.dialog() as dialog, ui.card().props("role=alertdialog"):
        ui.label(question).classes("whitespace-pre-line")
        with ui.row().classes("justify-end w-full"):
            button(view.t("不", "No"), lambda: dialog.submit(False))
            button(yes, lambda: dialog.submit(True), main=True)
    said = await dialog
    dialog.delete()
    return bool(said)


async def asked(view: View, question: str, label: str, yes: str, *, value: str = "") -> str:
    """Ask for a text; empty when it is not meant."""
    with ui.dialog() as dialog, ui.card().classes("min-w-[20rem]"):
        ui.label(question).classes("whitespace-pre-line")
        typed = words(label, value).props("autofocus").classes("w-full")
        typed.on("keydown.enter", lambda: dialog.submit(typed.value))
        with ui.row().classes("justify-end w-full"):
            button(view.t("不", "No"), lambda: dialog.submit(""))
            button(yes, lambda: dialog.submit(typed.value), main=True)
    said = await dialog
    dialog.delete()
    return str(said or "").strip()
