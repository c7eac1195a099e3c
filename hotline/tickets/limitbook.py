"""The limits of tickets as rows: worked out anew whenever something changes, told exactly once.

A row of ``ticket_limits`` says when the next thing is to be told, so that a tick reads only what is
due. What was told stands in ``ticket_firings``, written in the transaction of its outbox event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hotline.call.ports import TicketKind, WorkingTime
from hotline.db import outbox
from hotline.db.outbox import OutboxEvent
from hotline.tickets import chronicle, sla
from hotline.tickets.life import ENDED, TicketState
from hotline.tickets.models import TicketFiringRow, TicketHistoryRow, TicketLimitRow, TicketRow
from hotline.tickets.policy import LimitName, Policy
from hotline.tickets.policy_file import PolicySource

WARNING = "ticket.sla_warning"
BREACH = "ticket.sla_breach"
NEW_ROUND = frozenset({"reopened", "more_urgent"})
"""Changes with which the limits begin anew."""

NEW_DAY = timedelta(hours=19)
"""UTC; 03:00 in China: every open ticket is worked out anew when nobody calls."""

States = tuple[tuple[TicketState, datetime], ...]


class LimitBook:
    """Keeps the limits of tickets in somebody's transaction.

    On PostgreSQL the tickets must be locked (``FOR UPDATE``); on SQLite a writing transaction has the
    whole database.
    """

    def __init__(self, policy: PolicySource, working_time: Mapping[str, WorkingTime] | None) -> None:
        """``working_time`` by estate; ``None``: unknown here, the watch works the limits out again."""
        self._policy = policy
        self._working_time = working_time

    @property
    def policy(self) -> Policy:
        """The policy in service."""
        return self._policy.current()

    def stamp(self, now: datetime) -> str:
        """What limits worked out now are marked with: the policy and the day.

        The day, so that holidays added since count from the next day at the latest.
        """
        return f"{self.policy.fingerprint}@{now - NEW_DAY:%Y%m%d}"

    def begin(self, session: Session, row: TicketRow, now: datetime) -> None:
        """Work out the limits of a ticket that was filed just now."""
        self._work_out(
            session, [row], now, page=_Page({row.number: ((row.state, row.opened_at),)}), tell=False
        )

    def refresh(self, session: Session, rows: Sequence[TicketRow], now: datetime) -> None:
        """Work the limits of tickets out anew; tells nothing."""
        session.flush()
        self._work_out(session, rows, now, page=_read(session, rows), tell=False)

    def tell(self, session: Session, rows: Sequence[TicketRow], now: datetime) -> int:
        """Work the limits out anew and tell what is due and was not told; returns how much."""
        session.flush()
        return self._work_out(session, rows, now, page=_read(session, rows), tell=True)

    def found(self, session: Session, row: TicketRow) -> tuple[sla.Limit, ...]:
        """Return a ticket's limits of the present round with every level: for whoever shows them."""
        facts = facts_of(row, _states(session, [row.number]).get(row.number, ()))
        working = None if self._working_time is None else self._working_time.get(row.estate)
        return sla.limits(self.policy, facts, working)

    def new_round(self, session: Session, row: TicketRow, now: datetime) -> None:
        """Begin the limits anew; what the old ones still had to tell is told first."""
        self.tell(session, [row], now)
        session.execute(
            update(TicketLimitRow).where(TicketLimitRow.number == row.number).values(next_fire_at=None)
        )
        row.round, row.round_at = row.round + 1, now

    def _work_out(
        self, session: Session, rows: Sequence[TicketRow], now: datetime, *, page: _Page, tell: bool
    ) -> int:
        policy, stamp = self.policy, self.stamp(now)
        events: list[OutboxEvent] = []
        for row in rows:
            facts = facts_of(row, page.states.get(row.number, ()))
            working = None if self._working_time is None else self._working_time.get(row.estate)
            found = sla.limits(policy, facts, working)
            if tell:
                events += self._told(session, row, sla.due_events(found, now), page, now)
            self._store(session, row, found, page)
            row.respond_by = sla.respond_by(policy, facts, found)
            running = [limit.due_at for limit in found if limit.running() and limit.due_at is not None]
            row.next_due_at = min(running, default=None)
            row.limits_of = self._mark(row, stamp)
        if events:
            outbox.add_all(session, events)
        session.flush()
        return len(events)

    def _mark(self, row: TicketRow, stamp: str) -> str | None:
        if row.state in ENDED:
            return None
        return "" if self._working_time is None else stamp

    def _told(
        self, session: Session, row: TicketRow, due: Sequence[sla.DueEvent], page: _Page, now: datetime
    ) -> list[OutboxEvent]:
        """Keep book of what is told now, and return what to tell."""
        fired = page.fired[row.number, row.round]
        events = []
        for event in due:
            name = event.name.value
            if (name, event.percent) in fired:
                continue
            fired.add((name, event.percent))
            session.add(
                TicketFiringRow(number=row.number, round=row.round, name=name, percent=event.percent, at=now)
            )
            due_at = "" if event.due_at is None else event.due_at.isoformat()
            detail = {"limit": name, "percent": str(event.percent), "due": due_at}
            events.append(chronicle.told(row, BREACH if event.breach else WARNING, at=now, detail=detail))
            if event.breach:
                chronicle.write(session, row, "sla_breach", at=now, detail=name)
        return events

    def _store(self, session: Session, row: TicketRow, found: tuple[sla.Limit, ...], page: _Page) -> None:
        fired, stored = page.fired[row.number, row.round], page.limits[row.number, row.round]
        for limit in found:
            name = limit.name.value
            line = stored.pop(name, None)
            if line is None:
                line = TicketLimitRow(number=row.number, round=row.round, name=name)
                session.add(line)
            line.started_at, line.due_at, line.met_at = limit.began_at, limit.due_at, limit.met_at
            waiting = [level.at for level in limit.reached() if (name, level.percent) not in fired]
            line.next_fire_at = min(waiting, default=None)
        for gone in stored.values():
            session.delete(gone)


