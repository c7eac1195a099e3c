"""``hotline operators``: with a hotline that answers, and without one from what was written down."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from hotline.app.livefeed import LiveFeed
from hotline.call.clock import SystemClock
from hotline.call.errors import OperatorRefused
from hotline.call.ports import Presence
from hotline.cli import store
from hotline.cli.main import app
from hotline.db.engine import Database
from hotline.operators import repository
from hotline.operators.lines import Leave
from hotline.operators.models import WaitRow
from hotline.operators.presence import Standing

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""A Monday, noon in Shanghai."""
FILE = """
operators:
  - {number: "01", name: 王芳, line: "sip:wang@192.0.2.5"}
  - {number: "02", name: 李娜}
queues:
  main: {service_level: {within: 30, goal: 0.9}}
"""


class StoppedClock(SystemClock):
    def now(self):
        return NOW


@pytest.fixture
def home(tmp_path, monkeypatch, migrated_sqlite):
    monkeypatch.setattr(store, "SystemClock", StoppedClock)
    folder = tmp_path / "var"
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "operators.yaml").write_text(FILE, encoding="utf-8")
    shutil.copy(migrated_sqlite, folder / "hotline.db")
    return folder


@pytest.fixture
def running(home):
    """A calls process that remembers what it was asked to do."""
    asked, ready, loop = [], threading.Event(), asyncio.new_event_loop()

    async def do(args):
        asked.append(args)
        if args["action"] == "sign_out":
            raise OperatorRefused("Operator 01 talks: end the call first.", code="operator-talking")
        if args["action"] == "overview":
            one = {
                "number": "01", "name": "王芳", "estate": "", "presence": "talking", "reason": "",
                "since": NOW.isoformat(), "line": "8001",
            }  # fmt: skip
            waiting = {
                "leg": "a", "queue": "main", "estate": "default", "position": 1, "priority": 50,
                "waited": 12.0, "call_back": False, "ringing": ["02"],
            }  # fmt: skip
            queue = {"queue": "main", "waiting": 1, "longest": 12.0, "there": 2, "ready": 0, "handling": None}
            return {"operators": [one], "waits": [waiting], "queues": [queue]}
        return {"presence": "paused", "reason": args.get("reason", "")}

    async def serve():
        feed = LiveFeed(home / "run", {})
        feed.commands["operators"] = do
        await feed.start()
        ready.set()
        await stop.wait()
        await feed.close()

    stop = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    yield asked
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    loop.close()


def run(home, *arguments, code=0):
    result = CliRunner().invoke(app, ["operators", *arguments, "--home", str(home)])
    assert result.exit_code == code, result.output
    return result


def told(home, *arguments):
    return json.loads(run(home, *arguments, "--json").stdout)


def write(home, fn):
    db = Database(f"sqlite:///{home / 'hotline.db'}", clock=SystemClock())
    with db.transaction() as session:
        fn(session)
    db.close()


def waited(name, minutes, **more):
    more = {
        "visit": name, "estate": "default", "queue": "main", "leg": name, "priority": 50, "position": 1,
        "entered_at": NOW - timedelta(minutes=minutes), "left_at": NOW, "how": Leave.ANSWERED,
        "waited": 10.0, "short": False, "operator": "01", "offers": 1, "talked": 90.0, "talk_end": "talked",
    } | more  # fmt: skip
    return WaitRow(id=name, **more)


def test_a_running_hotline_is_asked_and_names_and_lines_are_masked(home, running):
    (row,) = told(home, "list")
    assert (row["number"], row["presence"], row["since"]) == ("01", "talking", "2026-11-23 12:00:00")
    assert row["name"] == "王*"
    (row,) = told(home, "list", "--unmasked")
    assert row["name"] == "王芳"
    assert "operators list" in (home / "audit.log").read_text(encoding="utf-8")


