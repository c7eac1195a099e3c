"""``/prompts/one``: one prompt in both languages – text, sound, own recording, the way back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from html import escape
from urllib.parse import quote

from nicegui import ui

from hotline.accounts import tokens
from hotline.accounts.rights import Scope
from hotline.call.errors import EnvironmentFault, HotlineError
from hotline.web.console.kit import fields, grid
from hotline.web.console.menus.panel import scripted, styled
from hotline.web.console.menus.promptlist import LANGUAGES, SOURCES, minding
from hotline.web.console.refusals import sentence_of
from hotline.web.console.shell import Console, View
from hotline.web.menudesk import PromptLine

LONGEST_TEXT = 500


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/prompts/one", needs=Scope.MENUS_READ)
    async def one(view: View, prompt: str) -> None:
        grid.styled()
        styled()
        grid.heading(view, f"提示音 {prompt}", f"Prompt {prompt}")
        scripted(
            "prompt-recorder.js",
            {"csrf": view.signed.csrf, "language": "zh" if view.chinese else "en", "words": _words(view)},
        )
        ui.link(view.t("全部提示音", "All prompts"), "/prompts").classes("text-blue-900")
        voice = await asyncio.to_thread(view.parts.prompts.without_voice)
        for language in LANGUAGES:
            lines = await asyncio.to_thread(view.parts.prompts.lines, language)
            found = next((line for line in lines if line.id == prompt), None)
            await _section(view, language, prompt, found, voice)


async def _section(view: View, language: str, prompt: str, line: PromptLine | None, voice: str) -> None:
    grid.heading(view, *LANGUAGES[language], 2)
    writes = view.may(Scope.MENUS_WRITE)
    text = fields.lines(view.t("文字", "Text"), line.text if line is not None else "", longest=LONGEST_TEXT)
    if not writes:
        text.props("readonly")
    if line is not None:
        mind = minding(view, line)
        ui.label(view.t(*SOURCES[line.source]) + (f" · {mind}" if mind else "")).classes("hl-muted")
    if writes:
        with ui.row():
            fields.button(
                view.t("保存文字", "Save the text"), lambda: _save(view, language, prompt, text.value or "")
            )
            if line is not None and line.own_text:
                fields.button(
                    view.t("恢复程序自带的文字", "Back to the program's text"),
                    lambda: _write(view, language, prompt, ""),
                )
    if line is not None:
        _sound(view, language, line, writes=writes)
        if writes:
            _deeds(view, language, line, voice)


def _sound(view: View, language: str, line: PromptLine, *, writes: bool) -> None:
    """The player, and for who may the recorder; its script fills it. Ids are checked, texts are ours."""
    t, name = view.t, escape(line.id, quote=True)
    listen = t("试听", "Listen to")
    there = f'src="/prompts/sound/{language}/{name}"' if line.source != "missing" else ""
    player = f'<audio data-part="sound" controls preload="none" aria-label="{listen} {name}" {there}></audio>'
    if not writes:
        ui.html(player, sanitize=False)
        return
    new, use = t("新录音", "New recording"), t("放入服务", "Put in service")
    record = t("用麦克风录音", "Record")
    anew = t("刷新此页", "Load this page anew")
    ui.html(
        f'<div data-prompt="{name}" data-language="{language}"><div class="hl-row">{player}'
        f'<button type="button" class="hl-plain" data-part="record" disabled>{record}</button>'
        f'<label class="hl-plain hl-file">{t("选择录音文件", "Choose a file")}'
        f'<input type="file" data-part="file" accept="audio/*" disabled></label></div>'
        f'<div class="hl-row" data-part="chosen" hidden>'
        f'<audio data-part="preview" controls aria-label="{new} {name}"></audio>'
        f'<button type="button" class="hl-plain hl-plain-main" data-part="use">{use}</button></div>'
        f'<div data-part="told" role="status" aria-live="polite"></div><span data-part="back" hidden>'
        f'<a class="text-blue-900" href="/prompts/one?prompt={name}">{anew}</a>'
        "</span></div>",
        sanitize=False,
    ).classes("w-full")


def _deeds(view: View, language: str, line: PromptLine, voice: str) -> None:
    with ui.row():
        if line.source == "own":
            back = view.t("撤掉自己的录音，用回自带的", "Remove the own recording, use the program's")
            fields.button(back, lambda: _back(view, language, line.id))
        if line.own_text and not voice:
            speak = view.t("用合成语音生成", "Speak it with the program's voice")
            fields.button(speak, lambda: _render(view, language, line.id))
    if line.own_text and voice:
        fault = EnvironmentFault(voice, code="voice-missing")
        ui.label(sentence_of(fault, chinese=view.chinese)).classes("hl-muted")


async def _save(view: View, language: str, prompt: str, text: str) -> None:
    """Save what was typed; an emptied field is no wish for the program's text, that has its own button."""
    if text.strip():
        await _write(view, language, prompt, text)
    else:
        view.tell(HotlineError("Write a text: a prompt without words says nothing.", code="prompt-empty"))


async def _write(view: View, language: str, prompt: str, text: str) -> None:
    await _do(
        view, "prompt.text", f"{language}/{prompt}",
        lambda: view.parts.prompts.write(language, prompt, text),
    )  # fmt: skip


async def _back(view: View, language: str, prompt: str) -> None:
    question = view.t("删除自己的录音，用回程序自带的？", "Delete the own recording and use the program's?")
    if await fields.sure(view, question, view.t("删除录音", "Delete it")):
        await _do(
            view, "prompt.back", f"{language}/{prompt}", lambda: view.parts.prompts.back(language, prompt)
        )


async def _render(view: View, language: str, prompt: str) -> None:
    view.told("正在生成，约需几秒…", "Speaking, some seconds…")
    await _do(
        view, "prompt.render", f"{language}/{prompt}",
        lambda: view.parts.prompts.render(language, prompt),
    )  # fmt: skip


async def _do(view: View, what: str, about: str, deed: Callable[[], object]) -> None:
    """Do something to files in a thread, with its audit line, then show the page as it is now."""

    async def done() -> bool:
        await asyncio.to_thread(deed)
        now = view.parts.clock.now()
        await view.parts.db.write(
            lambda session: tokens.note(
                session, view.holder.id, what, at=now, by=view.holder.who, detail=about
            )
        )
        return True

    if await view.attempt(done, needs=Scope.MENUS_WRITE):
        ui.navigate.to(f"/prompts/one?prompt={quote(about.partition('/')[2])}")


def _words(view: View) -> dict[str, str]:
    t = view.t
    return {
        "offline": t(
            "连不上服务器；录音还在，请稍后再放入服务。",
            "The server cannot be reached; the recording is kept.",
        ),
        "record": t("用麦克风录音", "Record"),
        "stop": t("停止录音", "Stop"),
        "recording": t("正在录音 {} 秒", "Recording {} s"),
        "listen": t("请先试听，再放入服务。", "Listen to it, then put it in service."),
        "sending": t("正在上传…", "Sending…"),
        "inService": t("已放入服务：{} 秒，{level} dBFS。", "In service: {} s, {level} dBFS."),
        "remark": t("提示：", "Mind:"),
        "noMicrophone": t(
            "没有得到麦克风：请允许使用，或插上一个。", "No microphone: allow it, or plug one in."
        ),
        "insecure": t(
            "麦克风需要 HTTPS 页面；也可以选择文件。", "The microphone needs an HTTPS page; or choose a file."
        ),
    }
