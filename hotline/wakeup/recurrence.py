"""On which days a booking rings, and at which instant. Pure: zone and calendar are passed in.

Local time is the truth: a wake-up at 07:00 rings at 07:00 by the guest's watch, also on the day after
the clocks changed. A local time that does not exist that day rings at the instant the clocks have
passed it, one that comes twice rings at the first. Each day has one instant, so nothing rings twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Protocol
from zoneinfo import ZoneInfo

from hotline.call.ports.wakeups import Repeat, WakeTime

SEARCH_DAYS = 800
"""How far ahead a day that fits is looked for: no calendar closes two years."""
_DAY = timedelta(days=1)


class Workdays(Protocol):
    """The estate's calendar: weekends, public holidays and adjusted workdays."""

    def is_workday(self, day: date) -> bool:
        """Return whether people work on ``day``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """The days of one booking."""

    at: time
    repeat: Repeat = Repeat.ONCE
    first: date
    days: frozenset[int] = frozenset()
    """DAYS: 1 (Monday) to 7."""
    until: date | None = None
    skips: frozenset[date] = frozenset()

    def rings_on(self, day: date, calendar: Workdays) -> bool:
        """Return whether it rings on ``day``."""
        if day < self.first or day in self.skips or (self.until is not None and day > self.until):
            return False
        match self.repeat:
            case Repeat.ONCE:
                return day == self.first
            case Repeat.DAILY:
                return True
            case Repeat.WORKDAYS:
                return calendar.is_workday(day)
            case Repeat.DAYS:
                return day.isoweekday() in self.days

    def days_from(self, day: date, calendar: Workdays) -> Iterator[date]:
        """Yield the days it rings on, ``day`` included, as far as :data:`SEARCH_DAYS`."""
        begin = max(day, self.first)
        last = begin + SEARCH_DAYS * _DAY
        if self.until is not None:
            last = min(last, self.until)
        if self.repeat is Repeat.ONCE:
            last = min(last, self.first)
        while begin <= last:
            if self.rings_on(begin, calendar):
                yield begin
            begin += _DAY

    def instants_after(
        self, after: datetime, zone: ZoneInfo, calendar: Workdays
    ) -> Iterator[tuple[date, datetime]]:
        """Yield day and instant of what rings later than ``after``, in order."""
        yesterday = after.astimezone(zone).date() - _DAY  # a skipped hour may ring on the day after its own
        for day in self.days_from(yesterday, calendar):
            at = instant(day, self.at, zone)
            if at > after:
                yield day, at

    def next_after(self, after: datetime, zone: ZoneInfo, calendar: Workdays) -> tuple[date, datetime] | None:
        """Return day and instant of the next ring later than ``after``; ``None``: it rings no more."""
        return next(self.instants_after(after, zone, calendar), None)

    def near(self, at: datetime, zone: ZoneInfo, calendar: Workdays) -> list[datetime]:
        """Return the rings of the day of ``at`` and of those beside it."""
        day = at.astimezone(zone).date()
        days = (day - _DAY, day, day + _DAY)
        return [instant(one, self.at, zone) for one in days if self.rings_on(one, calendar)]

    def some_after(
        self, after: datetime, zone: ZoneInfo, calendar: Workdays, *, most: int
    ) -> list[tuple[date, datetime]]:
        """Return the next ``most`` rings."""
        return list(islice(self.instants_after(after, zone, calendar), most))


def recurrence_of(when: WakeTime, first: date, skips: frozenset[date] = frozenset()) -> Recurrence:
    """Return the days of a booking whose first day is known; seconds do not count."""
    return Recurrence(
        at=when.at.replace(second=0, microsecond=0),
        repeat=when.repeat,
        first=first,
        days=when.days,
        until=when.until,
        skips=skips,
    )


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the instant (UTC) at which it rings on ``day``.

    In a gap – clocks put forward over that time – it is the end of the gap; of a time that comes twice
    it is the first.
    """
    local = datetime.combine(day, at.replace(tzinfo=None, fold=0), tzinfo=zone)
    found = local.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return found
    return _end_of_gap(local.replace(fold=1).astimezone(UTC), found, zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first whole second between both at which the later offset holds."""
    offset = after.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while low < high:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            high = middle
        else:
            low = middle + 1
    return datetime.fromtimestamp(low, UTC)
