from __future__ import annotations

import asyncio
import csv
import io
import json
import shutil
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from hotline.call.clock import SystemClock
from hotline.call.ports import NewTicket, Place, TicketKind, Urgency
from hotline.cli import tickets
from hotline.db.engine import Database
from hotline.language.numbers import normalise
from hotline.tickets.service import Tickets


@pytest.fixture
def home(tmp_path, migrated_sqlite, monkeypatch):
    monkeypatch.setattr("hotline.app.logs.configure", lambda role: None)
    shutil.copy(migrated_sqlite, tmp_path / "hotline.db")
    return tmp_path


@pytest.fixture
def filled(home):
    async def fill():
        clock = SystemClock()
        db = Database(f"sqlite:///{home / 'hotline.db'}", clock=clock)
        zones = {"default": ZoneInfo("Asia/Shanghai")}
        desk = Tickets(db, clock=clock, zones=zones, normalise=normalise)
        opened = await desk.open_ticket(
            NewTicket(
                estate="default", kind=TicketKind.REPAIR, urgency=Urgency.URGENT,
                place=Place("3", "2", "602"), caller_number="13800001111", callback_number="13800001111",
                caller_name="张伟",
                description="漏水，打 13900002222", note="caller hung up",
            )
        )  # fmt: skip
        await desk.open_ticket(NewTicket(estate="default", kind=TicketKind.COMPLAINT, complete=False))
        await db.aclose()
        return opened.number

    return home, asyncio.run(fill())


def run(*arguments, code=0):
    result = CliRunner().invoke(tickets.app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result


def test_an_empty_list_says_so(home):
    assert "No tickets yet." in run("list", "--home", home).stdout
    assert "No tickets that fit." in run("list", "--home", home, "--incomplete").stdout


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        ((), ["complaint", "repair"]),
        (("--kind", "repair"), ["repair"]),
        (("--incomplete",), ["complaint"]),
        (("--state", "closed"), []),
        (("--limit", "1"), ["complaint"]),
        (("--since", "1h"), ["complaint", "repair"]),
        (("--until", "1h"), []),
    ],
)
def test_a_list_holds_what_is_asked_for(filled, options, kinds):
    home, _ = filled
    listed = json.loads(run("list", "--home", home, "--json", *options).stdout)
    assert [ticket["kind"] for ticket in listed] == kinds


@pytest.mark.parametrize("ending", [4, 6, 12])
def test_a_ticket_is_shown_by_its_last_digits_with_its_history(filled, ending):
    home, number = filled
    shown = json.loads(run("show", number[-ending:], "--home", home, "--json", "--unmasked").stdout)
    assert (shown["number"], shown["place"], shown["state"]) == (number, "3-2-602", "registered")
    assert (shown["callback_number"], shown["caller_name"]) == ("+8613800001111", "张伟")
    assert shown["respond_by"] == shown["opened_at"]
    assert [(line["event"], line["detail"]) for line in shown["history"]] == [
        ("registered", "caller hung up")
    ]


@pytest.mark.parametrize(
    "command", [("list",), ("list", "--json"), ("show", "1"), ("show", "1", "--json"), ("export",)]
)
def test_numbers_and_names_are_masked_unless_asked_for(filled, command):
    home, _ = filled
    masked = run(*command, "--home", home).stdout
    assert not any(secret in masked for secret in ("13800001111", "13900002222", "张伟"))
    assert "漏水" in masked
    assert "13900002222" in run(*command, "--home", home, "--unmasked").stdout
    assert "tickets" in (home / "audit.log").read_text()


def test_a_ticket_that_is_not_there_is_named(filled):
    home, _ = filled
    for number in ("999", "星期三"):
        assert number in run("show", number, "--home", home, code=1).stderr


def test_an_export_has_a_row_a_ticket(filled):
    home, number = filled
    result = run("export", "--home", home, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout_bytes.decode("utf-8-sig"))))
    assert [row["complete"] for row in rows] == ["False", "True"]
    assert rows[1]["number"] == number