@dataclass(slots=True)
class _Page:
    """What is stored about a number of tickets."""

    states: Mapping[str, States]
    limits: dict[tuple[str, int], dict[str, TicketLimitRow]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    fired: dict[tuple[str, int], set[tuple[str, int]]] = field(default_factory=lambda: defaultdict(set))


def _read(session: Session, rows: Sequence[TicketRow]) -> _Page:
    """Read it, with one question a table."""
    numbers = [row.number for row in rows]
    page = _Page(_states(session, numbers))
    for limit in session.scalars(select(TicketLimitRow).where(TicketLimitRow.number.in_(numbers))):
        page.limits[limit.number, limit.round][limit.name] = limit
    firing = TicketFiringRow
    asked = select(firing.number, firing.round, firing.name, firing.percent).where(firing.number.in_(numbers))
    for number, turn, name, percent in session.execute(asked):
        page.fired[number, turn].add((name, percent))
    return page


def _states(session: Session, numbers: list[str]) -> dict[str, States]:
    """Return the changes of state of each ticket's present round, in the order in which they were made."""
    line = TicketHistoryRow
    asked = (
        select(line.number, line.event, line.state, line.at)
        .where(line.number.in_(numbers), line.state != "")
        .order_by(line.id)
    )
    found: dict[str, list[tuple[TicketState, datetime]]] = defaultdict(list)
    for number, event, state, at in session.execute(asked):
        if event in NEW_ROUND:
            found[number].clear()
        if not found[number] or found[number][-1][0].value != state:
            found[number].append((TicketState(state), at))
    return {number: tuple(states) for number, states in found.items()}


def facts_of(row: TicketRow, states: States) -> sla.TicketFacts:
    """Return what the limits of a ticket depend on."""
    return sla.TicketFacts(
        kind=row.kind,
        urgency=row.urgency,
        fault=row.fault,
        began_at=row.round_at or row.opened_at,
        due_at=row.due_at,
        promised_at=row.promised_at,
        states=states,
        met=_met(row),
        ended_at=row.closed_at if row.state in ENDED else None,
    )


def _met(row: TicketRow) -> dict[LimitName, datetime]:
    """Say when each limit was met.

    A repair that is done is feedback as well: the technician stood before the caller. Of anything
    else the caller has to be told.
    """
    told = [row.feedback_at, row.followed_up_at, row.done_at if row.kind is TicketKind.REPAIR else None]
    met = {
        LimitName.FIRST_RESPONSE: [row.responded_at],
        LimitName.ON_SITE: [row.arrived_at, row.done_at],
        LimitName.FEEDBACK: told,
        LimitName.SOLVED: [row.done_at],
        LimitName.PROMISED: [row.done_at],
    }
    known = {name: [at for at in instants if at is not None] for name, instants in met.items()}
    return {name: min(instants) for name, instants in known.items() if instants}
