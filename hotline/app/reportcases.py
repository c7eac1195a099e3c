"""Facts of tickets, what happened to them, and their time limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from hotline.app.reportpeople import Crew
from hotline.app.reportrows import Instants, plain, rows
from hotline.call.ports import Urgency
from hotline.operators.lines import Leave
from hotline.operators.models import WaitRow
from hotline.reports.facts import ChangeFact, LimitFact, TicketFact
from hotline.reports.service import Asked
from hotline.tickets.models import TicketFiringRow, TicketHistoryRow, TicketLimitRow, TicketRow
from hotline.tickets.policy import BREACH

FOLLOWED_UP = "followed_up"
EVENTS = ("completed", "closed", "cancelled", "reopened", "postponed", FOLLOWED_UP)
_SCORE = re.compile(r"([1-5]) of 5\b")
"""As the history has a follow-up's answer. The ticket itself forgets it when it is reopened, and those are
the answers that matter."""


@dataclass(frozen=True, slots=True)
class _Case:
    """What is asked of a ticket for whatever happened to it."""

    kind: str
    department: str
    operator: str
    round: int
    closed: Any


def cases(session: Session, asked: Asked, crew: Crew) -> list[TicketFact]:
    """Return the tickets opened in the period."""
    row, instants = TicketRow, Instants(session, asked.period.zone)
    query = (
        select(row.number, plain(row.opened_at), plain(row.kind), row.department, row.building, row.room,
               plain(row.urgency), row.complete, row.owner, WaitRow.operator)
        .outerjoin(WaitRow, _taken_in(row))
        .where(row.estate == asked.estate, row.opened_at >= asked.period.begin,
               row.opened_at < asked.period.end)
        .order_by(row.opened_at, row.number, WaitRow.entered_at)
    )  # fmt: skip
    numbers, local = crew.numbers(session, asked.estate), instants.local
    found: dict[str, TicketFact] = {}
    for number, at, kind, department, building, room, urgency, complete, owner, taker in rows(session, query):
        if number not in found:
            found[number] = TicketFact(
                number, local(at), kind, department, building, not room,
                urgency == Urgency.URGENT, bool(complete), _operator(numbers, owner, taker),
            )  # fmt: skip
    return list(found.values())


def changes(session: Session, asked: Asked, crew: Crew) -> list[ChangeFact]:
    """Return what happened to tickets in the period, whenever they were opened."""
    line, local = TicketHistoryRow, Instants(session, asked.period.zone).local
    conditions = (
        line.estate == asked.estate, line.event.in_(EVENTS), line.at >= asked.period.begin,
        line.at < asked.period.end,
    )  # fmt: skip
    query = select(line.number, plain(line.at), line.event, line.detail).where(*conditions)
    about = _about(session, select(line.number).where(*conditions), crew.numbers(session, asked.estate))
    return [
        ChangeFact(number, local(at), event, _score(event, detail), case.kind, case.department, case.operator)
        for number, at, event, detail in rows(session, query.order_by(line.at, line.id))
        if (case := about.get(number)) is not None
    ]


def limits(session: Session, asked: Asked) -> list[LimitFact]:
    """Return the time limits that were due in the period.

    One that was not met is missed when it was told as a breach, or when the matter is still open and it is
    over. Who cancels a matter before its limit has not missed it.
    """
    line, told, instants = TicketLimitRow, TicketFiringRow, Instants(session, asked.period.zone)
    due_then = (line.due_at >= asked.period.begin, line.due_at < asked.period.end)
    query = select(line.number, plain(line.due_at), line.name, plain(line.met_at), line.round)
    query = query.where(*due_then).order_by(line.due_at, line.number, line.round, line.name)
    these = select(line.number).where(*due_then)
    about = _about(session, these, None, estate=asked.estate)
    breached = select(told.number, told.round, told.name).where(told.percent == BREACH)
    breaches = frozenset(rows(session, breached.where(told.number.in_(these))))
    now, local, found = instants.raw(asked.now), instants.local, []
    for number, due, name, met, turn in rows(session, query):
        case = about.get(number)
        if case is None:  # of another estate
            continue
        kept = met is not None and met <= due
        breach = not kept and (number, turn, name) in breaches
        missed = not kept and _missed(due, met, breach, case.closed, now, over=turn != case.round)
        found.append(LimitFact(number, local(due), name, kept, missed, case.kind, case.department))
    return found


def _about(
    session: Session, wanted: Select[str], names: Mapping[str, str] | None, *, estate: str = ""
) -> dict[str, _Case]:
    """Return the tickets of some numbers, each once: many lines are of the same ones.

    ``names``: numbers of operators by what owners are called; ``None``: nobody asks whose they are.
    """
    row = TicketRow
    query = select(row.number, plain(row.kind), row.department, row.round, plain(row.closed_at))
    query = query.where(row.number.in_(wanted), *([row.estate == estate] if estate else []))
    if names is None:
        return {
            number: _Case(kind, department, "", turn, closed)
            for number, kind, department, turn, closed in rows(session, query)
        }
    taken = query.add_columns(row.owner, WaitRow.operator).outerjoin(WaitRow, _taken_in(row))
    found: dict[str, _Case] = {}
    for number, kind, department, turn, closed, owner, taker in rows(
        session, taken.order_by(row.number, WaitRow.entered_at)
    ):
        if number not in found:
            found[number] = _Case(kind, department, _operator(names, owner, taker), turn, closed)
    return found


def _missed(due: Any, met: Any, told: bool, closed: Any, now: Any, *, over: bool) -> bool:
    """Instants as the driver has them: they compare with each other."""
    if met is not None:
        return bool(met > due)
    if over:  # an earlier round of the ticket: what was told then is all that is known
        return told
    return told or bool((closed or now) > due)


def _taken_in(row: type[TicketRow]) -> Any:
    return and_(WaitRow.leg == row.call, WaitRow.how == Leave.ANSWERED, row.call != "")


def _operator(numbers: Mapping[str, str], owner: str, taker: str | None) -> str:
    return numbers.get(owner, "") or taker or ""


def _score(event: str, detail: str) -> int | None:
    found = _SCORE.match(detail) if event == FOLLOWED_UP else None
    return None if found is None else int(found[1])
