from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime

import pytest
import time_machine
from typer.testing import CliRunner

from hotline.cli import duty

ROSTER = """\
rosters:
  emergency:
    - {name: 张师傅, number: "13800001111"}
    - {name: 夜班, number: "8001", during: night}
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "roster.yaml").write_text(ROSTER, encoding="utf-8")
    return tmp_path


def run(*arguments, code=0):
    result = CliRunner().invoke(duty.app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result


def test_files_in_order_are_told_so(home):
    assert " windows and 1 rosters are in order." in run("check", "--home", home).stdout
    assert "night" in json.loads(run("check", "--home", home, "--json").stdout)["windows"]


def test_an_empty_roster_is_a_warning_and_no_failure(tmp_path, monkeypatch):
    assert "nobody is on this roster" in run("check", "--home", tmp_path).stderr


def test_mistakes_are_told_with_file_and_line_and_exit_2(home):
    path = home / "config" / "roster.yaml"
    path.write_text(ROSTER.replace('"8001"', "8001"), encoding="utf-8")
    assert f"{path}:4: rosters.emergency.1.number:" in run("check", "--home", home, code=2).stderr


def test_a_roster_that_an_estate_names_and_nobody_wrote_is_a_mistake(home):
    (home / "config" / "hotline.yaml").write_text(
        "estates: [{id: east, name: 东湖, emergency_roster: rescue}]\n", encoding="utf-8"
    )
    assert 'no roster "rescue"' in run("check", "--home", home, code=2).stderr


@pytest.mark.parametrize(
    ("at", "open_", "names"),
    [
        ("2026-11-23 10:00", ["day_shift", "general_manager"], ["张*"]),
        ("2026-11-23 22:00", ["night"], ["张*", "夜*"]),
    ],
)
def test_who_is_rung_when_and_what_is_open(home, at, open_, names):
    told = json.loads(run("who", "--home", home, "--at", at, "--json").stdout)
    asked = ("day_shift", "general_manager", "night")
    assert [name for name in asked if told["windows"][name]["open"]] == open_
    assert [person["name"] for person in told["rosters"]["emergency"]] == names
    text = run("who", "emergency", "--home", home, "--at", at, "--unmasked").stdout
    assert "13800001111" in text
    assert "2026-11-23" in text


def test_a_roster_that_is_not_there_is_refused_with_those_that_are(home):
    assert "there are: emergency" in run("who", "nobody", "--home", home, code=2).stderr


WEEKLY = """\
people: {张师傅: "13800001111", 李师傅: "13800001112"}
rosters:
  emergency:
    - {name: 监控中心, number: "8001"}
  technicians:
    must_cover: true
    week:
      - {during: technicians, who: 张师傅}
      - {during: technician_on_call, who: 李师傅}
  desk:
    week:
      - {during: day_shift, days: mon-fri, who: 张师傅}
      - {during: monitoring_room, who: 李师傅}
