"""Figures of queues and operators (DOMAIN section 10). Pure.

Service level = (answered within T + abandoned within T) / all. Who hangs up within the first seconds has
mostly misdialled: such short abandons count in the service level like the others but not as abandoned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.call.ports import Presence
from hotline.operators.lines import Leave


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One caller in one queue."""

    visit: str
    """The caller: one value through all queues they went through."""
    queue: str
    how: Leave
    waited: float
    """Seconds."""
    operator: str = ""
    talked: float = 0.0
    short: bool = False
    """Abandoned so soon that it is counted apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of a queue, an operator, or all. Seconds; shares from 0 to 1, ``None`` when there was nobody."""

    callers: int
    answered: int
    abandoned: int
    short_abandons: int
    moved_on: int
    """To the next queue, a message, a call back: neither answered nor abandoned there."""
    service_level: float | None
    abandoned_share: float | None
    """Of those who were not short abandons."""
    average_wait: float | None
    """Of the answered."""
    longest_wait: float | None
    """Of all."""
    talk_seconds: float
    average_talk: float | None


def figures(waits: Sequence[Wait], *, within: float) -> Figures:
    """Return the figures of waits; ``within``: T of the service level, in seconds."""
    answered = [wait for wait in waits if wait.how is Leave.ANSWERED]
    gone = [wait for wait in waits if wait.how is Leave.ABANDONED]
    short = sum(wait.short for wait in gone)
    in_time = sum(wait.waited <= within for wait in (*answered, *gone))
    talked = sum(wait.talked for wait in answered)
    return Figures(
        callers=len(waits),
        answered=len(answered),
        abandoned=len(gone) - short,
        short_abandons=short,
        moved_on=len(waits) - len(answered) - len(gone),
        service_level=_share(in_time, len(waits)),
        abandoned_share=_share(len(gone) - short, len(waits) - short),
        average_wait=_share(sum(wait.waited for wait in answered), len(answered)),
        longest_wait=max((wait.waited for wait in waits), default=None),
        talk_seconds=talked,
        average_talk=_share(talked, len(answered)),
    )


def whole_visits(waits: Iterable[Wait]) -> list[Wait]:
    """Join what a caller waited from queue to queue: one line a caller, ended as the last of them.

    ``waits`` in the order of time. One who was answered and came back from a lost operator counts once, as
    answered, with the first wait and all that was talked.
    """
    found: dict[str, Wait] = {}
    for wait in waits:
        before = found.get(wait.visit)
        found[wait.visit] = wait if before is None else _joined(before, wait)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span of time in one state; ``until`` is ``None`` while it lasts."""

    presence: Presence
    since: datetime
    until: datetime | None


def presence_seconds(
    stretches: Iterable[Stretch], *, since: datetime, until: datetime
) -> dict[Presence, float]:
    """Return the seconds an operator spent in each state within a span of time."""
    found = dict.fromkeys(Presence, 0.0)
    for one in stretches:
        begin, end = max(one.since, since), min(one.until or until, until)
        found[one.presence] += max((end - begin).total_seconds(), 0.0)
    return found


def _joined(before: Wait, wait: Wait) -> Wait:
    was_answered = before.how is Leave.ANSWERED
    return Wait(
        visit=wait.visit,
        queue=before.queue if was_answered else wait.queue,
        how=Leave.ANSWERED if was_answered else wait.how,
        waited=before.waited if was_answered else before.waited + wait.waited,
        operator=wait.operator or before.operator,
        talked=before.talked + wait.talked,
        short=False if was_answered else wait.short,
    )


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
