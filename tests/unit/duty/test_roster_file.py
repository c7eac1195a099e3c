from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hotline.call.errors import InvalidInput
from hotline.duty.service import DutyBook

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS = """\
seasons: {warm: "03-01", cold: "09-01"}
windows:
  day:
    - {days: every_day, season: warm, times: ["08:00-17:30"]}
    - {days: every_day, season: cold, times: ["08:00-18:30"]}
  night:
    - {days: every_day, times: ["18:30-08:00"]}
"""
ROSTER = """\
people:
  张: "101"
  李: "102"
rosters:
  desk:
    must_cover: true
    week:
      - {during: day, days: mon-fri, who: [张, 李]}
      - {times: ["09:00-12:00"], days: [sat], who: {name: 王, number: "103"}}
    cycle:
      start: 2026-11-23
      weeks:
        - [{during: night, who: 张}]
        - [{during: night, who: 李}]
    holidays:
      - {during: day, dates: {from: 2026-10-01, to: 2026-10-03}, who: 王}
    after:
      - {name: 经理, number: "105"}
  emergency:
    - {name: 监控中心, number: "8001"}
topics:
  lift: [desk, emergency]
  gas: emergency
changes:
  - {roster: desk, date: 2026-12-01, remove: 张, put: 赵, why: 病假}
  - {roster: desk, date: {from: 2026-12-02, to: 2026-12-03}, remove: 张}
  - {roster: desk, from: 2026-12-04 10:00, to: 2026-12-04 12:00, remove: 张, put: {name: 赵, number: "104"}}
  - {roster: desk, date: 2026-12-07, remove: 张, put: 赵}
  - {roster: desk, date: 2026-12-12, remove: 王, put: 赵, swap_with: 2026-12-07}
"""


@pytest.fixture
def config(tmp_path):
    (tmp_path / "hours.yaml").write_text(HOURS, encoding="utf-8")
    (tmp_path / "roster.yaml").write_text(ROSTER, encoding="utf-8")
    (tmp_path / "holidays.yaml").write_text("{}\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "at", "expected"),
    [
        ("desk", "2026-11-23 18:00", ["张", "李", "经理"]),
        ("desk", "2026-08-31 18:00", ["经理"]),
        ("desk", "2026-11-28 10:00", ["王", "经理"]),
        ("desk", "2026-11-23 23:00", ["张", "经理"]),
        ("desk", "2026-11-30 23:00", ["李", "经理"]),
        ("desk", "2026-10-02 10:00", ["王", "经理"]),
        ("desk", "2026-12-01 10:00", ["赵", "李", "经理"]),
        ("desk", "2026-12-03 10:00", ["李", "经理"]),
        ("desk", "2026-12-04 11:00", ["赵", "李", "经理"]),
        ("desk", "2026-12-04 12:00", ["张", "李", "经理"]),
        ("desk", "2026-12-07 10:00", ["王", "李", "经理"]),
        ("desk", "2026-12-12 10:00", ["赵", "经理"]),
        ("lift", "2026-11-28 10:00", ["王", "经理", "监控中心"]),
        ("gas", "2026-11-28 10:00", ["监控中心"]),
    ],
)
def test_every_form_of_the_file_is_understood(config, name, at, expected):
    book = DutyBook(config, SHANGHAI)
    instant = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI)
    assert [contact.name for contact in book.on_duty(name, instant)] == expected


def test_names_numbers_and_places_are_known_to_others(config):
    book = DutyBook(config, SHANGHAI)
    assert set(book.topics) == {"lift", "gas"}
    assert book.rosters == {"desk", "emergency"}
    assert set(book.numbers("desk")) == {"101", "102", "103", "104", "105"}
    assert (book.places["desk"].line, book.places["desk"].where) == (5, "rosters.desk")
    assert book.people["王"].number == "103"
    assert book.rota.rosters["desk"].holidays[0].last == date(2026, 10, 3)