topics: {lift: [technicians, emergency]}
"""


@pytest.fixture
def weekly(home, migrated_sqlite):
    (home / "config" / "roster.yaml").write_text(WEEKLY, encoding="utf-8")
    shutil.copy(migrated_sqlite, home / "hotline.db")
    with time_machine.travel(datetime(2026, 11, 23, 2, 0, tzinfo=UTC), tick=False):
        yield home


def told(*arguments, code=0):
    return json.loads(run(*arguments, "--json", code=code).stdout)


def test_who_tells_the_reason_and_who_takes_over_when(weekly):
    run("change", "add", "technicians", "--date", "2026-11-24", "--remove", "张师傅", "--put", "王",
        "--number", "13800001113", "--why", "病假", "--home", weekly)  # fmt: skip
    found = told("who", "lift", "--home", weekly, "--at", "2026-11-24 09:00", "--unmasked")
    first, second = found["rosters"]["lift"]
    assert first == {
        "name": "王", "number": "13800001113", "reason": "change", "shift": "technicians", "after": False,
        "until": "2026-11-24T14:00:00+00:00", "instead_of": "张师傅", "why": "病假",
    }  # fmt: skip
    assert (second["name"], second["reason"], second["until"]) == ("监控中心", "standing", None)
    assert found["next"]["lift"]["begin"] == "2026-11-24T14:00:00+00:00"
    text = run("who", "technicians", "--home", weekly, "--at", "2026-11-24 09:00", "--unmasked").stdout
    assert "change technicians instead of 张师傅 (病假)" in text
    assert "from 2026-11-24 22:00" in text
    assert "13800001111" not in run("who", "--home", weekly).stdout


def test_a_week_shows_the_hand_overs_of_every_day(weekly):
    found = told("week", "technicians", "--home", weekly, "--from", "2026-11-30", "--days", 2)
    begins = [one["begin"] for one in found["rosters"]["technicians"]]
    assert begins == [
        "2026-11-29T16:00:00+00:00", "2026-11-29T23:50:00+00:00", "2026-11-30T14:00:00+00:00",
        "2026-11-30T23:50:00+00:00", "2026-12-01T14:00:00+00:00",
    ]  # fmt: skip
    assert found["rosters"]["technicians"][-1]["end"] == "2026-12-01T23:50:00+00:00"
    lines = run("week", "--home", weekly, "--from", "2026-11-28", "--unmasked").stdout.splitlines()
    (saturday,) = (line for line in lines if "2026-11-29 Sun" in line and "09:00" in line)
    assert "李师傅" not in saturday.split("09:00")[0]
    assert any("NOBODY" in line for line in lines)
    assert any("as the day before" in line for line in lines)


def test_gaps_and_overlaps_are_told_and_only_a_roster_that_must_be_covered_fails(weekly):
    result = run("check", "--home", weekly)
    assert "rosters.desk: nobody is on duty 2026-11-28 09:00-20:00" in result.stderr
    assert (
        "day_shift and monitoring_room overlap 2026-11-24 07:50-09:00 and the same hours on" in result.stderr
    )
    path = weekly / "config" / "roster.yaml"
    path.write_text(WEEKLY.replace("during: technician_on_call", 'times: ["22:00-06:00"]'), encoding="utf-8")
    failed = run("check", "--home", weekly, "--days", 3, code=2)
    assert (
        f"{path}:5: rosters.technicians: nobody is on duty 2026-11-24 06:00-07:50 and the same hours "
        "on 2 more days up to 2026-11-26" in failed.stderr
    )
    found = told("check", "--home", weekly, "--days", 1, code=2)
    (gap,) = (one for one in found["findings"] if one["roster"] == "technicians")
    assert (gap["estate"], gap["kind"], gap["mistake"]) == ("default", "gap", True)
    assert (gap["begin"], gap["end"]) == ("2026-11-23T22:00:00+00:00", "2026-11-23T23:50:00+00:00")


def test_a_gap_on_an_estates_emergency_roster_is_a_mistake(home):
    path = home / "config" / "roster.yaml"
    path.write_text('rosters: {emergency: [{name: a, number: "1", during: night}]}\n', encoding="utf-8")
    assert f"{path}:1: rosters.emergency: nobody is on duty" in run("check", "--home", home, code=2).stderr


def test_changes_are_made_listed_and_cancelled(weekly):
    added = told("change", "add", "desk", "--from", "2026-11-24 08:00", "--to", "2026-11-24 12:00",
                 "--remove", "张师傅", "--by", "主管", "--home", weekly)  # fmt: skip
    assert added["changes"] == [1]
    assert [(one["begin"], one["mistake"]) for one in added["findings"]] == [
        ("2026-11-24T01:00:00+00:00", False)
    ]
    (row,) = told("change", "list", "desk", "--home", weekly)
    assert (row["remove"], row["put"], row["by"], row["cancelled_at"]) == ("张*", "", "主管", None)
    swap = told("change", "add", "technicians", "--date", "2026-11-24", "--remove", "李师傅", "--put", "王",
                "--number", "103", "--home", weekly)  # fmt: skip
    assert swap["changes"] == [2]
    assert told("change", "cancel", 1, "--by", "主管", "--home", weekly) == {"cancelled": [1]}
    text = run("change", "list", "--home", weekly).stdout
    assert "cancelled 2026-11-23 10:00" in text
    assert "2026-11-24 08:00 to 2026-11-24 12:00" in text
    assert run("change", "list", "emergency", "--home", weekly).stdout == "No changes.\n"


def test_a_change_that_opens_a_gap_elsewhere_is_warned_of(weekly):
    result = run("change", "add", "desk", "--date", "2026-11-24", "--remove", "张师傅", "--home", weekly)
    assert "Change 1 is in force." in result.stdout
    assert "warning: desk: nobody is on duty 2026-11-24 09:00-20:00" in result.stderr


def test_both_halves_of_a_swap_are_told_of_as_two_changes(weekly):
    swap = ("--date", "2026-11-24", "--remove", "张师傅", "--put", "李师傅", "--swap-with", "2026-11-25")
    made = run("change", "add", "desk", *swap, "--home", weekly)
    assert made.stdout == "Changes 1 and 2 are in force.\n"
    cancelled = run("change", "cancel", 2, "--home", weekly)
    assert cancelled.stdout == "Changes 1 and 2 are cancelled.\n"
    run("change", "add", "desk", "--date", "2026-11-24", "--put", "李师傅", "--home", weekly)
    assert run("change", "cancel", 3, "--home", weekly).stdout == "Change 3 is cancelled.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("technicians", "--date", "2026-11-24", "--remove", "张师傅"), "must be covered"),
        (("dusk", "--date", "2026-11-24", "--remove", "张师傅"), "there are: desk, emergency, technicians"),
        (("desk", "--date", "2026-11-24", "--remove", "章"), "there are: 张师傅, 李师傅"),
        (("desk", "--date", "2026-11-24", "--put", "章"), "there are: 张师傅, 李师傅, 监控中心"),
        (("desk", "--date", "24.11.", "--put", "章"), "is no date"),
        (("desk", "--from", "noon", "--put", "章"), "is no time"),
    ],
)
def test_a_change_that_does_not_hold_is_refused_with_what_there_is(weekly, arguments, sentence):
    assert sentence in run("change", "add", *arguments, "--home", weekly, code=1).stderr
    assert told("change", "list", "--home", weekly) == []


def test_an_unknown_estate_or_roster_is_refused_by_name(weekly):
    assert "there are: default" in run("who", "--estate", "west", "--home", weekly, code=1).stderr
    known = "there are: desk, emergency, technicians, lift"
    assert known in run("week", "dusk", "--home", weekly, code=2).stderr
    assert known in run("change", "list", "dusk", "--home", weekly, code=2).stderr


def test_a_database_that_cannot_be_read_is_told_of_and_the_files_are_checked_all_the_same(weekly):
    (weekly / "hotline.db").write_bytes(b"no database at all, and long enough to be none" * 100)
    result = run("who", "technicians", "--home", weekly)
    assert "Changes in the database are left out." in result.stderr
    assert "张*" in result.stdout


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (
            "[mon, wed, thu, fri, sat, sun]",
            "nobody is on duty 2026-11-24, the whole day and again on 1",
        ),
        ("[mon, fri, sat, sun]", "nobody is on duty 2026-11-24 to 2026-11-26, whole days"),
    ],
)
def test_days_without_anybody_are_told_as_whole_days(weekly, days, said):
    (weekly / "config" / "roster.yaml").write_text(
        "rosters:\n  emergency:\n    week:\n"
        f"      - {{times: ['00:00-24:00'], days: {days}, who: {{name: 张, number: '1'}}}}\n"
        "    after: [{name: 李, number: '2'}]\n",
        encoding="utf-8",
    )
    found = run("check", "--home", weekly, code=2).stderr
    assert said in found
    assert "only those under after are rung" in found
    assert "00:00" not in found
