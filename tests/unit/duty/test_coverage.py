from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hotline.duty.coverage import Finding, findings, gaps_today
from hotline.duty.open_time import OpenTime
from hotline.duty.service import DutyBook

SHANGHAI = ZoneInfo("Asia/Shanghai")
ROSTER = """\
rosters:
  emergency:
    - {name: 李, number: "102", during: day_shift}
  manager:
    - {name: 经理, number: "105", during: general_manager}
  technicians:
    must_cover: true
    week:
      - {during: technicians, who: {name: 张, number: "101"}}
      - {times: ["22:00-06:00"], who: {name: 王, number: "103"}}
  empty: []
"""


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def book(tmp_path):
    (tmp_path / "roster.yaml").write_text(ROSTER, encoding="utf-8")
    return DutyBook(tmp_path, SHANGHAI)


def test_gaps_of_the_coming_day_are_found_where_somebody_must_be(book):
    evening = local("2026-11-23 19:00")
    morning = ("technicians", local("2026-11-24 06:00"), local("2026-11-24 07:50"))
    assert gaps_today(book, evening) == [morning]
    assert gaps_today(book, evening, also=("emergency",)) == [
        ("emergency", evening, local("2026-11-24 07:50")),
        ("emergency", local("2026-11-24 18:30"), local("2026-11-24 19:00")),
        morning,
    ]


def test_an_emergency_roster_without_anybody_is_a_gap_at_once(book):
    now = local("2026-11-24 09:00")
    assert gaps_today(book, now, also=("empty", "missing"))[0] == ("empty", now, now + timedelta(days=1))


def test_gaps_are_mistakes_only_where_somebody_must_be(book):
    begin = local("2026-11-23 08:00")
    found = findings(book.rota, begin, begin + timedelta(hours=24), must_cover={"emergency"})
    assert {(one.roster, one.mistake) for one in found} == {
        ("emergency", True),
        ("manager", False),
        ("technicians", True),
    }
    assert Finding("technicians", local("2026-11-24 06:00"), local("2026-11-24 07:50"), mistake=True) in found


def test_the_shipped_windows_leave_no_gap_at_any_hour_of_two_years(tmp_path):
    book = DutyBook(tmp_path, SHANGHAI)
    rota = book.rota
    rules = tuple(
        rule for name in ("day_shift", "front_desk", "monitoring_room") for rule in book.windows_of(name)
    )
    always = OpenTime(rules, rota.calendar, SHANGHAI)
    begin, days = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=731)
    assert always.between(begin, begin + days) == days
    technicians = OpenTime(
        (*book.windows_of("technicians"), *book.windows_of("technician_on_call")), rota.calendar, SHANGHAI
    )
    assert technicians.between(begin, begin + days) == days


@pytest.mark.parametrize(
    ("window", "day", "hours"),
    [
        ("day_shift", "2026-08-31", "07:50-17:30"),
        ("day_shift", "2026-09-01", "07:50-18:30"),
        ("front_desk", "2026-11-21", "17:30-20:00"),
        ("monitoring_room", "2026-11-22", "18:30-09:00"),
        ("monitoring_room", "2026-08-30", "17:30-09:00"),
        ("monitoring_room", "2026-11-23", "20:00-09:00"),
    ],
    ids=["summer", "winter", "Saturday", "Sunday in winter", "Sunday in summer", "Monday"],
)
def test_the_shipped_hours_are_those_of_the_trade(tmp_path, window, day, hours):
    book = DutyBook(tmp_path, SHANGHAI)
    since, until = hours.split("-")
    begin, end = local(f"{day} {since}"), local(f"{day} {until}")
    end += timedelta(days=1) if end < begin else timedelta(0)
    assert book.is_open(window, begin)
    assert not book.is_open(window, begin - timedelta(minutes=1))
    assert book.is_open(window, end - timedelta(minutes=1))
    assert not book.is_open(window, end)


def test_time_limits_ask_the_book_for_open_time(book):
    friday = local("2026-11-20 16:00")
    assert book.open_time_after("general_manager", friday, timedelta(hours=1)) == local("2026-11-23 09:00")
    assert book.open_time_between("general_manager", friday, local("2026-11-23 09:00")) == timedelta(hours=1)
    for ask in (book.open_time_after, book.open_time_between):
        with pytest.raises(KeyError):
            ask("nothing", friday, timedelta(0))