def test_a_roster_by_shifts_without_anybody_is_warned_of(config):
    (config / "roster.yaml").write_text("rosters:\n  a: {week: []}\n", encoding="utf-8")
    (warning,) = DutyBook(config, SHANGHAI).warnings
    assert (warning.line, warning.where) == (2, "rosters.a")


def test_people_who_only_follow_others_are_reached_and_nothing_is_warned_of(config):
    (config / "roster.yaml").write_text("rosters:\n  a: {after: {name: x, number: '1'}}\n", encoding="utf-8")
    book = DutyBook(config, SHANGHAI)
    assert book.warnings == ()
    assert [contact.name for contact in book.on_duty("a", datetime(2026, 11, 23, tzinfo=SHANGHAI))] == ["x"]


PEOPLE = "people: {张师傅: '101', 李师傅: '102'}\nrosters:\n"


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("[张师傅, 李师傅]", [("张师傅", "101"), ("李师傅", "102")]),
        ("李师傅", [("李师傅", "102")]),
        ("[{name: 李师傅, during: day}, {name: 王, number: '9'}, 张师傅]",
         [("李师傅", "102"), ("王", "9"), ("张师傅", "101")]),
        ("[{name: 张师傅, number: '7'}]", [("张师傅", "7")]),
    ],
)  # fmt: skip
def test_people_named_once_are_called_by_their_name_on_a_plain_list(config, listed, expected):
    (config / "roster.yaml").write_text(f"{PEOPLE}  emergency: {listed}\n", encoding="utf-8")
    contacts = DutyBook(config, SHANGHAI).on_duty("emergency", datetime(2026, 11, 23, 10, tzinfo=SHANGHAI))
    assert [(contact.name, contact.number) for contact in contacts] == expected


def test_a_name_listed_twice_is_warned_of(config):
    (config / "roster.yaml").write_text(f"{PEOPLE}  emergency: [张师傅, 李师傅, 张师傅]\n", encoding="utf-8")
    (warning,) = DutyBook(config, SHANGHAI).warnings
    assert (warning.where, warning.message) == ("rosters.emergency.2", "the same number is listed twice")


