"""Figures of tickets and their time limits. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hotline.reports.facts import ChangeFact, Leads, LimitFact, Source, TicketFact
from hotline.reports.figures import Figure, How, Unit, day

KINDS = ("repair", "complaint", "request", "enquiry", "suggestion", "message")
LIMITS = ("first_response", "on_site", "feedback", "solved", "promised")
SATISFIED = 4
"""Of 5, and more: 满意 and 非常满意."""


def _kind(fact: Any) -> str:
    kind: str = fact.kind
    return kind


def _department(fact: Any) -> str:
    department: str = fact.department
    return department


def _was(event: str) -> Callable[[ChangeFact], bool]:
    return lambda change: change.event == event


def _decided(limit: LimitFact) -> bool:
    return limit.kept or limit.missed


TICKETS: Sequence[Figure[TicketFact]] = (
    Figure(
        id="tickets.opened", zh="登记工单", en="Tickets opened", source=Source.TICKETS, leads=Leads.TICKET,
        about_zh="期间登记的工单。", about_en="Tickets registered in the period.",
    ),
    Figure(
        id="tickets.urgent", zh="急修与紧急", en="Urgent tickets", source=Source.TICKETS, leads=Leads.TICKET,
        of=lambda ticket: ticket.urgent,
        about_zh="其中紧急的工单。", about_en="Of these, the urgent ones.",
    ),
    Figure(
        id="tickets.incomplete", zh="待补工单", en="Incomplete tickets", source=Source.TICKETS,
        leads=Leads.TICKET, of=lambda ticket: not ticket.complete,
        about_zh="其中因通话中断而资料不全、需要回拨的工单。",
        about_en="Of these, those a call ended before: to be called back.",
    ),
    Figure(
        id="tickets.public", zh="公共报修占比", en="Share of public repairs", source=Source.TICKETS,
        leads=Leads.TICKET, how=How.SHARE, unit=Unit.SHARE, of=lambda ticket: ticket.kind == "repair",
        hit=lambda ticket: ticket.public,
        about_zh="报修工单中没有房号、属公共部位的占比。",
        about_en="Of the repairs, those of no room.",
    ),
    Figure(
        id="tickets.by_kind", zh="按类型", en="By kind", source=Source.TICKETS, leads=Leads.TICKET,
        by=_kind, keys=KINDS,
        about_zh="登记的工单按类型统计。", about_en="Tickets opened, by kind.",
    ),
    Figure(
        id="tickets.by_department", zh="按部门", en="By department", source=Source.TICKETS,
        leads=Leads.TICKET, by=_department,
        about_zh="登记的工单按负责部门统计；“-”为尚未指定。",
        about_en="Tickets opened, by department; “-”: none was named.",
    ),
    Figure(
        id="tickets.by_building", zh="按楼栋", en="By building", source=Source.TICKETS, leads=Leads.TICKET,
        by=lambda ticket: ticket.building,
        about_zh="登记的工单按楼栋统计；“-”为没有楼栋。", about_en="Tickets opened, by building; “-”: none.",
    ),
    Figure(
        id="tickets.by_day", zh="每日工单", en="Tickets by day", source=Source.TICKETS, leads=Leads.TICKET,
        by=day, by_day=True,
        about_zh="按登记日期统计的工单数。", about_en="Tickets by the day they were opened.",
    ),
)  # fmt: skip

CHANGES: Sequence[Figure[ChangeFact]] = (
    Figure(
        id="tickets.completed", zh="完成", en="Completed", source=Source.CHANGES, leads=Leads.TICKET,
        of=_was("completed"),
        about_zh="期间报告完成的次数，不论何时登记。",
        about_en="Completions reported in the period, whenever the ticket was opened.",
    ),
    Figure(
        id="tickets.closed", zh="关闭", en="Closed", source=Source.CHANGES, leads=Leads.TICKET,
        of=_was("closed"), about_zh="期间关闭的次数。", about_en="Tickets closed in the period.",
    ),
    Figure(
        id="tickets.cancelled", zh="取消", en="Cancelled", source=Source.CHANGES, leads=Leads.TICKET,
        of=_was("cancelled"), about_zh="期间取消的次数。", about_en="Tickets cancelled in the period.",
    ),
    Figure(
        id="tickets.reopened", zh="重新打开", en="Reopened", source=Source.CHANGES, leads=Leads.TICKET,
        of=_was("reopened"),
        about_zh="完成或关闭后因不满意等原因重新打开的次数。",
        about_en="Tickets opened again after they were done or closed.",
    ),
    Figure(
        id="tickets.postponed", zh="延期", en="Postponed", source=Source.CHANGES, leads=Leads.TICKET,
        of=_was("postponed"),
        about_zh="期间延期的次数；同一事项只可延期一次。",
        about_en="Postponements in the period; a matter is postponed once at most.",
    ),
    Figure(
        id="satisfaction.answers", zh="回访评分数", en="Follow-ups with an answer", source=Source.CHANGES,
        leads=Leads.TICKET, of=_was("followed_up"), how=How.COUNT, measure=lambda change: change.score,
        about_zh="期间回访中来电人给出评分的次数；因不满意而重新打开的也计入。",
        about_en="Follow-ups in which the caller gave a score; those that reopened the ticket count.",
    ),
    Figure(
        id="satisfaction.average", zh="平均满意度", en="Average satisfaction", source=Source.CHANGES,
        leads=Leads.TICKET, how=How.MEAN, unit=Unit.SCORE, of=_was("followed_up"),
        measure=lambda change: change.score,
        about_zh="回访评分的平均值（1 至 5）。", about_en="Scores of follow-ups, 1 to 5, on average.",
    ),
    Figure(
        id="satisfaction.satisfied", zh="满意率", en="Satisfied", source=Source.CHANGES, leads=Leads.TICKET,
        how=How.SHARE, unit=Unit.SHARE, of=_was("followed_up"), measure=lambda change: change.score,
        hit=lambda change: (change.score or 0) >= SATISFIED,
        about_zh="回访评分为 4 或 5 的占比；目标 95%。",
        about_en="Share of the scores that are 4 or 5; the trade's goal is 95 %.",
    ),
    Figure(
        id="satisfaction.by_score", zh="评分分布", en="Scores", source=Source.CHANGES, leads=Leads.TICKET,
        of=_was("followed_up"), measure=lambda change: change.score, by=lambda change: str(change.score),
        keys=("1", "2", "3", "4", "5"),
        about_zh="回访评分的分布。", about_en="Follow-ups by score.",
    ),
    Figure(
        id="satisfaction.by_department", zh="部门满意度", en="Satisfaction by department",
        source=Source.CHANGES, leads=Leads.TICKET, how=How.MEAN, unit=Unit.SCORE, of=_was("followed_up"),
        measure=lambda change: change.score, by=_department,
        about_zh="回访评分的平均值，按负责部门。", about_en="Scores of follow-ups by department, on average.",
    ),
)  # fmt: skip

SLA: Sequence[Figure[LimitFact]] = (
    Figure(
        id="sla.due", zh="到期时限", en="Limits due", source=Source.LIMITS, leads=Leads.TICKET, of=_decided,
        about_zh="期间到期并已见分晓的时限：响应、到场、反馈、解决、承诺；到期前取消的不计。",
        about_en="Time limits that fell due in the period and are decided: response, on site, feedback, "
        "solved, promise; those of matters that ended before are not counted.",
    ),
    Figure(
        id="sla.kept", zh="时限达标率", en="Limits kept", source=Source.LIMITS, leads=Leads.TICKET,
        how=How.SHARE, unit=Unit.SHARE, of=_decided, hit=lambda limit: limit.kept,
        about_zh="其中按时完成的占比。", about_en="Share of these that were met in time.",
    ),
    Figure(
        id="sla.missed", zh="超时", en="Limits missed", source=Source.LIMITS, leads=Leads.TICKET,
        of=lambda limit: limit.missed,
        about_zh="其中超时的次数，含至今未完成的。",
        about_en="Of these, the missed ones; met late, or not to this day.",
    ),
    Figure(
        id="sla.by_limit", zh="按时限", en="Kept by limit", source=Source.LIMITS, leads=Leads.TICKET,
        how=How.SHARE, unit=Unit.SHARE, of=_decided, hit=lambda limit: limit.kept,
        by=lambda limit: limit.name, keys=LIMITS,
        about_zh="达标率，按时限种类。", about_en="Share kept, by which limit it is.",
    ),
    Figure(
        id="sla.by_kind", zh="按工单类型", en="Kept by kind", source=Source.LIMITS, leads=Leads.TICKET,
        how=How.SHARE, unit=Unit.SHARE, of=_decided, hit=lambda limit: limit.kept, by=_kind,
        about_zh="达标率，按工单类型。", about_en="Share kept, by kind of ticket.",
    ),
    Figure(
        id="sla.by_department", zh="按部门", en="Kept by department", source=Source.LIMITS,
        leads=Leads.TICKET, how=How.SHARE, unit=Unit.SHARE, of=_decided, hit=lambda limit: limit.kept,
        by=_department,
        about_zh="达标率，按负责部门。", about_en="Share kept, by department.",
    ),
)  # fmt: skip
