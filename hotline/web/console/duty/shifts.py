"""``/handover``: shifts that run, handed over, taken or refused by both signatures; the log of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

from nicegui import ui

from hotline.accounts.rights import Scope
from hotline.duty import shifts
from hotline.duty.handover import Handovers, OpenCase, WakeUpDue
from hotline.duty.models import HandoverRow, ShiftLogRow, ShiftRow, ShiftState
from hotline.web.console import lists
from hotline.web.console.kit import fields, grid, paging, times
from hotline.web.console.kit.deeds import done
from hotline.web.console.kit.grid import Row
from hotline.web.console.shell import Console, Entry, View

PATH = "/handover"
POST = "hotline"
STATES = {
    ShiftState.OPEN: ("当班", "open"), ShiftState.HANDING_OVER: ("待接班", "waits for who takes over"),
    ShiftState.ENDED: ("已交班", "ended"),
}  # fmt: skip
POSTS = {
    POST: ("热线", "Hotline"), "front_desk": ("前台", "Front desk"),
    "monitoring_room": ("监控室", "Monitoring room"),
}  # fmt: skip
"""Posts that are usual; others are called what people call them."""
EVENTS = {
    "opened": ("接班开始", "opened"), "closed": ("交班签字", "signed over"),
    "accepted": ("接班签字", "taken over"),
    "refused": ("拒绝接班", "refused"),
    "note": ("记事", "note"),
}  # fmt: skip


def register(console: Console) -> None:
    """Add the pages."""

    @console.page(
        PATH, needs=Scope.SHIFTS_READ, entry=Entry("交接班", "Handover", "published_with_changes", 76)
    )
    async def show(view: View, page: int = 1) -> None:
        grid.styled()
        lists.styled()
        await view.unmask("shift.show")
        grid.heading(view, "交接班", "Shift handover")
        running = await view.parts.handovers.running(view.estate.id)
        for shift in running:
            await _running(view, shift)
        if not running:
            ui.label(view.t("现在没有人当班。", "No shift is open now."))
        if view.may(Scope.SHIFTS_WRITE):
            _opening(view)
        await _log(view, paging.page_of(page))

    @console.page(PATH + "/{number}", needs=Scope.SHIFTS_READ)
    async def one(view: View, number: int) -> None:
        grid.styled()
        await view.unmask("shift.show")
        shift, handovers, log = await view.parts.handovers.page(number)
        if shift.estate != view.estate.id:
            raise shifts_unknown(number)
        grid.heading(
            view, f"班次 {shift.id}：{_post(view, shift)}", f"Shift {shift.id}: {_post(view, shift)}"
        )
        _facts(view, shift)
        for each in reversed(handovers):
            _handover(view, each)
        grid.heading(view, "班次日志", "Log page", 2)
        _lines(view, log)
        lists.link(view.t("返回交接班", "Back to the handover"), PATH)


def shifts_unknown(number: int) -> Exception:
    """Return the refusal of another estate's shift."""
    from hotline.duty.handover import ShiftRefused

    return ShiftRefused(f"There is no shift {number}.", code="shift-unknown")


def _post(view: View, shift: ShiftRow) -> str:
    return view.t(*POSTS.get(shift.post, (shift.post, shift.post)))


def shift_row(shift: ShiftRow, view: View) -> Row:
    """Return a shift as a line."""
    zone, t = view.estate.zone, view.t
    cells = (
        str(shift.id), _post(view, shift), view.masks.name(shift.who), t(*STATES[shift.state]),
        times.moment(shift.opened_at, zone), times.moment(shift.ended_at, zone),
    )  # fmt: skip
    tone = "amber" if shift.state is ShiftState.HANDING_OVER else "dim" if shift.ended_at else ""
    return Row(cells, link=f"{PATH}/{shift.id}", tone=tone)


async def _log(view: View, page: int) -> None:
    found = await view.read(
        lambda session: shifts.recent(
            session, view.estate.id, post=None, limit=paging.PAGE + 1, offset=paging.offset(page)
        )
    )
    part = paging.part([*found], page)
    grid.heading(view, "班次记录", "Shifts", 2)
    columns = grid.columns(
        view, ("编号", "Number", "tight"), ("岗位", "Post"), ("当班人", "Who"), ("状态", "State"),
        ("开始", "Opened", "tight"), ("结束", "Ended", "tight"),
    )  # fmt: skip
    rows = [shift_row(one, view) for one in part.rows]
    nothing = view.t("还没有班次。", "There were no shifts yet.")
    grid.grid(view, view.t("最近的在前", "The latest first"), columns, rows, nothing=nothing)
    grid.pager(view, part, PATH, {})


