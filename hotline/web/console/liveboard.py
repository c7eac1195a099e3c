"""``/live``: what goes on, as it happens; supervisors act from here. ``?screen=1`` is for a big screen."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import Any

from nicegui import context, ui
from nicegui.events import GenericEventArguments

from hotline.accounts import tokens
from hotline.accounts.rights import Scope
from hotline.call.errors import OperatorRefused
from hotline.web.console import livefigures, livesite
from hotline.web.console.boardsheet import Board
from hotline.web.console.calls.words import PURPOSES
from hotline.web.console.layout import Texts
from hotline.web.console.livehub import CALLS
from hotline.web.console.livepage import Audiences
from hotline.web.console.livewords import BOARD, SHARED, in_language, prefixed
from hotline.web.console.shell import Console, Entry, View

DEEDS = frozenset({"sign_in", "listen", "whisper", "barge", "leave", "take", "ready", "pause", "sign_out"})
"""What the board offers a supervisor."""
_HEARING = frozenset({"listen", "whisper", "barge"})
_OWN = _HEARING | {"sign_in", "leave", "take"}
"""Done at the supervisor's own line; the others change somebody's presence."""

_NOTED = {"take": "take_call"}
"""What the audit calls it, where that is another word."""


def register(console: Console) -> None:
    """Add the page, and the scripts of all live pages."""
    livesite.serve()
    audiences = Audiences(console.parts.hub)

    @console.page("/live", needs=Scope.LIVE, entry=Entry("实时看板", "Live board", "monitor_heart", 20))
    async def live(view: View, screen: int = 0) -> None:
        purposes = prefixed("purpose", PURPOSES)
        livesite.load("board.js", in_language(SHARED, BOARD, purposes, chinese=view.chinese))
        if screen:
            ui.query("body").classes("big-screen")
        ui.html(skeleton(view, big=bool(screen)), sanitize=False).classes("w-full")
        if view.may(Scope.SUPERVISE):
            ui.on("live_do", partial(_do, view))
        board = Board(view.parts.hub, view.parts.figures, view.estate, view.chinese)
        estate = view.estate.id
        topics = (CALLS, livefigures.red(estate), livefigures.day(estate))
        audiences.attach(context.client, ("board", estate, view.chinese), topics, board.sheet)


async def _do(view: View, event: GenericEventArguments) -> None:
    wanted = event.args if isinstance(event.args, dict) else {}
    action = str(wanted.get("action", ""))
    other = str(wanted.get("leg" if action == "take" else "operator", ""))
    done = await view.attempt(lambda: supervise(view, action, other), needs=Scope.SUPERVISE)
    if done is not None:
        view.told("已执行。", "Done.")


async def supervise(view: View, action: str, other: str) -> dict[str, Any]:
    """Do what a supervisor asks about an operator, or about the caller with the leg ``other`` (``take``).

    On the record. Raises :class:`HotlineError`.
    """
    if action not in DEEDS:
        raise OperatorRefused(f"There is no “{action}” here.", code="unknown-action")
    own = view.holder.number
    if action in _OWN and not own:
        raise OperatorRefused("Your account has no operator number to be rung at.", code="no-operator-number")
    words = {
        "operator": own if action in _OWN else other,
        "estate": view.estate.id,
        "action": "take_any" if action == "take" else action,
        "args": _arguments(action, other),
    }
    done = await view.parts.calls.command("operators", words)
    now = view.parts.clock.now()
    await view.parts.db.write(
        lambda session: tokens.note(
            session,
            view.holder.id,
            f"operator.{_NOTED.get(action, action)}",
            at=now,
            by=view.holder.who,
            detail=other,
        )
    )
    return done


def _arguments(action: str, other: str) -> dict[str, str]:
    if action in _HEARING:
        return {"of": other}
    return {"take": {"leg": other}, "pause": {"reason": "supervisor"}}.get(action, {})


def skeleton(view: View, *, big: bool) -> str:
    """Return the page's frame; no data is in it but the reader's own number."""
    t = view.t
    tiles = (
        ("calls", t("进行中的通话", "Calls in progress")),
        ("waiting", t("排队", "Waiting")),
        ("ready", t("就绪/在岗", "Ready/there")),
        ("share", t("今日三声内接听", "In three rings today")),
        ("today", t("今日来电", "Calls today")),
        ("tickets", t("今日工单", "Tickets today")),
        ("red", t("红色事项", "Red")),
        ("channels", t("通道", "Channels")),
    )
    shown = "".join(
        f'<li id="tile-{name}"><b>–</b><span>{label}</span><small></small></li>' for name, label in tiles
    )
    supervises = "yes" if view.may(Scope.SUPERVISE) and not big else "no"
    other = "" if big else f'<a class="lead" href="/live?screen=1">{t("大屏模式", "Big screen")}</a>'
    replaced = t(
        "通话进程正在替换，稍候自动恢复；以下为之前的情况。",
        "The calls process is being replaced; this comes back by itself. Below is how things stood.",
    )
    return f"""
<div class="live" id="board" data-supervises="{supervises}" data-me="{escape(view.holder.number)}">
<h1 class="text-xl">{t("实时看板", "Live board")} {other}</h1>
<p class="banner" id="replaced" role="alert" hidden>{replaced}</p>
<ul class="tiles">{shown}</ul>
<div class="cols"><div class="stack">
<section class="panel" aria-labelledby="h-calls" tabindex="0">
<h2 id="h-calls">{t("进行中的通话", "Calls in progress")}</h2>{_table("calls", _call_headings(t))}
<p class="none" id="no-calls" hidden>{t("现在没有通话。", "No calls now.")}</p></section>
<section class="panel" aria-labelledby="h-operators" tabindex="0">
<h2 id="h-operators">{t("话务员", "Operators")}</h2>{_table("operators", _operator_headings(t))}</section>
</div><div class="stack">
<section class="panel" aria-labelledby="h-red" aria-live="polite" tabindex="0">
<h2 id="h-red">{t("红色事项", "To be seen to")}</h2><ul class="red" id="red"></ul>
<p class="none" id="no-red" hidden>{t("没有红色事项。", "Nothing red.")}</p></section>
<section class="panel" aria-labelledby="h-queues" tabindex="0"><h2 id="h-queues">{t("队列", "Queues")}</h2>
{_table("queues", _queue_headings(t))}</section>
<section class="panel" aria-labelledby="h-trunks" tabindex="0"><h2 id="h-trunks">{t("中继", "Trunks")}</h2>
{_table("trunks", (t("中继", "Trunk"), t("状态", "State"), t("原因", "Why")))}</section>
</div></div></div>"""


def _call_headings(t: Texts) -> tuple[str, ...]:
    far, way, stage, where = t("号码", "Number"), t("方向", "Way"), t("阶段", "Stage"), t("位置", "Where")
    return far, way, stage, where, t("话务员", "Operator"), t("本阶段", "In stage"), t("总时长", "In all")


def _operator_headings(t: Texts) -> tuple[str, ...]:
    return (
        t("话务员", "Operator"),
        t("状态", "Presence"),
        t("通话", "Talk"),
        t("持续", "Since"),
        t("操作", "Do"),
    )


def _queue_headings(t: Texts) -> tuple[str, ...]:
    return t("队列", "Queue"), t("等待", "Waiting"), t("最久", "Longest"), t("就绪/在岗", "Ready/there")


def _table(name: str, headings: tuple[str, ...]) -> str:
    cells = "".join(f'<th scope="col">{one}</th>' for one in headings)
    return f'<table><thead><tr>{cells}</tr></thead><tbody id="{name}"></tbody></table>'
