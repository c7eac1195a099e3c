"""The course of one wake-up: rung, confirmed, put off, knocked for, over. Pure; time is passed in.

A wake-up is placed in *turns*: the first at the booked time, another after each snooze or change. Each
turn is one call to the guest and one to the floor staff, both written in advance and in one transaction:
the floor staff's needs no event to begin, only the lack of one. What belongs to an earlier turn is
never rung again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from hotline.call.errors import WakeupRefused
from hotline.outbound.policy import Outcome, Past, Policy, next_attempt
from hotline.wakeup.config import WakeupRules

_UTC = ZoneInfo("UTC")


class State(StrEnum):
    """Where a wake-up of one day stands, as the register shows it."""

    DUE = "due"
    RINGING = "ringing"
    SNOOZED = "snoozed"
    KNOCKING = "knocking"
    """Floor staff are rung; the guest too for a while."""
    CANNOT_ENTER = "cannot_enter"
    """Somebody stood before the door; the next one is rung."""
    CONFIRMED = "confirmed"
    """The guest pressed the key."""
    KNOCKED = "knocked"
    """Floor staff say that the guest is awake."""
    UNCONFIRMED = "unconfirmed"
    """Nobody could confirm it until the end."""
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    TOO_LATE = "too_late"
    """An outage lasted until nobody wanted to be woken any more."""


LIVE = frozenset({State.DUE, State.RINGING, State.SNOOZED, State.KNOCKING, State.CANNOT_ENTER})
"""Somebody is still to be rung."""
AT_THE_DOOR = frozenset({State.KNOCKING, State.CANNOT_ENTER})
OUTAGE, NO_CHANNEL, NO_ADDRESS = "outage", "no_channel", "no_address"
"""Reasons why a guest was not rung (in time)."""
FORGET_AFTER = timedelta(hours=24)
"""Overdue for longer, nobody is sent to the door any more: filed as too late, with an alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that decides how one wake-up goes on. Instants are UTC."""

    state: State = State.DUE
    due_at: datetime
    """As booked; minutes late count from here."""
    turn: int = 1
    turn_at: datetime
    """The present turn's guest is rung from here …"""
    until: datetime
    """… to here."""
    escalate_at: datetime
    """Floor staff are rung from here …"""
    knock_until: datetime
    """… to here."""
    snoozes: int = 0
    confirmed_at: datetime | None = None
    confirmed_by: str = ""
    reason: str = ""

    @property
    def live(self) -> bool:
        """True while somebody is still to be rung."""
        return self.state in LIVE


def begin(due: datetime, rules: WakeupRules) -> Standing:
    """Return a wake-up at its first turn."""
    fresh = Standing(due_at=due, turn_at=due, until=due, escalate_at=due, knock_until=due)
    return _from(fresh, due, rules)


def again(standing: Standing, due: datetime, rules: WakeupRules) -> Standing:
    """Return it due at another time, in a turn of its own: changed, or taken up again."""
    fresh = begin(due, rules)
    return replace(fresh, turn=standing.turn + 1)


def key_of(day: date, turn: int) -> str:
    """Return the occurrence of the outbound calls: unique, so that no turn is placed twice."""
    return day.isoformat() if turn == 1 else f"{day.isoformat()}+{turn - 1}"


def rung(standing: Standing) -> Standing:
    """The guest is being rung."""
    fresh = standing.state in (State.DUE, State.SNOOZED)
    return replace(standing, state=State.RINGING) if fresh else standing


def at_the_door(standing: Standing) -> Standing:
    """Floor staff are being rung."""
    fresh = standing.live and standing.state not in AT_THE_DOOR
    return replace(standing, state=State.KNOCKING) if fresh else standing


def awake(standing: Standing, at: datetime, who: str, *, state: State) -> Standing:
    """The guest is awake – their own key, or floor staff's. The first confirmation counts."""
    if not standing.live:
        return standing
    return replace(standing, state=state, confirmed_at=at, confirmed_by=who)


def cannot_enter(standing: Standing) -> Standing:
    """Somebody stood before a door they cannot open."""
    return replace(standing, state=State.CANNOT_ENTER) if standing.live else standing