def _facts(view: View, shift: ShiftRow) -> None:
    t, zone = view.t, view.estate.zone
    grid.facts(
        [
            (t("当班人", "Who"), view.masks.name(shift.who)),
            (t("状态", "State"), t(*STATES[shift.state])),
            (t("开始", "Opened"), times.moment(shift.opened_at, zone)),
            (t("结束", "Ended"), times.moment(shift.ended_at, zone)),
            (t("接自班次", "Taken over from shift"), str(shift.taken_from or "")),
        ]
    )


async def _running(view: View, shift: ShiftRow) -> None:
    t = view.t
    _, handovers, log = await view.parts.handovers.page(shift.id)
    with ui.card().classes("w-full"):
        post = _post(view, shift)
        grid.heading(view, f"{post}：班次 {shift.id}", f"{post}: shift {shift.id}", 2)
        _facts(view, shift)
        pending = [one for one in handovers if one.answer is None]
        if pending:
            _handover(view, pending[-1])
        else:
            cases, wake_ups = await open_work(view)
            _work(view, cases, wake_ups)
        if view.may(Scope.SHIFTS_WRITE):
            _answer(view, shift) if pending else _hand_over(view, shift)
            _note(view, shift)
        grid.heading(view, "班次日志", "Log page", 3)
        _lines(view, log[-10:])
        with ui.row().classes("gap-4 no-print"):
            lists.link(t("打开整页", "Open the whole page"), f"{PATH}/{shift.id}")
            fields.button(t("打印", "Print"), lambda: ui.run_javascript("window.print()"))


async def open_work(view: View) -> tuple[Sequence[OpenCase], Sequence[WakeUpDue]]:
    """Return what goes on: what would be handed over now."""
    facts = view.parts.handovers.facts
    cases = await facts.open_cases(view.estate.id)
    return cases, await facts.wake_ups_due(view.estate.id, view.parts.clock.now())


def _work(view: View, cases: Sequence[OpenCase], wake_ups: Sequence[WakeUpDue]) -> None:
    t = view.t
    with ui.row().classes("w-full gap-8 items-start"):
        with ui.column().classes("min-w-[18rem]"):
            columns = grid.columns(
                view, ("工单", "Case", "tight"), ("时限", "Due", "tight"), ("注意", "Mind")
            )
            rows = [case_row(one, view) for one in _urgent_first(cases)[: paging.PAGE]]
            nothing = t("没有未结工单。", "No open cases.")
            grid.grid(
                view, t(f"未结工单 {len(cases)}", f"{len(cases)} open cases"), columns, rows, nothing=nothing
            )
        with ui.column().classes("min-w-[18rem]"):
            columns = grid.columns(
                view, ("时间", "Time", "tight"), ("房间", "Room", "tight"), ("编号", "Number")
            )
            rows = [wake_row(one, view) for one in wake_ups[: paging.PAGE]]
            nothing = t("没有待叫醒。", "No wake-ups due.")
            caption = t(f"待叫醒 {len(wake_ups)}", f"{len(wake_ups)} wake-ups due")
            grid.grid(view, caption, columns, rows, nothing=nothing)


def _urgent_first(cases: Sequence[OpenCase]) -> list[OpenCase]:
    return sorted(cases, key=lambda one: (not one.urgent, one.due_at or "9"))


def case_row(one: OpenCase, view: View) -> Row:
    """Return a case that is handed over."""
    due = _at(one.due_at, view)
    late = bool(one.due_at) and datetime.fromisoformat(one.due_at) < view.parts.clock.now()
    mark = view.t("急", "urgent") if one.urgent else view.t("超时", "late") if late else ""
    tone = "red" if one.urgent or late else ""
    return Row((one.number, due, mark), link=f"/tickets/{one.number}", tone=tone)


def wake_row(one: WakeUpDue, view: View) -> Row:
    """Return a wake-up that is handed over."""
    return Row((_at(one.at, view), one.room, one.reference), link=f"/register/{one.reference}")


def _at(text: str, view: View) -> str:
    return times.short(datetime.fromisoformat(text), view.estate.zone) if text else ""


def _handover(view: View, row: HandoverRow) -> None:
    t, zone = view.t, view.estate.zone
    answers = {
        "accepted": ("已接班", "taken over"),
        "refused": ("被拒绝", "refused"),
        None: ("等待接班", "waits"),
    }
    taken = f"{view.masks.name(row.incoming)} {times.moment(row.answered_at, zone)}"
    grid.heading(view, "交班单", "Handover", 3)
    grid.facts(
        [
            (t("交班人", "Outgoing"), f"{view.masks.name(row.outgoing)} {times.moment(row.signed_at, zone)}"),
            (t("接班人", "Incoming"), taken.strip()),
            (t("结果", "Answer"), t(*answers.get(row.answer, ("", "")))),
            (t("拒绝原因", "Why it was refused"), view.masks.text(row.reason)),
            (t("设备状况", "Equipment"), view.masks.text(row.equipment)),
            (t("备注", "Remarks"), view.masks.text(row.remarks)),
        ]
    )  # fmt: skip
    cases = [OpenCase(**one) for one in row.snapshot.get("cases", [])]
    _work(view, cases, [WakeUpDue(**one) for one in row.snapshot.get("wake_ups", [])])


