"""``/duty``: who is on now and after them, the week of every roster, gaps and overlaps, changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.duty import repository
from hotline.duty.changes import DutyChanges, NewChange
from hotline.duty.coverage import findings
from hotline.duty.service import DutyBook
from hotline.duty.timetable import handover, stretches
from hotline.web.console import lists
from hotline.web.console.duty import lines
from hotline.web.console.kit import fields, grid, paging, times
from hotline.web.console.kit.grid import Column, Row
from hotline.web.console.shell import Console, Entry, View

PATH = "/duty"
LOOK_AHEAD = timedelta(days=14)
"""How far gaps and overlaps are looked for."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The page's parts."""

    view: View
    book: DutyBook
    monday: date
    today: date
    must_cover: frozenset[str]


def register(console: Console) -> None:
    """Add the page."""

    @console.page(PATH, needs=Scope.DUTY_READ, entry=Entry("值班", "Duty", "event_available", 75))
    async def show(view: View, week: str = "", page: int = 1) -> None:
        grid.styled()
        lists.styled()
        await view.unmask("duty.week")
        desk = await _opened(view, week)
        grid.heading(view, "值班", "Duty")
        if view.may(Scope.SHIFTS_READ):
            grid.tabs(view, [(PATH, "值班表", "Rosters"), ("/handover", "交接班", "Handover")], PATH)
        _now(desk)
        _findings(desk)
        _week(desk)
        if view.may(Scope.DUTY_WRITE):
            _form(desk)
        await _changes(desk, paging.page_of(page))


async def _opened(view: View, week: str) -> Desk:
    book = view.parts.duty[view.estate.id]
    await book.refresh(view.parts.db)  # other processes change it, too
    today = view.parts.clock.now().astimezone(view.estate.zone).date()
    try:
        wanted = date.fromisoformat(week[:10])
    except ValueError:
        wanted = today
    emergency = {one.emergency_roster for one in view.parts.settings.estates if one.id == view.estate.id}
    return Desk(view, book, lines.monday_of(wanted), today, frozenset(emergency))


def _now(desk: Desk) -> None:
    view, book, now = desk.view, desk.book, desk.view.parts.clock.now()
    grid.heading(view, "现在值班", "On duty now", 2)
    rota = book.rota
    rows = [
        lines.now_row(
            name, book.responsible(name, now), handover(rota, name, now), view.estate.zone, view.t, view.masks
        )
        for name in sorted(book.rosters)
    ]  # fmt: skip
    columns = grid.columns(
        view, ("班组", "Roster"), ("依次呼叫", "Rung in turn"), ("之后", "After them"),
        ("何时接班", "Next from", "tight"), ("接班人", "Then"),
    )  # fmt: skip
    caption = times.moment(now, view.estate.zone)
    nothing = view.t(
        "没有班组：请编辑 config/roster.yaml。", "There are no rosters: edit config/roster.yaml."
    )
    grid.grid(view, caption, columns, rows, nothing=nothing)


def _findings(desk: Desk) -> None:
    view, now = desk.view, desk.view.parts.clock.now()
    found = findings(desk.book.rota, now, now + LOOK_AHEAD, must_cover=desk.must_cover)
    grid.heading(view, "空班与重叠（今后两周）", "Gaps and overlaps (two weeks)", 2)
    columns = grid.columns(view, ("班组", "Roster"), ("问题", "What"), ("时间", "When", "tight"))
    rows = [
        lines.unmanned(name, view.t, must=roster.must_cover or name in desk.must_cover)
        for name, roster in sorted(desk.book.rota.rosters.items())
        if not roster.people()
    ]
    rows += [lines.finding(one, view.estate.zone, view.t) for one in found[: paging.PAGE]]
    nothing = view.t("没有空班，也没有重叠。", "No gaps, no overlaps.")
    grid.grid(view, view.t("红色的必须有人", "Red ones must be covered"), columns, rows, nothing=nothing)


def _week(desk: Desk) -> None:
    view, zone, t = desk.view, desk.view.estate.zone, desk.view.t
    days = [desk.monday + timedelta(days=place) for place in range(7)]
    grid.heading(view, f"{days[0]} 至 {days[-1]}", f"{days[0]} to {days[-1]}", 2)
    with ui.row().classes("gap-4 no-print"):
        for zh, en, monday in (
            ("上一周", "Week before", desk.monday - timedelta(days=7)), ("本周", "This week", desk.today),
            ("下一周", "Week after", desk.monday + timedelta(days=7)),
        ):  # fmt: skip
            lists.link(t(zh, en), paging.address(PATH, {"week": monday}))
    begin, end = lines.midnight(days[0], zone), lines.midnight(days[-1] + lines.DAY, zone)
    rows = []
    for name in sorted(desk.book.rosters):
        found = stretches(desk.book.rota, name, begin, end)
        cells = (
            lines.roster_name(name, t),
            *(lines.day_cell(found, day, zone, t, view.masks) for day in days),
        )
        rows.append(Row(cells))
    columns = [Column(t("班组", "Roster"))] + [Column(_day(desk, day)) for day in days]
    nothing = t("没有班组：请编辑 config/roster.yaml。", "There are no rosters: edit config/roster.yaml.")
    grid.grid(view, t("整周值班表", "The week"), columns, rows, nothing=nothing)


