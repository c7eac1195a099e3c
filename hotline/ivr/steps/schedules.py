"""When something is to happen, as slots that can be said and as the value a booking has."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING

from hotline.call.ports import Repeat, WakeTime
from hotline.language.slots.moments import Moment, next_day

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk

TIME, DATE, REPEAT = "when.time", "when.date", "when.repeat"
DAYS, UNTIL, SCHEDULE = "when.days", "when.until", "when.schedule"
MORNING, AFTERNOON, ONCE = "when.morning", "when.afternoon", "when.once"
SLOTS = (TIME, DATE, REPEAT, DAYS, UNTIL, SCHEDULE, MORNING, AFTERNOON, ONCE)
"""What a ``when`` step fills."""


def forget(talk: Talk) -> None:
    """Empty the slots: another time is asked for."""
    talk.slots = talk.slots.cleared(frozenset(SLOTS))


def offer(talk: Talk, at: time, now: datetime) -> None:
    """Fill what a question about the time may say: both halves of the day, the next day it is ``at``."""
    open_hour = Moment(at=at)
    for slot, half in (
        (MORNING, open_hour.in_half(afternoon=False)),
        (AFTERNOON, open_hour.in_half(afternoon=True)),
    ):
        talk.fill(slot, f"{half.at:%H:%M}", by_caller=False)
    talk.fill(TIME, f"{at:%H:%M}", by_caller=False)
    talk.fill(ONCE, next_day(at, now).isoformat(), by_caller=False)


def remember(talk: Talk, found: Moment, now: datetime) -> None:
    """Fill the slots with a time whose half of the day and whose days are known."""
    at = found.at or time(0)
    repeat = found.repeat or Repeat.ONCE
    first = found.day or (next_day(at, now) if repeat is Repeat.ONCE else None)
    when = WakeTime(at=at, repeat=repeat, first=first, days=found.days, until=found.until)
    values = {
        TIME: f"{at:%H:%M}",
        DATE: first.isoformat() if first is not None else "",
        REPEAT: repeat.value,
        DAYS: _digits(found.days),
        UNTIL: found.until.isoformat() if found.until is not None and repeat is not Repeat.ONCE else "",
        SCHEDULE: spoken(when),
    }
    for slot, value in values.items():
        talk.fill(slot, value, by_caller=False)


def remembered(talk: Talk) -> WakeTime:
    """Return the time in the slots; raises :class:`ValueError` when no ``when`` step filled them."""
    text = talk.slots.text
    return WakeTime(
        at=time.fromisoformat(text(TIME)),
        repeat=Repeat(text(REPEAT)),
        first=_day(text(DATE)),
        days=frozenset(int(number) for number in text(DAYS)),
        until=_day(text(UNTIL)),
    )


def spoken(when: WakeTime, next_at: datetime | None = None) -> str:
    """Return a time as the read-back ``schedule`` takes it; ``next_at``: when it rings next.

    Empty for a single time whose day is not known.
    """
    first = when.first
    if when.repeat is Repeat.ONCE:
        day = next_at.date() if next_at is not None else first
        return f"{when.at:%H:%M} once {day}" if day is not None else ""
    often = f"days {_digits(when.days)}" if when.repeat is Repeat.DAYS else when.repeat.value
    begun = first is None or (next_at is not None and first < next_at.date())
    since = "" if begun else f" from {first}"
    until = f" until {when.until}" if when.until is not None else ""
    return f"{when.at:%H:%M} {often}{since}{until}"


def _digits(days: frozenset[int]) -> str:
    return "".join(str(number) for number in sorted(days))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
