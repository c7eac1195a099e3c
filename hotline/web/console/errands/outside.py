"""``/outside``: booked calls, approvals that count, the register of charges 话费单."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.call.errors import OutsideRefused
from hotline.call.ports import Place
from hotline.dialplan import office, repository
from hotline.dialplan.models import ApprovalRow, BookingState, OutsideBookingRow, OutsideCallRow, SlipState
from hotline.web.console import lists
from hotline.web.console.errands import words
from hotline.web.console.errands.messages import tabs
from hotline.web.console.kit import fields, grid, paging, times
from hotline.web.console.kit.grid import Row
from hotline.web.console.shell import Console, Entry, View

PATH = "/outside"
WAITING = (BookingState.WAITING, BookingState.RINGING, BookingState.CONNECTED)
Found = tuple[list[OutsideBookingRow], list[ApprovalRow], list[OutsideCallRow]]


def register(console: Console) -> None:
    """Add the page."""

    @console.page(PATH, needs=Scope.OUTSIDE_READ, entry=Entry("外线电话", "Outside calls", "call_made", 57))
    async def show(view: View, room: str = "", state: str = "", before: str = "") -> None:
        grid.styled()
        lists.styled()
        await view.unmask("outside.charges")
        states = [SlipState(state)] if state in set(SlipState) else []
        found = await view.read(lambda session: _read(view, session, room.strip(), states, before[:20]))
        grid.heading(view, "外线电话", "Outside calls")
        tabs(view, PATH)
        _bookings(view, found[0])
        _approvals(view, found[1])
        _charges(view, found[2], room, state)


def _read(view: View, session: Session, room: str, states: list[SlipState], before: str) -> Found:
    estate, now = view.estate.id, view.parts.clock.now()
    place = view.parts.room(session, estate, room) if room else None
    mark = None
    if before.isdecimal():
        last = session.get(OutsideCallRow, before)
        mark = (last.permitted_at, last.slip) if last is not None else None
    calls = repository.calls(
        session, estate=estate, place=place, states=states, before=mark, limit=paging.PAGE + 1
    )
    return (
        [*repository.bookings(session, estate=estate, states=WAITING)],
        [*repository.approvals(session, estate, now=now)],
        [*calls][::-1],
    )


# --- bookings ------------------------------------------------------------------------------------


def booking_row(row: OutsideBookingRow, view: View) -> Row:
    """Return a booked call: number, room, wanted number, category, since, until, approved, state."""
    t, zone = view.t, view.estate.zone
    approved = t("已批准", "approved") if row.approved else t("待批准", "waits for approval")
    cells = (
        row.number, str(row.place), view.masks.number(row.wanted, row.dialled),
        t(*words.CATEGORIES[row.category]), times.short(row.arrived_at, zone),
        times.short(row.expires_at, zone), approved, t(*words.BOOKINGS[row.state]),
    )  # fmt: skip
    return Row(cells, tone="" if row.approved else "amber", key=row.number)


def _bookings(view: View, found: list[OutsideBookingRow]) -> None:
    t = view.t
    grid.heading(view, "挂号等待的电话", "Booked calls", 2)
    columns = grid.columns(
        view, ("编号", "Number", "tight"), ("房间", "Room"), ("要拨的号码", "To", "tight"), ("类别", "Kind"),
        ("挂号", "Since", "tight"), ("等到", "Until", "tight"), ("批准", "Approval"), ("状态", "State"),
    )  # fmt: skip
    open_ones = {row.number: row for row in found}
    actions = partial(_booking_actions, view, open_ones) if view.may(Scope.OUTSIDE_WRITE) else None
    rows = [booking_row(row, view) for row in found]
    nothing = t("没有等待的电话。", "No calls are booked.")
    grid.grid(view, t("先到先打", "In their order"), columns, rows, nothing=nothing, actions=actions)


def _booking_actions(view: View, found: dict[str, OutsideBookingRow], row: Row) -> None:
    t, book = view.t, view.parts.outside.bookings
    now, who = view.parts.clock.now(), view.holder.who
    if not found[row.key].approved:
        approve = partial(book.approve, number=row.key, who=who, now=now)
        _named(
            fields.button(t("批准", "Approve"), partial(_do, view, "outside.approve", row.key, approve)), row
        )
    cancel = partial(book.cancel, number=row.key, who=who, now=now)
    _named(fields.button(t("取消", "Cancel"), partial(_do, view, "outside.cancel", row.key, cancel)), row)


def _named(button: ui.button, row: Row) -> None:
    button.props(f'aria-label="{button.text} {row.key}"')


async def _do(view: View, what: str, about: str, deed: Callable[[Session], object]) -> None:
    def write(session: Session) -> bool:
        deed(session)
        return True

    if await view.act(what, write, needs=Scope.OUTSIDE_WRITE, about=about):
        ui.navigate.to(PATH)


# --- approvals -----------------------------------------------------------------------------------


def approval_row(row: ApprovalRow, view: View) -> Row:
    """Return an approval: number, for whom, category, only to, how many left, until, by, why."""
    cells = (
        str(row.id), str(row.place) or row.extension, view.t(*words.CATEGORIES[row.category]),
        view.masks.number(row.number) if row.number else view.t("任何号码", "any"), str(row.most - row.used),
        times.moment(row.until, view.estate.zone), view.masks.name(row.given_by), view.masks.text(row.reason),
    )  # fmt: skip
    return Row(cells, key=str(row.id))


def _approvals(view: View, found: list[ApprovalRow]) -> None:
    t = view.t
    grid.heading(view, "有效的批准", "Approvals that count", 2)
    if view.may(Scope.OUTSIDE_WRITE):
        with ui.expansion(t("批准长途", "Approve calls"), icon="verified").classes("w-full no-print"):
            _approving(view)
    columns = grid.columns(
        view, ("编号", "Number", "tight"), ("房间/分机", "Room, extension"), ("类别", "Kind"),
        ("只限", "Only to"),
        ("剩余次数", "Left", "figures"), ("有效到", "Until", "tight"), ("批准人", "By"), ("原因", "Why"),
    )  # fmt: skip
    actions = partial(_approval_actions, view) if view.may(Scope.OUTSIDE_WRITE) else None
    rows = [approval_row(row, view) for row in found[: paging.PAGE]]
    nothing = t("没有有效的批准。", "No approvals count now.")
    grid.grid(view, t("最近的在前", "The newest first"), columns, rows, nothing=nothing, actions=actions)


def _approval_actions(view: View, row: Row) -> None:
    estate = view.estate.id

    def deed(session: Session) -> None:
        found = office.withdraw(session, int(row.key), who=view.holder.who, now=view.parts.clock.now())
        if found.estate != estate:
            raise OutsideRefused(f"There is no approval {row.key}.", code="outside-no-approval")

    _named(
        fields.button(view.t("收回", "Withdraw"), partial(_do, view, "outside.withdraw", row.key, deed)), row
    )


def _approving(view: View) -> None:
    t = view.t
    with ui.row().classes("items-start gap-2 q-pt-sm"):
        room = fields.words(t("房间", "Room"), longest=64)
        extension = fields.words(t("或分机", "Or extension"), longest=20)
        kinds = {one: t(*words.CATEGORIES[one]) for one in office.APPROVABLE}
        category = fields.choice(t("类别", "Kind"), kinds, office.APPROVABLE[1])
        number = fields.words(t("只限号码（可空）", "Only this number"), longest=40)
        hours = fields.words(t("几小时内有效", "Hours"), "24", longest=4)
        calls = fields.words(t("几次", "Calls"), "1", longest=4)
        reason = fields.words(t("原因", "Why"), longest=200)

    async def approve() -> None:
        typed, line = (room.value or "").strip(), (extension.value or "").strip()
        span, most = _figure(view, hours, 720), _figure(view, calls, 1000)
        normalise, now = view.parts.normalise, view.parts.clock.now()

        def deed(session: Session) -> None:
            place = view.parts.room(session, view.estate.id, typed) if typed else Place()
            office.approve(
                session, view.estate.id, extension=normalise(line) if line else "", place=place,
                category=category.value, number=normalise(number.value) if number.value else "", most=most,
                until=now + timedelta(hours=span), who=view.holder.who, reason=(reason.value or "").strip(),
                now=now,
            )  # fmt: skip

        await _do(view, "outside.approve", typed or line, deed)

    fields.button(t("批准", "Approve"), fields.told(view, approve), main=True)


def _figure(view: View, field: ui.input, most: int) -> int:
    typed = (field.value or "").strip()
    if not typed.isdecimal() or not 1 <= int(typed) <= most:
        raise fields.BadField(view.t(f"请填 1 到 {most} 的数字。", f"Give a number from 1 to {most}."))
    return int(typed)


# --- charges -------------------------------------------------------------------------------------


def charge_row(row: OutsideCallRow, view: View) -> Row:
    """Return a call of the register: slip, when, room, number, category, duration, cost, state, bill."""
    t = view.t
    seconds = "" if row.seconds is None else f"{row.seconds // 60}:{row.seconds % 60:02d}"
    cost = "" if row.cost is None else f"{row.cost:,.2f} {row.currency}"
    cells = (
        row.slip, times.short(row.answered_at or row.permitted_at, view.estate.zone),
        str(row.place) or row.operator or row.extension, view.masks.number(row.number, row.dialled),
        t(*words.CATEGORIES[row.category]), seconds, cost,
        t(*words.SLIPS[row.state]) + (f" {row.billed_as}" if row.billed_as else ""),
    )  # fmt: skip
    tone = {SlipState.UNRATED: "red", SlipState.CHARGED: ""}.get(row.state, "dim")
    return Row(cells, tone=tone, key=row.slip)


def _charges(view: View, found: list[OutsideCallRow], room: str, state: str) -> None:
    t = view.t
    grid.heading(view, "话费登记", "Register of charges", 2)
    with lists.form(t("筛选", "Filter"), PATH):
        lists.text_field(t("房间", "Room"), "room", room)
        options = [("", t("全部", "all"))] + [(one.value, t(*said)) for one, said in words.SLIPS.items()]
        lists.choice(t("状态", "State"), "state", state, options)
        lists.buttons(view, PATH)
    shown = found[: paging.PAGE]
    columns = grid.columns(
        view, ("话费单", "Slip", "tight"), ("时间", "When", "tight"), ("房间", "Room"),
        ("号码", "Number", "tight"),
        ("类别", "Kind"), ("时长", "Talked", "figures"), ("费用", "Cost", "figures"), ("状态", "State"),
    )  # fmt: skip
    charged = {row.slip for row in shown if row.state is SlipState.CHARGED}
    actions = partial(_charge_actions, view, charged) if view.may(Scope.OUTSIDE_WRITE) and charged else None
    total = sum((row.cost or Decimal(0) for row in shown), Decimal(0))
    caption = t(f"最近的在前，本页合计 {total:,.2f}", f"The latest first; this page comes to {total:,.2f}")
    rows = [charge_row(row, view) for row in shown]
    grid.grid(view, caption, columns, rows, nothing=t("没有外线通话。", "No outside calls."), actions=actions)
    if len(found) > paging.PAGE:
        older = paging.address(PATH, {"room": room, "state": state, "before": shown[-1].slip})
        lists.link(t("较早 ›", "Older ›"), older, "hl-plain")


def _charge_actions(view: View, charged: set[str], row: Row) -> None:
    if row.key in charged:
        _named(fields.button(view.t("入账", "Put on a bill"), partial(_bill, view, row.key)), row)


async def _bill(view: View, slip: str) -> None:
    question = view.t(f"话费单 {slip} 记入哪张账单？", f"On which bill goes slip {slip}?")
    bill = await fields.asked(view, question, view.t("账单号", "Bill's number"), view.t("入账", "Put it on"))
    if bill:
        now, who, estate = view.parts.clock.now(), view.holder.who, view.estate.id

        def deed(session: Session) -> None:
            for row in office.bill(session, [slip], who=who, bill=bill, now=now):
                if row.estate != estate:
                    raise OutsideRefused(f"There is no slip {slip}.", code="outside-no-slip")

        await _do(view, "outside.bill", slip, deed)
