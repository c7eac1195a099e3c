from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.duty.hours import Calendar, DayKind, NeverOpens, Rule, Season, is_open
from hotline.duty.open_time import OpenTime

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = (Rule(DayKind.WORKDAYS, ((510, 690), (810, 990))),)
"""Six hours a working day."""
NIGHT = (Rule(DayKind.EVERY_DAY, ((1200, 1980),)),)
CHINA = Calendar()


def local(text, zone=SHANGHAI):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-23 09:00", 1, "2026-11-23 10:00"),
        ("2026-11-23 11:00", 1, "2026-11-23 14:00"),
        ("2026-11-23 11:00", 0.5, "2026-11-23 11:30"),
        ("2026-11-20 16:00", 1, "2026-11-23 09:00"),
        ("2026-11-22 03:00", 6, "2026-11-23 16:30"),
        ("2026-09-30 16:00", 1, "2026-10-08 09:00"),
        ("2026-10-09 16:00", 1, "2026-10-10 09:00"),
        ("2026-11-23 12:00", 30, "2026-11-30 11:30"),
    ],
    ids=[
        "in the morning", "over lunch", "just until lunch", "over the weekend", "a whole day from a Sunday",
        "over National Day", "on the adjusted Saturday", "five working days",
    ],
)  # fmt: skip
def test_open_time_stands_still_while_the_window_is_closed(start, hours, end):
    office = OpenTime(OFFICE, CHINA, SHANGHAI)
    assert office.after(local(start), timedelta(hours=hours)) == local(end)
    assert office.between(local(start), local(end)) == timedelta(hours=hours)


def test_the_companys_own_days_count():
    holiday = Calendar(holidays=frozenset({date(2026, 11, 23)}), workdays=frozenset({date(2026, 11, 22)}))
    office = OpenTime(OFFICE, holiday, SHANGHAI)
    assert office.between(local("2026-11-22 00:00"), local("2026-11-24 00:00")) == timedelta(hours=6)
    assert office.after(local("2026-11-22 16:00"), timedelta(hours=1)) == local("2026-11-24 09:00")


def test_hours_that_overlap_count_once():
    twice = OpenTime((*OFFICE, Rule(DayKind.EVERY_DAY, ((540, 1020),)), *NIGHT), CHINA, SHANGHAI)
    day = (local("2026-11-23 00:00"), local("2026-11-24 00:00"))
    assert twice.between(*day) == timedelta(hours=9 + 8 + 4)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 12), ("2026-03-29", 13), ("2026-10-24", 14), ("2026-10-25", 13)]
)
def test_a_night_in_which_the_clocks_change_is_shorter_or_longer(day, hours):
    night = OpenTime(NIGHT, CHINA, BERLIN)
    start = local(f"{day} 12:00", BERLIN)
    assert night.between(start, start + timedelta(days=1)) == timedelta(hours=hours)
    assert night.after(start, timedelta(hours=hours)) == local(f"{day} 09:00", BERLIN) + timedelta(days=1)


def test_hours_inside_the_hour_that_clocks_skip_are_none():
    skipped = OpenTime((Rule(DayKind.EVERY_DAY, ((130, 170),)),), CHINA, BERLIN)
    noon = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert skipped.after(noon, timedelta(minutes=41)) < datetime(2026, 3, 31, 12, tzinfo=UTC)
    assert skipped.between(noon, noon + timedelta(days=2)) <= timedelta(minutes=80)


def test_no_span_is_over_at_once_and_backwards_is_nothing():
    office = OpenTime(OFFICE, CHINA, SHANGHAI)
    sunday = local("2026-11-22 03:00")
    assert office.after(sunday, timedelta(0)) == sunday
    assert office.between(sunday, sunday - timedelta(days=3)) == timedelta(0)
    with pytest.raises(ValueError, match="negative"):
        office.after(sunday, timedelta(minutes=-1))


@pytest.mark.parametrize(
    ("window", "span"),
    [
        ((), timedelta(seconds=1)),
        ((Rule(frozenset(), ((0, 60),)),), timedelta(seconds=1)),
        (OFFICE, timedelta(days=1500)),
    ],
    ids=["no rules", "no days", "longer than ten years have"],
)
def test_a_span_that_will_not_pass_is_refused_and_not_searched_for_ever(window, span):
    with pytest.raises(NeverOpens):
        OpenTime(window, CHINA, SHANGHAI).after(local("2026-11-23 09:00"), span)


def test_a_window_that_opens_once_a_year_is_waited_for():
    new_year = (Rule(DayKind.EVERY_DAY, ((0, 60),), Season((1, 1), (1, 2))),)
    spring = OpenTime(new_year, CHINA, SHANGHAI)
    assert spring.after(local("2026-01-01 00:30"), timedelta(hours=1)) == local("2027-01-01 00:30")


days = st.one_of(
    st.sampled_from([DayKind.WORKDAYS, DayKind.EVERY_DAY]), st.frozensets(st.integers(0, 6), min_size=1)
)
hours = st.tuples(st.integers(0, 1439), st.integers(30, 1440)).map(lambda pair: (pair[0], pair[0] + pair[1]))
rules = st.builds(Rule, days, st.lists(hours, min_size=1, max_size=3).map(tuple))
windows = st.lists(rules, min_size=1, max_size=3).map(tuple)
zones = st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/Sao_Paulo")])
instants = st.datetimes(datetime(2018, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
spans = st.timedeltas(timedelta(seconds=1), timedelta(hours=5))


@given(windows, instants, spans, zones)
def test_after_and_between_are_each_others_inverse(window, start, span, zone):
    time = OpenTime(window, CHINA, zone)
    end = time.after(start, span)
    assert time.between(start, end) == span
    assert time.between(start, end - timedelta(microseconds=1)) < span


@given(windows, instants, st.tuples(spans, spans), zones)
def test_open_time_adds_up(window, start, both, zone):
    time = OpenTime(window, CHINA, zone)
    middle, end = start + both[0], start + both[0] + both[1]
    assert time.between(start, middle) + time.between(middle, end) == time.between(start, end)
    assert time.after(time.after(start, both[0]), both[1]) == time.after(start, both[0] + both[1])


@given(windows, instants, zones)
def test_a_second_counts_exactly_when_the_window_is_open(window, start, zone):
    start = start.replace(second=0, microsecond=0)
    second = timedelta(seconds=1)
    counted = OpenTime(window, CHINA, zone).between(start, start + second)
    assert counted == (second if is_open(window, CHINA, zone, start) else timedelta(0))
