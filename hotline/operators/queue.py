"""Who is rung for whom. Pure: callers, operators and the time go in, a decision comes out.

Turns are taken over all queues, so that no queue's crowd holds an operator whom another queue's emergency
needs. An emergency is offered to whoever is ready, whatever they speak; those it fits best come first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hotline.operators.lines import (
    EMERGENCY,
    Caller,
    Leave,
    OperatorKey,
    QueueRules,
    State,
    Strategy,
    Worker,
    admit,
    anybody,
    members,
)

AGAIN_AFTER = 20.0
"""Seconds until an operator who did not take a caller is rung for the same one again."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Ring these for that caller."""

    caller: str
    workers: tuple[OperatorKey, ...]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Stop ringing this one for that caller: an emergency needs them."""

    caller: str
    worker: OperatorKey


@dataclass(frozen=True, slots=True)
class Move:
    """The caller leaves the queue for ``to``; empty: nobody is left who could serve."""

    caller: str
    to: str
    why: Leave


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done now."""

    offers: tuple[Offer, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    moves: tuple[Move, ...] = ()


def decide(state: State, now: float) -> Decision:
    """Return who is rung, whose ring is withdrawn and who changes the queue.

    A ready operator is offered to one caller at a time; :attr:`Strategy.RING_ALL` gives a caller all of them.
    """
    moves = tuple(_moves(state, now))
    moving = {move.caller for move in moves}
    staying = sorted((one for one in state.callers if one.id not in moving), key=lambda one: one.turn)
    table = _Table(state, now)
    offers: list[Offer] = []
    needed: list[Caller] = []
    for caller in staying:
        rules = state.queues[caller.queue]
        if caller.picked or (caller.ringing and rules.strategy is not Strategy.RING_ALL):
            continue
        if not table.free and caller.priority > EMERGENCY:
            break
        found = table.take(caller, rules)
        if found:
            offers.append(Offer(caller.id, found))
        elif not caller.ringing and caller.priority <= EMERGENCY:
            needed.append(caller)
    return Decision(tuple(offers), tuple(_withdrawals(needed, staying, table)), moves)


def _moves(state: State, now: float) -> Iterator[Move]:
    staffed: dict[tuple[str, str], bool] = {}
    for caller in state.callers:
        if caller.kept or caller.ringing or caller.picked:
            continue
        line = (caller.queue, caller.estate)
        if line not in staffed:
            staffed[line] = anybody(state, *line)
        if staffed[line] and now - caller.queued < state.queues[caller.queue].longest_wait:
            continue
        why = Leave.LONGEST_WAIT if staffed[line] else Leave.NOBODY_THERE
        to, _refused = admit(state, caller, state.queues[caller.queue].then)
        yield Move(caller.id, to, why)


class _Table:
    """The ready operators while they are handed out."""

    def __init__(self, state: State, now: float) -> None:
        self._state = state
        self._now = now
        self.free = {worker.key for worker in state.workers if worker.ready}
        self._members: dict[tuple[str, str], list[Worker]] = {}
        self._fit: dict[tuple[object, ...], list[Worker]] = {}
        self._rung = dict(state.last_rung)

    def take(self, caller: Caller, rules: QueueRules) -> tuple[OperatorKey, ...]:
        """Hand out whom the queue's strategy chooses; empty when nobody fits."""
        fit = [worker for worker in self.fitting(caller, rules) if self._may(worker, caller)]
        if not fit:
            return ()
        if rules.strategy is Strategy.ROUND_ROBIN:
            fit = [min(fit, key=lambda one: (not _able(one, caller), self._distance(one, rules)))]
        chosen = fit if rules.strategy is Strategy.RING_ALL else fit[:1]
        self.free.difference_update(worker.key for worker in chosen)
        self._rung[rules.name] = chosen[-1].key
        return tuple(worker.key for worker in chosen)

    def fitting(self, caller: Caller, rules: QueueRules) -> list[Worker]:
        """Return the operators for a caller like this one, ready or not, the best first."""
        relaxed = caller.priority <= EMERGENCY or self._now - caller.entered >= rules.wanted_for
        kind = (rules.name, caller.estate, relaxed, caller.language, caller.skills)
        if kind not in self._fit:
            everybody = self._of(rules, caller.estate)
            able = [worker for worker in everybody if _able(worker, caller)]
            if relaxed or not any(worker.there for worker in able):
                able = everybody
            self._fit[kind] = sorted(able, key=lambda worker: _rank(worker, caller, rules))
        return self._fit[kind]

    def rules_of(self, caller: Caller) -> QueueRules:
        """Return the rules of a caller's queue."""
        return self._state.queues[caller.queue]

    def _of(self, rules: QueueRules, estate: str) -> list[Worker]:
        line = (rules.name, estate)
        if line not in self._members:
            self._members[line] = list(members(self._state, rules, estate))
        return self._members[line]

    def _may(self, worker: Worker, caller: Caller) -> bool:
        if worker.key not in self.free or worker.key in caller.ringing:
            return False
        tried = caller.tried.get(worker.key)
        return tried is None or self._now - tried >= AGAIN_AFTER

    def _distance(self, worker: Worker, rules: QueueRules) -> int:
        """Steps from whoever was rung last to this one, in the order of the queue."""
        order = [one.key for one in self._ordered(rules)]
        last = self._rung.get(rules.name)
        start = order.index(last) + 1 if last in order else 0
        return (order.index(worker.key) - start) % len(order)

    def _ordered(self, rules: QueueRules) -> Sequence[Worker]:
        if rules.operators is None:
            return self._state.workers
        place = {number: index for index, number in enumerate(rules.operators)}
        listed = (worker for worker in self._state.workers if worker.key[1] in place)
        return sorted(listed, key=lambda worker: place[worker.key[1]])


def _able(worker: Worker, caller: Caller) -> bool:
    speaks = not caller.language or caller.language in worker.languages
    return speaks and caller.skills <= worker.skills


def _rank(worker: Worker, caller: Caller, rules: QueueRules) -> tuple[bool, int, float, OperatorKey]:
    unable = not _able(worker, caller)
    if rules.strategy is not Strategy.SKILLS_FIRST:
        return (unable, 0, worker.idle_since, worker.key)
    matching = len(worker.skills & (caller.skills | rules.prefer)) + (caller.language in worker.languages)
    return (unable, -matching, worker.idle_since, worker.key)


def _withdrawals(needed: Sequence[Caller], staying: Sequence[Caller], table: _Table) -> Iterator[Withdrawal]:
    """Take operators who still ring for others, the last in turn first, for emergencies in vain."""
    rung = {key: caller for caller in staying for key in caller.ringing if caller.priority > EMERGENCY}
    for caller in needed:
        rules = table.rules_of(caller)
        fit = [worker.key for worker in table.fitting(caller, rules) if worker.key in rung]
        if fit:
            key = max(fit, key=lambda one: rung[one].turn)
            yield Withdrawal(rung.pop(key).id, key)