def test_without_a_running_hotline_the_last_written_presence_is_told(home):
    write(
        home,
        lambda session: repository.stand(
            session, ("", "02"), Standing(presence=Presence.PAUSED, since=NOW, reason="lunch"), NOW
        ),
    )
    rows = told(home, "list")
    assert [(row["number"], row["presence"], row["reason"]) for row in rows] == [
        ("01", "signed_out", ""),
        ("02", "paused", "lunch"),
    ]
    assert rows[1]["line"] == "headset:02"
    states = told(home, "show", "02")["states"]
    assert [(one["since"], one["presence"]) for one in states] == []  # it has only just begun
    assert "no operator 77" in run(home, "show", "77", code=1).stderr


def test_presence_is_changed_in_the_running_hotline_and_refusals_are_told(home, running):
    assert "Operator 01: paused (lunch)" in run(home, "pause", "01", "lunch").stdout
    run(home, "sign-in", "01", "--line", "8019")
    run(home, "ready", "01")
    assert [(one["action"], one["operator"], one["estate"]) for one in running] == [
        ("pause", "01", "default"),
        ("sign_in", "01", "default"),
        ("ready", "01", "default"),
    ]
    assert running[1]["line"] == "8019"
    assert "end the call first" in run(home, "sign-out", "01", code=1).stderr


def test_without_a_running_hotline_nothing_can_be_changed(home):
    assert "does not run" in run(home, "ready", "01", code=1).stderr


def test_queues_show_who_waits_now(home, running):
    found = told(home, "queues")
    assert (found["queues"][0]["waiting"], found["queues"][0]["strategy"]) == (1, "longest_idle")
    assert "12.0" in run(home, "queues").stdout


def test_waits_and_figures_come_from_what_was_written_down(home):
    def fill(session):
        session.add_all(
            [
                waited("a", 30),
                waited("b", 20, waited=50.0),
                waited("c", 10, how=Leave.ABANDONED, waited=3.0, short=True, operator="", talked=None),
                waited("d", 5, how=None, left_at=None, waited=None, operator="", talked=None),
            ]
        )
        for minutes, presence in ((40, Presence.READY), (10, Presence.TALKING)):
            at = NOW - timedelta(minutes=minutes)
            repository.stand(session, ("", "01"), Standing(presence=presence, since=at), at)

    write(home, fill)
    assert [row["how"] for row in told(home, "waits")] == ["answered", "answered", "short abandon", "waiting"]
    assert told(home, "waits", "--queue", "nothing") == []
    found = told(home, "figures")
    main, everybody = found["queues"]
    assert (main["callers"], main["answered"], main["short_abandons"]) == (3, 2, 1)
    assert main["service_level"] == pytest.approx(0.667)
    assert (main["goal"], everybody["of"]) == (0.9, "all")
    first = found["operators"][0]
    assert (first["answered"], first["talk_seconds"], first["ready"], first["talking"]) == (
        2,
        180.0,
        1800,
        600,
    )
    run(home, "figures")
    run(home, "waits")


def test_the_file_is_checked(home):
    assert "2 operators, queues main" in run(home, "check").stdout
    text = 'operators: [{number: "01", estate: nowhere}]\nqueues: {main: {}}\n'
    (home / "config" / "operators.yaml").write_text(text, encoding="utf-8")
    assert 'operators.yaml:1: operators.0.estate: no estate "nowhere"' in run(home, "check", code=2).stderr
    (home / "config" / "operators.yaml").write_text("queues: {main: {then: x}}\n", encoding="utf-8")
    assert ":1: queues.main.then" in run(home, "check", code=2).stderr


def test_only_an_operator_of_the_file_gets_a_token(home):
    assert told(home, "token", "02")["token"].startswith("hlt_")
    assert "no operator 77" in run(home, "token", "77", code=1).stderr
    (home / "config" / "operators.yaml").write_text("queues: {main: {}}\n", encoding="utf-8")
    run(home, "token", "02", "--revoke")  # somebody who has left the file must not keep theirs
