"""What is told of the queues: to callers their places, to screens how many wait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from hotline.call.ports import QueuePlace
from hotline.operators.config import OperatorRules
from hotline.operators.estimates import averaged, expected
from hotline.operators.lines import Caller, State, Worker, members, places
from hotline.operators.visits import Visit


class Feed(Protocol):
    """Shows what happens to whoever looks."""

    def publish(self, kind: str, **facts: Any) -> None:
        """Show one event; never waits."""
        ...


class NoticeBoard:
    """Works out what is told; knows how long calls take."""

    def __init__(self, feed: Feed) -> None:
        """Nothing is known yet."""
        self._feed = feed
        self._handling: dict[str, float] = {}
        self._shown: dict[str, int] = {}

    def handled(self, queue: str, seconds: float) -> None:
        """A call of a queue took an operator so long, wrap-up included."""
        self._handling[queue] = averaged(self._handling.get(queue), seconds)

    def tell(self, state: State, visits: Mapping[str, Visit], rules: OperatorRules, now: float) -> None:
        """Tell everybody whose position changed, and again every ``announce_every`` seconds."""
        by_id = {caller.id: caller for caller in state.callers}
        staff: dict[tuple[str, str], tuple[int, int]] = {}
        rung = {key for caller in state.callers for key in caller.ringing}
        for id_, position in places(state.callers).items():
            caller, visit = by_id[id_], visits[id_]
            every = rules.queues[caller.queue].announce_every
            if visit.told is not None and visit.told[0] == position and now - visit.told[1] < every:
                continue
            line = (caller.queue, caller.estate)
            if line not in staff:
                staff[line] = _staff(state, caller, rung)
            there, soon = staff[line]
            handling = self._handling.get(caller.queue)
            visit.told = (position, now)
            visit.tell(QueuePlace(position, expected(position, handling=handling, there=there, ready=soon)))
        self._show(state)

    def _show(self, state: State) -> None:
        lengths = dict.fromkeys(state.queues, 0)
        for caller in state.callers:
            lengths[caller.queue] += 1
        if lengths != self._shown:
            self._shown = lengths
            self._feed.publish("queues", waiting=lengths)

    def overview(self, state: State, now: float) -> list[dict[str, Any]]:
        """Return every queue: how many wait, since when, how many operators are there and ready."""
        found = []
        estates = {worker.key[0] for worker in state.workers}
        for name, rules in state.queues.items():
            waits = [now - one.queued for one in state.callers if one.queue == name]
            staff: dict[object, Worker] = {
                one.key: one for estate in estates for one in members(state, rules, estate)
            }
            handling = self._handling.get(name)
            found.append(
                {
                    "queue": name,
                    "waiting": len(waits),
                    "longest": round(max(waits, default=0.0), 1),
                    "there": sum(one.there for one in staff.values()),
                    "ready": sum(one.ready for one in staff.values()),
                    "handling": None if handling is None else round(handling, 1),
                }
            )
        return found

    def waits(self, state: State, visits: Mapping[str, Visit], now: float) -> list[dict[str, Any]]:
        """Return who waits, the next first; no personal data."""
        positions = places(state.callers)
        return [
            {
                "leg": visits[one.id].leg,
                "queue": one.queue,
                "estate": one.estate,
                "position": positions[one.id],
                "priority": one.priority,
                "waited": round(now - one.entered, 1),
                "call_back": one.kept,
                "ringing": sorted(number for _estate, number in one.ringing),
            }
            for one in sorted(state.callers, key=lambda one: one.turn)
        ]


def _staff(state: State, caller: Caller, rung: set[tuple[str, str]]) -> tuple[int, int]:
    """Return how many operators of a caller's queue are there, and how many ready or being rung."""
    there = [one for one in members(state, state.queues[caller.queue], caller.estate) if one.there]
    return len(there), sum(one.ready or one.key in rung for one in there)
