"""Reads the facts reports are counted from: the one place that asks the tables of all slices for figures.

Everything is read by time over an index, in columns rather than objects: a month of 100,000 calls is counted
in about a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from hotline.app.reportcases import cases, changes, limits
from hotline.app.reportpeople import Crew
from hotline.app.reportrows import Instants, plain, prepare, rows
from hotline.app.reportservices import promises, reminders, wakeups
from hotline.call.ports import Direction
from hotline.callrecords.models import CHOICE, TESTS, CallEventRow, CallRow
from hotline.operators.figures import Wait, whole_visits
from hotline.operators.lines import Leave
from hotline.operators.models import WaitRow
from hotline.quality.models import ReviewRow, ReviewState
from hotline.reports.facts import (
    CallFact,
    MissFact,
    ReviewFact,
    Source,
    TalkFact,
    TransferFact,
    WaitFact,
)
from hotline.reports.service import Asked

SURVEY = "survey"
"""The menu operators send callers to after a talk."""
_TRANSFERS = MappingProxyType(
    {"BLINDTRANSFER": "blind", "ATTENDEDTRANSFER": "attended", "TRANSFER_FAILED": "failed"}
)
_SCORES = frozenset({"1", "2", "3", "4", "5"})
_TONE = 1.0
"""Seconds of one ring's tone (DOMAIN section 2)."""


