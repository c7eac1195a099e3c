"""Debts, bills and promises as lines of tables. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from hotline.call.ports import BillSummary
from hotline.call.ports.fees import room_subject
from hotline.campaigns.models import CampaignRow, PersonRow
from hotline.campaigns.states import PersonState
from hotline.fees.arrears import BANDS, Arrears
from hotline.fees.models import BillHistoryRow, BillRow, PromiseRow
from hotline.fees.money import yuan
from hotline.fees.repository import TYPED, Debt
from hotline.fees.states import BillState, PromiseState
from hotline.residents.models import ResidentRow
from hotline.web.console.fees import historywords
from hotline.web.console.kit import paging, times
from hotline.web.console.kit.grid import Row
from hotline.web.masks import Masks

Texts = Callable[[str, str], str]
BILLS = {
    BillState.UNPAID: ("未缴", "unpaid"), BillState.PAID: ("已缴", "paid"),
    BillState.WITHDRAWN: ("已撤销", "withdrawn"),
}  # fmt: skip
PROMISES = {
    PromiseState.OPEN: ("未到期", "open"), PromiseState.KEPT: ("已兑现", "kept"),
    PromiseState.BROKEN: ("未兑现", "broken"), PromiseState.REPLACED: ("已改期", "replaced"),
    PromiseState.VOID: ("已作废", "void"),
}  # fmt: skip
REMINDED = {
    PersonState.LISTED: ("未开始", "not planned yet"), PersonState.PLANNED: ("待呼叫", "to be called"),
    PersonState.NOT_NOW: ("改时再打", "asked for another time"), PersonState.BEGUN: ("谈到一半", "begun"),
    PersonState.FINISHED: ("已谈", "talked"), PersonState.PARTLY: ("中途挂断", "hung up midway"),
    PersonState.DECLINED: ("拒绝", "declined"), PersonState.NOT_REACHED: ("未接通", "not reached"),
    PersonState.STOPPED: ("要求停止", "said stop"), PersonState.LEFT_OUT: ("不再呼叫", "left out"),
    PersonState.NOT_CALLED: ("未呼叫", "not called"),
}  # fmt: skip
RESULTS = {
    "promised": ("承诺缴费", "promised"), "paid": ("已缴费", "paid"),
    "says_paid": ("称已缴", "says it is paid"),
    "dispute": ("有异议", "dispute"), "human": ("转人工", "wants a human"), "stop": ("要求停止", "stop"),
    "understood": ("已了解", "understood"), "settled": ("已缴清", "settled"),
    "human_reached": ("已与人工通话", "talked to a human"),
    "call_back": ("待人工回电", "to be called back"), "wrong_person": ("非本人", "wrong person"),
}  # fmt: skip


def money(amount: Decimal) -> str:
    """``1,234.50``; empty for nothing."""
    return f"{amount:,.2f}" if amount else ""


def bands(t: Texts) -> list[str]:
    """Return the headings of the bands of arrears."""
    edges = [0, *BANDS]
    named = [
        t(f"逾期 {older + 1}–{newer} 天", f"{older + 1}–{newer} days") for older, newer in pairwise(edges)
    ]
    return [t("未到期", "Not due"), *named, t(f"逾期 {BANDS[-1]} 天以上", f"over {BANDS[-1]} days")]


def building(one: Arrears, t: Texts) -> Row:
    """Return what a building owes, by how long."""
    name = one.building or t("（无楼号）", "(none)")
    cells = (
        name, str(one.rooms), str(one.bills), money(one.not_due), *(money(part) for part in one.bands),
        money(one.total),
    )  # fmt: skip
    return Row(cells, link=paging.address("/fees", {"building": one.building or "-"}))


def everybody(found: list[Arrears], t: Texts) -> Row:
    """Return the sum of all buildings."""
    sums = [sum((one.bands[place] for one in found), Decimal(0)) for place in range(len(BANDS) + 1)]
    return Row(
        (
            t("合计", "All"), str(sum(one.rooms for one in found)), str(sum(one.bills for one in found)),
            money(sum((one.not_due for one in found), Decimal(0))), *map(money, sums),
            money(sum((one.total for one in found), Decimal(0))),
        )
    )  # fmt: skip


Called = Mapping[str, list[tuple[PersonRow, CampaignRow]]]
"""Who was called about a room, the latest first, by its subject."""


def debt(
    one: Debt, estate: str, person: ResidentRow | None, called: Called, t: Texts, masks: Masks, today: date
) -> Row:
    """Return what a room owes, whom to call about it, since when, what was promised, who was reminded."""
    oldest = min(bill.due_on for bill in one.bills)
    room = str(one.place)
    latest = called.get(room_subject(estate, one.place))
    overdue = (today - oldest).days
    cells = (
        room,
        masks.name(person.name) if person else t("无电话", "no telephone"),
        masks.number(person.numbers[0].number, person.numbers[0].raw) if person else "",
        "\n".join(bill.month for bill in one.bills),
        money(one.total),
        money(one.late_fee),
        f"{oldest}\n"
        + (t(f"逾期 {overdue} 天", f"{overdue} days ago") if overdue > 0 else t("未到期", "not due")),
        times.day(one.promised_on),
        reminded(latest[0][0], t) if latest else "",
    )
    tone = "red" if overdue > BANDS[-1] else "amber" if overdue > BANDS[1] else ""
    return Row(cells, link=paging.address("/fees/room", {"room": room}), tone=tone, key=room)


def reminded(person: PersonRow, t: Texts) -> str:
    """Return how far a reminder came: the result where there is one."""
    state = t(*REMINDED[person.state])
    return t(*RESULTS.get(person.result, (person.result, person.result))) if person.result else state


def bill(row: BillRow, found: BillSummary, t: Texts) -> Row:
    """Return a bill: number, month, items, total, late fee, due, notice, state."""
    items = "\n".join(f"{item.label} {item.amount}" for item in found.items)
    how = t(*historywords.HOW.get(row.paid_how, (row.paid_how, row.paid_how)))
    paid = f" {row.paid_on} {how}".rstrip() if row.paid_on else ""
    cells = (
        row.number, row.month, items, money(found.total), money(found.late_fee), row.due_on.isoformat(),
        times.day(row.notice_on), t(*BILLS[row.state]) + paid,
    )  # fmt: skip
    tone = "" if row.state is BillState.UNPAID else "dim"
    return Row(cells, tone=tone, key=row.number)


def promise(row: PromiseRow, t: Texts, zone: ZoneInfo, masks: Masks, *, with_room: bool = True) -> Row:
    """Return a promise: (room,) said when, to whom, until when, how much, months, what came of it."""
    whom = historywords.who(row.said_to, t, masks)
    cells = (
        times.moment(row.said_at, zone), whom, row.promised_on.isoformat(), money(yuan(row.amount_fen)),
        " ".join(one.month for one in row.bills), t(*PROMISES[row.state]),
    )  # fmt: skip
    tone = {PromiseState.BROKEN: "red", PromiseState.OPEN: ""}.get(row.state, "dim")
    room = str(row.place)
    if not with_room:
        return Row(cells, tone=tone)
    return Row((room, *cells), link=paging.address("/fees/room", {"room": room}), tone=tone)


def history(row: BillHistoryRow, t: Texts, zone: ZoneInfo, masks: Masks, *, chinese: bool) -> Row:
    """Return what happened to a bill; words people typed are masked, days and amounts are nobody's secret."""
    said = historywords.detail(row.detail, chinese=chinese)
    detail = masks.text(said) if row.event in TYPED else said
    event = t(*historywords.EVENTS.get(row.event, (row.event, row.event)))
    return Row((times.moment(row.at, zone), row.bill, historywords.who(row.who, t, masks), event, detail))
