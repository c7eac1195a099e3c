from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from hotline.call.errors import InvalidInput
from hotline.duty.service import DutyBook
from hotline.home import shipped

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MONDAY_NIGHT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
HOURS = """\
windows:
  general_manager:
    - days: workdays
      times: ["08:30-11:30", "13:30-16:30"]
  night:
    - {days: every_day, times: ["20:00-09:00"]}
"""
ROSTER = """\
rosters:
  emergency:
    - {name: 张师傅, number: "13800001111"}
    - {name: 监控中心, number: "8001", during: night}
    - {name: 经理, number: "sip:boss@pbx.example"}
  operator: []
"""
HOLIDAYS = "holidays: [2026-11-23]\n"


@pytest.fixture
def config(tmp_path):
    folder = tmp_path / "config"
    folder.mkdir()
    put(folder, "hours.yaml", HOURS)
    put(folder, "roster.yaml", ROSTER)
    put(folder, "holidays.yaml", "{}\n")
    return folder


def put(folder: Path, name: str, text: str) -> None:
    """Write a file with a time stamp of its own, as an editor some time later would."""
    path = folder / name
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def names(book, roster, at):
    return [contact.name for contact in book.on_duty(roster, at)]


def test_the_shipped_files_hold_and_say_that_nobody_is_on_the_rosters(tmp_path):
    book = DutyBook(tmp_path, SHANGHAI)
    assert {"general_manager", "day_shift", "night"} <= book.windows
    assert {"emergency", "general_manager", "operator"} <= book.rosters
    assert book.is_open("general_manager", MONDAY_TEN)
    assert book.on_duty("emergency", MONDAY_TEN) == ()
    assert len(book.warnings) == len(book.rosters)
    assert all(str(shipped("config")) in warning.file for warning in book.warnings)


