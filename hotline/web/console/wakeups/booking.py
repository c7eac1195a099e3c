"""``/register/NUMBER``: one wake-up with every attempt and its history; changed, skipped, cancelled."""

from __future__ import annotations

from dataclasses import dataclass

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.call.errors import HotlineError
from hotline.call.ports.wakeups import WakeupSummary
from hotline.wakeup import entries, repository
from hotline.wakeup.entries import Entry
from hotline.wakeup.models import BookingState, WakeupHistoryRow, WakeupRow
from hotline.web.console.kit import fields, grid, paging
from hotline.web.console.kit.grid import Column
from hotline.web.console.shell import Console, View
from hotline.web.console.wakeups import daylist, lines
from hotline.web.console.wakeups.when import When, read_back

_STATES = {
    BookingState.BOOKED: ("已登记", "booked"), BookingState.OVER: ("已结束", "over"),
    BookingState.CANCELLED: ("已取消", "cancelled"),
}  # fmt: skip


class ChangedMeanwhile(HotlineError):
    """Somebody else changed the thing while this page was open; nothing was changed."""

    code = "changed-meanwhile"


@dataclass(frozen=True, slots=True)
class Found:
    """A booking as its page shows it."""

    row: WakeupRow
    summary: WakeupSummary
    days: list[Entry]
    history: list[WakeupHistoryRow]

    @property
    def version(self) -> int:
        """How much was done to it: a change made on top of another is told."""
        return len(self.history)


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/register/{number}", needs=Scope.WAKEUPS_READ)
    async def show(view: View, number: str) -> None:
        grid.styled()
        await view.unmask("wakeup.show")
        found = await view.read(lambda session: _find(view, session, number[:12]))
        grid.heading(view, f"叫醒 {found.row.number}", f"Wake-up {found.row.number}")
        daylist.tabs(view, "")
        _facts(view, found)
        if found.row.state is BookingState.BOOKED and view.may(Scope.WAKEUPS_WRITE):
            _deeds(view, found)
        _days(view, found)
        grid.heading(view, "记录", "History", 2)
        titles = (("时间", "Time"), ("谁", "Who"), ("做了什么", "What"), ("哪天", "Day"), ("说明", "Why"))
        rows = [
            lines.history(one, view.t, view.estate.zone, view.masks, chinese=view.chinese)
            for one in reversed(found.history)
        ]
        columns = [Column(view.t(*one), tight=place == 0) for place, one in enumerate(titles)]
        grid.grid(view, view.t("最近的在前", "The latest first"), columns, rows, nothing=view.t("无", "None"))


def _find(view: View, session: Session, number: str) -> Found:
    row = entries.booking(session, number, view.estate.id)
    days = entries.of_booking(session, view.parts.schedule, row, now=view.parts.clock.now())
    history = list(repository.history(session, number))
    return Found(row, view.parts.book.summary(session, row), days[::-1], history)


def _facts(view: View, found: Found) -> None:
    t, row = view.t, found.row
    rings = view.masks.number(row.to, row.to_raw) or t("客房电话", "the room's telephone")
    grid.facts(
        [
            (t("登记内容", "Booking"), read_back(found.summary, view)),
            (t("状态", "State"), t(*_STATES[row.state])),
            (t("拨打", "Rings"), rings),
            (t("语言", "Language"), t(*daylist.LANGUAGES.get(row.language, (row.language, row.language)))),
            (t("登记人", "Booked by"), lines.person(row.requested_by, t, view.masks)),
            (t("备注", "Note"), view.masks.text(row.note)),
            (t("不叫的日子", "Left out"), "、".join(row.skips)),
        ]
    )  # fmt: skip


def _days(view: View, found: Found) -> None:
    t = view.t
    grid.heading(view, "每一天与每次呼叫", "Days and attempts", 2)
    if not found.days:
        ui.label(t("还没有呼叫过。", "Nothing was rung yet.")).classes("hl-muted")
    titles = (("时间", "Time"), ("呼叫", "Rung"), ("结果", "Outcome"), ("至", "Until"))
    columns = [Column(t(*one), tight=True) for one in titles]
    for one in found.days[: paging.PAGE]:
        row = lines.entry(one, t, view.estate.zone, view.masks)
        due, _, state, _, _, confirmed, late, _, remarks = row.cells
        said = [due, state.replace("\n", " · "), confirmed]
        said += [t(f"晚起 {late} 分钟", f"{late} minutes late")] if late else []
        tone = "hl-red text-base" if row.tone == "red" else "text-base"
        grid.text("h3", " · ".join(part for part in (*said, remarks.replace("\n", " · ")) if part), tone)
        rung = [lines.attempt(each, t, view.estate.zone, view.masks) for each in one.line.attempts]
        if rung:
            grid.grid(view, due, columns, rung, nothing="")


def _deeds(view: View, found: Found) -> None:
    t, number = view.t, found.row.number
    with ui.expansion(t("更改时间", "Change the time"), icon="edit").classes("w-full no-print"):
        when = When(view, found.summary.when)

        async def change() -> None:
            wanted = when.read()

            def deed(session: Session) -> WakeupSummary:
                _unchanged(session, found)
                return view.parts.book.change_in(session, view.estate.id, number, wanted, who=view.holder.who)

            await _do(view, "wakeup.change", deed, number)

        fields.button(t("更改", "Change"), fields.told(view, change), main=True)
    with ui.row().classes("gap-2 items-start no-print"):
        if found.summary.when.repeat.value != "once":
            fields.button(t("跳过下一次", "Leave the next one out"), lambda: _skip(view, found))
        why = fields.words(t("取消原因（可空）", "Why it is cancelled"))
        fields.button(t("取消叫醒", "Cancel it"), lambda: _cancel(view, found, why.value or ""))


async def _skip(view: View, found: Found) -> None:
    question = f"{read_back(found.summary, view)}\n" + view.t("跳过下一次？", "Leave the next one out?")
    if await fields.sure(view, question, view.t("跳过", "Leave it out")):
        number = found.row.number

        def deed(session: Session) -> WakeupSummary:
            _unchanged(session, found)
            return view.parts.book.skip_in(session, view.estate.id, number, who=view.holder.who)

        await _do(view, "wakeup.skip", deed, number)


async def _cancel(view: View, found: Found, why: str) -> None:
    question = f"{read_back(found.summary, view)}\n" + view.t(
        "取消整个叫醒（包括正在响铃的）？", "Cancel all of it, also what rings now?"
    )
    if await fields.sure(view, question, view.t("取消叫醒", "Cancel it")):
        number = found.row.number

        def deed(session: Session) -> WakeupSummary:
            return view.parts.book.cancel_in(session, view.estate.id, number, who=view.holder.who, why=why)

        await _do(view, "wakeup.cancel", deed, number)


async def _do(view: View, what: str, deed: daylist.Deed, number: str) -> None:
    if await view.act(what, deed, needs=Scope.WAKEUPS_WRITE, about=number) is not None:
        ui.navigate.to(f"{daylist.PATH}/{number}")


def _unchanged(session: Session, found: Found) -> None:
    """Refuse to change what somebody else changed since the page was opened."""
    repository.lock_book(session)
    if len(repository.history(session, found.row.number)) != found.version:
        raise ChangedMeanwhile("Somebody changed this wake-up meanwhile: open it again and look.")
