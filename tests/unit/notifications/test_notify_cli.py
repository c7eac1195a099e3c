from __future__ import annotations

import asyncio
import json
import shutil
import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from notify_kit import SECRET
from typer.testing import CliRunner

from hotline.call.clock import SystemClock
from hotline.cli import notifications
from hotline.db import outbox
from hotline.db.engine import Database
from hotline.notifications import repository
from hotline.notifications.alarmkinds import AlarmKind
from hotline.notifications.alarms import Alarms
from hotline.notifications.repository import Leading


@pytest.fixture
def home(tmp_path, migrated_sqlite, monkeypatch):
    folder = tmp_path / "var"
    (folder / "config").mkdir(parents=True)
    shutil.copy(migrated_sqlite, folder / "hotline.db")
    return folder


def run(*arguments, code=0):
    result = CliRunner().invoke(notifications.app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result


@contextmanager
def receiver(status):
    """A receiver on a thread: the command has an event loop of its own."""
    bodies = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", bodies
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def configure(home, url="https://example.com/", names="a"):
    channels = "".join(f"  {name}: {{type: webhook, url: '{url}', secret: {SECRET}}}\n" for name in names)
    (home / "config" / "notifications.yaml").write_text(
        f"channels:\n{channels}routes:\n  - {{events: ['*'], to: [{', '.join(names)}]}}\n"
    )


@pytest.fixture
def filled(home):
    configure(home, names="ab")
    asyncio.run(fill(home))
    return home


async def fill(home):
    clock = SystemClock()
    db = Database(f"sqlite:///{home / 'hotline.db'}", clock=clock)
    now = clock.now()

    def write(session):
        for number in ("1", "2", "3"):
            outbox.add(session, estate="default", kind="ticket.opened", subject=number, at=now)
        repository.take_events(session, lambda s, event: Leading(("a", "b")), now)
        until = now + timedelta(minutes=1)
        repository.delivered(session, repository.claim(session, "a", now, until), now)
        repository.dead(session, repository.claim(session, "a", now, until), "refused (HTTP 410)", now)
        repository.dead(session, repository.claim(session, "b", now, until), "refused (HTTP 404)", now)
        repository.claim(session, "b", now, until)

    await db.write(write)
    book = Alarms(db, clock)
    await book.raise_(AlarmKind.TRUNK_DOWN, "trunk", detail={"reason": "408"})
    await book.raise_(AlarmKind.DISK_FILLING, "recordings")
    await book.clear(AlarmKind.DISK_FILLING, "recordings")
    await db.aclose()


def test_a_configuration_in_order_is_told_so(home):
    assert "No channels" in run("check", "--home", home).stdout
    configure(home)
    assert "1 channels and 1 routes are in order." in run("check", "--home", home).stdout
    assert json.loads(run("check", "--home", home, "--json").stdout) == {
        "channels": {"a": "webhook"}, "routes": 1, "warnings": [],
    }  # fmt: skip


def test_mistakes_are_told_with_file_and_line_and_exit_2(home):
    configure(home)
    path = home / "config" / "notifications.yaml"
    path.write_text(path.read_text().replace("to: [a]", "to: [b]"))
    assert f'{path}:4: routes.0.to.0: no channel "b"' in run("check", "--home", home, code=2).stderr


def test_deliveries_are_listed_newest_first_and_by_state(filled):
    rows = json.loads(run("list", "--home", filled, "--json").stdout)
    assert [(row["channel"], row["subject"], row["state"]) for row in rows] == [
        ("b", "3", "waiting"), ("a", "3", "waiting"), ("b", "2", "waiting"),
        ("a", "2", "dead"), ("b", "1", "dead"), ("a", "1", "delivered"),
    ]  # fmt: skip
    assert "sending" in run("list", "--home", filled, "--channel", "b").stdout
    waiting = json.loads(run("list", "--home", filled, "--state", "waiting", "--limit", 2, "--json").stdout)
    assert [row["id"] for row in waiting] == [6, 5]


def test_the_dead_letters_say_why(filled):
    assert "refused (HTTP 410)" in run("dead", "--home", filled, "--channel", "a").stdout
    assert len(json.loads(run("dead", "--home", filled, "--json").stdout)) == 2


def test_dead_letters_are_sent_again_only_when_asked_for(filled):
    assert "Say which" in run("retry", "--home", filled, code=1).stderr
    result = run("retry", "--home", filled, 3, 1, "--json")
    assert json.loads(result.stdout) == {"again": [3], "left_alone": [1]}
    assert "Not given up, left alone: 1" in result.stderr
    assert "1 notifications" in run("retry", "--home", filled, "--all").stdout
    assert "Nothing was given up." in run("dead", "--home", filled).stdout


def test_what_was_given_up_for_a_channel_that_is_gone_is_not_sent_again_but_discarded(filled):
    configure(filled)
    refused = run("retry", "--home", filled, 2, 3, code=1).stderr
    assert "nobody to send to: 2 (b)" in refused and "discard" in refused
    result = run("retry", "--home", filled, "--all", "--json")
    assert json.loads(result.stdout) == {"again": [3], "left_alone": [2]}
    assert "Left given up" in result.stderr and "discard --all" in result.stderr
    assert [row["id"] for row in json.loads(run("dead", "--home", filled, "--json").stdout)] == [2]
    assert "discarded" not in run("discard", "--home", filled, "--all", code=1).stdout  # nobody said yes
    result = run("discard", "--home", filled, "--all", "--yes", "--json")
    assert json.loads(result.stdout) == {"discarded": [2], "left_alone": []}
    assert "Nothing was given up." in run("dead", "--home", filled).stdout


def test_what_can_still_be_sent_is_not_discarded(filled):
    assert "can still be sent: 3 (a)" in run("discard", "--home", filled, 3, code=1).stderr
    assert "Say which" in run("discard", "--home", filled, code=1).stderr
    assert len(json.loads(run("dead", "--home", filled, "--json").stdout)) == 2


def test_alarms_that_stand_are_shown_and_on_request_all(filled):
    assert [row["kind"] for row in json.loads(run("alarms", "--home", filled, "--json").stdout)] == [
        "trunk_down"
    ]
    everything = json.loads(run("alarms", "--home", filled, "--all", "--json").stdout)
    assert [(row["kind"], row["state"]) for row in everything] == [
        ("trunk_down", "raised"), ("disk_filling", "cleared"),
    ]  # fmt: skip
    assert "408" in run("alarms", "--home", filled).stdout


def test_no_alarm_is_said_in_words(home):
    assert "No alarm stands." in run("alarms", "--home", home).stdout


def test_a_test_message_is_really_sent(home):
    with receiver(200) as (url, bodies):
        configure(home, url)
        assert "a took the message “测试通知”" in run("test", "a", "--home", home).stdout
    assert json.loads(bodies[0])["kind"] == "notification.test"


def test_a_test_message_that_is_refused_exits_1_with_the_reason(home):
    with receiver(403) as (url, _):
        configure(home, url)
        assert "HTTP 403" in run("test", "a", "--home", home, code=1).stderr
    assert "cannot be reached" in run("test", "a", "--home", home, code=1).stderr
    assert 'no channel "x"; there are: a.' in run("test", "x", "--home", home, code=1).stderr
