"""Days that were said: what the languages have in common."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from hotline.call.ports.wakeups import Repeat

FURTHEST = 366
"""“In … days”: more is misheard."""


@dataclass(slots=True, kw_only=True)
class Days:
    """Which days were said. Filled while a text is read."""

    day: date | None = None
    repeat: Repeat | None = None
    days: frozenset[int] = frozenset()
    until: date | None = None
    count: int = 0
    """On so many days one after the other; 0: not said."""
    weekday: bool = False
    """``day`` was named by its weekday alone: the next one, which may be today."""
    tomorrow: bool = False
    """``day`` was called “tomorrow”."""

    def take(self, day: date, *, last: bool) -> None:
        """Take up a day: the last one (“until …”), else the first."""
        if last:
            self.until = day
        elif self.day is None:
            self.day = day


def weekday(today: date, number: int, *, weeks: int | None = None) -> date:
    """Return the next such weekday (1 Monday), today included; ``weeks``: that of the week so many on."""
    if weeks is None:
        return today + timedelta(days=(number - today.isoweekday()) % 7)
    return today + timedelta(days=number - today.isoweekday() + 7 * weeks)


def between(first: int, last: int) -> frozenset[int]:
    """Return the weekdays from ``first`` to ``last``, over the end of the week if need be."""
    length = (last - first) % 7
    return frozenset((first - 1 + step) % 7 + 1 for step in range(length + 1))


def month_day(today: date, month: int, day: int, year: int | None = None) -> date:
    """Return the next such date; raises :class:`ValueError` when there is none (30 February)."""
    if year is not None:
        return date(year, month, day)
    if not 1 <= month <= 12 or day < 1:
        raise ValueError(f"there is no day {day} in month {month}")
    for candidate in range(today.year, today.year + 5):  # 29 February comes every fourth year
        if day <= monthrange(candidate, month)[1] and date(candidate, month, day) >= today:
            return date(candidate, month, day)
    raise ValueError(f"there is no day {day} in month {month}")


def day_of_month(today: date, day: int, *, months: int | None = None) -> date:
    """Return the next such day of a month; ``months``: that of the month so many on.

    Raises :class:`ValueError` when there is none.
    """
    if not 1 <= day <= 31:
        raise ValueError(f"there is no day {day}")
    if months is None:
        months = 0 if day >= today.day else 1
        while day > _length(today, months):
            months += 1
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(year, month + 1, day)


def _length(today: date, months: int) -> int:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return monthrange(year, month + 1)[1]


def end_of_month(today: date, *, months: int = 0) -> date:
    """Return the last day of the month so many on."""
    first = day_of_month(today.replace(day=1), 1, months=months)
    return first.replace(day=monthrange(first.year, first.month)[1])


def in_days(today: date, count: int) -> date:
    """Return the day so many on; raises :class:`ValueError` beyond a year."""
    if not 0 < count <= FURTHEST:
        raise ValueError(f"{count} days are too far")
    return today + timedelta(days=count)
