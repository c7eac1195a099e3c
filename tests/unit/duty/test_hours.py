from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.duty.hours import Calendar, DayKind, NeverOpens, Rule, Season, is_open, next_opening

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
MANAGER = (Rule(DayKind.WORKDAYS, ((510, 690), (810, 990))),)
NIGHT = (Rule(DayKind.EVERY_DAY, ((1200, 1980),)),)
"""20:00 to 09:00."""
ALWAYS = (Rule(DayKind.EVERY_DAY, ((0, 1440),)),)
SATURDAYS = (Rule(frozenset({5}), ((600, 660),)),)
CHINA = Calendar()


def local(text, zone=SHANGHAI):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("window", "at", "open_"),
    [
        (MANAGER, "2026-11-23 08:29:59", False),
        (MANAGER, "2026-11-23 08:30", True),
        (MANAGER, "2026-11-23 11:29:59", True),
        (MANAGER, "2026-11-23 11:30", False),
        (MANAGER, "2026-11-23 13:30", True),
        (MANAGER, "2026-11-23 16:30", False),
        (MANAGER, "2026-11-22 10:00", False),
        (MANAGER, "2026-10-01 10:00", False),
        (MANAGER, "2026-10-10 10:00", True),
        (MANAGER, "2026-02-17 10:00", False),
        (NIGHT, "2026-11-23 19:59", False),
        (NIGHT, "2026-11-23 20:00", True),
        (NIGHT, "2026-11-24 00:00", True),
        (NIGHT, "2026-11-24 08:59", True),
        (NIGHT, "2026-11-24 09:00", False),
        (ALWAYS, "2026-11-24 00:00", True),
        (SATURDAYS, "2026-11-21 10:30", True),
        (SATURDAYS, "2026-11-22 10:30", False),
        ((), "2026-11-22 10:30", False),
    ],
    ids=[
        "before the morning", "opens", "last second", "midday", "afternoon", "evening", "Sunday",
        "National Day (a Thursday)", "adjusted workday (a Saturday)", "Spring Festival",
        "before the night", "night begins", "midnight", "early morning", "night ends",
        "always", "a weekday", "another weekday", "no rules",
    ],
)  # fmt: skip
def test_a_window_is_open_within_its_hours_on_its_days(window, at, open_):
    assert is_open(window, CHINA, SHANGHAI, local(at)) is open_


@pytest.mark.parametrize(
    ("window", "at", "opens"),
    [
        (MANAGER, "2026-11-23 07:00", "2026-11-23 08:30"),
        (MANAGER, "2026-11-23 08:30", "2026-11-23 13:30"),
        (MANAGER, "2026-11-23 12:00", "2026-11-23 13:30"),
        (MANAGER, "2026-11-23 15:00", "2026-11-24 08:30"),
        (MANAGER, "2026-11-20 17:00", "2026-11-23 08:30"),
        (MANAGER, "2026-09-30 17:00", "2026-10-08 08:30"),
        (MANAGER, "2026-10-09 17:00", "2026-10-10 08:30"),
        (NIGHT, "2026-11-23 21:00", "2026-11-24 20:00"),
        (NIGHT, "2026-11-24 03:00", "2026-11-24 20:00"),
        (ALWAYS, "2026-11-24 03:00", "2026-11-25 00:00"),
        (SATURDAYS, "2026-11-21 10:00", "2026-11-28 10:00"),
    ],
    ids=[
        "this morning", "open just now", "over lunch", "tomorrow", "after the weekend", "after National Day",
        "on the adjusted Saturday", "next night", "next night, in the small hours", "never closes",
        "next week",
    ],
)  # fmt: skip
def test_the_next_opening_is_the_first_one_after_now(window, at, opens):
    assert next_opening(window, CHINA, SHANGHAI, local(at)) == local(opens)


def test_hours_without_a_gap_between_them_are_one_opening():
    touching = (Rule(DayKind.EVERY_DAY, ((480, 720), (720, 1020))),)
    assert next_opening(touching, CHINA, SHANGHAI, local("2026-11-23 09:00")) == local("2026-11-24 08:00")


@pytest.mark.parametrize("window", [(), (Rule(frozenset(), ((0, 60),)),)])
def test_a_window_that_never_opens_says_so(window):
    with pytest.raises(NeverOpens):
        next_opening(window, CHINA, SHANGHAI, local("2026-11-23 09:00"))


