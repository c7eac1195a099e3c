"""``/fees/room``: the bills of a room – paid, taken back, withdrawn –, promises, and who was reminded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.call.ports import Place
from hotline.call.ports.fees import room_subject
from hotline.campaigns import repository as campaigns
from hotline.campaigns.models import CampaignRow, PersonRow
from hotline.fees import promises, repository
from hotline.fees.late_fee import LateFeeRule
from hotline.fees.models import BillHistoryRow, BillRow, PromiseRow
from hotline.fees.states import BillState
from hotline.residents import contacts
from hotline.residents.models import ResidentRow
from hotline.web.console import lists
from hotline.web.console.fees import lines, overview
from hotline.web.console.kit import fields, grid, paging, times
from hotline.web.console.kit.grid import Column, Row
from hotline.web.console.kit.looking import look, look_button
from hotline.web.console.shell import Console, View

PATH = "/fees/room"
MOST = 60
"""Bills of a room that are shown: five years."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a room's bills."""

    place: Place
    bills: list[BillRow]
    promises: list[PromiseRow]
    history: list[BillHistoryRow]
    called: list[tuple[PersonRow, CampaignRow]]
    person: ResidentRow | None


def register(console: Console) -> None:
    """Add the page."""

    @console.page(PATH, needs=Scope.FEES_READ)
    async def show(view: View, room: str = "", full: str = "") -> None:
        grid.styled()
        lists.styled()
        await look(view, "fees.room", full)
        found = await view.read(lambda session: _find(view, session, room[:64]))
        today = view.parts.fees.today(view.estate.id)
        grid.heading(view, f"{found.place} 的账单", f"Bills of {found.place}")
        overview.tabs(view, "")
        _facts(view, found, today)
        _bills(view, found, today)
        _promises(view, found)
        _reminders(view, found)
        _history(view, found)
        look_button(view, paging.address(PATH, {"room": str(found.place)}))


def _find(view: View, session: Session, room: str) -> Found:
    estate = view.estate.id
    place = view.parts.room(session, estate, room)
    bills = list(repository.bills(session, estate=estate, place=place, limit=MOST))
    given = list(promises.of_room(session, estate, place))[::-1]
    for one in given:
        _ = one.bills  # read while the session is open
    numbers = [row.number for row in bills]
    happened = [line for number in numbers for line in repository.history(session, number)]
    happened.sort(key=lambda line: line.id, reverse=True)
    subject = room_subject(estate, place)
    called = campaigns.about(session, [subject]).get(subject, [])
    person = contacts.of_rooms(session, estate, [place]).get(contacts.key_of(place))
    return Found(place, bills, given, happened[:MOST], called, person)


def _facts(view: View, found: Found, today: date) -> None:
    t, person = view.t, found.person
    sums = [repository.summary(row, today) for row in found.bills if row.state is BillState.UNPAID]
    rules = {lines_of_rule(row, t) for row in found.bills if row.state is BillState.UNPAID} - {""}
    owed = lines.money(sum((one.total for one in sums), Decimal(0)))
    grid.facts(
        [
            (t("联系人", "Contact"), view.masks.name(person.name) if person else t("无", "none")),
            (t("电话", "Telephone"), view.masks.number(person.numbers[0].number) if person else ""),
            (t("欠费（元）", "Owed (yuan)"), owed or t("不欠费", "nothing")),
            (t("滞纳金", "Late fee"), lines.money(sum((one.late_fee for one in sums), Decimal(0)))),
            (t("滞纳金规则", "Late-fee rule"), "\n".join(sorted(rules))),
        ]
    )


def lines_of_rule(row: BillRow, t: Callable[[str, str], str]) -> str:
    """Return the late-fee rule of a bill as people read it."""
    rule = LateFeeRule.from_kept(row.late_fee)
    if rule is None:
        return ""
    often = t("每天", "per day") if rule.charged.value == "per_day" else t("一次", "once")
    since = t(f"每月 {rule.after_day} 日后", f"after day {rule.after_day} of the month")
    if rule.after_day is None:
        since = t(f"到期 {rule.days_past_due} 天后", f"{rule.days_past_due} days past due")
    most = [f"{rule.cap_percent} %"] if rule.cap_percent is not None else []
    most += [t(f"{rule.cap_yuan} 元", f"{rule.cap_yuan} yuan")] if rule.cap_yuan is not None else []
    cap = t("，最多 ", ", at most ") + " / ".join(most) if most else ""
    return f"{rule.percent} % {often}{t('，', ', ')}{since}{cap}"


