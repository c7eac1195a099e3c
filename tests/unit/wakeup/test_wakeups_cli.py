"""``hotline wakeups``: booked, changed, imported, shown; the register as table, sheet and page."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from typer.testing import CliRunner

from hotline.call.clock import SystemClock
from hotline.cli import store
from hotline.cli.main import app
from hotline.db.engine import Database
from hotline.home import shipped
from hotline.wakeup.models import OccurrenceRow, WakeupRow

SAMPLES = shipped("config") / "samples"
MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""A Monday, 10:00 in Shanghai."""


class StoppedClock(SystemClock):
    def now(self) -> datetime:
        return MORNING


@pytest.fixture
def home(tmp_path, monkeypatch, migrated_sqlite):
    monkeypatch.setattr(store, "SystemClock", StoppedClock)
    folder = tmp_path / "var"
    folder.mkdir()
    shutil.copy(migrated_sqlite, folder / "hotline.db")
    run("rooms", "import", SAMPLES / "rooms.csv", home=folder)
    return folder


def run(*arguments, home, code=0):
    result = CliRunner().invoke(app, [*map(str, arguments), "--home", str(home)])
    assert result.exit_code == code, result.output
    return result


def told(*arguments, home):
    return json.loads(run(*arguments, "--json", home=home).stdout)


def book(home, *arguments):
    return told("wakeups", "book", *arguments, "--who", "前台", home=home)


def rows(home, model):
    db = Database(f"sqlite:///{home / 'hotline.db'}", clock=SystemClock())
    with db.reading() as session:
        found = list(session.scalars(select(model)))
    db.close()
    return found


def wrote(path, text):
    path.write_text(text, encoding="utf-8")
    return path


# --- booking -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "next_at"),
    [
        (("808", "06:30"), "2026-11-24T06:30"),
        (("808", "14:30"), "2026-11-23T14:30"),
        (("808", "06:30", "--on", "tomorrow"), "2026-11-24T06:30"),
        (("808", "06:30", "--on", "2026-11-27"), "2026-11-27T06:30"),
        (("808", "06:30", "--daily", "--until", "2026-12-01"), "2026-11-24T06:30"),
        (("808", "06:30", "--workdays", "--on", "2026-11-28"), "2026-11-30T06:30"),
        (("808", "06:30", "--days", "thu,周日"), "2026-11-26T06:30"),
    ],
)
def test_a_wakeup_is_booked_and_read_back_with_its_next_ring(home, arguments, next_at):
    found = book(home, *arguments)
    assert (found["number"], found["room"], found["state"]) == ("1001", "808", "booked")
    assert found["next_at"].startswith(next_at)


