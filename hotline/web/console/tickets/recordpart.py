"""The record of a ticket: who, where, what, in their own words, and everything that happened."""

from __future__ import annotations

import json

from nicegui import ui

from hotline.accounts.rights import Scope
from hotline.tickets.chronicle import HOTLINE
from hotline.web.console import lists
from hotline.web.console.calls import timeline
from hotline.web.console.calls.shaping import Look, local
from hotline.web.console.calls.words import Words, word
from hotline.web.console.shell import View
from hotline.web.console.tickets import historywords, words
from hotline.web.console.tickets.reading import TicketFound
from hotline.web.console.tickets.shaping import place_of


def facts(view: View, found: TicketFound, look: Look) -> None:
    """Show who, where, what, and in whose hands it is."""
    t, row = view.t, found.row
    masks, zone = look.masks, look.zone
    with ui.card().classes("w-full"):
        lists.heading(t("基本情况", "Facts"), 2)
        lists.facts(
            [
                (t("负责人（首问）", "Owner"), row.owner or words.HOTLINE[not view.chinese]),
                (t("部门", "Department"), row.department),
                (t("处理人", "Assignee"), row.assignee),
                (t("性质", "Nature"), _named(words.NATURES, row.nature.value if row.nature else "", view)),
                (t("被投诉人", "Complained about"), masks.name(row.accused)),
                (t("故障类别", "Class of fault"), row.fault),
                (t("地点", "Place"), place_of(row, masks)),
                (t("来电人", "Caller"), masks.name(row.caller_name)),
                (t("来电号码", "Called from"), masks.number(row.caller_number, row.caller_number_raw)),
                (t("回电号码", "Call back"), masks.number(row.callback_number, row.callback_number_raw)),
                (t("缴费情况", "Payment"), payment(view, found)),
                (t("登记", "Opened"), local(row.opened_at, zone)),
                (t("承诺时间", "Promised"), local(row.promised_at, zone)),
                (t("已延期于", "Postponed on"), local(row.postponed_at, zone)),
                (t("签领", "Accepted"), local(row.accepted_at, zone)),
                (t("到场", "On site"), local(row.arrived_at, zone)),
                (t("完成", "Done"), local(row.done_at, zone)),
                (t("回访", "Followed up"), local(row.followed_up_at, zone)),
                (t("满意度", "Satisfaction"), "" if row.satisfaction is None else f"{row.satisfaction} / 5"),
                (t("结束", "Ended"), local(row.closed_at, zone)),
            ]
        )  # fmt: skip
        _related(view, found)


def payment(view: View, found: TicketFound) -> str:
    """Return the payment status: months only (DOMAIN section 4: it is looked at while handling)."""
    if found.unpaid is None:
        return ""
    if not found.unpaid:
        return view.t("已缴清", "paid")
    months = ", ".join(found.unpaid)
    return view.t(f"未缴：{months}", f"unpaid: {months}")


def said(view: View, found: TicketFound, look: Look) -> None:
    """Show what it is about, and let the caller's own words be heard."""
    t, row = view.t, found.row
    with ui.card().classes("w-full"):
        lists.heading(t("内容", "What it is about"), 2)
        lists.tag(
            "p", look.masks.text(row.description) or t("（没有文字）", "(no words)"), "whitespace-pre-line"
        )
        if row.call and view.may(Scope.CALLS_READ):
            lists.link(t("查看通话", "See the call"), f"/calls/{row.call}")
        if found.words is None or not view.may(Scope.RECORDINGS):
            return
        recording, text = found.words
        if row.words_start is not None:
            lists.tag(
                "button", t("▶ 来电人原话", "▶ The caller's own words"), "hl-plain", type="button",
                data_seek=str(row.words_start), data_leg=recording.uniqueid,
            )  # fmt: skip
        lists.tag(
            "hotline-player", "", data_recording=recording.uniqueid,
            data_seconds=str(recording.seconds or 0), data_language="zh" if view.chinese else "en",
            data_segments=json.dumps(timeline.segments(text), ensure_ascii=False),
        )  # fmt: skip


def history(view: View, found: TicketFound, look: Look) -> None:
    """Show who did what when and why, the latest first."""
    t = view.t
    headings = (
        t("时间", "Time"),
        t("谁", "Who"),
        t("做了什么", "What"),
        t("说明", "Why"),
        t("状态", "State"),
    )
    rows = [
        (
            local(one.at, look.zone),
            words.HOTLINE[not view.chinese] if one.who == HOTLINE else one.who,
            word(words.EVENTS, one.event, chinese=view.chinese),
            look.masks.text(
                historywords.detail(
                    one.event, one.detail, chinese=view.chinese, by_hotline=one.who == HOTLINE
                )
            ),
            _named(words.STATES, one.state, view),
        )
        for one in reversed(found.history)
    ]
    with ui.card().classes("w-full"):
        lists.heading(t("历史", "History"), 2)
        lists.lines(headings, rows, t("历史", "History"))


def _related(view: View, found: TicketFound) -> None:
    if not found.related:
        return
    lists.heading(view.t("同一房间的未结工单", "Open tickets of the same room"), 2)
    with lists.tag("ul"):
        for other in found.related:
            with lists.tag("li"):
                lists.link(other.number, f"/tickets/{other.number}")
                kind = _named(words.KINDS, other.kind.value, view)
                lists.tag("span", f" {kind} · {_named(words.STATES, other.state.value, view)}")


def _named(table: Words, code: str, view: View) -> str:
    return word(table, code, chinese=view.chinese) if code else ""
