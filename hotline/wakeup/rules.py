"""What the house refuses, each rule with its code (DOMAIN section 7). Pure.

The codes are those of :class:`~hotline.call.ports.wakeups.WakeupDesk`: the menu says them in its own words.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hotline.call.errors import WakeupRefused
from hotline.call.ports.wakeups import Repeat, WakeTime
from hotline.wakeup.config import Booking
from hotline.wakeup.recurrence import Recurrence, Workdays

FIRST_YEAR, LAST_YEAR = 1970, 2199
"""Days outside these cannot be counted from: dates end at the year 9999, and clocks of zones before."""
LOOK_AHEAD = 31
"""Rings of a repeated wake-up that are compared with those of the room's others."""


def check_days(when: WakeTime) -> None:
    """Raise when the chosen days cannot be any."""
    if when.repeat is Repeat.DAYS and not (when.days and when.days <= set(range(1, 8))):
        raise WakeupRefused("Choose at least one day of the week, 1 (Monday) to 7.", code="wakeup-never")
    if when.first is not None and not FIRST_YEAR <= when.first.year <= LAST_YEAR:
        if when.first.year < FIRST_YEAR:
            raise WakeupRefused("That time is over.", code="wakeup-past")
        raise WakeupRefused(f"Nobody is woken in the year {when.first.year}.", code="wakeup-too-far")
    if when.first is not None and when.until is not None and when.until < when.first:
        raise WakeupRefused("The last day comes before the first.", code="wakeup-never")


def check_time(due: datetime | None, now: datetime, rules: Booking, *, asked: datetime | None) -> datetime:
    """Return the first ring when it is neither past nor too near nor too far.

    ``asked``: the instant of a first day that was named; ``None`` when the caller left it to us.
    """
    if asked is not None and asked <= now and due is None:
        raise WakeupRefused("That time is over.", code="wakeup-past")
    if due is None:
        raise WakeupRefused("There is no day on which it would ring.", code="wakeup-never")
    if due < now + timedelta(minutes=rules.lead):
        raise WakeupRefused(
            f"That is too soon: choose a time at least {_minutes(rules.lead)} from now.",
            code="wakeup-too-soon",
        )
    if due > now + timedelta(days=rules.horizon_days):
        raise WakeupRefused(
            f"Wake-ups are taken up to {rules.horizon_days} days ahead.", code="wakeup-too-far"
        )
    return due


def check_room(clash: bool, booked: int, rules: Booking) -> None:
    """Raise when the room has one at that time (see :func:`clashes`), or as many as it may."""
    if clash:
        raise WakeupRefused(
            f"The room has a wake-up at that time, or within {rules.apart} minutes of it.",
            code="wakeup-twice",
        )
    if booked >= rules.per_room:
        raise WakeupRefused(f"The room has {booked} wake-ups; more are not taken.", code="wakeup-room-full")


def clashes(
    mine: Recurrence, other: Recurrence, after: datetime, zone: ZoneInfo, calendar: Workdays, rules: Booking
) -> bool:
    """Return whether both ring within ``rules.apart`` minutes on any of the rings looked ahead."""
    apart = timedelta(minutes=rules.apart)
    for one, two in ((mine, other), (other, mine)):
        for _, at in one.some_after(after, zone, calendar, most=LOOK_AHEAD):
            if any(abs(at - near) < apart for near in two.near(at, zone, calendar)):
                return True
    return False


def check_interval(counts: Iterable[int], rules: Booking) -> None:
    """Raise when one of the intervals it would ring in is taken; ``counts``: the others in each."""
    if any(count >= rules.per_interval for count in counts):
        raise WakeupRefused(
            f"There are {rules.per_interval} wake-ups around that time already. Choose another one.",
            code="wakeup-interval-full",
        )


def interval_of(at: time, rules: Booking) -> tuple[time, time]:
    """Return the interval of the clock that ``at`` falls into: its first and last minute."""
    minute = at.hour * 60 + at.minute
    begin = minute - minute % rules.interval
    end = min(begin + rules.interval - 1, 24 * 60 - 1)
    return time(*divmod(begin, 60)), time(*divmod(end, 60))


def _minutes(count: int) -> str:
    return "a minute" if count == 1 else f"{count} minutes"
