"""``/prompts``: what the hotline says, what is missing or outdated; each leads to its own page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import quote

from nicegui import ui

from hotline.accounts.rights import Scope
from hotline.web.console.kit import fields, grid
from hotline.web.console.kit.grid import Column, Row
from hotline.web.console.kit.paging import PAGE, Part, address, offset
from hotline.web.console.menus.panel import styled
from hotline.web.console.shell import Console, Entry, View
from hotline.web.menudesk import PromptLine

PATH = "/prompts"
LANGUAGES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"zh": ("普通话", "Mandarin"), "en": ("英语", "English")}
)
SOURCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "own": ("自己的录音", "own recording"),
        "built": ("程序自带", "the program's"),
        "missing": ("没有声音", "no sound"),
    }
)
SHOWN: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "": ("全部", "all"),
        "missing": ("缺少声音", "without a sound"),
        "outdated": ("声音与文字不符", "outdated"),
        "own": ("自己的录音或文字", "own recordings and texts"),
        "remarks": ("有质量问题", "with remarks"),
    }
)
_WANTED: Mapping[str, Callable[[PromptLine], bool]] = MappingProxyType(
    {
        "": lambda one: True,
        "missing": lambda one: one.source == "missing",
        "outdated": lambda one: bool(one.outdated),
        "own": lambda one: one.source == "own" or one.own_text,
        "remarks": lambda one: bool(one.remarks),
    }
)


def register(console: Console) -> None:
    """Add the page."""

    @console.page(PATH, needs=Scope.MENUS_READ, entry=Entry("提示音", "Prompts", "record_voice_over", 81))
    async def prompts(
        view: View, language: str = "zh", only: str = "", find: str = "", page: int = 1
    ) -> None:
        grid.styled()
        styled()
        grid.heading(view, "提示音", "Prompts")
        lines = await asyncio.to_thread(view.parts.prompts.lines, language if language in LANGUAGES else "zh")
        given = {"language": language, "only": only, "find": find}
        grid.tabs(
            view,
            [(address(PATH, {**given, "language": one}), *said) for one, said in LANGUAGES.items()],
            address(PATH, given),
        )
        _summary(view, lines)
        _search(view, language, only, find)
        if view.may(Scope.MENUS_WRITE):
            _new(view)
        wanted = _WANTED.get(only, _WANTED[""])
        found = [
            one for one in lines if wanted(one) and (not find or find in one.text or find.lower() in one.id)
        ]
        first = offset(max(page, 1))
        part = Part(found[first : first + PAGE], max(page, 1), len(found) > first + PAGE)
        _table(view, language, part, len(found))
        grid.pager(view, part, PATH, given)


def _summary(view: View, lines: Sequence[PromptLine]) -> None:
    missing = sum(one.source == "missing" for one in lines)
    own = sum(one.source == "own" for one in lines)
    outdated = sum(bool(one.outdated) for one in lines)
    ui.label(
        view.t(
            f"共 {len(lines)} 条：自己的录音 {own}，缺少声音 {missing}，声音与文字不符 {outdated}。"
            "自己的录音优先播放，来电马上用上。",
            f"{len(lines)} prompts: {own} own recordings, {missing} without a sound, {outdated} outdated. "
            "Own recordings win and are heard at once.",
        )
    ).classes("hl-muted").props("role=status")


def _search(view: View, language: str, only: str, find: str) -> None:
    with ui.row().classes("items-end"):
        text = fields.words(view.t("编号或文字", "Id or text"), find, longest=60)
        chosen = fields.choice(view.t("显示", "Show"), fields.options(view, SHOWN), only)

        def go() -> None:
            given = {"language": language, "only": chosen.value, "find": (text.value or "").strip()}
            ui.navigate.to(address(PATH, given))

        text.on("keydown.enter", go)
        fields.button(view.t("查找", "Find"), go)


def _new(view: View) -> None:
    with ui.row().classes("items-end"):
        name = fields.words(view.t("新提示音的编号", "Id of a new prompt"), longest=64)

        async def make() -> None:
            wanted = fields.needed(view, name, "请填写编号。", "Give it an id.")
            ui.navigate.to(f"/prompts/one?prompt={quote(wanted)}")

        fields.button(view.t("新建", "New"), fields.told(view, make))


def _table(view: View, language: str, part: Part[PromptLine], total: int) -> None:
    columns = [
        Column(view.t("编号", "Id"), tight=True), Column(view.t("文字", "Text")),
        Column(view.t("声音", "Sound"), tight=True), Column(view.t("秒", "Seconds"), figures=True),
        Column(view.t("注意", "Mind")),
    ]  # fmt: skip
    rows = [
        Row(
            (
                one.id, one.text, view.t(*SOURCES[one.source]),
                "" if one.seconds is None else f"{one.seconds:.1f}", minding(view, one),
            ),
            link=f"/prompts/one?prompt={quote(one.id)}",
            tone="red" if one.source == "missing" else "amber" if one.outdated or one.remarks else "",
        )
        for one in part.rows
    ]  # fmt: skip
    caption = view.t(f"{total} 条符合", f"{total} found")
    grid.grid(view, caption, columns, rows, nothing=view.t("没有符合的提示音。", "No prompt fits."))


def minding(view: View, one: PromptLine) -> str:
    """Return what is to be minded about a prompt's sound."""
    found = list(one.remarks)
    if one.outdated:
        found.insert(0, view.t(f"声音说的是“{one.outdated}”", f"the sound says “{one.outdated}”"))
    if one.recorded:
        found.append(view.t(f"录制：{one.recorded}", f"recorded: {one.recorded}"))
    return "\n".join(found)
