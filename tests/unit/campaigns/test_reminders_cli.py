"""Reminders, notices and questions to owners on the command line, from lists to planned calls."""

from __future__ import annotations

import json
import shutil
import wave
from datetime import date, timedelta

import numpy as np
import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from hotline.call.clock import SystemClock
from hotline.campaigns import repository
from hotline.campaigns.states import PersonState
from hotline.cli.main import app
from hotline.db.engine import Database
from hotline.home import Home, shipped

RUNNER = CliRunner()
PEOPLE = (
    "姓名,电话,楼栋,单元,房号,类型\n"
    "王芳,13800001111,3,2,602,业主\n"
    "李强,13800002222,3,1,101,业主\n"
    "王小明,13800003333,3,2,602,家属\n"
)
BILLS = "楼栋,单元,房号,月份,物业费,合计\n3,2,602,2026-01,100.00,100.00\n3,1,101,2026-01,50.00,50.00\n"


@pytest.fixture
def home(tmp_path, migrated_sqlite):
    shutil.copy(migrated_sqlite, make_url(Home(tmp_path).database_url).database)
    (tmp_path / "config").mkdir()
    account = "sip:\n  accounts:\n    - {name: trunk, user: '4008001234', domain: sip.example.com}\n"
    (tmp_path / "config" / "hotline.yaml").write_text(account, "utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, "utf-8")
    (tmp_path / "bills.csv").write_text(BILLS, "utf-8")
    run("residents", "import", tmp_path / "people.csv", "--home", tmp_path)
    return tmp_path


def run(*arguments, code=0):
    result = RUNNER.invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.output


def told(*arguments):
    return json.loads(RUNNER.invoke(app, [*map(str, arguments), "--json"]).stdout)


def recording(path, seconds=1.0, rate=8000, level=3000):
    samples = (np.sin(np.arange(int(rate * seconds)) / 5) * level).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


@pytest.fixture
def billed(home):
    run("fees", "import", home / "bills.csv", "--home", home)
    run("reminders", "create", "一月", "--home", home)
    return home


def test_one_person_a_room_is_reminded_its_owner_first(billed):
    assert "2 people would be" in run("reminders", "from-unpaid", "一月", "--dry-run", "--home", billed)
    assert told("reminders", "from-unpaid", "一月", "--home", billed)["new"] == 2
    assert told("reminders", "from-unpaid", "一月", "--home", billed)["known"] == 2
    assert "2 calls are planned" in run("reminders", "start", "一月", "--home", billed)
    out = billed / "out.json"
    run("reminders", "export", "一月", "--out", out, "--unmasked", "--home", billed)
    assert {row["name"]: row["place"] for row in json.loads(out.read_text("utf-8"))} == {
        "李强": "3-1-101",
        "王芳": "3-2-602",
    }


def test_rooms_without_a_telephone_are_named(billed):
    (billed / "people.csv").write_text(PEOPLE.replace(",13800002222,", ",,"), "utf-8")
    run("residents", "import", billed / "people.csv", "--home", billed)
    found = told("reminders", "from-unpaid", "一月", "--home", billed)
    assert (found["new"], found["no_telephone"]) == (1, ["3-1-101"])


def test_a_payment_cancels_the_planned_call(billed):
    run("reminders", "from-unpaid", "一月", "--home", billed)
    run("reminders", "start", "一月", "--home", billed)
    number = told("fees", "list", "--room", "3-2-602", "--home", billed)[0]["number"]
    run("fees", "paid", number, "--home", billed)
    states = [
        row["state"] for row in told("outbound", "list", "--kind", "reminder", "--all", "--home", billed)
    ]
    assert sorted(states) == ["cancelled", "waiting"]


def test_a_room_another_campaign_calls_about_is_left_out_and_told(billed):
    run("reminders", "from-unpaid", "一月", "--not-due-yet", "--home", billed)
    run("reminders", "start", "一月", "--home", billed)
    run("reminders", "create", "再催", "--home", billed)
    said = run("reminders", "from-unpaid", "再催", "--not-due-yet", "--home", billed)
    assert "2 rooms are called about by another campaign just now" in said


def test_who_promised_is_left_out_and_told(billed):
    day = (date.today() + timedelta(days=3)).isoformat()  # noqa: DTZ011 - the command's own day
    run("fees", "promise", "3-2-602", day, "--home", billed)
    assert "1 rooms have promised" in run("reminders", "from-unpaid", "一月", "--home", billed)


def test_a_flow_that_tells_amounts_to_strangers_is_refused(billed):
    own = billed / "config" / "menus" / "outbound"
    own.mkdir(parents=True)
    text = (shipped("config") / "menus" / "outbound" / "reminder.yaml").read_text("utf-8")
    text = text.replace("flow: reminder", "flow: loose").replace(
        "as: identified, next: bills, failed: fault", "as: identified, next: bills, failed: bills"
    )
    (own / "loose.yaml").write_text(text, "utf-8")
    said = run("reminders", "create", "二月", "--flow", "loose", "--home", billed, code=2)
    assert 'looks bills up before a step reports "identified"' in said


def test_a_notice_is_told_to_everybody_of_a_building_once(home):
    run("notices", "create", "停水", "--about", "water", "--begins", "2099-12-01 09:00", "--home", home)
    assert told("notices", "to", "停水", "--building", "3", "--home", home)["new"] == 3
    assert "3 calls are planned" in run("notices", "start", "停水", "--home", home)
    assert told("notices", "show", "停水", "--home", home)["states"] == {"planned": 3}
    assert [row["name"] for row in told("notices", "list", "--home", home)] == ["停水"]


def test_a_notice_shows_who_was_not_reached(home):
    run("notices", "create", "停水", "--about", "water", "--begins", "2099-12-01 09:00", "--home", home)
    run("notices", "to", "停水", "--building", "3", "--home", home)
    run("notices", "start", "停水", "--home", home)
    db = Database(Home(home).database_url, clock=SystemClock())
    with db.transaction() as session:
        first = repository.people(session, 1)[0]
        repository.settle(session, first, PersonState.FINISHED, now=db.clock.now(), result="understood")
        heard = first.raw
    db.close()
    left = told("notices", "show", "停水", "--unmasked", "--home", home)["not_reached"]
    assert [(one["state"], one["attempts"]) for one in left] == [("planned", 0)] * 2
    assert heard not in {one["number"] for one in left}
    screen = run("notices", "show", "停水", "--home", home)
    assert "not reached so far" in screen
    assert left[0]["number"] not in screen


def test_a_notice_in_the_administrators_own_words_has_a_recording_in_each_language(home):
    zh = recording(home / "zh.wav")
    said = run("notices", "create", "通知", "--wav-zh", zh, "--home", home, code=2)
    assert "--wav-en: nothing is said in en" in said
    en = recording(home / "en.wav", rate=16000)
    run("notices", "create", "通知", "--wav-zh", zh, "--wav-en", en, "--home", home)
    for language in ("zh", "en"):
        with wave.open(str(home / "prompts" / language / "notice_1.wav")) as file:
            assert (file.getframerate(), file.getnchannels()) == (8000, 1)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.write_bytes(b"hello"), "is not a WAV file"),
        (lambda path: recording(path, level=0), "is silent"),
        (lambda path: recording(path, seconds=61), "nobody listens longer"),
    ],
)
def test_a_recording_that_cannot_be_played_is_refused_and_no_notice_made(home, spoil, message):
    bad = home / "bad.wav"
    spoil(bad)
    said = run("notices", "create", "通知", "--about", "lift", "--wav-zh", bad, "--home", home, code=2)
    assert message in said
    assert told("notices", "list", "--home", home) == []