def _bills(view: View, found: Found, today: date) -> None:
    t = view.t
    grid.heading(view, "账单", "Bills", 2)
    columns = grid.columns(
        view,
        ("编号", "Number", "tight"),
        ("月份", "Month", "tight"),
        ("项目", "Items"),
        ("金额（元）", "Amount (yuan)", "figures"),
        ("滞纳金", "Late fee", "figures"),
        ("到期", "Due", "tight"),
        ("通知", "Notice", "tight"),
        ("状态", "State"),
    )
    rows = [lines.bill(row, repository.summary(row, today), t) for row in found.bills]
    writes = view.may(Scope.FEES_WRITE)
    if writes and any(row.state is BillState.UNPAID for row in found.bills):
        paying = Paying(view, found, today)
    else:
        paying = None
    states = {row.number: row.state for row in found.bills}
    nothing = t("没有账单。", "There are no bills.")
    actions = partial(_actions, view, found, states, paying) if writes else None
    grid.grid(view, t("最近的在前", "The latest first"), columns, rows, nothing=nothing, actions=actions)


class Paying:
    """The fields that say when and how money came."""

    def __init__(self, view: View, found: Found, today: date) -> None:
        """Show them, and the button for all the room owes."""
        t = view.t
        self._view, self._found, self._today = view, found, today
        with ui.row().classes("items-center gap-2 no-print"):
            self._day = fields.day(t("到账日期", "Money came on"), today)
            self._how = fields.words(t("方式（现金、转账…）", "How (cash, transfer …)"), longest=64)
            unpaid = [row.number for row in found.bills if row.state is BillState.UNPAID]
            pay_all = fields.told(view, lambda: self.paid(unpaid))
            fields.button(t("全部缴清", "All is paid"), pay_all, main=True)

    async def paid(self, numbers: list[str]) -> None:
        """Note the payment of some bills, all of them or none."""
        view = self._view
        day, how = fields.day_in(view, self._day) or self._today, (self._how.value or "").strip()
        what = ", ".join(numbers)
        question = view.t(f"登记账单 {what} 已于 {day} 缴清？", f"Bills {what} were paid on {day}?")
        if not await fields.sure(view, question, view.t("登记缴费", "Note it")):
            return

        def deed(session: Session) -> bool:
            for number in numbers:
                repository.find(session, number, estate=view.estate.id)
                view.parts.fees.mark_paid_in(session, number, who=view.holder.who, paid_on=day, how=how)
            return True

        if await view.act("bill.paid", deed, needs=Scope.FEES_WRITE, about=what):
            again(self._found)


def again(found: Found) -> None:
    """Open the page anew."""
    ui.navigate.to(paging.address(PATH, {"room": str(found.place)}))


def _actions(
    view: View, found: Found, states: dict[str, BillState], paying: Paying | None, row: Row
) -> None:  # fmt: skip
    t, state = view.t, states[row.key]
    if state is BillState.UNPAID and paying is not None:
        pay = fields.told(view, partial(paying.paid, [row.key]))
        _named(fields.button(t("已缴", "Paid"), pay), row)
        _named(fields.button(t("撤销", "Withdraw"), partial(_withdraw, view, found, row.key)), row)
    elif state is BillState.PAID:
        _named(fields.button(t("未到账", "Not paid"), partial(_take_back, view, found, row.key)), row)


def _named(button: ui.button, row: Row) -> None:
    button.props(f'aria-label="{button.text} {row.key}"')


