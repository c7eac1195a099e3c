from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.call.ports import DutyContact
from hotline.duty.hours import Calendar, DayKind, Rule, Season
from hotline.duty.roster import Change, Line, Reason, Roster, Rotation
from hotline.duty.rota import Rota, responsible, turns
from hotline.duty.timetable import gaps, handover, overlaps, stretches

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
ZHANG, LI, WANG, ZHAO, BOSS = (
    DutyContact(name, number)
    for name, number in (("张", "101"), ("李", "102"), ("王", "103"), ("赵", "104"), ("经理", "105"))
)
DAY = (Rule(DayKind.EVERY_DAY, ((470, 1320),)),)
"""07:50 to 22:00."""
ON_CALL = (Rule(DayKind.EVERY_DAY, ((1320, 1910),)),)
"""22:00 to 07:50."""
TECHNICIANS = Roster(
    lines=(
        Line((ZHANG, LI), "day", DAY, frozenset({0, 1, 2, 3, 4})),
        Line((LI,), "day", DAY, frozenset({5, 6})),
    ),
    rotation=Rotation(
        date(2026, 11, 23), 7, ((Line((ZHANG,), "on_call", ON_CALL),), (Line((WANG,), "on_call", ON_CALL),))
    ),
    holidays=(
        Line((ZHAO,), "day", DAY),
        Line((WANG,), "on_call", ON_CALL, first=date(2026, 10, 1), last=date(2026, 10, 3)),
        Line((LI,), "on_call", ON_CALL, first=date(2026, 10, 4)),
    ),
    after=(BOSS,),
    must_cover=True,
)
EMERGENCY = Roster(lines=(Line((BOSS,)), Line((WANG,), "day", DAY)), plain=True)


def local(text, zone=SHANGHAI):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def rota(*changes, zone=SHANGHAI, **rosters):
    return Rota(
        {"technicians": TECHNICIANS, "emergency": EMERGENCY, **rosters},
        Calendar(),
        zone,
        {"lift": ("technicians", "emergency")},
        changes,
    )


def names(found):
    return [turn.contact.name for turn in found]


@pytest.mark.parametrize(
    ("at", "expected", "reason"),
    [
        ("2026-11-23 09:00", ["张", "李", "经理"], Reason.WEEKLY),
        ("2026-11-28 09:00", ["李", "经理"], Reason.WEEKLY),
        ("2026-11-23 22:00", ["张", "经理"], Reason.WEEKLY),
        ("2026-11-30 07:49", ["张", "经理"], Reason.WEEKLY),
        ("2026-11-30 22:00", ["王", "经理"], Reason.WEEKLY),
        ("2026-12-07 22:00", ["张", "经理"], Reason.WEEKLY),
        ("2026-11-16 22:00", ["王", "经理"], Reason.WEEKLY),
        ("2026-10-01 09:00", ["赵", "经理"], Reason.HOLIDAY),
        ("2026-10-01 07:00", ["张", "经理"], Reason.WEEKLY),
        ("2026-10-04 07:00", ["王", "经理"], Reason.HOLIDAY),
        ("2026-10-04 23:00", ["李", "经理"], Reason.HOLIDAY),
        ("2026-10-10 09:00", ["李", "经理"], Reason.WEEKLY),
    ],
    ids=[
        "weekday", "weekend", "on call", "Sunday's night belongs to the week before", "second week",
        "first week again", "before the start the rotation runs backwards", "public holiday",
        "the night before it", "the night of the holiday's third day", "other dates of the holiday",
        "an adjusted workday is no holiday",
    ],
)  # fmt: skip
def test_who_is_responsible_and_who_after_them(at, expected, reason):
    found = responsible(rota(), "technicians", local(at))
    assert names(found) == expected
    assert found[0].reason is reason
    assert [turn.after for turn in found] == [False] * (len(found) - 1) + [True]


def test_days_can_rotate_too_one_on_and_two_off():
    guard = Roster(
        rotation=Rotation(date(2026, 11, 23), 1, ((Line((ZHANG,)),), (Line((LI,)),), (Line((WANG,)),)))
    )
    asked = rota(guard=guard)
    days = [names(responsible(asked, "guard", local(f"2026-11-{day} 12:00"))) for day in range(22, 27)]
    assert days == [["王"], ["张"], ["李"], ["王"], ["张"]]


