"""The day, week or month a report is about, in the estate's own days. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from hotline.call.errors import HotlineError

FIRST, LAST = date(2000, 1, 1), date(2199, 12, 31)
"""Days a report may begin on: others are slips of the finger, and instants around them cannot be counted."""


class BadPeriod(HotlineError):
    """A day or kind of period that is none."""

    code = "bad-period"


class Grain(StrEnum):
    """How long a report's time is."""

    DAY = "day"
    WEEK = "week"
    """Monday to Sunday (GB/T 7408, ISO 8601)."""
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """One day, week or month of an estate."""

    grain: Grain
    first: date
    zone: ZoneInfo

    @property
    def after(self) -> date:
        """The first day that is not in it any more."""
        match self.grain:
            case Grain.DAY:
                return self.first + timedelta(days=1)
            case Grain.WEEK:
                return self.first + timedelta(days=7)
            case Grain.MONTH:
                return (self.first + timedelta(days=31)).replace(day=1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.after - timedelta(days=1)

    @property
    def begin(self) -> datetime:
        """Its first instant, UTC."""
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first instant after it, UTC."""
        return _midnight(self.after, self.zone)

    @property
    def days(self) -> tuple[date, ...]:
        """Its days, in order."""
        return tuple(self.first + timedelta(days=n) for n in range((self.after - self.first).days))

    @property
    def before(self) -> Period:
        """The period before this one."""
        return period(self.grain, self.first - timedelta(days=1), self.zone)

    @property
    def following(self) -> Period:
        """The period after this one."""
        return Period(self.grain, self.after, self.zone)


def period(grain: Grain, day: date, zone: ZoneInfo) -> Period:
    """Return the period a day belongs to; raises :class:`BadPeriod` for a day outside the calendar kept."""
    if not FIRST <= day <= LAST:
        raise BadPeriod(f"{day} is too far away: reports begin {FIRST} and end {LAST}.")
    match grain:
        case Grain.WEEK:
            day -= timedelta(days=day.weekday())
        case Grain.MONTH:
            day = day.replace(day=1)
        case Grain.DAY:
            pass
    return Period(grain, day, zone)


def asked(grain: str, day: str, zone: ZoneInfo, now: datetime) -> Period:
    """Return the period that words ask for: ``month``, ``2026-11-01``; an empty day is today.

    A month may be written ``2026-11``. Raises :class:`BadPeriod` naming what would be right.
    """
    try:
        wanted = Grain(grain)
    except ValueError as error:
        raise BadPeriod(f'"{grain[:20]}" is no period: day, week or month.') from error
    text = day.strip()
    if not text:
        return period(wanted, now.astimezone(zone).date(), zone)
    try:
        found = date.fromisoformat(f"{text}-01" if len(text) == len("2026-11") else text)
    except ValueError as error:
        raise BadPeriod(f'"{text[:20]}" is no day: write it as 2026-11-01.') from error
    return period(wanted, found, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