async def _withdraw(view: View, found: Found, number: str) -> None:
    question = view.t(f"撤销账单 {number} 的原因？", f"Why is bill {number} withdrawn?")
    why = await fields.asked(view, question, view.t("原因", "Why"), view.t("撤销账单", "Withdraw it"))
    if why:
        fees, who = view.parts.fees, view.holder.who

        def deed(session: Session) -> bool:
            repository.find(session, number, estate=view.estate.id)
            fees.withdraw_in(session, number, who=who, why=why)
            return True

        if await view.act("bill.withdraw", deed, needs=Scope.FEES_WRITE, about=number):
            again(found)


async def _take_back(view: View, found: Found, number: str) -> None:
    question = view.t(
        f"账单 {number} 的款项没有到账？原因：", f"The money for bill {number} did not come? Why:"
    )
    why = await fields.asked(view, question, view.t("原因", "Why"), view.t("撤回缴费", "Take it back"))
    if why:
        fees, who = view.parts.fees, view.holder.who

        def deed(session: Session) -> bool:
            repository.find(session, number, estate=view.estate.id)
            fees.take_back_in(session, number, who=who, why=why)
            return True

        if await view.act("bill.unpaid", deed, needs=Scope.FEES_WRITE, about=number):
            again(found)


def _promises(view: View, found: Found) -> None:
    t = view.t
    grid.heading(view, "缴费承诺", "Promises", 2)
    if view.may(Scope.FEES_WRITE) and any(row.state is BillState.UNPAID for row in found.bills):
        with ui.row().classes("items-center gap-2 no-print"):
            day = fields.day(t("承诺缴费日", "Will pay by"))

            async def promise() -> None:
                promised_on = fields.day_in(view, day)
                if promised_on is None:
                    raise fields.BadField(t("请填写承诺的日期。", "Which day was promised?"))

                def deed(session: Session) -> int:
                    return view.parts.fees.promise_in(
                        session, estate=view.estate.id, place=found.place, promised_on=promised_on,
                        said_to=view.holder.who,
                    ).id  # fmt: skip

                if await view.act("fees.promise", deed, needs=Scope.FEES_WRITE, about=str(found.place)):
                    again(found)

            fields.button(t("记下承诺", "Write it down"), fields.told(view, promise))
    rows = [
        lines.promise(one, t, view.estate.zone, view.masks, with_room=False) for one in found.promises
    ]  # fmt: skip
    grid.grid(
        view,
        t("最近的在前", "The latest first"),
        promise_columns(view)[1:],
        rows,
        nothing=t("没有承诺。", "None."),
    )


def promise_columns(view: View) -> list[Column]:
    """Return the headings of promises."""
    return grid.columns(
        view,
        ("房间", "Room", "tight"),
        ("何时说的", "Said", "tight"),
        ("对谁说的", "To"),
        ("承诺缴费日", "Will pay by", "tight"),
        ("金额（元）", "Amount (yuan)", "figures"),
        ("月份", "Months"),
        ("结果", "What came of it"),
    )


def _reminders(view: View, found: Found) -> None:
    t = view.t
    grid.heading(view, "催费情况", "Reminders", 2)
    columns = grid.columns(
        view,
        ("任务", "Campaign"),
        ("结果", "What came of it"),
        ("时间", "When", "tight"),
        ("工单", "Ticket", "tight"),
    )
    rows = [
        Row(
            (
                campaign.name, lines.reminded(person, t), times.moment(person.settled_at, view.estate.zone),
                person.ticket,
            ),
            link=f"/campaigns/{campaign.id}",
        )
        for person, campaign in found.called[:MOST]
    ]  # fmt: skip
    grid.grid(
        view, t("最近的在前", "The latest first"), columns, rows, nothing=t("没有催过。", "Not reminded yet.")
    )


def _history(view: View, found: Found) -> None:
    t = view.t
    grid.heading(view, "账单记录", "History", 2)
    titles = (("时间", "Time"), ("账单", "Bill"), ("谁", "Who"), ("做了什么", "What"), ("说明", "Detail"))
    columns = [Column(t(*one), tight=place < 2) for place, one in enumerate(titles)]
    rows = [
        lines.history(one, t, view.estate.zone, view.masks, chinese=view.chinese) for one in found.history
    ]
    grid.grid(view, t("最近的在前", "The latest first"), columns, rows, nothing=t("无", "None"))
