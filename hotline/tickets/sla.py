"""Time limits of one ticket, worked out from the policy and what happened to it. Pure.

The same facts always give the same instants: what is stored of them is an index, never the truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hotline.call.ports import TicketKind, Urgency, WorkingTime
from hotline.tickets.life import TicketState
from hotline.tickets.policy import BREACH, Allowance, LimitName, Policy

NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFacts:
    """What the limits of a ticket depend on; instants are aware."""

    kind: TicketKind
    urgency: Urgency
    fault: str = ""
    began_at: datetime
    """Registration, or the beginning of the present round (reopened, more urgent than thought)."""
    due_at: datetime | None = None
    """When its own window opens (the general manager's line): until then nobody can be asked."""
    promised_at: datetime | None = None
    states: tuple[tuple[TicketState, datetime], ...] = ()
    """States of the round and since when, in the order in which they came to be."""
    met: Mapping[LimitName, datetime] = field(default_factory=dict)
    ended_at: datetime | None = None
    """Closed or cancelled: nothing runs on after that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A warning, or at 100 per cent the breach."""

    percent: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One time limit of a ticket."""

    name: LimitName
    began_at: datetime
    due_at: datetime | None
    """``None`` while it stands still."""
    met_at: datetime | None
    ended_at: datetime | None
    levels: tuple[Level, ...]
    """In order of time; those that are not known yet (it stands still) are left out."""

    def running(self) -> bool:
        """True while it can still be kept or missed."""
        return self.met_at is None and self.ended_at is None

    def reached(self) -> tuple[Level, ...]:
        """Return the levels that come, or came, before the limit was met or the ticket ended."""
        stops = [stop for stop in (self.met_at, self.ended_at) if stop is not None]
        return tuple(level for level in self.levels if not stops or level.at < min(stops))


@dataclass(frozen=True, slots=True, kw_only=True)
class DueEvent:
    """Something to be told of a limit."""

    name: LimitName
    percent: int
    due_at: datetime | None
    """When the limit is, or was, due."""

    @property
    def breach(self) -> bool:
        """True when the limit is missed; a warning otherwise."""
        return self.percent >= BREACH


def limits(policy: Policy, facts: TicketFacts, working_time: WorkingTime | None) -> tuple[Limit, ...]:
    """Return the limits of a ticket.

    Those of a ticket that waits for a window run from its opening: it is delivered only then. Nobody
    is expected to stand before the caller for it, unless the policy says at once or by appointment.
    Without ``working_time``, or where it does not know the window (or the window never opens),
    calendar time counts: a limit that comes too early is better than one that never comes.
    """
    allowances = policy.allowances(facts.kind, facts.urgency, facts.fault)
    clock = _LimitClock(policy, facts, working_time)
    found = [clock.limit(name, allowance) for name, allowance in allowances.items()]
    if LimitName.FIRST_RESPONSE not in allowances and facts.due_at is not None:
        found.append(clock.limit(LimitName.FIRST_RESPONSE, Allowance(time=policy.after_opening)))
    visit = allowances.get(LimitName.ON_SITE)
    if facts.promised_at is not None and not (visit is not None and visit.by_appointment):
        found.append(clock.dated(LimitName.PROMISED, facts.promised_at))
    return tuple(limit for limit in found if limit is not None)


def due_events(found: tuple[Limit, ...], at: datetime) -> tuple[DueEvent, ...]:
    """Return all that should have been told by ``at``, oldest first.

    Told before or not is not known here: whoever tells keeps book of it.
    """
    due = [(level, limit) for limit in found for level in limit.reached() if level.at <= at]
    due.sort(key=lambda pair: (pair[0].at, pair[0].percent))
    return tuple(
        DueEvent(name=limit.name, percent=level.percent, due_at=limit.due_at) for level, limit in due
    )


def respond_by(policy: Policy, facts: TicketFacts, found: tuple[Limit, ...]) -> datetime | None:
    """Return by when the caller is answered, as people are told; ``None`` when nothing is due.

    “At once” is the moment of registration itself, and a message is delivered when its window opens,
    whatever time the policy gives before it counts as missed. ``found``: the limits of the same facts.
    """
    allowance = policy.allowances(facts.kind, facts.urgency, facts.fault).get(LimitName.FIRST_RESPONSE)
    if allowance is not None and allowance.at_once:
        return facts.began_at
    if facts.due_at is not None:
        return max(facts.due_at, facts.began_at)
    return next((limit.due_at for limit in found if limit.name is LimitName.FIRST_RESPONSE), None)


@dataclass(frozen=True, slots=True)
class _LimitClock:
    """Makes the limits of one ticket."""

    policy: Policy
    facts: TicketFacts
    working_time: WorkingTime | None

    def limit(self, name: LimitName, allowance: Allowance) -> Limit | None:
        facts = self.facts
        if allowance.at_once:
            due = facts.began_at + self.policy.at_once_within
            return self._made(name, due, (Level(percent=BREACH, at=due),))
        if allowance.by_appointment:
            return None if facts.promised_at is None else self.dated(name, facts.promised_at)
        if name is LimitName.ON_SITE and facts.due_at is not None:
            return None
        return self._measured(name, allowance)

    def dated(self, name: LimitName, due: datetime) -> Limit:
        """A limit with a date of its own: it does not stand still."""
        began = self.facts.began_at
        whole = max(due - began, NOTHING)
        levels = [Level(percent=percent, at=began + whole * percent / BREACH) for percent in self._percents()]
        levels[-1] = Level(percent=BREACH, at=due)
        return self._made(name, due, tuple(levels))

    def _measured(self, name: LimitName, allowance: Allowance) -> Limit:
        assert allowance.time is not None, "at once and by appointment are handled before"
        still = {state for state, names in self.policy.pause.items() if name in names}
        running = _running(self._start, self.facts.states, still)
        levels = []
        for percent in self._percents():
            at = self._after(allowance.time * percent / BREACH, allowance.window, running)
            if at is not None:
                levels.append(Level(percent=percent, at=at))
        due = levels[-1].at if levels and levels[-1].percent == BREACH else None
        return self._made(name, due, tuple(levels), began=self._start)

    @property
    def _start(self) -> datetime:
        """From when on time is measured."""
        facts = self.facts
        return facts.began_at if facts.due_at is None else max(facts.began_at, facts.due_at)

    def _made(
        self, name: LimitName, due: datetime | None, levels: tuple[Level, ...], *,
        began: datetime | None = None,
    ) -> Limit:  # fmt: skip
        facts = self.facts
        return Limit(
            name=name, began_at=began or facts.began_at, due_at=due, met_at=facts.met.get(name),
            ended_at=facts.ended_at, levels=levels,
        )  # fmt: skip

    def _percents(self) -> tuple[int, ...]:
        return (*self.policy.warn_at, BREACH)

    def _after(self, span: timedelta, window: str | None, running: list[_Stretch]) -> datetime | None:
        """Return when ``span`` has run, ``None`` when it stands still before that."""
        for begin, end in running:
            if end is None:
                return self._add(window, begin, span)
            length = self._between(window, begin, end)
            if span <= length:
                return self._add(window, begin, span)
            span -= length
        return None

    def _add(self, window: str | None, start: datetime, span: timedelta) -> datetime:
        if window is None or self.working_time is None:
            return start + span
        try:
            return self.working_time.open_time_after(window, start, span)
        except (KeyError, ValueError):
            return start + span

    def _between(self, window: str | None, start: datetime, end: datetime) -> timedelta:
        if window is None or self.working_time is None:
            return end - start
        try:
            return self.working_time.open_time_between(window, start, end)
        except (KeyError, ValueError):
            return end - start


_Stretch = tuple[datetime, datetime | None]


def _running(
    start: datetime, states: tuple[tuple[TicketState, datetime], ...], still: set[TicketState]
) -> list[_Stretch]:
    """Return the stretches since ``start`` outside the states in which a limit stands still.

    The clock may have been set back between two changes: time never runs backwards here.
    """
    found: list[_Stretch] = []
    begin: datetime | None = start
    last = start
    for state, since in states:
        last = max(last, since)
        if state in still and begin is not None:
            found.append((begin, last))
            begin = None
        elif state not in still and begin is None:
            begin = last
    if begin is not None:
        found.append((begin, None))
    return found
