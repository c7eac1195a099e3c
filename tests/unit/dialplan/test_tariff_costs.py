from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.call.ports import OutsideCategory as Category
from hotline.dialplan.tariff import (
    Band,
    DayIs,
    Days,
    Surcharge,
    Tariff,
    Tariffs,
    Unit,
    begun_seconds,
    cost,
)

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
CHEAP, DEAR = Unit(60, Decimal("0.10")), Unit(60, Decimal("1.00"))


def weekdays(day: date) -> DayIs:
    return DayIs.WEEKEND if day.weekday() >= 5 else DayIs.WORKDAY


def tariff(*bands: Band, **more: Decimal) -> Tariff:
    return Tariff(name="t", categories=frozenset({Category.CITY}), bands=bands, **more)


NIGHTS = tariff(Band(first=CHEAP, next=CHEAP, begin=21 * 60, end=7 * 60), Band(first=DEAR, next=DEAR))


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def price(of: Tariff, begin: datetime, seconds: int, zone: ZoneInfo = SHANGHAI) -> Decimal:
    return cost(of, begin, seconds, zone=zone, day_of=weekdays)


@pytest.mark.parametrize(
    ("seconds", "expected"), [(1, "0.22"), (180, "0.22"), (181, "0.33"), (240, "0.33"), (241, "0.44")]
)
def test_the_first_three_minutes_are_one_unit_and_every_begun_minute_after_is_another(
    seconds: int, expected: str
) -> None:
    town = tariff(Band(first=Unit(180, Decimal("0.22")), next=Unit(60, Decimal("0.11"))))
    assert price(town, at("2026-11-23T10:00"), seconds) == Decimal(expected)


def test_a_band_that_crosses_midnight_holds_on_both_sides_and_a_unit_keeps_the_band_it_began_in() -> None:
    assert price(NIGHTS, at("2026-11-23T23:30"), 3600) == Decimal("6.00")
    assert price(NIGHTS, at("2026-11-23T20:59:30"), 60) == Decimal("1.00")
    assert price(NIGHTS, at("2026-11-23T20:59:30"), 61) == Decimal("1.10")
    assert price(NIGHTS, at("2026-11-24T06:59"), 120) == Decimal("1.10")


def test_a_night_that_begins_on_a_workday_lasts_into_the_weekend_and_not_the_other_way_round() -> None:
    of = tariff(
        Band(first=CHEAP, next=CHEAP, days=Days.WORKDAYS, begin=21 * 60, end=7 * 60),
        Band(first=DEAR, next=DEAR),
    )
    friday_night, sunday_night = at("2026-11-28T03:00"), at("2026-11-30T03:00")
    assert price(of, friday_night, 60) == Decimal("0.10")
    assert price(of, sunday_night, 60) == Decimal("1.00")


def test_connection_minimum_and_surcharge_are_added_once() -> None:
    of = tariff(Band(first=CHEAP, next=CHEAP), connection=Decimal("0.05"), minimum=Decimal("0.30"))
    added = Surcharge(percent=Decimal(15), fixed=Decimal("0.20"))
    begin = at("2026-11-23T10:00")
    assert price(of, begin, 30) == Decimal("0.30")
    assert cost(of, begin, 300, zone=SHANGHAI, day_of=weekdays, surcharge=added) == Decimal("0.83")


moments = st.integers(0, 2 * 365 * 86400).map(
    lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
)
units = st.builds(
    Unit, st.integers(1, 300), st.decimals(0, 5, places=4, allow_nan=False, allow_infinity=False)
)
bands = st.builds(
    Band,
    first=units,
    next=units,
    days=st.sampled_from(Days),
    begin=st.integers(0, 1439),
    end=st.integers(0, 1440),
)
tariffs = st.lists(bands, max_size=3).map(
    lambda found: tariff(*found, Band(first=CHEAP, next=DEAR), minimum=Decimal("0.30"))
)


@given(tariffs, moments, st.integers(0, 7200), st.integers(0, 3600), st.sampled_from([SHANGHAI, BERLIN]))
def test_a_longer_call_never_costs_less(
    of: Tariff, begin: datetime, seconds: int, more: int, zone: ZoneInfo
) -> None:
    assert price(of, begin, seconds, zone) <= price(of, begin, seconds + more, zone)


@given(tariffs, moments, st.integers(1, 7200))
def test_a_call_costs_no_more_than_its_dearest_unit_throughout_and_no_less_than_the_minimum(
    of: Tariff, begin: datetime, seconds: int
) -> None:
    every = [unit for band in of.bands for unit in (band.first, band.next)]
    most = max(unit.price for unit in every) * (seconds // min(unit.seconds for unit in every) + 1)
    assert of.minimum <= price(of, begin, seconds) <= max(most, of.minimum) + Decimal("0.01")


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_a_clock_change_neither_doubles_nor_loses_a_unit(day: str) -> None:
    of = tariff(Band(first=CHEAP, next=CHEAP))
    begin = at(f"{day}T01:30", BERLIN)
    assert price(of, begin, 2 * 3600, BERLIN) == Decimal("12.00")
    night = price(NIGHTS, begin, 8 * 3600, BERLIN)
    cheap_hours = 4.5 if day.startswith("2026-03") else 6.5
    expected = Decimal("0.10") * int(cheap_hours * 60) + Decimal(int((8 - cheap_hours) * 60))
    assert night == expected


@given(moments, st.integers(0, 100_000))
def test_seconds_are_begun_seconds_and_an_answered_call_has_at_least_one(begin: datetime, ms: int) -> None:
    seconds = begun_seconds(begin, begin + timedelta(milliseconds=ms))
    assert seconds == max(1, -(-ms // 1000))


def test_gaps_are_found_by_hour_and_by_day() -> None:
    by_day = tariff(Band(first=CHEAP, next=CHEAP, begin=7 * 60, end=21 * 60))
    assert [f"{time:%H:%M}" for time, _ in by_day.gaps()] == ["00:00", "21:00"] * 3
    workdays = tariff(Band(first=CHEAP, next=CHEAP, days=Days.WORKDAYS))
    assert {day for _, day in workdays.gaps()} == {DayIs.WEEKEND, DayIs.HOLIDAY}
    assert list(NIGHTS.gaps()) == []


def test_the_longest_prefix_counts_and_a_tariff_without_one_is_for_the_rest() -> None:
    def named(name: str, *prefixes: str) -> Tariff:
        band = Band(first=CHEAP, next=CHEAP)
        categories = frozenset({Category.INTERNATIONAL})
        return Tariff(name=name, categories=categories, prefixes=prefixes, bands=(band,))

    all_of = Tariffs(tariffs=(named("rest"), named("china", "0085"), named("hong_kong", "00852", "00853")))
    chosen = [all_of.choose(Category.INTERNATIONAL, number) for number in ("001415", "008869", "0085221")]
    assert [one and one.name for one in chosen] == ["rest", "rest", "hong_kong"]
    assert all_of.choose(Category.CITY, "0085221") is None
