"""``hotline outbound`` on a data folder of its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline.call.clock import SystemClock
from hotline.cli.main import app
from hotline.db.engine import Database
from hotline.db.migrate import upgrade
from hotline.home import Home
from hotline.outbound import repository
from hotline.outbound.repository import NewCall


def run(*words: str, code: int = 0):
    done = CliRunner().invoke(app, list(map(str, words)))
    assert done.exit_code == code, done.output
    return done.stdout


@pytest.fixture
def home(tmp_path: Path) -> Path:
    url = Home(tmp_path).database_url
    upgrade(url)
    db = Database(url, clock=SystemClock())
    due = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    for number in ("202611230001", "202611230002"):
        new = NewCall(
            estate="default", kind="follow_up", subject=number, policy="follow_up", flow="follow_up",
            to="13800001111", due_at=due,
        )  # fmt: skip
        with db.transaction() as session:
            repository.schedule(session, new, now=due)
    db.close()
    return tmp_path


def test_planned_calls_are_listed_with_masked_numbers(home):
    calls = json.loads(run("outbound", "list", "--home", home, "--json"))
    assert [call["subject"] for call in calls] == ["202611230001", "202611230002"]
    assert calls[0]["to"] == "138****1111"
    assert "follow_up" in run("outbound", "list", "--home", home)


def test_a_cancelled_call_is_over_and_says_why(home):
    run("outbound", "cancel", "202611230001", "--why", "the caller asked", "--home", home)
    (left,) = json.loads(run("outbound", "list", "--home", home, "--json"))
    assert left["subject"] == "202611230002"
    call = json.loads(run("outbound", "show", "202611230001", "--home", home, "--json"))
    assert (call["state"], call["result"]) == ("cancelled", "the caller asked")
    run("outbound", "cancel", "202611230001", "--home", home, code=1)


def test_a_paused_call_goes_on_when_it_is_told_to(home):
    run("outbound", "pause", "202611230001", "--home", home)
    assert json.loads(run("outbound", "show", "202611230001", "--home", home, "--json"))["state"] == "paused"
    run("outbound", "pause", "202611230001", "--home", home, code=1)
    run("outbound", "pause", "202611230001", "--resume", "--home", home)
    assert json.loads(run("outbound", "show", "202611230001", "--home", home, "--json"))["state"] == "waiting"


def test_a_preview_says_when_the_attempts_would_be(home):
    times = json.loads(
        run("outbound", "preview", "urgent", "--at", "2026-11-23 10:00", "--home", home, "--json")
    )
    assert times[0].startswith("2026-11-23T")
    assert len(times) == 20
    run("outbound", "preview", "nothing", "--home", home, code=1)


def test_the_shipped_policies_are_in_order_and_mistakes_have_lines(home):
    assert "in order" in run("outbound", "check", "--home", home)
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "outbound.yaml").write_text(
        "policies:\n  urgent: {ring: 1000}\ndispatch:\n  - {roster: emergency, policy: nothing}\n", "utf-8"
    )
    done = CliRunner().invoke(app, ["outbound", "check", "--home", str(home)])
    assert done.exit_code == 2
    assert "outbound.yaml:2: policies.urgent.ring" in done.output


def test_a_call_is_shown_in_local_times_on_the_screen_and_in_utc_to_programs(home):
    text = run("outbound", "show", "202611230001", "--home", home)
    assert "due_at  2026-11-23 10:00:00" in text
    assert "+00:00" not in text
    due = json.loads(run("outbound", "show", "202611230001", "--home", home, "--json"))["due_at"]
    assert due == "2026-11-23T02:00:00+00:00"


def test_of_several_calls_about_one_subject_the_one_to_be_changed_is_named(home):
    db = Database(Home(home).database_url, clock=SystemClock())
    now = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    with db.transaction() as session:
        new = NewCall(
            estate="default", kind="dispatch", subject="202611230001", policy="urgent", flow="dispatch",
            roster="emergency", due_at=now,
        )  # fmt: skip
        repository.schedule(session, new, now=now)
    db.close()
    said = CliRunner().invoke(app, ["outbound", "cancel", "202611230001", "--home", str(home)])
    assert said.exit_code == 1
    assert "(dispatch)" in said.stderr
    assert "(follow_up)" in said.stderr
    calls = json.loads(run("outbound", "list", "--kind", "dispatch", "--home", home, "--json"))
    run("outbound", "cancel", calls[0]["id"][:12], "--home", home)
    run("outbound", "cancel", "202611230001", "--home", home)
    assert [c["subject"] for c in json.loads(run("outbound", "list", "--home", home, "--json"))] == [
        "202611230002"
    ]