def _lines(view: View, log: Sequence[ShiftLogRow]) -> None:
    t, zone = view.t, view.estate.zone
    columns = grid.columns(
        view, ("时间", "Time", "tight"), ("谁", "Who"), ("什么", "What"), ("内容", "Words")
    )
    rows = [
        Row(
            (
                times.moment(row.at, zone), view.masks.name(row.who),
                t(*EVENTS.get(row.event, (row.event, row.event))), view.masks.text(row.detail),
            )
        )
        for row in log
    ]  # fmt: skip
    grid.grid(
        view, t("按时间", "By time"), columns, rows, nothing=t("还没有记录。", "Nothing is written yet.")
    )


# --- deeds ---------------------------------------------------------------------------------------

Deed = Callable[[Handovers], Awaitable[ShiftRow]]


async def _do(view: View, what: str, post: str, deed: Deed) -> None:
    done_it = await done(view, what, lambda: deed(view.parts.handovers), needs=Scope.SHIFTS_WRITE, about=post)
    if done_it is not None:
        ui.navigate.to(PATH)


def _signer(view: View) -> ui.input:
    """Ask who signs: the person at the desk may be another than the one signed in."""
    return fields.words(view.t("签字（姓名）", "Signed by (name)"), view.signed.name, longest=40)


def _opening(view: View) -> None:
    t = view.t
    with (
        ui.expansion(t("开始一个班次", "Begin a shift"), icon="play_arrow").classes("w-full no-print"),
        ui.row().classes("items-start gap-2 q-pt-sm"),
    ):
        post, who = fields.words(t("岗位", "Post"), POST, longest=40), _signer(view)
        remarks = fields.words(t("备注", "Remarks"))

        async def begin() -> None:
            name = fields.needed(view, post, "请填写岗位。", "At which post?")
            deed = partial(_open, view, name, who.value or "", remarks.value or "")
            await _do(view, "shift.open", name, deed)

        fields.button(t("开始", "Begin"), fields.told(view, begin), main=True)


async def _open(view: View, post: str, who: str, remarks: str, desk: Handovers) -> ShiftRow:
    return await desk.open(view.estate.id, post, who, remarks=remarks)


def _hand_over(view: View, shift: ShiftRow) -> None:
    t = view.t
    with ui.expansion(t("交班", "Hand over"), icon="output").classes("w-full no-print"):
        holder = shift.who if view.masks.unmasked else ""
        who = fields.words(t("交班人签字", "Signed by the outgoing"), holder, longest=40)
        equipment = fields.lines(t("设备状况", "State of the equipment"))
        remarks = fields.lines(t("给下一班的话", "What the next one should know"))

        async def close() -> None:
            estate, post = view.estate.id, shift.post
            await _do(
                view, "shift.close", post,
                lambda desk: desk.close(
                    estate, post, who.value or "",
                    equipment=equipment.value or "", remarks=remarks.value or ""
                ),
            )  # fmt: skip

        fields.button(t("签字交班", "Sign and hand over"), close, main=True)


def _answer(view: View, shift: ShiftRow) -> None:
    t, estate, post = view.t, view.estate.id, shift.post
    with ui.row().classes("items-start gap-2 no-print"):
        who = _signer(view)
        remarks = fields.words(t("备注", "Remarks"))
        closes = ui.checkbox(t("本岗位到此结束，工作转到我的岗位", "The post closes: its work goes to mine"))

        async def accept() -> None:
            await _do(
                view, "shift.accept", post,
                lambda desk: desk.accept(
                    estate, post, who.value or "", remarks=remarks.value or "", goes_on=not closes.value
                ),
            )  # fmt: skip

        async def refuse() -> None:
            reason = await fields.asked(
                view, t("为什么拒绝接班？主管会看到。", "Why is it refused? The supervisor reads it."),
                t("原因", "Why"), t("拒绝接班", "Refuse"),
            )  # fmt: skip
            if reason:
                await _do(
                    view, "shift.refuse", post,
                    lambda desk: desk.refuse(estate, post, who.value or "", reason=reason),
                )  # fmt: skip

        fields.button(t("签字接班", "Sign and take over"), accept, main=True)
        fields.button(t("拒绝接班", "Refuse"), refuse)


def _note(view: View, shift: ShiftRow) -> None:
    t, estate, post = view.t, view.estate.id, shift.post
    with ui.row().classes("items-center gap-2 no-print w-full"):
        words = fields.words(t("记事", "Note for the log page"), longest=500).classes("grow")

        async def write() -> None:
            await _do(
                view, "shift.note", post,
                lambda desk: desk.note(estate, post, view.holder.who, words.value or ""),
            )  # fmt: skip

        fields.button(t("记下", "Write it down"), write)
