"""``hotline rooms`` and ``hotline stays``."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from hotline.cli.main import app
from hotline.home import shipped

SAMPLES = shipped("config") / "samples"


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "var"
    run("rooms", "import", SAMPLES / "rooms.csv", home=folder)
    return folder


def run(*arguments, home, code=0):
    result = CliRunner().invoke(app, [str(argument) for argument in (*arguments, "--home", home)])
    assert result.exit_code == code, result.output
    return result


def test_rooms_are_listed_with_what_is_dialled_and_can_be_given_another(home):
    assert "808 is rung at 8899." in run("rooms", "set", "808", "8899", home=home).stdout
    rows = json.loads(run("rooms", "list", "--json", home=home).stdout)
    assert {row["room"]: row["telephone"] for row in rows}["808"] == "8899"


def test_a_guest_checks_in_moves_and_leaves(home):
    run("stays", "checkin", "808", "John Smith", "--language", "en", home=home)
    masked = json.loads(run("stays", "list", "--json", home=home).stdout)
    assert (masked[0]["room"], masked[0]["name"], masked[0]["language"]) == ("808", "J*", "en")
    assert "Moved to 802" in run("stays", "move", "808", "802", "--who", "前台", home=home).stdout
    assert "moved" in run("stays", "show", "802", home=home).stdout
    assert "Checked out" in run("stays", "checkout", "802", home=home).stdout
    assert "Nobody stays here" in run("stays", "list", home=home).stdout


def test_what_cannot_be_understood_is_refused_with_a_sentence(home):
    assert "is no room" in run("stays", "checkin", "3-2-1-1", "甲", home=home, code=1).stderr
    assert "is no day" in run("stays", "checkin", "808", "甲", "--to", "morgen", home=home, code=1).stderr
    assert (
        "not spoken here"
        in run("stays", "checkin", "808", "甲", "--language", "fr", home=home, code=1).stderr
    )
    assert "Nobody stays in 801" in run("stays", "checkout", "801", home=home, code=1).stderr
    assert "cannot be dialled" in run("rooms", "set", "801", "abc", home=home, code=1).stderr
