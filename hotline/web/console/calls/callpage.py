"""``/calls/{uniqueid}``: one call – facts, sound, words, everything that happened, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from nicegui import ui
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.call.errors import HotlineError
from hotline.callrecords import remarks, repository
from hotline.callrecords.models import RecordingRow, TranscriptRow, TranscriptState
from hotline.callrecords.repository import WholeCall
from hotline.messages.models import MessageRow
from hotline.tickets.models import TicketRow
from hotline.wakeup.models import WakeupRow
from hotline.web.console import lists
from hotline.web.console.calls import timeline, words
from hotline.web.console.calls.shaping import Look, dialled, local
from hotline.web.console.calls.words import clock, word
from hotline.web.console.kit import fields
from hotline.web.console.shell import Console, View

STYLE = """
hotline-player{display:block;width:100%}hotline-player canvas{width:100%;height:140px;display:block;
background:#f8fafc;border:1px solid #cbd5e1;border-radius:4px;cursor:pointer;touch-action:manipulation}
hotline-player canvas:focus-visible{outline:3px solid #f59e0b}
.hl-player-bar{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin-bottom:.4rem}
.hl-player-bar select{border:1px solid #767676;border-radius:4px;padding:.2rem;min-height:2rem}
.hl-player-time{font-variant-numeric:tabular-nums;min-width:6.5rem}
.hl-said{max-height:18rem;overflow:auto;padding:0;margin:.5rem 0 0;list-style:none}
.hl-said button{display:flex;gap:.6rem;text-align:left;width:100%;padding:.25rem .4rem;border-radius:4px;
cursor:pointer}.hl-said button:hover{background:#f1f5f9}.hl-said button[aria-current]{background:#fde68a}
.hl-said .at{color:#555;font-variant-numeric:tabular-nums}.hl-said b{min-width:3.5rem;font-weight:600}
.hl-said .caller b{color:#1d4ed8}.hl-said .hotline b{color:#8a3d00}
.hl-lines button.at{color:#174a8b;text-decoration:underline;cursor:pointer}
"""
_WHY_NONE = {
    TranscriptState.PENDING: ("文字记录尚未生成。", "The transcript is still to be made."),
    TranscriptState.RUNNING: ("正在生成文字记录。", "The transcript is being made."),
    TranscriptState.FAILED: ("未能生成文字记录。", "No transcript could be made."),
    TranscriptState.PURGED: ("文字记录已到期删除。", "The transcript was deleted when its time was over."),
}


@dataclass(frozen=True, slots=True)
class CallFound:
    """A call with what came of it."""

    whole: WholeCall
    tickets: Sequence[TicketRow]
    wakeups: Sequence[WakeupRow]
    messages: Sequence[MessageRow]


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/calls/{uniqueid}", needs=Scope.CALLS_READ)
    async def call(view: View, uniqueid: str) -> None:
        lists.styled()
        ui.add_css(STYLE)
        ui.add_head_html('<script type="module" src="/console-static/call-player.js"></script>')
        await view.unmask("call.show")
        found = await view.read(partial(_find, uniqueid, view.estate.id))
        await _note_reading(view, found.whole)
        look = Look(view.masks, view.estate.zone, view.chinese)
        with ui.row().classes("items-center w-full"):
            lists.heading(view.t("通话", "Call") + f" {local(found.whole.call.start, look.zone)}")
            ui.space()
            if view.may(Scope.TICKETS_WRITE):
                file = f"/tickets/new?call={found.whole.call.uniqueid}"
                lists.link(view.t("登记工单", "File a ticket"), file, "hl-go")
            lists.link(view.t("‹ 通话记录", "‹ Calls"), "/calls")
        with ui.element("div").classes("grid grid-cols-1 lg:grid-cols-2 gap-4 w-full"):
            _facts(view, found, look)
            _sound(view, found.whole)
        _timeline(view, found.whole, look)
        _legs(view, found.whole, look)


def _find(uniqueid: str, estate: str, session: Session) -> CallFound:
    whole = repository.whole_call(session, uniqueid.strip().lower())
    if whole is None or whole.call.estate != estate:
        raise HotlineError("There is no such call; it may belong to another estate.", code="unknown-call")
    legs = [leg.uniqueid for leg in whole.legs]
    return CallFound(
        whole,
        session.scalars(select(TicketRow).where(TicketRow.call.in_(legs)).order_by(TicketRow.number)).all(),
        session.scalars(select(WakeupRow).where(WakeupRow.call.in_(legs)).order_by(WakeupRow.number)).all(),
        session.scalars(select(MessageRow).where(MessageRow.call.in_(legs)).order_by(MessageRow.id)).all(),
    )


async def _note_reading(view: View, whole: WholeCall) -> None:
    """Whoever may hear it reads it here: that is on the record as well."""
    if view.may(Scope.RECORDINGS):
        for row in whole.transcripts:
            if row.text:
                await view.guard.listened(view.holder, row.uniqueid, what="transcript.read")


def _facts(view: View, found: CallFound, look: Look) -> None:
    t, call = view.t, found.whole.call
    one = partial(word, chinese=view.chinese)
    caller = f"{look.masks.number(call.src, call.src_raw)} {look.masks.name(call.src_name)}"
    with ui.card().classes("w-full"):
        lists.heading(t("基本情况", "Facts"), 2)
        lists.facts(
            [
                (t("方向", "Direction"), one(words.DIRECTIONS, call.direction.value)),
                (t("主叫", "From"), caller),
                (t("被叫", "To"), dialled(call, look.masks)),
                (t("开始", "Began"), local(call.start, look.zone)),
                (t("接听", "Answered"), local(call.answer, look.zone)),
                (t("结束", "Ended"), local(call.end, look.zone)),
                (t("接听情况", "Answer"), one(words.DISPOSITIONS, call.disposition)),
                (t("振铃", "Rang"), _rang(view, call.ring_seconds, call.rings)),
                (t("通话时长", "Talk"), clock(call.billsec)),
                (t("结果", "Outcome"), one(words.OUTCOMES, call.outcome)),
                (t("紧急", "Emergency"), t("是", "yes") if call.emergency else ""),
                (t("挂断", "Hung up"), timeline.ended(call, chinese=view.chinese)),
                (t("线路", "Line"), call.account),
                (t("编号", "Id"), call.uniqueid),
            ]
        )  # fmt: skip
        _came_of_it(view, found)


def _rang(view: View, seconds: float | None, rings: int | None) -> str:
    if seconds is None:
        return ""
    return view.t(f"{seconds:.1f} 秒，{rings or 0} 声", f"{seconds:.1f} s, {rings or 0} rings")


def _came_of_it(view: View, found: CallFound) -> None:
    t = view.t
    if not (found.tickets or found.wakeups or found.messages):
        return
    lists.heading(t("由此产生", "What came of it"), 2)
    with lists.tag("ul"):
        for ticket in found.tickets:
            with lists.tag("li"):
                if view.may(Scope.TICKETS_READ):
                    lists.link(
                        t(f"工单 {ticket.number}", f"Ticket {ticket.number}"), f"/tickets/{ticket.number}"
                    )
                else:
                    lists.tag("span", t(f"工单 {ticket.number}", f"Ticket {ticket.number}"))
        for wakeup in found.wakeups:
            with lists.tag("li"):
                lists.tag(
                    "span",
                    t(
                        f"叫醒 {wakeup.number}（{wakeup.at:%H:%M}）",
                        f"Wake-up {wakeup.number} ({wakeup.at:%H:%M})",
                    ),
                )
        for message in found.messages:
            with lists.tag("li"):
                lists.tag("span", t(f"留言 {message.id}", f"Message {message.id}"))


def _sound(view: View, whole: WholeCall) -> None:
    t = view.t
    with ui.card().classes("w-full"):
        lists.heading(t("录音与文字", "Sound and words"), 2)
        if not view.may(Scope.RECORDINGS):
            lists.tag("p", t("您的角色不能收听录音。", "Your role does not hear recordings."), "hl-quiet")
            return
        texts = {row.uniqueid: row for row in whole.transcripts}
        names = timeline.leg_names(whole.legs, Look(view.masks, view.estate.zone, view.chinese))
        shown = 0
        for row in whole.recordings:
            if len(whole.recordings) > 1:
                lists.tag("p", names.get(row.uniqueid, ""), "text-weight-medium")
            shown += _player(view, row, texts.get(row.uniqueid), running=whole.call.end is None)
        if not whole.recordings:
            lists.tag("p", t("没有录音。", "Nothing was recorded."), "hl-quiet")
        elif shown and view.may(Scope.QUALITY_READ):
            lists.link(
                t("评分或作为培训范例", "Score it, or keep it as an example for training"),
                f"/quality?call={whole.call.uniqueid}",
            )


def _player(view: View, row: RecordingRow, text: TranscriptRow | None, *, running: bool) -> bool:
    t = view.t
    if row.refused_at is not None:
        said = t("来电者不同意录音，没有录音和文字。", "The caller refused: there is neither sound nor text.")
        lists.tag("p", said, "hl-quiet")
        return False
    if row.purged_at is not None:
        lists.tag("p", t("录音已到期删除。", "The recording was deleted when its time was over."), "hl-quiet")
        return False
    if running:
        lists.tag(
            "p", t("通话仍在进行，结束后可以收听。", "The call goes on; it can be heard when it has ended.")
        )
        return False
    none = _WHY_NONE.get(text.state, ("", "")) if text is not None else ("没有文字记录。", "No transcript.")
    lists.tag(
        "hotline-player", "", data_recording=row.uniqueid, data_seconds=str(row.seconds or 0),
        data_language="zh" if view.chinese else "en", data_note=t(*none) or None,
        data_segments=json.dumps(timeline.segments(text), ensure_ascii=False),
    )  # fmt: skip
    return True


def _timeline(view: View, whole: WholeCall, look: Look) -> None:
    t = view.t
    with ui.card().classes("w-full"):
        lists.heading(t("经过", "What happened"), 2)
        with lists.tag("table", "", "hl-lines", aria_label=t("经过", "What happened")):
            with lists.tag("thead"), lists.tag("tr"):
                for one in (
                    t("时间", "Time"),
                    t("起始后", "After"),
                    t("线路", "Leg"),
                    t("事件", "Event"),
                    t("详情", "Details"),
                ):
                    lists.tag("th", one, scope="col")
            with lists.tag("tbody"):
                for moment in timeline.moments(whole, look):
                    _moment(view, moment)
        if view.may(Scope.CALLS_WRITE):
            _remark(view, whole)


def _moment(view: View, moment: timeline.Moment) -> None:
    with lists.tag("tr"):
        lists.tag("td", moment.clock)
        with lists.tag("td"):
            if moment.seek is None or not view.may(Scope.RECORDINGS):
                lists.tag("span", moment.since)
            else:
                lists.tag(
                    "button", moment.since, "at", type="button", data_seek=str(moment.seek),
                    data_leg=moment.uniqueid,
                    aria_label=view.t(f"从 {moment.since} 播放", f"Play from {moment.since}"),
                )  # fmt: skip
        for cell in (moment.leg, moment.what, moment.detail):
            lists.tag("td", cell)


def _remark(view: View, whole: WholeCall) -> None:
    t = view.t
    with ui.row().classes("w-full items-center"):
        typed = fields.words(t("备注", "Remark"), longest=remarks.LONGEST).classes("grow")

        async def write() -> None:
            at, by = view.parts.clock.now(), view.signed.name
            leg, text = whole.call.uniqueid, typed.value or ""

            def deed(session: Session) -> bool:
                remarks.add(session, leg, text, by=by, at=at)
                return True

            if await view.act("call.remark", deed, needs=Scope.CALLS_WRITE, about=leg):
                ui.navigate.reload()

        fields.button(t("添加备注", "Add remark"), write)


def _legs(view: View, whole: WholeCall, look: Look) -> None:
    t = view.t
    names: Mapping[str, str] = timeline.leg_names(whole.legs, look)
    headings = (
        t("线路", "Leg"), t("方向", "Dir."), t("主叫", "From"), t("被叫", "To"), t("接听", "Answer"),
        t("振铃", "Rang"), t("通话", "Talk"), t("编码", "Codec"), t("丢包", "Lost"), t("抖动", "Jitter"),
        "MOS", t("挂断", "Hung up"),
    )  # fmt: skip
    title = t("线路与音质", "Legs and quality of sound")
    with ui.card().classes("w-full overflow-x-auto").props(f'tabindex=0 role=region aria-label="{title}"'):
        lists.heading(title, 2)
        rows = [timeline.leg_line(leg, names[leg.uniqueid], look) for leg in whole.legs]
        lists.lines(headings, rows, title)