def _day(desk: Desk, day: date) -> str:
    named = f"{times.weekday(day, chinese=desk.view.chinese)} {day:%m-%d}"
    if desk.book.is_public_holiday(day):
        named += desk.view.t(" 假日", " holiday")
    return named + (" ●" if day == desk.today else "")


# --- changes -------------------------------------------------------------------------------------


def _form(desk: Desk) -> None:
    view, t = desk.view, desk.view.t
    people = {"": t("（无）", "(nobody)")} | {
        name: view.masks.name(name) for name in sorted(desk.book.people)
    }
    rosters = {name: lines.roster_name(name, t) for name in sorted(desk.book.rosters)}
    with ui.expansion(t("换班 / 请假 / 加人", "Swap, absence, addition"), icon="swap_horiz").classes(
        "w-full no-print"
    ):
        with ui.row().classes("items-start gap-2 q-pt-sm"):
            roster = fields.choice(t("班组", "Roster"), rosters)
            first, last = fields.day(t("日期", "Day")), fields.day(t("到哪天（可空）", "Through"))
            remove = fields.choice(t("谁不上", "Who is off"), people, "")
            put = fields.choice(t("谁来上", "Who is on"), people, "")
            stranger = fields.words(t("或：名册外的姓名", "Or a name not listed"), longest=40)
            number = fields.words(t("其号码", "Their number"), longest=40)
            swap = fields.day(t("互换的另一天", "Swapped with day"))
            why = fields.words(t("原因", "Why"), longest=200)

        async def save() -> None:
            wanted = NewChange(
                roster=str(roster.value or ""),
                first=fields.day_in(view, first), last=fields.day_in(view, last),
                remove=remove.value or "", put=(stranger.value or "").strip() or put.value or "",
                number=(number.value or "").strip(), swap_with=fields.day_in(view, swap),
                why=(why.value or "").strip(),
            )  # fmt: skip
            await _filed(desk, wanted)

        fields.button(t("登记变动", "Put it in force"), fields.told(view, save), main=True)


async def _filed(desk: Desk, wanted: NewChange) -> None:
    view = desk.view
    work = DutyChanges(view.parts.db, clock=view.parts.clock)

    def deed(session: Session) -> tuple[int, ...]:
        return work.file(session, desk.book, wanted, who=view.holder.who, must_cover=desk.must_cover)

    if await view.act("duty.change", deed, needs=Scope.DUTY_WRITE, about=wanted.roster) is not None:
        await _again(desk)


async def _changes(desk: Desk, page: int) -> None:
    view, zone, t = desk.view, desk.view.estate.zone, desk.view.t
    found = await view.read(lambda session: repository.rows(session, view.estate.id))
    part = paging.part_of_all(found, page)
    grid.heading(view, "变动记录", "Changes", 2)
    columns = grid.columns(
        view, ("编号", "Number", "tight"), ("班组", "Roster"), ("时间", "When"),
        ("不上", "Off"), ("来上", "On"),
        ("原因", "Why"), ("登记", "Made"), ("状态", "State"),
    )  # fmt: skip
    now = view.parts.clock.now()
    open_ones = {
        str(row.id)
        for row in found
        if row.cancelled_at is None and not _over(row.last_day, row.ends_at, desk, now)
    }
    rows = [lines.change(row, zone, t, view.masks) for row in part.rows]
    actions = partial(_actions, desk, open_ones) if view.may(Scope.DUTY_WRITE) else None
    nothing = t("没有变动。", "No changes.")
    grid.grid(
        view,
        t("最近的在前，包括已取消的", "The latest first, cancelled ones too"),
        columns,
        rows,
        nothing=nothing,
        actions=actions,
    )
    grid.pager(view, part, PATH, {"week": desk.monday})


def _over(last_day: date | None, ends_at: datetime | None, desk: Desk, now: datetime) -> bool:
    if last_day is not None:
        return last_day < desk.today - lines.DAY
    return ends_at is not None and ends_at <= now


def _actions(desk: Desk, open_ones: set[str], row: Row) -> None:
    if row.key in open_ones:
        label = desk.view.t("取消", "Cancel")
        button = fields.button(label, partial(_cancel, desk, int(row.key)))
        button.props(f'aria-label="{label} {row.key}"')


async def _cancel(desk: Desk, number: int) -> None:
    view = desk.view
    question = view.t(
        f"取消 {number} 号变动（互换的两半一起取消）？", f"Cancel change {number} (of a swap both halves)?"
    )
    if not await fields.sure(view, question, view.t("取消变动", "Cancel it")):
        return
    work = DutyChanges(view.parts.db, clock=view.parts.clock)

    def deed(session: Session) -> tuple[int, ...]:
        return work.withdraw(session, desk.book, number, who=view.holder.who)

    if await view.act("duty.cancel", deed, needs=Scope.DUTY_WRITE, about=str(number)) is not None:
        await _again(desk)


async def _again(desk: Desk) -> None:
    await desk.book.refresh(desk.view.parts.db)
    ui.navigate.to(paging.address(PATH, {"week": desk.monday}))
