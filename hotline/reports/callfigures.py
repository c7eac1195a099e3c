"""Figures of calls, of waiting for operators, and of the operators themselves. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotline.reports.facts import (
    CallFact,
    ChangeFact,
    Leads,
    MissFact,
    ReviewFact,
    Source,
    TalkFact,
    TicketFact,
    TransferFact,
    WaitFact,
)
from hotline.reports.figures import HOURS, Figure, How, Unit, day, hour

ANSWERED, ABANDONED = "answered", "abandoned"
TRANSFERS = ("blind", "attended", "menu", "failed")


def counts_for_rings(call: CallFact) -> bool:
    """Whether a call says something about answering in time: who hangs up before it was due does not."""
    return call.answered or (call.ring_seconds or 0.0) > call.late_after


def in_three_rings(call: CallFact) -> bool:
    """Whether a call was answered before the third ring's tone was over (DOMAIN section 2)."""
    return call.answered and (call.ring_seconds or 0.0) <= call.late_after


def _unanswered(call: CallFact) -> bool:
    return not call.answered


def _left_in_menu(call: CallFact) -> bool:
    return call.answered and call.outcome == ABANDONED


CALLS: Sequence[Figure[CallFact]] = (
    Figure(
        id="calls.offered", zh="来电", en="Calls", source=Source.CALLS,
        about_zh="期间打进来的全部电话，含无人接听和进行中的。",
        about_en="Every call that came in, those not answered and those in progress included.",
    ),
    Figure(
        id="calls.answered", zh="接听", en="Answered", source=Source.CALLS,
        of=lambda call: call.answered,
        about_zh="其中由自动语音或人工接起的电话。",
        about_en="Of these, the calls that the menu or a person answered.",
    ),
    Figure(
        id="calls.unanswered", zh="未接", en="Not answered", source=Source.CALLS, of=_unanswered,
        about_zh="其中响铃后没有接起的电话：对方挂断、线路占满或故障。",
        about_en="Of these, the calls nobody answered: hung up, no free channel, or a fault.",
    ),
    Figure(
        id="calls.in_three_rings", zh="三声内接听率", en="Answered within three rings",
        source=Source.CALLS, how=How.SHARE, unit=Unit.SHARE, of=counts_for_rings, hit=in_three_rings,
        about_zh="第三声铃音结束前（国内 11 秒）接起的电话，占接起的和响铃超过该时间的电话之比；"
        "更早自行挂断的不计。",
        about_en="Calls answered before the tone of the third ring was over (11 s in China), of those "
        "answered or left ringing longer; who hung up earlier is not counted.",
    ),
    Figure(
        id="calls.ring_seconds", zh="平均接听时长", en="Seconds to the answer", source=Source.CALLS,
        how=How.MEAN, unit=Unit.SECONDS, of=lambda call: call.answered,
        measure=lambda call: call.ring_seconds,
        about_zh="从第一声铃响到接起的平均秒数。",
        about_en="From the first ring to the answer, on average.",
    ),
    Figure(
        id="calls.left_in_menu", zh="语音中放弃", en="Gave up in the menu", source=Source.CALLS,
        of=_left_in_menu,
        about_zh="接起后未办理任何事项、也未转到人工就挂断的电话。",
        about_en="Answered calls that ended with nothing done and nobody spoken to.",
    ),
    Figure(
        id="calls.emergency", zh="紧急电话", en="Emergency calls", source=Source.CALLS,
        of=lambda call: call.emergency or call.outcome == "emergency",
        about_zh="从电梯等紧急号码打来，或在通话中转为紧急的电话。",
        about_en="Calls from emergency telephones, or that became an emergency.",
    ),
    Figure(
        id="calls.seconds", zh="通话总时长", en="Time on calls", source=Source.CALLS, how=How.SUM,
        unit=Unit.SECONDS, of=lambda call: call.answered, measure=lambda call: call.seconds,
        about_zh="接起的电话从接起到结束的时间之和，含自动语音。",
        about_en="From the answer to the end, added up, the menu included.",
    ),
    Figure(
        id="calls.by_day", zh="每日来电", en="Calls by day", source=Source.CALLS, by=day, by_day=True,
        about_zh="按来电日期统计的电话数。", about_en="Calls by the day they came in.",
    ),
    Figure(
        id="calls.by_hour", zh="分时来电", en="Calls by hour", source=Source.CALLS, by=hour, keys=HOURS,
        about_zh="按一天中的小时统计的来电数。", about_en="Calls by the hour of the day.",
    ),
    Figure(
        id="calls.by_menu", zh="按菜单选择", en="Calls by menu", source=Source.CALLS,
        of=lambda call: call.answered, by=lambda call: call.choice,
        about_zh="接起的电话按来电人在菜单中的第一个选择统计；“-”为没有选择。",
        about_en="Answered calls by the caller's first choice in the menu; “-”: none was made.",
    ),
    Figure(
        id="calls.by_outcome", zh="按结果", en="Calls by outcome", source=Source.CALLS,
        of=lambda call: call.answered, by=lambda call: call.outcome,
        about_zh="接起的电话按通话结果统计。", about_en="Answered calls by how they ended.",
    ),
)  # fmt: skip

