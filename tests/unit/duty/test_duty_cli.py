from __future__ import annotations

import json

import pytest
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
    monkeypatch.setattr("hotline.app.logs.configure", lambda role: None)
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
    monkeypatch.setattr("hotline.app.logs.configure", lambda role: None)
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
        ("2026-11-23 10:00", {"general_manager", "day_shift", "technicians", "workdays"}, ["张*"]),
        ("2026-11-23 22:00", {"night", "monitoring_room", "technician_on_call", "workdays"}, ["张*", "夜*"]),
    ],
)
def test_who_is_rung_when_and_what_is_open(home, at, open_, names):
    told = json.loads(run("who", "--home", home, "--at", at, "--json").stdout)
    assert {name for name, window in told["windows"].items() if window["open"]} == open_
    assert [person["name"] for person in told["rosters"]["emergency"]] == names
    text = run("who", "emergency", "--home", home, "--at", at, "--unmasked").stdout
    assert "13800001111" in text
    assert "2026-11-23" in text


def test_a_roster_that_is_not_there_is_refused_with_those_that_are(home):
    assert "there are: emergency" in run("who", "nobody", "--home", home, code=2).stderr
