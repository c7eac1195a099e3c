"""Windows of opening hours on a calendar of workdays. Pure: time and calendar are passed in.

DOMAIN section 3: the general-manager line is open Monday to Friday 08:30-11:30 and 13:30-16:30,
closed on public holidays; an adjusted workday 补班 (a Saturday worked for a long holiday) is a
workday. All comparing is done in UTC, so a window keeps its local hours across clock changes.
A window may differ by season (DOMAIN section 5: the day shift ends later in autumn and winter).
"""

from __future__ import annotations

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
    HOLIDAYS = "holidays"
    """Public holidays 法定节假日, with the weekend days that belong to them."""
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

    def is_public_holiday(self, day: date) -> bool:
        """Return whether ``day`` is a day off because of a holiday, not merely a weekend.

        Weekend days inside a holiday belong to it; an adjusted workday does not.
        """
        if day in self.workdays:
            return False
        if day in self.holidays:
            return True
        try:
            off, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            return False
        return bool(off) and name is not None

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
class Season:
    """A part of every year: from its first day until the day before the next season's."""

    begins: tuple[int, int]
    """Month and day."""
    next_begins: tuple[int, int]

    def has(self, day: date) -> bool:
        """True when ``day`` lies in the season; one that begins when the next does lasts all year."""
        today = (day.month, day.day)
        if self.begins < self.next_begins:
            return self.begins <= today < self.next_begins
        return today >= self.begins or today < self.next_begins


@dataclass(frozen=True, slots=True)
class Rule:
    """Hours of certain days: minutes of the day, ``begin < end``; past midnight ``end`` is over 1440."""

    days: DayKind | frozenset[int]
    """A kind of day, or weekdays (Monday 0)."""
    spans: tuple[tuple[int, int], ...]
    season: Season | None = None
    """Only in this season; all year without."""

    def applies(self, day: date, calendar: Calendar) -> bool:
        """True when the rule's hours begin on ``day``."""
        if self.season is not None and not self.season.has(day):
            return False
        return is_among(day, self.days, calendar)


def is_among(day: date, days: DayKind | frozenset[int], calendar: Calendar) -> bool:
    """True when ``day`` is one of ``days``: a kind of day, or weekdays (Monday 0)."""
    if isinstance(days, frozenset):
        return day.weekday() in days
    if days is DayKind.EVERY_DAY:
        return True
    if days is DayKind.HOLIDAYS:
        return calendar.is_public_holiday(day)
    return calendar.is_workday(day) is (days is DayKind.WORKDAYS)


Window = tuple[Rule, ...]
"""Open when any of its rules says so."""


def is_open(window: Window, calendar: Calendar, zone: tzinfo, at: datetime) -> bool:
    """Return whether ``at`` (aware) lies in the window: begin inclusive, end exclusive."""
    today = at.astimezone(zone).date()
    return any(
        begin <= at < end
        for day in (today - timedelta(days=1), today)  # yesterday's hours may last past midnight
        for begin, end in intervals(window, calendar, zone, day)
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
        for begin, end in intervals(window, calendar, zone, first + timedelta(days=offset)):
            if begin > at:
                if open_until is None or begin > open_until:
                    return begin
                next_hours = next_hours or begin
            open_until = end if open_until is None else max(open_until, end)
    if next_hours is None:
        raise NeverOpens("the window does not open within a year")
    return next_hours


def intervals(
    window: Window, calendar: Calendar, zone: tzinfo, day: date
) -> tuple[tuple[datetime, datetime], ...]:
    """Return the hours that begin on ``day``, in order, in UTC; they last at most until the next day ends.

    Hours inside the one that clocks skip in spring are none.
    """
    spans = [span for rule in window if rule.applies(day, calendar) for span in rule.spans]
    found = [(instant(day, begin, zone), instant(day, end, zone)) for begin, end in spans]
    return tuple(sorted((begin, end) for begin, end in found if begin < end))


def instant(day: date, minutes: int, zone: tzinfo) -> datetime:
    """Return a wall-clock time, in minutes since the day's midnight, in UTC.

    One that the clocks skip is as long after the skipped hour as it is inside it; of one they show
    twice the first is meant.
    """
    day += timedelta(days=minutes // DAY_MINUTES)
    hour, minute = divmod(minutes % DAY_MINUTES, 60)
    return datetime.combine(day, time(hour, minute), tzinfo=zone).astimezone(UTC)