WAITING: Sequence[Figure[Any]] = (
    Figure[WaitFact](
        id="waiting.callers", zh="排队来电", en="Callers who waited", source=Source.WAITS,
        about_zh="要求人工并进入队列的来电；经过几个队列只计一次。",
        about_en="Callers who came into a queue; once, however many queues they went through.",
    ),
    Figure[WaitFact](
        id="waiting.answered", zh="人工接听", en="Answered by operators", source=Source.WAITS,
        of=lambda wait: wait.how == ANSWERED,
        about_zh="其中由话务员接起的。", about_en="Of these, those an operator took.",
    ),
    Figure[WaitFact](
        id="waiting.abandoned", zh="排队放弃", en="Abandoned", source=Source.WAITS,
        of=lambda wait: wait.how == ABANDONED and not wait.short,
        about_zh="等待中挂断的来电；进入队列几秒内（默认 5 秒）就挂断的另计。",
        about_en="Callers who hung up while they waited; those who did within seconds (5 by default) are "
        "apart.",
    ),
    Figure[WaitFact](
        id="waiting.short", zh="短时放弃", en="Hung up at once", source=Source.WAITS,
        of=lambda wait: wait.how == ABANDONED and wait.short,
        about_zh="进入队列几秒内就挂断的来电，多为误拨。",
        about_en="Callers who hung up within seconds of the queue: mostly misdialled.",
    ),
    Figure[WaitFact](
        id="waiting.abandoned_share", zh="放弃率", en="Share abandoned", source=Source.WAITS, how=How.SHARE,
        unit=Unit.SHARE, of=lambda wait: not wait.short, hit=lambda wait: wait.how == ABANDONED,
        about_zh="排队放弃占排队来电（不含短时放弃）之比。",
        about_en="Abandoned, of the callers who waited without those who hung up at once.",
    ),
    Figure[WaitFact](
        id="waiting.service_level", zh="服务水平", en="Service level", source=Source.WAITS, how=How.SHARE,
        unit=Unit.SHARE, hit=lambda wait: wait.in_time,
        about_zh="在队列规定时间内（默认 20 秒）接起或挂断的来电，占排队来电之比。",
        about_en="Callers answered, or gone, within the queue's time (20 s by default), of all who waited.",
    ),
    Figure[WaitFact](
        id="waiting.seconds", zh="平均等待", en="Average wait", source=Source.WAITS, how=How.MEAN,
        unit=Unit.SECONDS, of=lambda wait: wait.how == ANSWERED, measure=lambda wait: wait.waited,
        about_zh="人工接听的来电平均等待的秒数。", about_en="Seconds those waited whom an operator took.",
    ),
    Figure[WaitFact](
        id="waiting.longest", zh="最长等待", en="Longest wait", source=Source.WAITS, how=How.MAX,
        unit=Unit.SECONDS, measure=lambda wait: wait.waited,
        about_zh="所有排队来电中等待最久的秒数。", about_en="Of all who waited, in seconds.",
    ),
    Figure[WaitFact](
        id="waiting.by_queue", zh="按队列", en="Callers by queue", source=Source.WAITS,
        by=lambda wait: wait.queue,
        about_zh="排队来电按最后所在的队列统计。", about_en="Callers by the last queue they were in.",
    ),
    Figure[TalkFact](
        id="talk.seconds", zh="人工通话时长", en="Talk time", source=Source.TALKS, how=How.SUM,
        unit=Unit.SECONDS, measure=lambda talk: talk.talked,
        about_zh="话务员与来电人通话的时间之和，含保持。",
        about_en="Operators' talks with callers added up, hold included.",
    ),
    Figure[TalkFact](
        id="talk.average", zh="平均通话时长", en="Average talk", source=Source.TALKS, how=How.MEAN,
        unit=Unit.SECONDS, measure=lambda talk: talk.talked,
        about_zh="每次人工通话的平均秒数。", about_en="Seconds of a talk with an operator.",
    ),
    Figure[TransferFact](
        id="transfers.done", zh="转接", en="Transfers", source=Source.TRANSFERS,
        of=lambda one: one.how != "failed",
        about_zh="接通了的转接：话务员直接转、询问后转、自动语音转给人员或部门。",
        about_en="Transfers that came about: by operators, blind or after asking, and by the menu to people.",
    ),
    Figure[TransferFact](
        id="transfers.by_way", zh="按转接方式", en="Transfers by way", source=Source.TRANSFERS,
        by=lambda one: one.how, keys=TRANSFERS,
        about_zh="转接按方式统计，含没有接通而退回的。",
        about_en="Transfers by how they were made; those that came back among them.",
    ),
)  # fmt: skip


