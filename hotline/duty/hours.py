"""Windows of opening hours on a calendar of workdays. Pure: time and calendar are passed in.

DOMAIN section 3: the general-manager line is open Monday to Friday 08:30-11:30 and 13:30-16:30,
closed on public holidays; an adjusted workday 补班 (a Saturday worked for a long holiday) is a
workday. All comparing is done in UTC, so a window keeps its local hours across clock changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

import chinese_calendar

DAY_MINUTES = 24 * 60
_HORIZON_DAYS = 400
"""A window that has not opened within a year and a month opens never."""


class NeverOpens(ValueError):
    """No rule of the window matches any day of the coming year."""


class DayKind(StrEnum):
    """Days by the holiday calendar instead of by weekday."""

    WORKDAYS = "workdays"
    """Days people work: Monday to Friday without public holidays, and adjusted workdays."""
    REST_DAYS = "rest_days"
    """All others: weekends and public holidays."""
    EVERY_DAY = "every_day"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked: China's published calendar, corrected by the company's own."""

    holidays: frozenset[date] = frozenset()
    """Additional rest days; they win over the published calendar."""
    workdays: frozenset[date] = frozenset()
    """Additional workdays; they win over everything."""

    def is_workday(self, day: date) -> bool:
        """Return whether ``day`` is worked.

        The State Council publishes a year's holidays in the November before. For a year that is
        not known yet weekends rest, and whatever the company's own calendar says.
        """
        if day in self.workdays:
            return True
        if day in self.holidays:
            return False
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:  # its way to say that it has no data for the year
            return day.weekday() < 5

    def knows(self, year: int) -> bool:
        """True when the holidays of ``year`` are published or the company's calendar has some."""
        if any(day.year == year for day in self.holidays):
            return True
        try:
            chinese_calendar.is_workday(date(year, 1, 1))
        except NotImplementedError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Rule:
    """Hours of certain days: minutes of the day, ``begin < end``; past midnight ``end`` is over 1440."""

    days: DayKind | frozenset[int]
    """A kind of day, or weekdays (Monday 0)."""
    spans: tuple[tuple[int, int], ...]

    def applies(self, day: date, calendar: Calendar) -> bool:
        """True when the rule's hours begin on ``day``."""
        if isinstance(self.days, frozenset):
            return day.weekday() in self.days
        if self.days is DayKind.EVERY_DAY:
            return True
        return calendar.is_workday(day) is (self.days is DayKind.WORKDAYS)


Window = tuple[Rule, ...]
"""Open when any of its rules says so."""


def is_open(window: Window, calendar: Calendar, zone: tzinfo, at: datetime) -> bool:
    """Return whether ``at`` (aware) lies in the window: begin inclusive, end exclusive."""
    today = at.astimezone(zone).date()
    return any(
        begin <= at < end
        for day in (today - timedelta(days=1), today)  # yesterday's hours may last past midnight
        for begin, end in _intervals(window, calendar, zone, day)
    )


def next_opening(window: Window, calendar: Calendar, zone: tzinfo, at: datetime) -> datetime:
    """Return when the window next opens (UTC), strictly after ``at``.

    Hours that follow each other without a gap are one opening. A window that never closes "opens"
    where its next hours begin. Raises :class:`NeverOpens`.
    """
    first = at.astimezone(zone).date() - timedelta(days=1)
    open_until: datetime | None = None
    next_hours: datetime | None = None
    for offset in range(_HORIZON_DAYS):
        for begin, end in _intervals(window, calendar, zone, first + timedelta(days=offset)):
            if begin > at:
                if open_until is None or begin > open_until:
                    return begin
                next_hours = next_hours or begin
            open_until = end if open_until is None else max(open_until, end)
    if next_hours is None:
        raise NeverOpens("the window does not open within a year")
    return next_hours


def _intervals(
    window: Window, calendar: Calendar, zone: tzinfo, day: date
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the hours that begin on ``day``, in order, in UTC."""
    spans = sorted(span for rule in window if rule.applies(day, calendar) for span in rule.spans)
    for begin, end in spans:
        yield _instant(day, begin, zone), _instant(day, end, zone)


def _instant(day: date, minutes: int, zone: tzinfo) -> datetime:
    """Return a wall-clock time as an instant; one that the clocks skip is the instant after the gap."""
    day += timedelta(days=minutes // DAY_MINUTES)
    hour, minute = divmod(minutes % DAY_MINUTES, 60)
    return datetime.combine(day, time(hour, minute), tzinfo=zone).astimezone(UTC)