def test_a_holiday_to_which_no_holiday_line_applies_keeps_the_weekly_roster():
    only_spring = Roster(
        lines=(Line((LI,)),), holidays=(Line((ZHAO,), first=date(2026, 2, 16), last=date(2026, 2, 20)),)
    )
    asked = rota(only=only_spring)
    assert names(responsible(asked, "only", local("2026-10-01 12:00"))) == ["李"]
    assert names(responsible(asked, "only", local("2026-02-17 12:00"))) == ["赵"]


def test_a_window_that_differs_by_season_moves_the_shift():
    summer, winter = Season((3, 1), (9, 1)), Season((9, 1), (3, 1))
    hours = (
        Rule(DayKind.EVERY_DAY, ((470, 1050),), summer),
        Rule(DayKind.EVERY_DAY, ((470, 1110),), winter),
    )
    asked = rota(desk=Roster(lines=(Line((ZHANG,), "day_shift", hours),)))
    six = [
        bool(responsible(asked, "desk", local(f"{day} 18:00")))
        for day in ("2026-08-31", "2026-09-01", "2026-02-28", "2026-03-01")
    ]
    assert six == [False, True, True, False]


def test_a_plain_list_is_rung_in_its_order():
    assert names(responsible(rota(), "emergency", local("2026-11-23 09:00"))) == ["经理", "王"]
    assert names(responsible(rota(), "emergency", local("2026-11-23 23:00"))) == ["经理"]


def test_a_topic_goes_through_its_rosters_and_rings_no_number_twice():
    assert names(responsible(rota(), "lift", local("2026-11-23 09:00"))) == ["张", "李", "经理", "王"]


@pytest.mark.parametrize("ask", [responsible, lambda r, n, at: stretches(r, n, at, at + timedelta(days=1))])
def test_neither_roster_nor_topic_is_a_key_error(ask):
    with pytest.raises(KeyError):
        ask(rota(), "cleaning", local("2026-11-23 09:00"))


def on(day, **given):
    return Change(roster="technicians", first=date.fromisoformat(day), last=date.fromisoformat(day), **given)


def test_who_stands_in_takes_the_place_in_the_order():
    asked = rota(on("2026-11-23", remove="张", put=ZHAO, why="病假"))
    found = responsible(asked, "technicians", local("2026-11-23 09:00"))
    assert names(found) == ["赵", "李", "经理"]
    assert (found[0].reason, found[0].instead_of, found[0].why) == (Reason.CHANGE, "张", "病假")
    assert found[1].reason is Reason.WEEKLY


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23 07:00", "王"),
        ("2026-11-23 23:00", "赵"),
        ("2026-11-24 07:00", "赵"),
        ("2026-11-24 23:00", "张"),
    ],
)
def test_a_change_of_a_date_concerns_the_night_that_begins_on_it(at, expected):
    asked = rota(on("2026-11-23", remove="张", put=ZHAO))
    assert names(responsible(asked, "technicians", local(at)))[0] == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23 09:59:59", ["张", "李", "经理"]),
        ("2026-11-23 10:00", ["李", "经理"]),
        ("2026-11-23 11:59:59", ["李", "经理"]),
        ("2026-11-23 12:00", ["张", "李", "经理"]),
    ],
)
def test_an_absence_between_two_times_cuts_the_turn_in_two(at, expected):
    away = Change(
        roster="technicians", begin=local("2026-11-23 10:00"), end=local("2026-11-23 12:00"), remove="张"
    )
    assert names(responsible(rota(away), "technicians", local(at))) == expected


def test_an_addition_is_rung_after_those_on_the_roster_and_before_those_who_follow():
    asked = rota(
        on("2026-11-23", put=ZHAO),
        Change(roster="technicians", first=date(2026, 11, 20), last=date(2026, 12, 20), put=WANG),
    )
    assert names(responsible(asked, "technicians", local("2026-11-23 12:00"))) == [
        "张",
        "李",
        "赵",
        "王",
        "经理",
    ]
    assert names(responsible(asked, "technicians", local("2026-11-24 00:00"))) == ["张", "王", "经理"]


def test_a_later_change_may_change_what_an_earlier_one_put():
    asked = rota(on("2026-11-23", remove="张", put=ZHAO), on("2026-11-23", remove="赵", put=WANG))
    assert names(responsible(asked, "technicians", local("2026-11-23 12:00"))) == ["王", "李", "经理"]


def test_a_change_of_one_roster_leaves_the_others_alone():
    asked = rota(on("2026-11-23", remove="经理"))
    assert names(responsible(asked, "emergency", local("2026-11-23 12:00"))) == ["经理", "王"]
    assert names(responsible(asked, "technicians", local("2026-11-23 12:00"))) == ["张", "李"]