def test_it_says_in_words_what_was_booked(home):
    said = run("wakeups", "book", "808", "6:30", "--days", "mon,wed", home=home).stdout
    assert said == "Wake-up 1001, room 808, 06:30 Mon Wed: booked; rings next 2026-11-25 06:30.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("808", "halb sieben"), "is no time"),
        (("808", "24:00"), "is no time"),
        (("808", "06:30", "--on", "morgen"), "is no day"),
        (("808", "06:30", "--daily", "--workdays"), "Choose one of"),
        (("808", "06:30", "--until", "2026-12-01"), "belongs to a repeated"),
        (("808", "06:30", "--days", "someday"), "no days of the week"),
        (("808", "06:30", "--language", "fr"), "not spoken here"),
        (("999", "06:30"), 'no room "999"'),
        (("808", "06:30", "--to", "abc"), "cannot be dialled"),
        (("808", "09:00", "--on", "today"), "over"),
        (("808", "10:01", "--on", "today"), "at least 2 minutes"),
        (("808", "06:30", "--on", "2028-12-01"), "365 days ahead"),
        (("808", "06:30", "--on", "9999-12-31"), "in the year 9999"),
        (("808", "06:30", "--on", "0001-01-01"), "over"),
        (("808", "06:30", "--daily", "--on", "2026-12-02", "--until", "2026-12-01"), "comes before"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_and_books_nothing(home, arguments, sentence):
    assert sentence in run("wakeups", "book", *arguments, home=home, code=1).stderr
    assert rows(home, WakeupRow) == []


def test_a_room_has_no_two_wakeups_at_one_time(home):
    book(home, "808", "06:30")
    assert "at that time" in run("wakeups", "book", "808", "06:33", home=home, code=1).stderr


def test_it_is_changed_skipped_and_cancelled_and_all_of_it_stays_in_the_history(home):
    book(home, "808", "06:30", "--daily")
    assert told("wakeups", "change", "1001", "07:00", "--workdays", home=home)["repeat"] == "workdays"
    assert "rings next 2026-11-25" in run("wakeups", "skip", "1001", home=home).stdout
    assert told("wakeups", "cancel", "1001", "--why", "left", home=home)["state"] == "cancelled"
    shown = told("wakeups", "show", "1001", home=home)
    assert [line["event"] for line in shown["history"]] == ["booked", "changed", "skipped", "cancelled"]
    assert shown["history"][0]["who"] == "前*"
    assert told("wakeups", "list", home=home) == []
    assert [row["number"] for row in told("wakeups", "list", "--all", home=home)] == ["1001"]
    assert "rings no more" in run("wakeups", "skip", "1001", home=home, code=1).stderr
    assert "no wake-up 7" in run("wakeups", "show", "7", home=home, code=1).stderr


def test_lists_are_of_a_room_and_numbers_are_masked_unless_it_is_on_the_record(home):
    book(home, "808", "06:30", "--to", "13800001111")
    book(home, "A-1203", "06:30")
    found = told("wakeups", "list", "--room", "808", home=home)
    assert [(row["room"], row["telephone"]) for row in found] == [("808", "138****1111")]
    full = told("wakeups", "list", "--room", "808", "--unmasked", home=home)
    assert full[0]["telephone"] == "+8613800001111"
    assert "wakeups list" in (home / "audit.log").read_text()


def test_the_next_to_ring_stands_first_in_the_list_whether_filed_or_not(home):
    book(home, "801", "07:00", "--on", "2026-11-30")
    book(home, "808", "06:30", "--daily")
    book(home, "802", "14:30")
    book(home, "A-1203", "20:00")
    found = told("wakeups", "list", home=home)
    assert [row["room"] for row in found] == ["802", "A-1203", "808", "801"]


def test_the_preview_says_when_guest_and_floor_staff_would_be_rung(home):
    found = told("wakeups", "preview", "07:00", "--on", "tomorrow", "--limit", 8, home=home)
    assert [row["at"][11:] for row in found if row["rings"] == "guest"][:3] == [
        "07:00:00", "07:01:00", "07:02:00",
    ]  # fmt: skip
    assert next(row["at"] for row in found if row["rings"] == "floor") == "2026-11-24 07:05:00"
    assert rows(home, WakeupRow) == []


# --- import --------------------------------------------------------------------------------------


def test_the_sample_is_booked_once_however_often_it_is_imported(home):
    first = told("wakeups", "import", SAMPLES / "wakeups.csv", home=home)
    assert (first["booked"], first["unchanged"]) == (3, 0)
    again = told("wakeups", "import", SAMPLES / "wakeups.csv", home=home)
    assert (again["booked"], again["unchanged"]) == (0, 3)
    found = {row["room"]: row["days"] for row in told("wakeups", "list", home=home)}
    assert found == {"808": "daily", "801": "workdays", "802": "Mon Thu"}


def test_one_bad_line_keeps_the_whole_list_out_and_every_mistake_is_told_with_its_line(home, tmp_path):
    path = wrote(
        tmp_path / "group.csv",
        "room,time,date,repeat,until,telephone\n"
        "808,06:30,2026-11-24,,,\n"
        "999,06:30,2026-11-24,,,\n"
        "801,25:00,2026-11-24,,,\n"
        "802,06:30,2026-11-22,,,\n"
        "802,06:30,2026-11-24,sometimes,,\n"
        "802,06:30,2026-11-24,,2026-12-01,\n"
        "808,06:32,2026-11-24,,,\n"
        "802,06:45,2026-11-24,,,abc\n",
    )
    found = run("wakeups", "import", path, home=home, code=2).stderr
    for line, column in ((3, "room"), (4, "time"), (5, "time"), (6, "repeat"), (7, "until"), (8, "time")):
        assert f"group.csv:{line}: {column}:" in found
    assert "group.csv:9: to:" in found
    assert "group.csv:2:" not in found
    assert rows(home, WakeupRow) == []


def test_a_list_imported_after_its_wakeups_rang_changes_nothing(home, tmp_path, monkeypatch):
    path = wrote(tmp_path / "group.csv", "room,time,date\n808,06:30,2026-11-24\n801,06:30,2026-11-24\n")
    run("wakeups", "import", path, home=home)
    run("wakeups", "cancel", "1002", home=home)
    later = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
    monkeypatch.setattr(StoppedClock, "now", lambda self: later)
    result = run("wakeups", "import", path, home=home)
    assert "0 wake-ups; 2 were booked before" in result.stdout
    assert "1002 was cancelled and stays so" in result.stderr


def test_a_dry_run_says_what_would_be_booked(home):
    assert (
        "Would be booked: 3"
        in run("wakeups", "import", SAMPLES / "wakeups.csv", "--dry-run", home=home).stdout
    )
    assert rows(home, WakeupRow) == []


def test_the_next_guest_of_a_room_may_have_the_wakeup_that_ended_with_the_stay_before(home, tmp_path):
    path = wrote(tmp_path / "crew.csv", "room,time,repeat\n808,06:30,daily\n")
    run("stays", "checkin", "808", "甲", home=home)
    run("wakeups", "import", path, home=home)
    run("stays", "checkout", "808", home=home)
    assert told("wakeups", "import", path, home=home)["booked"] == 1


# --- the register --------------------------------------------------------------------------------


def test_the_register_of_a_day_far_ahead_is_complete_though_nothing_is_filed_yet(home):
    book(home, "808", "06:30", "--daily")
    book(home, "801", "07:00", "--days", "sat")
    found = told("wakeups", "register", "--date", "2026-12-05", home=home)
    assert [(line["time"], line["room"]) for line in found["lines"]] == [
        ("2026-12-05 06:30", "808"), ("2026-12-05 07:00", "801"),
    ]  # fmt: skip
    assert (found["totals"]["booked"], found["totals"]["due"]) == (2, 2)
    week = told("wakeups", "register", "--since", "2026-11-24", "--until", "2026-12-01", home=home)
    assert len(week["lines"]) == 8


def test_the_register_of_a_shift_has_what_is_due_in_it(home):
    book(home, "808", "14:30")
    book(home, "801", "06:30", "--on", "2026-11-25")
    run("shift", "open", "--by", "陈", home=home)
    for shift in ("now", "1"):
        found = told("wakeups", "register", "--shift", shift, home=home)
        assert [line["room"] for line in found["lines"]] == ["808"]
    assert "no shift" in run("wakeups", "register", "--shift", "9", home=home, code=1).stderr
    both = run("wakeups", "register", "--shift", "1", "--date", "today", home=home, code=1)
    assert "Choose one" in both.stderr


def test_a_skipped_day_stays_in_the_register_as_taken_off(home):
    book(home, "808", "06:30", "--daily")
    run("wakeups", "skip", "1001", home=home)
    found = told("wakeups", "register", "--date", "tomorrow", home=home)
    assert [(line["state"], line["shown_as"]) for line in found["lines"]] == [("skipped", "off")]
    assert (found["totals"]["booked"], found["totals"]["off"]) == (0, 1)


def test_the_register_becomes_a_sheet_without_formulas(home, tmp_path):
    book(home, "808", "06:30", "--note", "=HYPERLINK(1)")
    run("wakeups", "register", "--date", "tomorrow", "--out", tmp_path / "r.csv", home=home)
    with (tmp_path / "r.csv").open(encoding="utf-8-sig") as file:
        line = next(csv.DictReader(file))
    assert (line["room"], line["time"], line["note"]) == ("808", "2026-11-24 06:30", "'=HYPERLINK(1)")
    run("wakeups", "register", "--date", "tomorrow", "--out", tmp_path / "r.xlsx", home=home)
    cells = list(load_workbook(tmp_path / "r.xlsx").active.iter_rows(values_only=True))
    assert cells[1][1] == "808"


def test_the_register_becomes_a_page_for_paper_chinese_first_and_masked(home, tmp_path):
    book(home, "808", "06:30", "--note", "<b>13800001111</b>")
    page = tmp_path / "register.html"
    run("wakeups", "register", "--date", "tomorrow", "--html", page, home=home)
    text = page.read_text(encoding="utf-8")
    assert text.index("叫醒登记表") < text.index("Wake-up register")
    assert "size:A4" in text
    assert "13800001111" not in text
    assert "&lt;b&gt;" in text
    assert "refresh" not in text
    assert "前台" not in text
    bad = tmp_path / "no" / "folder.html"
    assert "cannot be written" in run("wakeups", "register", "--html", bad, home=home, code=1).stderr


# --- handover and placed calls -------------------------------------------------------------------


def test_a_shift_hands_over_the_wakeups_due_in_the_next_one_and_those_not_over(home):
    book(home, "808", "14:30")
    book(home, "801", "07:00")
    book(home, "802", "23:00")
    db = Database(f"sqlite:///{home / 'hotline.db'}", clock=SystemClock())
    with db.transaction() as session:
        day = session.scalars(select(OccurrenceRow).where(OccurrenceRow.wakeup == "1001")).one()
        day.due_at = datetime(2026, 11, 23, 1, 50, tzinfo=UTC)  # ten minutes ago, and nobody confirmed it
    db.close()
    run("shift", "open", "--by", "陈", home=home)
    assert told("shift", "close", "--by", "陈", "--hours", 8, home=home)["wake_ups"] == 1
    run("shift", "refuse", "--by", "林", "--reason", "不清", home=home)
    assert told("shift", "close", "--by", "陈", "--hours", 24, home=home)["wake_ups"] == 3
    page = told("shift", "show", 1, home=home)
    first, second = page["handovers"]
    assert [(one["room"], one["reference"]) for one in first["wake_ups"]] == [("808", "1001")]
    assert [one["room"] for one in second["wake_ups"]] == ["808", "802", "801"]
    assert "11-24 07:00 801 (1002)" in run("shift", "show", 1, home=home).stdout


def test_the_calls_of_a_wakeup_are_listed_but_neither_paused_nor_cancelled_alone(home):
    book(home, "808", "06:30")
    found = told("outbound", "list", home=home)
    assert [(row["kind"], row["subject"]) for row in found] == [("wakeup", "1001"), ("knock", "1001")]
    assert "808" in run("outbound", "list", home=home).stdout
    assert told("outbound", "show", "1001", "--kind", "knock", home=home)["roster"] == "floor"
    for deed in ("pause", "cancel"):
        for row in found:
            said = run("outbound", deed, row["id"], home=home, code=1).stderr
            assert "would be lost" in said
            assert "hotline wakeups skip 1001" in said
    assert [row["state"] for row in told("outbound", "list", home=home)] == ["waiting", "waiting"]
    assert "07:01:00" in run("outbound", "preview", "wakeup", "--at", "2026-11-24 07:00", home=home).stdout


def test_a_guest_is_woken_in_the_language_of_the_stay_unless_the_booking_names_one(home, tmp_path):
    run("stays", "checkin", "808", "John Smith", "--language", "en", home=home)
    booked = [book(home, "808", "07:00"), book(home, "808", "08:00", "--language", "zh")]
    booked.append(book(home, "801", "07:00"))  # nobody stays there: the estate's
    listed = wrote(tmp_path / "list.csv", "房号,时间,语言\n808,09:00,\n808,10:00,中文\n")
    run("wakeups", "import", listed, home=home)
    spoken = {row.number: row.language for row in rows(home, WakeupRow)}
    assert [spoken[one["number"]] for one in booked] == ["en", "zh", "zh"]
    assert sorted(spoken.values()) == ["en", "en", "zh", "zh", "zh"]
