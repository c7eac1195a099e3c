"""The editor page's standing parts: what its script fills, and the words the script says. No data in here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nicegui import ui

from hotline import __version__
from hotline.web.console.shell import View

_KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")
_STATIC = "/console-static"


def styled() -> None:
    """Bring the looks of these pages."""
    ui.add_head_html(f'<link rel="stylesheet" href="{_STATIC}/menus.css?v={__version__}">')


def scripted(script: str, options: Mapping[str, Any]) -> None:
    """Load a script with its options; they stand in the page as JSON that is no markup."""
    text = json.dumps(dict(options), ensure_ascii=False).replace("<", "\\u003c")
    ui.add_head_html(f'<script type="application/json" id="menu-options">{text}</script>')
    ui.add_body_html(f'<script type="module" src="{_STATIC}/{script}?v={__version__}"></script>')


def words(view: View) -> dict[str, str]:
    """Return what the script says."""
    t = view.t
    return {
        "saving": t("正在保存…", "Saving…"),
        "saved": t("已保存到服务器 {}", "Saved on the server {}"),
        "unsaved": t("未保存：内容暂存在本浏览器。", "Not saved; the text is kept in this browser."),
        "offline": t("连不上服务器，稍后自动重试。", "The server cannot be reached; trying again soon."),
        "signIn": t(
            "登录已过期：请在新标签页登录，内容会自动保存。",
            "Your session has ended: sign in in a new tab, then this is saved by itself.",
        ),
        "kept": t("本浏览器里有 {} 未保存的内容。", "This browser has text of {} that was not saved."),
        "beside": t(
            "{who} 同时修改了草稿 {other}。您的内容一字未丢，已另存为草稿 {own}。",
            "{who} changed draft {other} at the same time. Nothing of yours is lost: it is draft {own} now.",
        ),
        "tooLarge": t(
            "这样文本会有 {} KB，菜单最多 500 KB，所以没有粘贴；原来的内容没有变。",
            "The text would have {} KB; a menu has at most 500 KB. Nothing was put in, what was there stays.",
        ),
        "mistakes": t("{} 处错误，不能发布", "{} mistakes: not to be published"),
        "holds": t("没有错误，{} 个步骤。", "No mistakes, {} steps."),
        "warnings": t("{} 条提示。", "{} remarks."),
        "line": t("第 {} 行：", "Line {}:"),
        "drawing": t("菜单流程图", "Drawing of the menu"),
        "around": t("步骤 {} 的前后", "What is around the step {}"),
        "drawingWhole": t("正在画整个菜单，需要几秒钟…", "Drawing the whole menu, some seconds…"),
        "drawnBefore": t("文本有错误：图是改错之前的。", "The text has mistakes: drawn as it was before."),
        "over": t("通话结束：{}", "The call is over: {}"),
    }


def bars(view: View, *, other: str) -> None:
    """What may have to be told above the text; hidden until it has."""
    t = view.t
    stale = t(
        "磁盘上的文件在您开始编辑之后被改过。两边都不会被覆盖：",
        "The file on disk was changed since. Neither is put over the other: ",
    )
    ok = t("知道了", "OK")
    ui.html(
        f'<div id="menu-stale" class="hl-bar" role="alert" hidden><span>{stale}</span>'
        f'<a id="menu-compare" href="{other}">{t("三方对照", "Compare all three")}</a></div>'
        '<div id="menu-beside" class="hl-bar hl-bar-red" role="alert" hidden><span></span>'
        f'<a href="/menus">{t("打开对方的草稿", "Open the other draft")}</a></div>'
        '<div id="menu-kept" class="hl-bar" role="alert" hidden><span></span>'
        f'<button type="button" class="hl-plain" id="menu-kept-take">{t("取回", "Take it")}</button>'
        f'<button type="button" class="hl-plain" id="menu-kept-drop">{t("不要了", "Drop it")}</button></div>'
        '<div id="menu-too-large" class="hl-bar hl-bar-red" role="alert" hidden><span></span>'
        f'<button type="button" class="hl-plain" data-hides="menu-too-large">{ok}</button></div>',
        sanitize=False,
    ).classes("w-full")


def side(view: View) -> None:
    """Problems, drawing, tried call: tabs beside the text."""
    t = view.t
    names = (
        ("problems", t("检查", "Checks")), ("drawing", t("流程图", "Drawing")), ("call", t("试打", "Try it")),
    )  # fmt: skip
    buttons = "".join(
        f'<button type="button" role="tab" id="menu-tab-{one}" aria-controls="menu-panel-{one}" '
        f'aria-selected="{"true" if at == 0 else "false"}" tabindex="{0 if at == 0 else -1}">{name}</button>'
        for at, (one, name) in enumerate(names)
    )
    bodies = {"problems": _problems(view), "drawing": _drawing(view), "call": _call(view)}
    panels = "".join(
        f'<div role="tabpanel" id="menu-panel-{one}" aria-labelledby="menu-tab-{one}" tabindex="0"'
        f"{'' if at == 0 else ' hidden'}>{bodies[one]}</div>"
        for at, (one, _) in enumerate(names)
    )
    label = t("检查、流程图、试打", "Checks, drawing, trial")
    ui.html(
        f'<div class="hl-side" style="height:100%"><div role="tablist" id="menu-tabs" aria-label="{label}">'
        f"{buttons}</div>{panels}</div>",
        sanitize=False,
    ).style("min-height:0;height:100%")


def _problems(view: View) -> str:
    t = view.t
    hint = t(
        "Ctrl+空格：可填内容 · Ctrl+F：查找 · 先按 Esc 再按 Tab 可离开编辑框",
        "Ctrl+Space: what fits · Ctrl+F: find · Esc, then Tab leaves the text",
    )
    return (
        '<div id="menu-count" role="status" aria-live="polite"></div><ol id="menu-problems"></ol>'
        f'<p class="hl-muted q-mt-sm">{hint}</p>'
    )


def _drawing(view: View) -> str:
    whole = view.t("画出整个菜单", "Draw the whole menu")
    return (
        f'<div class="hl-row"><label><input type="checkbox" id="menu-drawing-whole"> {whole}</label>'
        '<span id="menu-drawing-note" role="status" class="hl-muted"></span></div>'
        '<div id="menu-drawing"></div>'
    )


def _call(view: View) -> str:
    t = view.t
    keys = "".join(
        f'<button type="button" class="hl-plain" data-call data-key="{key}" '
        f'aria-label="{t("按键", "Key")} {key}">{key}</button>'
        for key in _KEYS
    )
    begin, end, silence = t("拨打", "Call"), t("挂断", "Hang up"), t("沉默", "Silence")
    return (
        f'<div class="hl-row"><label for="menu-call-caller">{t("来电号码", "Caller")}</label>'
        '<input class="hl-field" id="menu-call-caller" value="13900139000" maxlength="20" inputmode="tel">'
        f'<button type="button" class="hl-plain hl-plain-main" id="menu-call-begin">{begin}</button>'
        f'<button type="button" class="hl-plain" id="menu-call-hangup" data-call>{end}</button>'
        f'<label><input type="checkbox" id="menu-call-sound" checked> {t("听声音", "Sound")}</label></div>'
        f'<div id="menu-call-log" role="log" tabindex="0" aria-label="{t("通话内容", "What is said")}"></div>'
        f'<div class="hl-keys">{keys}</div>'
        '<form id="menu-call-form" class="hl-row">'
        f'<label for="menu-call-words">{t("来电人说", "The caller says")}</label>'
        '<input class="hl-field grow" id="menu-call-words" data-call maxlength="200" autocomplete="off">'
        f'<button class="hl-plain" data-call>{t("说", "Say")}</button>'
        f'<button type="button" class="hl-plain" id="menu-call-silence" data-call>{silence}</button>'
        "</form>"
    )