def _operator(fact: Any) -> str:
    number: str = fact.operator
    return number


OPERATORS: Sequence[Figure[Any]] = (
    Figure[TalkFact](
        id="operators.calls", zh="接听电话", en="Calls taken", source=Source.TALKS, by=_operator,
        about_zh="话务员接起的来电。", about_en="Callers the operator talked with.",
    ),
    Figure[MissFact](
        id="operators.missed", zh="未接振铃", en="Rings missed", source=Source.MISSES, by=_operator,
        about_zh="振铃而未接起的次数。", about_en="Rings the operator did not take.",
    ),
    Figure[TalkFact](
        id="operators.talk", zh="通话时长", en="Talk time", source=Source.TALKS, how=How.SUM,
        unit=Unit.SECONDS, measure=lambda talk: talk.talked, by=_operator,
        about_zh="与来电人通话的时间之和，含保持。", about_en="Talks with callers added up, hold included.",
    ),
    Figure[TalkFact](
        id="operators.average", zh="平均通话", en="Average talk", source=Source.TALKS, how=How.MEAN,
        unit=Unit.SECONDS, measure=lambda talk: talk.talked, by=_operator,
        about_zh="每次通话的平均秒数。", about_en="Seconds of a talk.",
    ),
    Figure[TicketFact](
        id="operators.tickets", zh="工单", en="Tickets", source=Source.TICKETS, leads=Leads.TICKET,
        of=lambda ticket: bool(ticket.operator), by=_operator,
        about_zh="期间登记的、由该话务员首问负责或在其接听的电话中登记的工单。",
        about_en="Tickets opened that the operator owns, or that were filed in a call they took.",
    ),
    Figure[TalkFact](
        id="operators.survey", zh="通话评价", en="Survey after the call", source=Source.TALKS, how=How.MEAN,
        unit=Unit.SCORE, measure=lambda talk: talk.score, by=_operator,
        about_zh="来电人在通话后按键评价的平均分（1 至 5）。",
        about_en="What callers keyed in the survey after the talk, 1 to 5, on average.",
    ),
    Figure[ChangeFact](
        id="operators.satisfaction", zh="回访满意度", en="Satisfaction at follow-up", source=Source.CHANGES,
        leads=Leads.TICKET, how=How.MEAN, unit=Unit.SCORE, of=lambda change: bool(change.operator),
        measure=lambda change: change.score, by=_operator,
        about_zh="其工单在期间回访时的平均分（1 至 5）。",
        about_en="What callers said in follow-ups of the operator's tickets, 1 to 5, on average.",
    ),
    Figure[ReviewFact](
        id="operators.quality", zh="质检得分", en="Quality score", source=Source.REVIEWS, how=How.MEAN,
        unit=Unit.PERCENT, measure=lambda review: review.percent, by=_operator,
        about_zh="期间通话中已质检的平均得分（满分 100）。",
        about_en="Of the period's calls that were reviewed, 0 to 100, on average.",
    ),
)  # fmt: skip