def test_the_next_people_and_when_they_take_over():
    found = handover(rota(), "technicians", local("2026-11-23 09:00"))
    assert found is not None
    assert (found.begin, names(found.turns)) == (local("2026-11-23 22:00"), ["张", "经理"])
    assert handover(rota(one=Roster(lines=(Line((LI,)),))), "one", local("2026-11-23 09:00")) is None


def test_a_gap_is_where_only_those_who_follow_are_left():
    absent = rota(on("2026-11-28", remove="李"))
    begin, end = local("2026-11-23 00:00"), local("2026-12-07 00:00")
    assert gaps(rota(), "technicians", begin, end) == ()
    assert gaps(absent, "technicians", begin, end) == (
        (local("2026-11-28 07:50"), local("2026-11-28 22:00")),
    )


def test_neighbouring_gaps_of_several_days_are_one():
    weekdays = rota(desk=Roster(lines=(Line((LI,), days=frozenset(range(5))),)))
    begin, end = local("2026-11-27 12:00"), local("2026-12-01 00:00")
    assert gaps(weekdays, "desk", begin, end) == ((local("2026-11-28 00:00"), local("2026-11-30 00:00")),)


def test_overlaps_are_between_lines_and_not_within_one_or_on_plain_lists():
    begin, end = local("2026-11-23 00:00"), local("2026-11-25 00:00")
    early = (Rule(DayKind.EVERY_DAY, ((420, 480),)),)
    both = rota(desk=Roster(lines=(Line((LI, ZHAO), "day", DAY), Line((WANG,), "early", early))))
    assert [(one.begin, one.end, one.shifts) for one in overlaps(both, "desk", begin, end)] == [
        (local(f"2026-11-{day} 07:50"), local(f"2026-11-{day} 08:00"), ("day", "early")) for day in (23, 24)
    ]
    assert overlaps(rota(on("2026-11-23", put=ZHAO)), "technicians", begin, end) == ()
    assert overlaps(rota(), "emergency", begin, end) == ()


def test_turns_keep_their_local_hours_when_the_clocks_change():
    night = [
        turn
        for turn in turns(
            rota(zone=BERLIN),
            "technicians",
            local("2026-10-24 23:00", BERLIN),
            local("2026-10-25 01:00", BERLIN),
        )
        if not turn.after
    ]
    assert [(turn.end - turn.begin) for turn in night] == [timedelta(hours=10, minutes=50)]


people = st.sampled_from([ZHANG, LI, WANG, ZHAO])
dates = st.dates(date(2026, 9, 20), date(2026, 12, 10))
moments = st.datetimes(datetime(2026, 9, 20), datetime(2026, 12, 10)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
by_date = st.builds(
    lambda first, length, remove, put: Change(
        roster="technicians", first=first, last=first + timedelta(days=length), remove=remove, put=put
    ),
    dates, st.integers(0, 3), st.sampled_from(["张", "李", "王", "经理", ""]), st.one_of(st.none(), people),
)  # fmt: skip
by_time = st.builds(
    lambda begin, length, remove, put: Change(
        roster="technicians", begin=begin, end=begin + length, remove=remove, put=put
    ),
    moments, st.timedeltas(timedelta(minutes=1), timedelta(days=3)),
    st.sampled_from(["张", "李", "王", ""]), st.one_of(st.none(), people),
)  # fmt: skip
changes = st.lists(st.one_of(by_date, by_time), max_size=5)


@given(changes, moments, st.sampled_from([SHANGHAI, BERLIN]), st.sampled_from(["technicians", "lift"]))
def test_the_timetable_says_of_every_instant_what_the_question_says(made, at, zone, name):
    asked = rota(*made, zone=zone)
    begin, end = at - timedelta(days=2), at + timedelta(days=2)
    found = stretches(asked, name, begin, end)
    assert found[0].begin == begin
    assert found[-1].end == end
    assert all(one.end == later.begin for one, later in pairwise(found))
    (now,) = (one for one in found if one.begin <= at < one.end)
    assert names(now.turns) == names(responsible(asked, name, at))


@given(changes, moments)
def test_nobody_who_is_taken_off_last_is_on(made, at):
    away = Change(
        roster="technicians", begin=at - timedelta(hours=1), end=at + timedelta(hours=1), remove="张"
    )
    assert "张" not in names(responsible(rota(*made, away), "technicians", at))