@pytest.mark.parametrize(
    ("listed", "where", "message"),
    [
        ("[张师傅, 刘师傅]", "rosters.emergency.1", 'nobody is called "刘师傅" (there are: 张师傅, 李师傅)'),
        ("[{name: 刘师傅, during: day}]", "rosters.emergency.0", "put the name and a number under people"),
        ("[8001]", "rosters.emergency.0", '"8001" is nobody: write a name that stands under people'),
        ("[张师傅, {name: 王, number: 13}]", "rosters.emergency.1.number", "in quotes"),
    ],
)
def test_somebody_on_a_plain_list_whom_nobody_knows_is_refused_with_those_who_are_there(
    config, listed, where, message
):
    (config / "roster.yaml").write_text(f"{PEOPLE}  emergency: {listed}\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as raised:
        DutyBook(config, SHANGHAI)
    (problem,) = raised.value.problems
    assert (problem.line, problem.where) == (3, where)
    assert message in problem.message


def roster(old, new):
    assert old in ROSTER
    return "roster.yaml", ROSTER.replace(old, new, 1)


def hours(old, new):
    assert old in HOURS
    return "hours.yaml", HOURS.replace(old, new, 1)


@pytest.mark.parametrize(
    ("file", "line", "where", "message"),
    [
        (
            roster("during: day, days", "during: dag, days"),
            8,
            "rosters.desk.week.0.during",
            'no window "dag" in hours.yaml (there are: day, night)',
        ),
        (
            roster("who: [张, 李]", "who: [章, 李]"),
            8,
            "rosters.desk.week.0.who.0",
            'nobody is called "章" (there are: 张, 李, 王, 监控中心, 经理, 赵)',
        ),
        (roster("who: [张, 李]", "who: []"), 8, "rosters.desk.week.0.who", "at least one entry"),
        (
            roster("who: [张, 李]", 'who: [张, 李], times: ["08:00-09:00"]'),
            8,
            "rosters.desk.week.0",
            "not both",
        ),
        (roster("days: mon-fri", "days: mo-fr"), 8, "rosters.desk.week.0.days", 'no day "mo-fr"'),
        (roster('["09:00-12:00"]', '["9-12"]'), 9, "rosters.desk.week.1.times.0", "no stretch of time"),
        (roster('number: "103"', "number: 103"), 9, "rosters.desk.week.1.who.number", "in quotes"),
        (roster("start: 2026-11-23", "start: 2026-11-31"), 11, "rosters.desk.cycle.start", "date"),
        (roster("weeks:", "months:"), 12, "rosters.desk.cycle.months", "unknown key"),
        (roster("who: 张}]", "who: 章}]"), 13, "rosters.desk.cycle.weeks.0.0.who.0", "nobody is called"),
        (
            roster("to: 2026-10-03", "to: 2026-09-03"),
            16,
            "rosters.desk.holidays.0.dates.to",
            "before it begins",
        ),
        (roster("must_cover", "must_covr"), 6, "rosters.desk.must_covr", "unknown key"),
        (roster('number: "105"', 'number: "boss"'), 18, "rosters.desk.after.0.number", "neither"),
        (
            roster("[desk, emergency]", "[desk, office]"),
            22,
            "topics.lift",
            'no roster "office" (there are: desk, emergency)',
        ),
        (roster("gas: emergency", "desk: emergency"), 23, "topics.desk", "name of a roster as well"),
        (
            roster("roster: desk, date: 2026-12-01", "roster: dusk, date: 2026-12-01"),
            25,
            "changes.0.roster",
            'no roster "dusk" (there are: desk, emergency)',
        ),
        (
            roster("remove: 张, put: 赵, why", "remove: 监控中心, put: 赵, why"),
            25,
            "changes.0.remove",
            '"监控中心" is not on the roster "desk"',
        ),
        (roster("put: 赵, why", "put: 孙, why"), 25, "changes.0.put", "nobody is called"),
        (roster("to: 2026-12-03", "to: 2026-12-01"), 26, "changes.1.date.to", "before it begins"),
        (roster("to: 2026-12-03", "to: 2027-12-03"), 26, "changes.1.date.to", "longer than a year"),
        (
            roster("{from: 2026-12-02, to: 2026-12-03}, remove: 张", "2026-12-02"),
            26,
            "changes.1",
            "give remove",
        ),
        (roster("from: 2026-12-04 10:00", "from: 2026-12-04"), 27, "changes.2.from", "no date and time"),
        (roster("12:00, remove", "09:00, remove"), 27, "changes.2.to", "before it begins"),
        (
            roster("from: 2026-12-04 10:00, to", "date: 2026-12-04, to"),
            27,
            "changes.2",
            "either date, or from and to",
        ),
        (roster("from: 2026-12-04 10:00, ", ""), 27, "changes.2", "belong together"),
        (roster("remove: 王, put: 赵, swap_with", "put: 赵, swap_with"), 29, "changes.4", "a swap needs"),
        (hours('"09-01"', '"03-01"'), 1, "seasons.cold", 'same day as "warm"'),
        (hours('"09-01"', '"02-29"'), 1, "seasons.cold", "02-29"),
        (hours('"09-01"', '"13-01"'), 1, "seasons.cold", "no day of the year"),
        (hours('"09-01"', "9"), 1, "seasons.cold", "no day of the year"),
        (
            hours("season: warm", "season: hot"),
            4,
            "windows.day.0.season",
            'no season "hot" (there are: warm, cold)',
        ),
    ],
)
def test_every_mistake_is_told_with_file_line_and_what_there_is(config, file, line, where, message):
    name, text = file
    (config / name).write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        DutyBook(config, SHANGHAI)
    found = [problem for problem in caught.value.problems if message in problem.message]
    assert [(Path(problem.file).name, problem.line, problem.where) for problem in found] == [
        (name, line, where)
    ]