def test_a_notice_of_something_that_is_over_is_refused(home):
    said = run(
        "notices", "create", "停水", "--about", "water", "--begins", "2020-01-01", "--home", home, code=1
    )
    assert "over already" in said


def test_the_owner_is_asked_and_not_the_family(home):
    found = told("confirm", "ask", "3-2-602", "--persons", "2", "--at", "gate", "--home", home)
    assert (found["number"], found["room"], found["standing"]) == (1, "3-2-602", "asking")
    (call,) = told("outbound", "list", "--kind", "confirmation", "--unmasked", "--home", home)
    assert call["to"] == "13800001111"
    assert "only their own yes" in run("confirm", "decide", "1", "--allow", "--home", home, code=1)
    run("confirm", "decide", "1", "--refuse", "--note", "电话说过", "--home", home)
    assert told("confirm", "show", "1", "--home", home)["standing"] == "refused"
    assert "closed" in run("confirm", "cancel", "1", "--home", home, code=1)


def test_a_room_nobody_of_which_has_a_telephone_cannot_be_asked(home):
    assert "no answer means no" in run("confirm", "ask", "9-9-9", "--home", home, code=1)


def test_a_recording_of_who_waits_is_kept_for_the_call(home):
    clip = recording(home / "who.wav")
    run("confirm", "ask", "3-2-602", "--clip", clip, "--home", home)
    assert (home / "prompts" / "zh" / "confirm_1.wav").is_file()


def test_cancelling_the_call_to_an_owner_withdraws_the_question(home):
    run("confirm", "ask", "3-2-602", "--home", home)
    run("outbound", "cancel", "1", "--why", "left", "--home", home)
    assert told("confirm", "show", "1", "--home", home)["standing"] == "cancelled"
    assert told("outbound", "show", "1", "--home", home)["result"] == "left"


def test_a_flow_that_takes_a_key_of_before_the_question_for_an_identity_is_refused(billed):
    own = billed / "config" / "menus" / "outbound"
    own.mkdir(parents=True)
    text = (shipped("config") / "menus" / "outbound" / "reminder.yaml").read_text("utf-8")
    text = text.replace("flow: reminder", "flow: hasty").replace("      fresh: true\n", "", 1)
    (own / "hasty.yaml").write_text(text, "utf-8")
    said = run("reminders", "create", "二月", "--flow", "hasty", "--home", billed, code=2)
    assert '"who" takes keys pressed before it has asked who is on the line: set fresh: true' in said
