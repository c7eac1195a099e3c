from __future__ import annotations

import asyncio
import json
import shutil
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from hotline.call.clock import SystemClock
from hotline.call.ports import NewTicket, Place, TicketKind, Urgency
from hotline.cli import shift
from hotline.cli.main import GROUPS
from hotline.db.engine import Database
from hotline.language.numbers import normalise
from hotline.tickets.service import Tickets


@pytest.fixture
def home(tmp_path, monkeypatch, migrated_sqlite):
    shutil.copy(migrated_sqlite, tmp_path / "hotline.db")
    return tmp_path


def run(*arguments, home, code=0):
    result = CliRunner().invoke(shift.app, [*map(str, arguments), "--home", str(home)])
    assert result.exit_code == code, result.output
    return result


def told(*arguments, home):
    return json.loads(run(*arguments, "--json", home=home).stdout)


def file_ticket(home):
    clock = SystemClock()
    db = Database(f"sqlite:///{home / 'hotline.db'}", clock=clock)
    tickets = Tickets(
        db,
        clock=clock,
        zones={"default": ZoneInfo("Asia/Shanghai")},
        normalise=partial(normalise, country="CN", area_code=""),
    )
    new = NewTicket(
        estate="default", kind=TicketKind.REPAIR, urgency=Urgency.URGENT, place=Place("3", "2", "602")
    )
    number = asyncio.run(tickets.open_ticket(new)).number
    db.close()
    return number


def test_the_group_is_registered():
    assert "shift" in GROUPS


def test_a_handover_carries_the_open_tickets_and_is_signed_by_both(home):
    number = file_ticket(home)
    assert told("open", "--by", "陈", home=home) == {"shift": 1, "post": "hotline", "state": "open"}
    closed = told("close", "--by", "陈", "--equipment", "2号梯停用", "--remarks", "留意", home=home)
    assert closed == {"shift": 1, "post": "hotline", "state": "handing_over", "cases": 1, "wake_ups": 0}
    assert "goes on as before" in run("refuse", "--by", "林", "--reason", "不清", home=home).stdout
    run("close", "--by", "陈", home=home)
    assert "Shift 2 at hotline is open" in run("accept", "--by", "林", home=home).stdout
    page = told("show", 1, "--unmasked", home=home)
    assert (page["state"], page["who"]) == ("ended", "陈")
    assert [one["answer"] for one in page["handovers"]] == ["refused", "accepted"]
    first = page["handovers"][0]
    assert (first["reason"], first["equipment"], first["remarks"]) == ("不清", "2号梯停用", "留意")
    assert [(case["number"], case["urgent"]) for case in first["cases"]] == [(number, True)]
    assert [line["event"] for line in page["log"]] == ["opened", "closed", "refused", "closed", "accepted"]
    text = run("show", 1, home=home).stdout
    assert f"1: {number}" in text
    assert "陈\n" not in text


def test_the_log_page_is_written_and_read_and_shifts_are_listed(home):
    run("open", "--by", "陈", "--post", "front_desk", home=home)
    run("log", "--add", "巡查完毕", "--by", "陈", "--post", "front_desk", home=home)
    assert [(line["event"], line["detail"]) for line in told("log", 1, home=home)] == [
        ("opened", ""), ("note", "巡查完毕"),
    ]  # fmt: skip
    assert "巡查完毕" in run("log", 1, home=home).stdout
    assert [row["post"] for row in told("log", home=home)] == ["front_desk"]
    assert told("log", "--post", "hotline", home=home) == []
    assert [row["number"] for row in told("show", home=home)] == [1]
    assert "陈*" in run("show", home=home).stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("open", "--by", "林"), "handed over"),
        (("close", "--by", "林"), "not yours"),
        (("accept", "--by", "林"), "signs first"),
        (("accept", "--by", "林", "--estate", "west"), "no estate"),
        (("refuse", "--by", "林", "--reason", "x", "--post", "desk"), "open: hotline"),
        (("show", "9"), "no shift 9"),
        (("log", "--add", "x"), "who writes"),
    ],
)
def test_what_is_not_allowed_is_refused_with_the_rule(home, arguments, sentence):
    run("open", "--by", "陈", home=home)
    assert sentence in run(*arguments, home=home, code=1).stderr


def test_only_who_works_here_signs_once_anybody_is_known(home):
    (home / "config").mkdir()
    people = "rosters:\n  emergency:\n    - {name: 陈, number: '8001'}\n    - {name: 林, number: '8002'}\n"
    (home / "config" / "roster.yaml").write_text(people, "utf-8")
    assert "work here" in run("open", "--by", "王", home=home, code=1).stderr
    run("open", "--by", "陈", home=home)
    run("close", "--by", "陈", home=home)
    assert "work here" in run("accept", "--by", "王", home=home, code=1).stderr
    operators = "operators:\n  - {number: '01', name: 周}\nqueues:\n  main: {operators: ['01']}\n"
    (home / "config" / "operators.yaml").write_text(operators, "utf-8")
    run("accept", "--by", "周", home=home)


def test_a_post_may_close_when_the_work_goes_to_another(home):
    run("open", "--by", "陈", "--post", "front_desk", home=home)
    run("open", "--by", "林", "--post", "monitoring_room", home=home)
    run("close", "--by", "陈", "--post", "front_desk", home=home)
    assert "ended" in run("accept", "--by", "林", "--post", "front_desk", "--post-closes", home=home).stdout
    assert [row["post"] for row in told("show", home=home)] == ["monitoring_room"]