def within(column: InstrumentedAttribute[Any], asked: Asked) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that an instant is in the period."""
    return column >= asked.period.begin, column < asked.period.end


@dataclass(frozen=True)
class FactReader:
    """Reads facts. See :class:`~hotline.reports.service.Load`."""

    crew: Crew
    ring_cycle: float = 5.0
    """Seconds of one ring and the silence after it."""
    _readers: Mapping[Source, Callable[[Session, Asked], Sequence[Any]]] = field(init=False)

    def __post_init__(self) -> None:
        """Name who reads what."""
        found: dict[Source, Callable[[Session, Asked], Sequence[Any]]] = {
            Source.CALLS: self._calls,
            Source.WAITS: self._waits,
            Source.TALKS: _talks,
            Source.MISSES: _misses,
            Source.TRANSFERS: _transfers,
            Source.TICKETS: lambda session, asked: cases(session, asked, self.crew),
            Source.CHANGES: lambda session, asked: changes(session, asked, self.crew),
            Source.LIMITS: limits,
            Source.WAKEUPS: wakeups,
            Source.REMINDERS: reminders,
            Source.PROMISES: promises,
            Source.REVIEWS: _reviews,
        }
        object.__setattr__(self, "_readers", MappingProxyType(found))

    def __call__(self, session: Session, source: Source, asked: Asked) -> Sequence[Any]:
        """Return the facts of one kind, in order of time."""
        prepare(session)
        return self._readers[source](session, asked)

    def _calls(self, session: Session, asked: Asked) -> list[CallFact]:
        row, local = CallRow, Instants(session, asked.period.zone).local
        query = (
            select(
                row.uniqueid, plain(row.start), row.answer.is_not(None), row.ring_seconds, row.billsec,
                row.outcome, row.emergency,
            )
            .where(row.estate == asked.estate, row.direction == Direction.INBOUND, row.outcome.not_in(TESTS),
                   *within(row.start, asked))
            .order_by(row.start, row.uniqueid)
        )  # fmt: skip
        chosen = _first_choices(session, asked)
        late = 2 * self.ring_cycle + _TONE
        return [
            CallFact(call, local(start), bool(answered), ringing, late, seconds or 0.0, outcome,
                     chosen.get(call, ""), bool(emergency))
            for call, start, answered, ringing, seconds, outcome, emergency in rows(session, query)
        ]  # fmt: skip

    def _waits(self, session: Session, asked: Asked) -> list[WaitFact]:
        row, local = WaitRow, Instants(session, asked.period.zone).local
        query = (
            select(row.visit, row.leg, plain(row.entered_at), row.queue, plain(row.how), row.waited,
                   row.short, row.operator, row.talked)
            .where(row.estate == asked.estate, row.how.is_not(None), *within(row.entered_at, asked))
            .order_by(row.entered_at, row.id)
        )  # fmt: skip
        first: dict[str, tuple[str, Any]] = {}
        ways, waits = {way.value: way for way in Leave}, []
        for visit, leg, entered, queue, how, waited, short, operator, talked in rows(session, query):
            first.setdefault(visit, (leg, entered))
            waits.append(
                Wait(visit=visit, queue=queue, how=ways[how], waited=waited or 0.0, operator=operator,
                     talked=talked or 0.0, short=bool(short))
            )  # fmt: skip
        levels = self.crew.levels()
        return [
            WaitFact(first[one.visit][0], local(first[one.visit][1]), one.queue, one.how.value,
                     one.waited, _in_time(one, levels), one.short, one.talked)
            for one in whole_visits(waits)
        ]  # fmt: skip


def _in_time(wait: Wait, levels: Mapping[str, float]) -> bool:
    left = wait.how in (Leave.ANSWERED, Leave.ABANDONED)
    return left and wait.waited <= levels.get(wait.queue, Crew.USUAL_LEVEL)


def _talks(session: Session, asked: Asked) -> list[TalkFact]:
    row, local = WaitRow, Instants(session, asked.period.zone).local
    query = (
        select(row.leg, plain(row.entered_at), row.operator, row.talked)
        .where(row.estate == asked.estate, row.how == Leave.ANSWERED, *within(row.entered_at, asked))
        .order_by(row.entered_at, row.id)
    )
    found = rows(session, query)
    last = {leg: place for place, (leg, *_) in enumerate(found)}  # who talked last sends to the survey
    scores = _scores(session, asked)
    return [
        TalkFact(leg, local(at), operator, talked or 0.0,
                 scores.get(leg) if last[leg] == place else None)
        for place, (leg, at, operator, talked) in enumerate(found)
    ]  # fmt: skip


def _misses(session: Session, asked: Asked) -> list[MissFact]:
    zone = asked.period.zone
    return [
        MissFact(leg, at.astimezone(zone), str(detail.get("operator", "")))
        for leg, at, _, detail in _events(session, asked, "QUEUE_MISSED")
    ]


def _transfers(session: Session, asked: Asked) -> list[TransferFact]:
    zone = asked.period.zone
    found = []
    for leg, at, kind, detail in _events(session, asked, *_TRANSFERS, "BRIDGE_ENTER"):
        how = _TRANSFERS.get(kind, "menu")
        if (
            kind in _TRANSFERS or "name" in detail
        ):  # the menu names whom it connects with; operators are apart
            found.append(TransferFact(leg, at.astimezone(zone), how))
    return found


def _reviews(session: Session, asked: Asked) -> list[ReviewFact]:
    row, zone = ReviewRow, asked.period.zone
    query = (
        select(row.call, row.call_at, row.operator, row.percent)
        .where(row.estate == asked.estate, row.state == ReviewState.SCORED, *within(row.call_at, asked))
        .order_by(row.call_at, row.id)
    )
    return [
        ReviewFact(call, at.astimezone(zone), operator, percent or 0.0)
        for call, at, operator, percent in session.execute(query)
    ]


def _events(
    session: Session, asked: Asked, *kinds: str
) -> Iterable[tuple[str, datetime, str, Mapping[str, Any]]]:
    row = CallEventRow
    query = (
        select(row.uniqueid, row.at, row.kind, row.detail)
        .where(row.estate == asked.estate, row.kind.in_(kinds), *within(row.at, asked))
        .order_by(row.at, row.id)
    )
    return ((leg, at, kind, detail) for leg, at, kind, detail in session.execute(query))


def _first_choices(session: Session, asked: Asked) -> dict[str, str]:
    """Return where each call's first choice led to; what is chosen after the period's end counts for none."""
    row = CallEventRow
    query = _choices(select(row.uniqueid, row.step), asked)
    found: dict[str, str] = {}
    for leg, step in rows(session, query):
        found.setdefault(leg, step or "")
    return found


def _scores(session: Session, asked: Asked) -> dict[str, int]:
    """Return what callers keyed in the survey after a talk, 1 to 5; the last counts."""
    row = CallEventRow
    query = _choices(select(row.uniqueid, row.detail["key"].as_string()), asked)
    query = query.where(row.detail["menu"].as_string() == SURVEY)
    return {leg: int(key) for leg, key in session.execute(query) if key in _SCORES}


def _choices(query: Select[str, str], asked: Asked) -> Select[str, str]:
    row = CallEventRow
    return query.where(row.estate == asked.estate, row.kind == CHOICE, *within(row.at, asked)).order_by(
        row.at, row.id
    )
