"""Queues, who waits in them and who serves them. Pure.

Times are seconds on one clock that never jumps. A caller's turn: smaller priority first (0 is an emergency),
of equal priority those who come back from a lost operator, then who has waited longest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

OperatorKey = tuple[str, str]
"""Estate (empty: all of them) and number, as in ``operators.yaml``."""
EMERGENCY = 0


class Strategy(StrEnum):
    """Which of the ready operators is rung."""

    LONGEST_IDLE = "longest_idle"
    ROUND_ROBIN = "round_robin"
    RING_ALL = "ring_all"
    SKILLS_FIRST = "skills_first"
    """Who has most of the wanted and preferred skills and the language; of equals who is idle longest."""


class Leave(StrEnum):
    """Why a caller is no longer in a queue."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    """Hung up."""
    CHOSE = "chose"
    """Pressed a key for something else: a message."""
    CALL_BACK = "call_back"
    LONGEST_WAIT = "longest_wait"
    NOBODY_THERE = "nobody_there"
    FULL = "full"
    LOST = "lost"
    """The hotline was interrupted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRules:
    """What deciding needs to know of a queue."""

    name: str
    strategy: Strategy = Strategy.LONGEST_IDLE
    operators: tuple[str, ...] | None = None
    """Numbers, in the order of round robin; ``None``: everybody with the skills."""
    skills: frozenset[str] = frozenset()
    """Required of every operator."""
    prefer: frozenset[str] = frozenset()
    longest_wait: float = 180.0
    wanted_for: float = 60.0
    """So long only operators with the caller's own language and skills are rung, as long as one is there."""
    limit: int = 50
    """Waiting callers; emergencies are always let in."""
    then: str = ""
    """Next queue; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """An operator as deciding sees them."""

    key: OperatorKey
    ready: bool
    there: bool
    """Signed in and not absent."""
    idle_since: float = 0.0
    languages: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who waits."""

    id: str
    queue: str
    estate: str
    entered: float
    """When they began to wait; kept from queue to queue and by a call back."""
    queued: float
    """When they came into this queue."""
    priority: int = 50
    first: bool = False
    language: str = ""
    skills: frozenset[str] = frozenset()
    kept: bool = False
    """A place kept for a call back: it never overflows."""
    ringing: frozenset[OperatorKey] = frozenset()
    picked: bool = False
    """An operator is taking them out of turn: nobody else is rung."""
    tried: Mapping[OperatorKey, float] = field(default_factory=dict)
    """Who did not take them, and when."""

    @property
    def turn(self) -> tuple[int, bool, float, str]:
        """Smaller is served first."""
        return (self.priority, not self.first, self.entered, self.id)


@dataclass(frozen=True, slots=True)
class State:
    """Everything a decision depends on. ``callers``: those whom nobody has taken yet."""

    queues: Mapping[str, QueueRules]
    workers: Sequence[Worker]
    callers: Sequence[Caller]
    last_rung: Mapping[str, OperatorKey] = field(default_factory=dict)
    """By queue, for round robin."""


def admit(state: State, caller: Caller, queue: str) -> tuple[str, list[tuple[str, Leave]]]:
    """Return the first queue from ``queue`` on that takes the caller, and those that do not, with the reason.

    Empty when none does. ``caller`` need not be among the callers of ``state``.
    """
    refused: list[tuple[str, Leave]] = []
    passed: set[str] = set()
    while queue and queue not in passed:
        passed.add(queue)
        rules = state.queues[queue]
        reason = _closed(state, rules, caller)
        if reason is None:
            return queue, refused
        refused.append((queue, reason))
        queue = rules.then
    return "", refused


def anybody(state: State, queue: str, estate: str) -> bool:
    """True when an operator of this queue is there."""
    return any(worker.there for worker in members(state, state.queues[queue], estate))


def members(state: State, rules: QueueRules, estate: str) -> Iterator[Worker]:
    """Return the operators of a queue who serve an estate."""
    listed = None if rules.operators is None else frozenset(rules.operators)
    for worker in state.workers:
        at_home, number = worker.key
        if at_home not in ("", estate) or not rules.skills <= worker.skills:
            continue
        if listed is None or number in listed:
            yield worker


def places(callers: Iterable[Caller]) -> dict[str, int]:
    """Return everybody's position, from 1, among those who wait in the same queue of the same estate."""
    counts: dict[tuple[str, str], int] = {}
    found: dict[str, int] = {}
    for caller in sorted(callers, key=lambda one: one.turn):
        line = (caller.queue, caller.estate)
        counts[line] = found[caller.id] = counts.get(line, 0) + 1
    return found


def _closed(state: State, rules: QueueRules, caller: Caller) -> Leave | None:
    if not anybody(state, rules.name, caller.estate):
        return Leave.NOBODY_THERE
    waiting = sum(1 for other in state.callers if other.queue == rules.name and other.id != caller.id)
    full = waiting >= rules.limit and caller.priority > EMERGENCY and not caller.first
    return Leave.FULL if full else None
