from __future__ import annotations

import json
import subprocess
import sys

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from hotline.cli import staff
from hotline.db.migrate import upgrade
from hotline.home import Home


@pytest.fixture
def home(tmp_path, monkeypatch):
    data = Home(tmp_path / "var")
    upgrade(data.database_url)
    return data.root


def run(*arguments, code=0, typed=None):
    result = CliRunner().invoke(staff.app, [str(argument) for argument in arguments], input=typed)
    assert result.exit_code == code, result.output
    return result


def listed(home, *more):
    return json.loads(run("list", "--json", "--home", home, *more).stdout)


def test_a_new_member_gets_a_pin_that_is_shown_once(home):
    told = json.loads(
        run("add", "12", "张师傅", "--telephone", "13800001111", "--json", "--home", home).stdout
    )
    assert len(told["pin"]) == 6
    assert told["pin"] not in run("list", "--unmasked", "--home", home).stdout
    assert [(one["roles"], one["pin"]) for one in listed(home)] == [(["technician"], True)]


def test_a_number_somebody_has_is_refused_and_they_stay_as_they_were(home):
    run("add", "12", "张师傅", "--telephone", "13800001111", "--home", home)
    before = listed(home, "--unmasked")
    told = run("add", "12", "李师傅", "--telephone", "13900002222", "--home", home, code=2)
    assert "hotline staff change 12" in told.stderr
    assert listed(home, "--unmasked") == before
    run("remove", "12", "--home", home)
    assert "has the PIN" in run("add", "12", "李师傅", "--home", home).stdout


def test_a_change_touches_only_what_it_names_and_the_pin_stays(home):
    run("add", "12", "张师傅", "--telephone", "13800001111", "--home", home)
    run("change", "12", "--role", "technician", "--role", "主管", "--home", home)
    told = run("change", "12", "--name", "李师傅", "--home", home).stdout
    assert told == "Staff number 12 is changed (name); the PIN stays.\n"
    (one,) = listed(home, "--unmasked")
    assert (one["name"], one["telephone"], one["roles"], one["pin"]) == (
        "李师傅", "+8613800001111", ["supervisor", "technician"], True,
    )  # fmt: skip
    run("change", "12", "--telephone", "", "--home", home)
    assert listed(home, "--unmasked")[0]["telephone"] == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Say what changes"),
        (("--name", " "), "name of staff number 12 is missing"),
        (("--telephone", "none"), "is no number"),
        (("--role", "king"), 'no role "king"'),
    ],
)
def test_a_change_that_says_nothing_or_cannot_be_changes_nothing(home, words, said):
    run("add", "12", "张师傅", "--telephone", "13800001111", "--home", home)
    before = listed(home, "--unmasked")
    assert said in run("change", "12", *words, "--home", home, code=2).stderr
    assert listed(home, "--unmasked") == before


def test_a_pin_that_could_be_typed_nowhere_is_refused_with_the_remedy(home):
    command = (sys.executable, "-m", "hotline", "staff", "add", "12", "张师傅", "--ask-pin", "--home", home)
    done = subprocess.run(
        command, input="730914\n730914\n", capture_output=True, text=True, start_new_session=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("--ask-pin needs a terminal")
    assert "Warning" not in done.stderr
    assert listed(home) == []


def test_a_pin_may_be_typed_and_is_not_shown(home):
    told = run("add", "12", "张师傅", "--ask-pin", "--home", home, typed="730914\n730914\n").stdout
    assert "730914" not in told
    assert "has the PIN you typed" in told


def test_an_easy_pin_is_refused_and_nobody_is_added(home):
    told = run("add", "12", "张师傅", "--ask-pin", "--home", home, typed="1234\n1234\n", code=2)
    assert "too easy" in told.stderr
    assert listed(home) == []


def test_names_and_numbers_are_masked_unless_asked_for_on_the_record(home):
    run("add", "12", "张师傅", "--telephone", "13800001111", "--home", home)
    assert [(one["name"], one["telephone"]) for one in listed(home)] == [("张*", "138****1111")]
    (one,) = listed(home, "--unmasked")
    assert (one["name"], one["telephone"]) == ("张师傅", "+8613800001111")
    assert "staff list" in (home / "audit.log").read_text("utf-8")


def test_new_pin_unlock_and_remove(home):
    run("add", "12", "张师傅", "--home", home)
    assert "has the PIN" in run("pin", "12", "--home", home).stdout
    assert json.loads(run("unlock", "12", "--json", "--home", home).stdout)["done"] == "unlocked"
    run("remove", "12", "--home", home)
    assert listed(home) == []
    assert [one["active"] for one in listed(home, "--left")] == [False]


@pytest.mark.parametrize("command", ["pin", "unlock", "remove", "change"])
def test_somebody_who_is_not_there_is_named(home, command):
    run("add", "12", "张师傅", "--home", home)
    assert "Nobody has the staff number 99" in run(command, "99", "--home", home, code=2).stderr


def test_an_unknown_role_and_an_unknown_estate_are_refused(home):
    assert 'no role "king"' in run("add", "1", "王", "--role", "king", "--home", home, code=2).stderr
    assert 'no estate "mars"' in run("add", "1", "王", "--estate", "mars", "--home", home, code=1).stderr


def test_a_list_is_imported_and_who_is_new_gets_a_pin(home, tmp_path):
    file = tmp_path / "staff.csv"
    file.write_text("工号,姓名,电话,岗位\n01,李经理,13900002222,经理、主管\n7,张师傅,,\n", encoding="gbk")
    told = json.loads(run("import", file, "--json", "--home", home).stdout)
    assert told["people"] == 2
    assert [one["number"] for one in told["pins"]] == ["01", "7"]
    assert [one["roles"] for one in listed(home)] == [["manager", "supervisor"], ["technician"]]
    assert json.loads(run("import", file, "--json", "--home", home).stdout) == {"people": 2, "pins": []}


def test_a_sheet_is_read_too_numbers_and_all(home, tmp_path):
    file, book = tmp_path / "staff.xlsx", Workbook()
    for row in (["工号", "姓名", "电话"], [7.0, "张师傅", 13800001111]):
        book.active.append(row)
    book.save(file)
    run("import", file, "--home", home)
    assert [(one["number"], one["telephone"]) for one in listed(home)] == [("7", "138****1111")]


def test_every_mistake_of_a_list_is_told_with_its_line_and_nothing_is_stored(home, tmp_path):
    file = tmp_path / "staff.csv"
    file.write_text("工号,姓名,岗位\nA1,李,\n7,张,king\n8,,\n9,王,\n9,赵,\n", encoding="utf-8")
    told = run("import", file, "--home", home, code=2).stderr
    for line, word in ((2, "no staff number"), (3, 'no role "king"'), (4, "name"), (6, "twice")):
        assert any(f"{file}:{line}: " in one and word in one for one in told.splitlines()), told
    assert listed(home) == []


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\xff\x81", "姓名\n张\n".encode()])
def test_a_file_that_is_no_list_is_refused(home, tmp_path, content):
    file = tmp_path / "staff.csv"
    file.write_bytes(content)
    assert str(file) in run("import", file, "--home", home, code=2).stderr