def snoozed(standing: Standing, at: datetime, rules: WakeupRules) -> Standing:
    """Ring again later: the next turn, its floor staff included.

    Raises :class:`~hotline.call.errors.WakeupRefused` when it was put off often enough or is over.
    """
    if not standing.live:
        raise WakeupRefused("This wake-up is over.", code="wakeup-unknown")
    if standing.snoozes >= rules.snooze.times:
        raise WakeupRefused(f"It was put off {standing.snoozes} times already.", code="wakeup-snoozed-enough")
    turn_at = at + timedelta(minutes=rules.snooze.minutes)
    put_off = replace(standing, state=State.SNOOZED, turn=standing.turn + 1, snoozes=standing.snoozes + 1)
    return _from(put_off, turn_at, rules)


def straight_to_the_door(standing: Standing, at: datetime, reason: str, rules: WakeupRules) -> Standing:
    """The guest could not be rung: floor staff are rung now, not later. A day too late, nobody is."""
    if not standing.live:
        return standing
    if at - standing.turn_at >= FORGET_AFTER:
        return replace(standing, state=State.TOO_LATE, reason=reason)
    return replace(
        standing,
        reason=standing.reason or reason,
        escalate_at=at,
        knock_until=max(standing.knock_until, at + timedelta(minutes=rules.knock.give_up_after)),
    )


def is_missed(standing: Standing, now: datetime, rules: WakeupRules) -> bool:
    """True for one that an outage has made too late to ring (DOMAIN section 7: 5 minutes)."""
    return standing.state in (State.DUE, State.SNOOZED) and now - standing.turn_at > rules.late_start


def unconfirmed(standing: Standing) -> Standing:
    """The last attempt at the door was made."""
    return replace(standing, state=State.UNCONFIRMED) if standing.live else standing


def called_off(standing: Standing, state: State, reason: str) -> Standing:
    """Nobody wants it any more: cancelled or skipped."""
    return replace(standing, state=state, reason=reason) if standing.live else standing


def minutes_late(due_at: datetime, at: datetime) -> int:
    """Return whole minutes after the booked time; 0 before it (a clock was set back)."""
    return max(0, int((at - due_at).total_seconds() // 60))


# --- when people are rung ------------------------------------------------------------------------


def next_ring(standing: Standing, past: Sequence[Past], policy: Policy, now: datetime) -> datetime | None:
    """Return when the guest is rung next in this turn; ``None``: no more. ``past``: this turn's attempts."""
    return _next(standing, past, policy, now, begin=standing.turn_at, end=standing.until)


def next_knock(standing: Standing, past: Sequence[Past], policy: Policy, now: datetime) -> datetime | None:
    """Return when floor staff are rung next in this turn; ``None``: no more."""
    return _next(standing, past, policy, now, begin=standing.escalate_at, end=standing.knock_until)


def preview(
    due: datetime, rules: WakeupRules, policies: tuple[Policy, Policy], outcome: Outcome, *, most: int = 40
) -> list[tuple[datetime, str]]:
    """Return when the guest and the floor staff would be rung if every attempt ended with ``outcome``.

    ``policies``: the guest's and the floor staff's.
    """
    standing = begin(due, rules)
    rings: list[tuple[datetime, str]] = []
    for name, policy, following in zip(("guest", "floor"), policies, (next_ring, next_knock), strict=True):
        past: list[Past] = []
        lasts = timedelta(seconds=policy.ring if outcome is Outcome.NO_ANSWER else 0)
        at = following(standing, past, policy, due)
        while at is not None and len(past) < most:
            past.append(Past(at, at + lasts, outcome))
            rings.append((at, name))
            at = following(standing, past, policy, at + lasts)
    return sorted(rings)[:most]


def _next(
    standing: Standing,
    past: Sequence[Past],
    policy: Policy,
    now: datetime,
    *,
    begin: datetime,
    end: datetime,
) -> datetime | None:
    if not standing.live:
        return None
    at = next_attempt(policy, past, now=now, zone=_UTC) if past else max(begin, now)
    return None if at is None or at >= end else at


def _from(standing: Standing, turn_at: datetime, rules: WakeupRules) -> Standing:
    escalate = turn_at + timedelta(minutes=rules.escalate_after)
    return replace(
        standing,
        turn_at=turn_at,
        escalate_at=escalate,
        until=escalate + timedelta(minutes=rules.ring.keep_ringing),
        knock_until=escalate + timedelta(minutes=rules.knock.give_up_after),
    )
