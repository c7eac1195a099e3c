"""Time that counts only while a window is open. Pure: no clock, no waiting.

Time limits in working time (DOMAIN section 4: "5 working days") ask here when a span of open time
will have passed, and how much has. Hours that overlap count once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo

from hotline.duty.hours import Calendar, NeverOpens, Window, intervals

_LONGEST_CLOSED = timedelta(days=400)
"""A window that stays closed for longer opens never."""
_HORIZON = timedelta(days=3660)
"""A span that has not passed within ten years is a mistake of whoever asked."""
_KEPT_DAYS = 4000

_Hours = tuple[tuple[datetime, datetime], ...]


class OpenTime:
    """Open time of one window. Remembers the hours of days it was asked about: ticks ask often."""

    def __init__(self, window: Window, calendar: Calendar, zone: tzinfo) -> None:
        """Take the window, the calendar of workdays and the estate's time zone."""
        self._window = window
        self._calendar = calendar
        self._zone = zone
        self._days: dict[date, _Hours] = {}

    def after(self, start: datetime, span: timedelta) -> datetime:
        """Return the first instant (UTC) at which ``span`` of open time has passed since ``start``.

        ``start`` itself for no span. Raises :class:`~hotline.duty.hours.NeverOpens` when the window
        does not open for over a year, or has not been open for so long in ten; :class:`ValueError`
        for a negative span.
        """
        if span < timedelta(0):
            raise ValueError("a span of open time cannot be negative")
        start = start.astimezone(UTC)
        left = span
        if not left:
            return start
        for begin, end in self._stretches(start):
            if begin - start > _HORIZON:
                break
            if end - begin >= left:
                return begin + left
            left -= end - begin
        raise NeverOpens("the window is not open for so long within ten years")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much open time lies between two instants; none when ``end`` is not later."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        total = timedelta(0)
        if end <= start:
            return total
        last = end.astimezone(self._zone).date()
        for begin, until in self._stretches(start, last=last):
            if begin >= end:
                break
            total += min(until, end) - begin
        return total

    def _stretches(self, start: datetime, *, last: date | None = None) -> Iterator[tuple[datetime, datetime]]:
        """Yield open stretches from ``start`` on that do not overlap, of days up to ``last``.

        Without ``last`` it goes on until the window has stayed closed for too long.
        """
        day = start.astimezone(self._zone).date() - timedelta(days=1)  # hours may last past midnight
        covered = start
        while last is None or day <= last:
            for begin, end in self._hours(day):
                fresh = max(begin, covered)
                if fresh < end:
                    yield fresh, end
                    covered = end
            day += timedelta(days=1)
            if last is None and day - covered.date() > _LONGEST_CLOSED:
                raise NeverOpens("the window does not open within a year")

    def _hours(self, day: date) -> _Hours:
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= _KEPT_DAYS:
                self._days.clear()
            known = self._days[day] = intervals(self._window, self._calendar, self._zone, day)
        return known
