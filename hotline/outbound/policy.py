"""When the next attempt is made: spacing by outcome, caps, decent hours. Pure; time is passed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Outcome(StrEnum):
    """How an attempt ended. Answered on the wire and confirmed by a human's key are different facts."""

    CONFIRMED = "confirmed"
    PASSED_ON = "passed_on"
    """A key said: the next one."""
    NO_KEY = "no_key"
    """Answered, but nobody pressed anything: a voicemail, a child."""
    HUNG_UP = "hung_up"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    FAILED = "failed"
    NO_CHANNEL = "no_channel"
    """Our own channels were taken."""
    CALLED_OFF = "called_off"
    """Still ringing when the matter was settled elsewhere."""
    UNKNOWN = "unknown"
    """The process died with the attempt under way."""
    GHOST = "ghost"
    """Busy right after that: probably with our own leg of before."""


UNCOUNTED = frozenset({Outcome.NO_CHANNEL, Outcome.CALLED_OFF, Outcome.UNKNOWN, Outcome.GHOST})
"""Not the callee's doing: they use up no attempt."""
EMERGENCY_PRIORITY = 0
"""Calls of this priority may use the channels kept for emergencies."""
GHOST_BUSY = timedelta(seconds=60)
"""So long after a crash “busy” may be our own leg of before, which nobody could end (DESIGN section 6)."""
GHOST_RETRY = timedelta(seconds=10)
_SEARCH = timedelta(days=60)
"""How far ahead an allowed hour is looked for."""

Opens = Callable[[datetime], datetime]
"""Returns the instant itself when calls are allowed then, else when they next are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How often, how long and when a kind of call is tried. Seconds."""

    name: str
    ring: float = 30.0
    spacing: Mapping[Outcome, float] = field(default_factory=dict)
    """Seconds from the end of an attempt to the next, by outcome."""
    pause: float = 60.0
    """The same for outcomes not named in ``spacing``."""
    again: float = 0.0
    """Seconds from the end of an attempt until the *same* person of a roster may be rung again; the next
    person need not wait. Keeps a roster of one or two from being rung without a pause."""
    attempts: int | None = None
    """Counted attempts in all; ``None``: until confirmed."""
    per_day: int | None = None
    """Counted attempts on one day of the estate."""
    at_once: int | None = None
    """Calls of this policy under way at the same time; ``None``: as many as there are channels."""
    window: str = ""
    """Hours of ``hours.yaml`` in which it may ring; empty: at any time."""
    priority: int = 50


@dataclass(frozen=True, slots=True)
class Past:
    """An attempt that is over."""

    at: datetime
    ended_at: datetime
    outcome: Outcome


def first_attempt(policy: Policy, due: datetime, *, opens: Opens | None = None) -> datetime:
    """Return when the first attempt may be made."""
    return due if opens is None or not policy.window else opens(due)


def next_attempt(
    policy: Policy, past: Sequence[Past], *, now: datetime, zone: ZoneInfo, opens: Opens | None = None
) -> datetime | None:
    """Return when to try again after the last of ``past``; ``None`` when the policy allows no more."""
    counted = [attempt for attempt in past if attempt.outcome not in UNCOUNTED]
    if policy.attempts is not None and len(counted) >= policy.attempts:
        return None
    at = max(now, _after(policy, past))
    if policy.per_day is not None:
        at = _another_day(policy.per_day, counted, at, zone)
    return at if opens is None or not policy.window else opens(at)


def is_ghost(past: Sequence[Past], outcome: Outcome, now: datetime) -> bool:
    """True when “busy” is probably our own leg of before a crash.

    Counted from the last attempt a crash cut off: each may leave a leg, and somebody who talks is busy for
    longer than our leg rings.
    """
    if outcome is not Outcome.BUSY:
        return False
    last = next((attempt for attempt in reversed(past) if attempt.outcome is not Outcome.GHOST), None)
    return last is not None and last.outcome is Outcome.UNKNOWN and now - last.ended_at < GHOST_BUSY


def preview(
    policy: Policy,
    due: datetime,
    *,
    zone: ZoneInfo,
    outcome: Outcome = Outcome.NO_ANSWER,
    opens: Opens | None = None,
    most: int = 20,
) -> tuple[datetime, ...]:
    """Return when the attempts would be made if each of them ended with ``outcome``."""
    at: datetime | None = first_attempt(policy, due, opens=opens)
    past: list[Past] = []
    lasts = timedelta(seconds=policy.ring if outcome is Outcome.NO_ANSWER else 0)
    while at is not None and len(past) < most and at - due < _SEARCH:
        past.append(Past(at, at + lasts, outcome))
        at = next_attempt(policy, past, now=at + lasts, zone=zone, opens=opens)
    return tuple(attempt.at for attempt in past)


def _after(policy: Policy, past: Sequence[Past]) -> datetime:
    last = past[-1]
    if last.outcome in (Outcome.UNKNOWN, Outcome.GHOST):
        return last.ended_at + GHOST_RETRY
    return last.ended_at + timedelta(seconds=policy.spacing.get(last.outcome, policy.pause))


def _another_day(per_day: int, counted: Sequence[Past], at: datetime, zone: ZoneInfo) -> datetime:
    day = at.astimezone(zone).date()
    today = sum(attempt.at.astimezone(zone).date() == day for attempt in counted)
    if today < per_day:
        return at
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=1)
    return midnight.astimezone(at.tzinfo)
