"""What a call costs: units, bands of the day, surcharges. Pure; decimals throughout.

Each unit is charged by the band in which it begins, by the clock of the estate, so the price never falls
while the call goes on, and a clock change neither doubles nor loses a unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from hotline.call.ports.outside import OutsideCategory as Category

CENT = Decimal("0.01")
DAY = 24 * 60


class Days(StrEnum):
    """Days by the calendar of the house."""

    EVERY_DAY = "every_day"
    WORKDAYS = "workdays"
    REST_DAYS = "rest_days"
    """Weekends and public holidays."""
    HOLIDAYS = "holidays"
    """Public holidays alone."""


class DayIs(StrEnum):
    """What one day is."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


_OF = {
    Days.EVERY_DAY: frozenset(DayIs),
    Days.WORKDAYS: frozenset({DayIs.WORKDAY}),
    Days.REST_DAYS: frozenset({DayIs.WEEKEND, DayIs.HOLIDAY}),
    Days.HOLIDAYS: frozenset({DayIs.HOLIDAY}),
}
DayOf = Callable[[date], DayIs]


@dataclass(frozen=True, slots=True)
class Unit:
    """So many begun seconds at this price."""

    seconds: int
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Prices of certain hours of certain days. Minutes of the day."""

    first: Unit
    next: Unit
    days: Days = Days.EVERY_DAY
    begin: int = 0
    end: int = DAY
    """Not later than ``begin``: it lasts into the next day, and belongs to the day it began on."""

    def has(self, minute: int, today: DayIs, yesterday: DayIs) -> bool:
        """True when a minute of the day lies in the band."""
        of = _OF[self.days]
        if self.begin < self.end:
            return today in of and self.begin <= minute < self.end
        return (today in of and minute >= self.begin) or (yesterday in of and minute < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """Prices of a kind of call."""

    name: str
    categories: frozenset[Category]
    prefixes: tuple[str, ...] = ()
    """Only numbers that begin so (with their area code); the longest of all tariffs that fits counts."""
    bands: tuple[Band, ...]
    """Asked in this order; together they cover every minute."""
    connection: Decimal = Decimal(0)
    minimum: Decimal = Decimal(0)

    def band_at(self, at: datetime, day_of: DayOf) -> Band:
        """Return the band of a local time; raises :class:`LookupError` in a gap."""
        minute = at.hour * 60 + at.minute
        today, yesterday = day_of(at.date()), day_of(at.date() - timedelta(days=1))
        for band in self.bands:
            if band.has(minute, today, yesterday):
                return band
        raise LookupError(f'tariff "{self.name}" has no band at {at:%H:%M} of a {today}')

    def gaps(self) -> Iterable[tuple[time, DayIs]]:
        """Yield minutes no band covers: the first of each gap, and of which day."""
        edges = sorted({0, *(band.begin for band in self.bands), *(band.end % DAY for band in self.bands)})
        for today in DayIs:
            for minute in edges:
                if not all(any(band.has(minute, today, before) for band in self.bands) for before in DayIs):
                    yield time(minute // 60, minute % 60), today


@dataclass(frozen=True, slots=True, kw_only=True)
class Surcharge:
    """What the house adds for a class (服务费)."""

    percent: Decimal = Decimal(0)
    fixed: Decimal = Decimal(0)
    """Once a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariffs:
    """All of ``tariffs.yaml``."""

    tariffs: tuple[Tariff, ...] = ()
    surcharges: Mapping[str, Surcharge] = field(default_factory=dict)
    """By class."""
    currency: str = "CNY"

    def choose(self, category: Category, number: str) -> Tariff | None:
        """Return the tariff of a number (with its area code): of the longest prefix that fits, or of none."""
        best: tuple[int, Tariff] | None = None
        for tariff in self.tariffs:
            if category not in tariff.categories:
                continue
            fits = [len(prefix) for prefix in tariff.prefixes or ("",) if number.startswith(prefix)]
            if fits and (best is None or max(fits) > best[0]):
                best = max(fits), tariff
        return None if best is None else best[1]

    def named(self, name: str) -> Tariff | None:
        """Return a tariff by name."""
        return next((tariff for tariff in self.tariffs if tariff.name == name), None)


def begun_seconds(answered_at: datetime, ended_at: datetime) -> int:
    """Return how long a call lasted, in begun seconds; never less than one that was answered at all."""
    spent = (ended_at - answered_at) / timedelta(milliseconds=1)
    return max(1, -(-int(spent) // 1000))


def cost(
    tariff: Tariff,
    answered_at: datetime,
    seconds: int,
    *,
    zone: tzinfo,
    day_of: DayOf,
    surcharge: Surcharge | None = None,
) -> Decimal:
    """Return what an answered call of so many seconds costs, in whole cents.

    ``answered_at`` is aware. Raises :class:`LookupError` when no band covers it.
    """
    amount, spent = tariff.connection, 0
    while spent < max(seconds, 1):
        band = tariff.band_at((answered_at + timedelta(seconds=spent)).astimezone(zone), day_of)
        unit = band.next if spent else band.first
        amount += unit.price
        spent += unit.seconds
    amount = max(amount, tariff.minimum)
    added = surcharge or Surcharge()
    whole = amount * (1 + added.percent / 100) + added.fixed
    return whole.quantize(CENT, ROUND_HALF_UP)
