"""``/desk``: where an operator works – presence, queue, card, call keys, ticket, messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from importlib.resources import files

from nicegui import context, ui

from hotline.accounts.rights import Scope
from hotline.web.console import livesite
from hotline.web.console.calls.words import OUTCOMES
from hotline.web.console.desksheet import DeskView
from hotline.web.console.deskwords import DESK
from hotline.web.console.livehub import CALLS, desk_of
from hotline.web.console.livepage import Audiences
from hotline.web.console.livewords import SHARED, in_language, prefixed
from hotline.web.console.refusals import SENTENCES
from hotline.web.console.shell import Console, Entry, View

_GAP = re.compile(r"\{\{(\w+)\}\}")


def register(console: Console) -> None:
    """Add the page."""
    audiences = Audiences(console.parts.hub)

    @console.page("/desk", needs=Scope.DESK, entry=Entry("话务台", "Operator desk", "headset_mic", 10))
    async def desk(view: View) -> None:
        number = view.holder.operator
        if not number:
            _without_number(view)
            return
        outcomes = prefixed("outcome", OUTCOMES)
        words = in_language(SHARED, DESK, outcomes, chinese=view.chinese)
        refusals = {f"code_{code}": text for code, text in SENTENCES.items()} if view.chinese else {}
        livesite.load("desk.js", words | refusals, styles=("live.css", "desk.css"))
        ui.html(_frame(view, words), sanitize=False).classes("w-full")
        sheet = DeskView(view.parts.hub, view.estate.id, number)
        key = ("desk", view.estate.id, number)
        audiences.attach(context.client, key, (CALLS, desk_of(number)), sheet.sheet)


def _without_number(view: View) -> None:
    ui.label(view.t("话务台", "Operator desk")).classes("text-xl").props("role=heading aria-level=1")
    ui.label(
        view.t(
            "您的账号没有话务员工号；请管理员在账号中填写。",
            "Your account has no operator's number: an administrator gives it one.",
        )
    ).props("role=alert")


def _frame(view: View, words: Mapping[str, str]) -> str:
    """Return the page without any data but whose it is; these come by the script."""
    own = {
        "number": view.holder.operator, "user": view.holder.name, "csrf": view.signed.csrf,
        "takes_messages": "" if view.may(Scope.MESSAGES_WRITE) else "hidden",
    }  # fmt: skip
    filled = {name: escape(text) for name, text in (dict(words) | own).items()}
    text = (files("hotline.web") / "static" / "console" / "desk.html").read_text(encoding="utf-8")
    return _GAP.sub(lambda found: filled[found[1]], text)