@pytest.mark.parametrize("minute", range(0, 1440, 30))
def test_the_shipped_shifts_leave_no_gap_and_do_not_overlap(tmp_path, minute):
    book = DutyBook(tmp_path, SHANGHAI)
    at = datetime(2026, 11, 22, minute // 60, minute % 60, tzinfo=SHANGHAI)
    assert book.is_open("day_shift", at) != book.is_open("night", at)


def test_people_are_rung_in_order_and_only_in_their_hours(config):
    book = DutyBook(config, SHANGHAI)
    assert names(book, "emergency", MONDAY_TEN) == ["张师傅", "经理"]
    assert names(book, "emergency", MONDAY_NIGHT) == ["张师傅", "监控中心", "经理"]
    assert names(book, "operator", MONDAY_TEN) == []


def test_names_that_are_not_configured_are_key_errors(config):
    book = DutyBook(config, SHANGHAI)
    for ask in (book.is_open, book.next_opening, book.on_duty):
        with pytest.raises(KeyError):
            ask("nothing", MONDAY_TEN)


def test_a_changed_file_is_taken_up_at_the_next_question(config):
    book = DutyBook(config, SHANGHAI)
    assert book.is_open("general_manager", MONDAY_TEN)
    put(config, "holidays.yaml", HOLIDAYS)
    assert not book.is_open("general_manager", MONDAY_TEN)
    assert book.next_opening("general_manager", MONDAY_TEN) == datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
    put(config, "roster.yaml", ROSTER + "  cleaning: []\n")
    assert "cleaning" in book.rosters


def test_a_file_that_does_not_hold_stays_out_of_service_and_the_old_one_in(config):
    book = DutyBook(config, SHANGHAI)
    with capture_logs() as logs:
        put(config, "roster.yaml", ROSTER.replace('"8001"', '"eight"'))
        assert names(book, "emergency", MONDAY_NIGHT) == ["张师傅", "监控中心", "经理"]
        book.on_duty("emergency", MONDAY_NIGHT)
    (problem,) = book.problems
    assert (problem.line, problem.where) == (4, "rosters.emergency.1.number")
    assert len(logs) == 1
    assert "eight" not in str(logs)
    put(config, "roster.yaml", ROSTER)
    assert book.rosters
    assert book.problems == ()


def test_a_name_that_a_menu_in_service_asks_for_cannot_vanish(config):
    book = DutyBook(config, SHANGHAI)
    book.needed = lambda: (frozenset({"general_manager"}), frozenset({"emergency"}))
    put(config, "roster.yaml", "rosters:\n  cleaning: []\n")
    assert names(book, "emergency", MONDAY_NIGHT) == ["张师傅", "监控中心", "经理"]
    (problem,) = book.problems
    assert problem.where == "emergency"
    assert "change the menu first" in problem.message
    put(config, "roster.yaml", ROSTER)
    assert book.look() == ()


def test_a_file_that_vanishes_falls_back_to_the_shipped_one(config):
    book = DutyBook(config, SHANGHAI)
    (config / "roster.yaml").unlink()
    assert names(book, "emergency", MONDAY_TEN) == []


def test_a_process_that_replaces_a_dead_one_goes_on_with_what_was_in_service(config, tmp_path):
    DutyBook(config, SHANGHAI, last_good=tmp_path / "kept")
    put(config, "roster.yaml", ROSTER.replace('"8001"', '"eight"'))
    with pytest.raises(InvalidInput):
        DutyBook(config, SHANGHAI)
    book = DutyBook(config, SHANGHAI, last_good=tmp_path / "kept")
    assert names(book, "emergency", MONDAY_NIGHT) == ["张师傅", "监控中心", "经理"]
    assert [problem.line for problem in book.problems] == [4]
    put(config, "roster.yaml", ROSTER.replace("监控中心", "夜班"))
    assert names(book, "emergency", MONDAY_NIGHT) == ["张师傅", "夜班", "经理"]
    assert book.problems == ()


def test_a_question_about_a_year_whose_holidays_are_unknown_is_warned_of_once(config):
    book = DutyBook(config, SHANGHAI)
    with capture_logs() as logs:
        for _ in range(3):
            book.is_open("general_manager", datetime(2035, 1, 2, tzinfo=UTC))
    assert [(entry["log_level"], entry["year"]) for entry in logs] == [("warning", 2035)]
    put(config, "holidays.yaml", "holidays: [{from: 2035-10-01, to: 2035-10-07, name: 国庆}]\n")
    assert book.knows_year(2035)
    assert not book.is_workday(datetime(2035, 10, 3, tzinfo=UTC).date())


@pytest.mark.parametrize(
    ("name", "text", "line", "where", "message"),
    [
        (
            "hours.yaml",
            HOURS.replace("workdays", "workday"),
            3,
            "windows.general_manager.0.days",
            'no day "workday"',
        ),
        (
            "hours.yaml",
            HOURS.replace("08:30-", "8.30-"),
            4,
            "windows.general_manager.0.times.0",
            "08:30-11:30",
        ),
        (
            "hours.yaml",
            HOURS.replace("16:30", "25:00"),
            4,
            "windows.general_manager.0.times.1",
            "on the clock",
        ),
        ("hours.yaml", HOURS.replace("16:30", "13:30"), 4, "windows.general_manager.0.times.1", "same time"),
        ("hours.yaml", "windows:\n  empty: []\n", 2, "windows.empty", "no hours"),
        ("hours.yaml", HOURS.replace("times", "time", 1), 4, "windows.general_manager.0.time", "unknown key"),
        ("hours.yaml", "windows: [", 1, "", "YAML"),
        ("roster.yaml", ROSTER.replace('"8001"', "8001"), 4, "rosters.emergency.1.number", "in quotes"),
        ("roster.yaml", ROSTER.replace('"8001"', '""'), 4, "rosters.emergency.1.number", "neither"),
        (
            "roster.yaml",
            ROSTER.replace("night", "nights"),
            4,
            "rosters.emergency.1.during",
            'no window "nights"',
        ),
        ("roster.yaml", ROSTER.replace("name: 经理, ", ""), 5, "rosters.emergency.2.name", "missing"),
        (
            "holidays.yaml",
            "holidays:\n  - {from: 2027-02-11, to: 2027-02-05}\n",
            2,
            "holidays.0.to",
            "before it begins",
        ),
        (
            "holidays.yaml",
            "holidays:\n  - {from: 2027-02-11, to: 2028-02-12}\n",
            2,
            "holidays.0.to",
            "31 days",
        ),
        ("holidays.yaml", "holidays:\n  - 2027-02-3x\n", 2, "holidays.0", "date"),
        ("holidays.yaml", "holidays:\n  - 2027-02-30\n", 2, "holidays.0", "date"),
        ("holidays.yaml", "holidays: [2027-02-11]\nworkdays: [2027-02-11]\n", 2, "workdays", "which of both"),
    ],
)
def test_every_mistake_is_told_with_file_and_line(config, name, text, line, where, message):
    put(config, name, text)
    with pytest.raises(InvalidInput) as caught:
        DutyBook(config, SHANGHAI)
    found = [problem for problem in caught.value.problems if message in problem.message]
    assert [(Path(problem.file).name, problem.line, problem.where) for problem in found] == [
        (name, line, where)
    ]


def test_the_mistakes_of_all_files_are_told_at_once(config):
    put(config, "hours.yaml", HOURS.replace("workdays", "workday"))
    put(config, "roster.yaml", ROSTER.replace('"8001"', "8001"))
    put(config, "holidays.yaml", "holiday: []\n")
    with pytest.raises(InvalidInput) as caught:
        DutyBook(config, SHANGHAI)
    assert [Path(problem.file).name for problem in caught.value.problems] == [
        "hours.yaml", "roster.yaml", "holidays.yaml",
    ]  # fmt: skip


def test_the_same_number_twice_is_a_warning(config):
    put(config, "roster.yaml", ROSTER.replace('"8001", during: night', '"138-0000-1111"'))
    book = DutyBook(config, SHANGHAI)
    assert [warning.line for warning in book.warnings if "the same number" in warning.message] == [4]
