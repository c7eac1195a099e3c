"""Figures of wake-ups and of reminders of unpaid bills. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotline.reports.facts import Leads, PromiseFact, ReminderFact, Source, WakeFact
from hotline.reports.figures import Figure, How, Unit

ON_TIME = 60.0
"""Seconds after the booked time within which the first ring counts as on time: the minute that was booked."""
TAKEN_OFF = frozenset({"cancelled", "skipped"})
RESULTS = ("promised", "says_paid", "dispute", "human_reached", "call_back", "wrong_person", "settled")
_KEPT, _BROKEN = "kept", "broken"


def _due(wake: WakeFact) -> bool:
    """Cancelling one that has gone wrong takes nothing back: it was due, and nobody was woken in time."""
    return wake.over and (wake.state not in TAKEN_OFF or wake.gone_wrong)


def _on_time(wake: WakeFact) -> bool:
    return wake.ring_delay is not None and wake.ring_delay < ON_TIME


WAKEUPS: Sequence[Figure[WakeFact]] = (
    Figure(
        id="wakeups.due", zh="叫醒", en="Wake-ups", source=Source.WAKEUPS, leads=Leads.WAKEUP, of=_due,
        about_zh="期间到时并已结束的叫醒；取消和跳过的不计，已请人敲门或告警后才取消的照计。",
        about_en="Wake-ups that came due and are over; cancelled and skipped ones are not counted, unless it "
        "was after somebody was sent to the door or an alarm.",
    ),
    Figure(
        id="wakeups.on_time", zh="叫醒准时率", en="Wake-ups on time", source=Source.WAKEUPS,
        leads=Leads.WAKEUP,
        how=How.SHARE, unit=Unit.SHARE, of=_due, hit=_on_time,
        about_zh="在预订的那一分钟内打出第一个电话的占比。",
        about_en="Share whose first ring was within the minute that was booked.",
    ),
    Figure(
        id="wakeups.woken", zh="确认叫醒率", en="Known to be awake", source=Source.WAKEUPS,
        leads=Leads.WAKEUP, how=How.SHARE, unit=Unit.SHARE, of=_due, hit=lambda wake: wake.woken,
        about_zh="客人按键确认或楼层人员敲门确认醒来的占比。",
        about_en="Share confirmed by the guest's key or by who knocked.",
    ),
    Figure(
        id="wakeups.attempts", zh="平均拨叫次数", en="Attempts", source=Source.WAKEUPS, leads=Leads.WAKEUP,
        how=How.MEAN, of=_due, measure=lambda wake: wake.attempts,
        about_zh="每次叫醒平均拨打客人的次数。", about_en="Rings to the guest, on average.",
    ),
    Figure(
        id="wakeups.escalated", zh="上门敲门", en="Sent to the door", source=Source.WAKEUPS,
        leads=Leads.WAKEUP, of=lambda wake: _due(wake) and wake.escalated,
        about_zh="无人应答而通知楼层人员的次数。", about_en="Wake-ups floor staff were rung for.",
    ),
    Figure(
        id="wakeups.unconfirmed", zh="未确认", en="Never confirmed", source=Source.WAKEUPS,
        leads=Leads.WAKEUP, of=lambda wake: _due(wake) and not wake.woken,
        about_zh="到最后也没有人确认客人醒来的次数。",
        about_en="Wake-ups nobody could confirm to the end.",
    ),
    Figure(
        id="wakeups.late", zh="晚起", en="Up late", source=Source.WAKEUPS, leads=Leads.WAKEUP,
        of=lambda wake: _due(wake) and bool(wake.minutes_late),
        about_zh="比预订时间晚一分钟及以上才确认醒来的次数。",
        about_en="Guests confirmed awake a minute or more after the booked time.",
    ),
    Figure(
        id="wakeups.minutes_late", zh="平均晚起", en="Minutes late", source=Source.WAKEUPS,
        leads=Leads.WAKEUP, how=How.MEAN, unit=Unit.MINUTES, of=_due, measure=lambda wake: wake.minutes_late,
        about_zh="确认醒来时比预订时间晚的分钟数，平均值。",
        about_en="Minutes from the booked time to the confirmation, on average.",
    ),
    Figure(
        id="wakeups.latest", zh="最晚", en="Latest", source=Source.WAKEUPS, leads=Leads.WAKEUP, how=How.MAX,
        unit=Unit.MINUTES, of=_due, measure=lambda wake: wake.minutes_late,
        about_zh="确认醒来最晚的分钟数。", about_en="The most minutes late.",
    ),
    Figure(
        id="wakeups.by_state", zh="按结果", en="By result", source=Source.WAKEUPS, leads=Leads.WAKEUP,
        of=_due, by=lambda wake: wake.state,
        keys=("confirmed", "knocked", "unconfirmed", "too_late", "cancelled"),
        about_zh="叫醒按结果统计。", about_en="Wake-ups by how they ended.",
    ),
)  # fmt: skip

REMINDERS: Sequence[Figure[Any]] = (
    Figure[ReminderFact](
        id="reminders.people", zh="催费对象", en="People reminded", source=Source.REMINDERS,
        leads=Leads.REMINDER,
        about_zh="期间结束拨打的催费对象；未拨打就停止的不计。",
        about_en="People whose reminder came to its end; those never called are not counted.",
    ),
    Figure[ReminderFact](
        id="reminders.reached", zh="接通率", en="Reached", source=Source.REMINDERS, leads=Leads.REMINDER,
        how=How.SHARE, unit=Unit.SHARE, hit=lambda one: one.reached,
        about_zh="其中有人应答的占比。", about_en="Share of these where a person answered.",
    ),
    Figure[ReminderFact](
        id="reminders.by_result", zh="按结果", en="By result", source=Source.REMINDERS,
        leads=Leads.REMINDER, by=lambda one: one.result, keys=RESULTS,
        about_zh="催费按结果统计；“-”为没有结果。", about_en="Reminders by what came of them; “-”: nothing.",
    ),
    Figure[PromiseFact](
        id="promises.made", zh="付款承诺", en="Promises to pay", source=Source.PROMISES,
        leads=Leads.PROMISE,
        about_zh="期间在电话中作出的付款承诺。", about_en="Promises to pay given on calls in the period.",
    ),
    Figure[PromiseFact](
        id="promises.kept", zh="付款承诺兑现率", en="Promises kept", source=Source.PROMISES,
        leads=Leads.PROMISE, how=How.SHARE, unit=Unit.SHARE, of=lambda one: one.state in (_KEPT, _BROKEN),
        hit=lambda one: one.state == _KEPT,
        about_zh="其中已到期的承诺按时付清的占比。",
        about_en="Of these that are decided, those paid by the promised day.",
    ),
    Figure[PromiseFact](
        id="promises.amount", zh="承诺金额", en="Amount promised", source=Source.PROMISES,
        leads=Leads.PROMISE, how=How.SUM, unit=Unit.FEN, of=lambda one: one.state != "replaced",
        measure=lambda one: one.fen,
        about_zh="承诺付清的欠费合计，不含违约金；同一房间改约的只计最后一次。",
        about_en="What the promises come to, without late fees; of a room that gave another day, the last.",
    ),
    Figure[PromiseFact](
        id="promises.amount_kept", zh="兑现金额", en="Amount paid as promised", source=Source.PROMISES,
        leads=Leads.PROMISE, how=How.SUM, unit=Unit.FEN, of=lambda one: one.state == _KEPT,
        measure=lambda one: one.fen,
        about_zh="已兑现的承诺合计。", about_en="What the kept promises come to.",
    ),
    Figure[PromiseFact](
        id="promises.by_state", zh="承诺状态", en="Promises by state", source=Source.PROMISES,
        leads=Leads.PROMISE, by=lambda one: one.state, keys=("open", "kept", "broken"),
        about_zh="付款承诺按现状统计。", about_en="Promises by how they stand.",
    ),
)  # fmt: skip
