"""On which days and at which instant a wake-up rings."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wakeup_kit import SHANGHAI, Weekdays, local

from hotline.call.ports.wakeups import Repeat
from hotline.wakeup.recurrence import Recurrence, instant

NEW_YORK = ZoneInfo("America/New_York")
MONDAY = date(2026, 11, 23)


def days(recurrence, after, most=5, calendar=None):
    found = recurrence.some_after(local(after), SHANGHAI, calendar or Weekdays(), most=most)
    return [day.day for day, _ in found]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"repeat": Repeat.ONCE}, [23]),
        ({"repeat": Repeat.DAILY}, [23, 24, 25, 26, 27]),
        ({"repeat": Repeat.DAILY, "until": date(2026, 11, 24)}, [23, 24]),
        ({"repeat": Repeat.DAILY, "skips": frozenset({date(2026, 11, 24)})}, [23, 25, 26, 27, 28]),
        ({"repeat": Repeat.DAYS, "days": frozenset({2, 7})}, [24, 29, 1, 6, 8]),
        ({"repeat": Repeat.WORKDAYS}, [23, 24, 25, 26, 27]),
    ],
)
def test_each_repetition_rings_on_its_days(more, expected):
    assert days(Recurrence(at=time(7), first=MONDAY, **more), "2026-11-22 22:00") == expected


def test_workdays_follow_the_calendar_of_holidays_and_adjusted_workdays():
    calendar = Weekdays(holidays=[date(2026, 11, 24)], adjusted=[date(2026, 11, 28)])
    found = days(
        Recurrence(at=time(7), first=MONDAY, repeat=Repeat.WORKDAYS), "2026-11-22 22:00", calendar=calendar
    )
    assert found == [23, 25, 26, 27, 28]


def test_a_time_of_today_that_is_over_rings_tomorrow_and_a_last_day_that_is_over_never():
    assert days(Recurrence(at=time(7), first=MONDAY, repeat=Repeat.DAILY), "2026-11-23 07:00")[0] == 24
    over = Recurrence(at=time(7), first=MONDAY, repeat=Repeat.DAILY, until=MONDAY)
    assert days(over, "2026-11-23 07:00") == []


def test_a_local_time_the_clocks_skip_rings_when_they_have_passed_it():
    assert instant(date(2026, 3, 8), time(2, 30), NEW_YORK) == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
    assert instant(date(2026, 3, 8), time(3, 0), NEW_YORK) == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)


def test_a_local_time_that_comes_twice_rings_at_the_first():
    assert instant(date(2026, 11, 1), time(1, 30), NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_whole_day_that_does_not_exist_rings_when_the_next_begins():
    apia = ZoneInfo("Pacific/Apia")
    assert instant(date(2011, 12, 30), time(7), apia) == datetime(2011, 12, 30, 10, 0, tzinfo=UTC)


@settings(max_examples=200, deadline=None)
@given(
    at=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    begin=st.integers(1_577_836_800, 1_893_456_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    zone=st.sampled_from(["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Europe/Berlin"]),
)
def test_a_daily_wake_up_rings_on_every_day_once_and_never_before_its_time(at, begin, zone):
    place = ZoneInfo(zone)
    daily = Recurrence(at=at, first=begin.astimezone(place).date(), repeat=Repeat.DAILY)
    rings = daily.some_after(begin, place, Weekdays(), most=400)
    on = [day for day, _ in rings]
    assert all(b - a == timedelta(days=1) for a, b in pairwise(on))
    instants = [ring for _, ring in rings]
    assert all(timedelta(hours=22) < b - a < timedelta(hours=26) for a, b in pairwise(instants))
    assert all(
        ring.astimezone(place).replace(tzinfo=None) >= datetime.combine(day, at) for day, ring in rings
    )