@pytest.mark.parametrize(
    ("calendar", "day", "worked"),
    [
        (Calendar(holidays=frozenset({date(2026, 11, 23)})), date(2026, 11, 23), False),
        (Calendar(workdays=frozenset({date(2026, 10, 1)})), date(2026, 10, 1), True),
        (Calendar(), date(2035, 10, 1), True),
        (Calendar(), date(2035, 10, 6), False),
        (Calendar(holidays=frozenset({date(2035, 10, 1)})), date(2035, 10, 1), False),
        (Calendar(workdays=frozenset({date(2035, 10, 6)})), date(2035, 10, 6), True),
    ],
    ids=[
        "own holiday", "own workday on a public holiday", "unknown year, Monday", "unknown year, Saturday",
        "unknown year, own holiday", "unknown year, own workday",
    ],
)  # fmt: skip
def test_the_companys_own_days_win_and_unknown_years_have_weekends(calendar, day, worked):
    assert calendar.is_workday(day) is worked


def test_a_year_is_known_when_it_is_published_or_has_own_holidays():
    assert Calendar().knows(2026)
    assert not Calendar().knows(2035)
    assert Calendar(holidays=frozenset({date(2035, 1, 1)})).knows(2035)


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        ("2026-10-01", True), ("2026-10-03", True), ("2026-10-10", False), ("2026-10-11", False),
        ("2026-11-22", False), ("2026-11-23", True), ("2035-10-01", False),
    ],
    ids=[
        "National Day", "a Saturday of the holiday", "an adjusted workday", "a mere Sunday",
        "own workday on a Sunday", "own holiday", "a year not yet published",
    ],
)  # fmt: skip
def test_a_public_holiday_is_more_than_a_day_off(day, holiday):
    own = Calendar(holidays=frozenset({date(2026, 11, 23)}), workdays=frozenset({date(2026, 11, 22)}))
    assert own.is_public_holiday(date.fromisoformat(day)) is holiday
    window = (Rule(DayKind.HOLIDAYS, ((0, 1440),)),)
    assert is_open(window, own, SHANGHAI, local(f"{day} 12:00")) is holiday


@pytest.mark.parametrize(
    ("season", "day", "inside"),
    [
        (Season((3, 1), (9, 1)), "2026-03-01", True),
        (Season((3, 1), (9, 1)), "2026-08-31", True),
        (Season((3, 1), (9, 1)), "2026-09-01", False),
        (Season((9, 1), (3, 1)), "2026-12-31", True),
        (Season((9, 1), (3, 1)), "2028-02-29", True),
        (Season((9, 1), (3, 1)), "2026-03-01", False),
        (Season((3, 1), (3, 1)), "2026-02-28", True),
    ],
)
def test_a_season_lasts_until_the_next_begins(season, day, inside):
    assert season.has(date.fromisoformat(day)) is inside


@pytest.mark.parametrize(
    ("at", "open_"),
    [
        ("2026-03-29T06:59+00:00", True),
        ("2026-03-29T07:00+00:00", False),
        ("2026-10-25T07:59+00:00", True),
        ("2026-10-25T08:00+00:00", False),
    ],
    ids=["spring: an hour shorter", "spring: over", "autumn: an hour longer", "autumn: over"],
)
def test_a_night_keeps_its_local_hours_when_the_clocks_change(at, open_):
    assert is_open(NIGHT, CHINA, BERLIN, datetime.fromisoformat(at)) is open_


# public holidays are known for few years ahead: a window of theirs may honestly never open
kinds = st.sampled_from([kind for kind in DayKind if kind is not DayKind.HOLIDAYS])
rules = st.builds(
    Rule,
    st.one_of(kinds, st.frozensets(st.integers(0, 6), min_size=1)),
    st.lists(
        st.tuples(st.integers(0, 1439), st.integers(1, 1440)).map(lambda pair: (pair[0], pair[0] + pair[1])),
        min_size=1, max_size=3,
    ).map(tuple),
)  # fmt: skip
instants = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


@given(st.lists(rules, min_size=1, max_size=3).map(tuple), instants, st.sampled_from([SHANGHAI, BERLIN]))
def test_whatever_the_window_it_is_open_at_its_next_opening_and_that_lies_ahead(window, at, zone):
    opens = next_opening(window, CHINA, zone, at)
    assert opens > at
    assert is_open(window, CHINA, zone, opens)
    if not is_open(window, CHINA, zone, at):
        assert not is_open(window, CHINA, zone, opens - timedelta(seconds=1))
