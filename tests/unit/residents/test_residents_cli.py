from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from hotline.cli import residents
from hotline.home import shipped

SAMPLE = shipped("config") / "samples" / "residents.csv"


@pytest.fixture
def home(tmp_path, monkeypatch):
    return tmp_path / "var"


def run(*arguments, code=0):
    result = CliRunner().invoke(residents.app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result


def test_a_list_can_be_imported_before_the_first_start(home):
    assert "6 new people, 2 new lift telephones" in run("import", SAMPLE, "--home", home).stdout
    assert "0 changed, 8 as before" in run("import", SAMPLE, "--home", home).stdout


def test_a_dry_run_stores_nothing(home):
    assert "Would be imported: 6 new rooms" in run("import", SAMPLE, "--home", home, "--dry-run").stdout
    assert "Nobody is in the directory yet" in run("list", "--home", home).stdout


def test_mistakes_are_told_with_file_and_line_and_exit_2(home, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("房号,电话\n3-2-602,abc\n,13800001111\n", encoding="gbk")
    told = run("import", bad, "--home", home, code=2).stderr
    assert f"{bad}:2: phone:" in told
    assert f"{bad}:3: room:" in told


def test_an_unknown_estate_is_refused(home):
    assert 'no estate "mars"' in run("import", SAMPLE, "--home", home, "--estate", "mars", code=1).stderr


def test_people_are_listed_masked_unless_asked_for_and_lifts_in_full(home):
    run("import", SAMPLE, "--home", home)
    masked = json.loads(run("list", "--home", home, "--json").stdout)
    assert masked[0] | {"numbers": [], "name": ""} == {
        "estate": "default", "building": "3", "unit": "2", "room": "602", "name": "", "kind": "owner",
        "numbers": [], "note": "",
    }  # fmt: skip
    assert (masked[0]["name"], masked[0]["numbers"]) == ("张*", ["138****1111"])
    assert (masked[-1]["kind"], masked[-1]["name"], masked[-1]["numbers"]) == ("lift", "1号梯", ["8501"])
    plain = run("list", "--home", home, "--unmasked").stdout
    assert "张伟" in plain
    assert "+8613800001111" in plain
    assert (home / "audit.log").exists()


def test_a_long_list_says_that_it_was_cut(home):
    run("import", SAMPLE, "--home", home)
    assert "--limit shows more" in run("list", "--home", home, "--limit", 2).stdout
