"""``hotline campaigns`` on a data folder of its own."""

from __future__ import annotations

import csv
import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import make_url
from typer.testing import CliRunner

from hotline.call.clock import SystemClock
from hotline.call.ports import Direction, LegFacts, Span
from hotline.callrecords.models import RecordingRow, TranscriptRow, TranscriptState
from hotline.callrecords.service import CallRecords
from hotline.campaigns.calls import SurveyCalls
from hotline.cli.main import app
from hotline.db.engine import Database
from hotline.home import Home
from hotline.language.numbers import normalise
from hotline.outbound.kinds import Report
from hotline.outbound.models import AttemptRow, OutboundCallRow

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LIST = "姓名,电话,楼栋,单元,房号,language\n张三,13800001111,3,2,602,\nJohn Smith,13800002222,1,1,101,en\n"


def run(*words: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(map(str, words)))
    assert done.exit_code == code, done.output
    return done.output


def told(*words: object):
    return json.loads(CliRunner().invoke(app, [*map(str, words), "--json"]).stdout)


@pytest.fixture
def home(tmp_path: Path, migrated_sqlite: Path) -> Path:
    shutil.copy(migrated_sqlite, make_url(Home(tmp_path).database_url).database)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "hotline.yaml").write_text(
        "sip:\n  accounts:\n    - {name: trunk, user: '4008001234', domain: sip.example.com}\n", "utf-8"
    )
    (tmp_path / "list.csv").write_text(LIST, "utf-8")
    return tmp_path


@pytest.fixture
def started(home: Path) -> Path:
    run("campaigns", "create", "上半年", "--home", home)
    run("campaigns", "import", "上半年", home / "list.csv", "--home", home)
    run("campaigns", "start", "上半年", "--home", home)
    return home


def reports(home: Path, *said: tuple[str, dict], person: int = 1) -> None:
    """Let one person's call report."""
    db = Database(Home(home).database_url, clock=SystemClock())
    with db.transaction() as session:
        row = next(r for r in session.query(OutboundCallRow) if r.subject == f"1:{person}")
        attempt = AttemptRow(
            call=row.id, number=1, to=row.to, to_name="", owner="x", at=NOW, ended_at=None, outcome=None,
            leg="leg1", confirmed="", confirmed_at=None, detail="",
        )  # fmt: skip
        session.add(attempt)
        for outcome, values in said:
            SurveyCalls().reported(session, row, attempt, Report(outcome, values, "", "leg1", NOW))
    db.close()


def test_a_campaign_goes_from_its_list_to_planned_calls(home):
    assert "Created" in run("campaigns", "create", "上半年", "--home", home)
    assert told("campaigns", "import", "上半年", home / "list.csv", "--home", home)["new"] == 2
    assert told("campaigns", "import", "上半年", home / "list.csv", "--home", home)["known"] == 2
    said = run("campaigns", "check", "上半年", "--home", home)
    assert "overall, repairs_speed, staff_manner, remark" in said
    assert "2 people would be planned" in said
    assert "2 calls are planned" in run("campaigns", "start", "上半年", "--home", home)
    calls = told("outbound", "list", "--home", home)
    assert [(call["kind"], call["policy"], call["flow"]) for call in calls] == [("survey",) * 3] * 2
    assert told("campaigns", "list", "--home", home)[0]["state"] == "running"


def test_a_list_with_a_mistake_puts_nobody_on_the_list(home):
    run("campaigns", "create", "上半年", "--home", home)
    (home / "bad.csv").write_text(LIST + "李四,1380000,,,,\n王五,,,,,\n", "utf-8")
    said = run("campaigns", "import", "上半年", home / "bad.csv", "--home", home, code=2)
    assert "bad.csv:4: phone" in said
    assert "bad.csv:5: phone" in said
    assert told("campaigns", "show", "上半年", "--home", home)["people"] == 0


def test_results_show_averages_and_distribution(started):
    reports(started, ("overall", {"value": "5"}), ("repairs_speed", {"value": "3"}), ("finished", {}))
    reports(started, ("overall", {"value": "4"}), person=2)
    found = told("campaigns", "show", "上半年", "--home", started)
    assert (found["people"], found["reached"], found["answered"]) == (2, 2, 2)
    overall = found["questions"][0]
    assert (overall["question"], overall["average"], overall["distribution"]) == (
        "overall",
        4.5,
        {"4": 1, "5": 1},
    )
    assert [question["answers"] for question in found["questions"]] == [2, 1, 0, 0]
    assert "4: 1  5: 1" in run("campaigns", "show", "上半年", "--home", started)


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_an_export_has_a_line_a_person_and_masks_them(started, form):
    reports(started, ("overall", {"value": "5"}), ("finished", {}))
    out = started / f"out.{form}"
    run("campaigns", "export", "上半年", "--out", out, "--home", started)
    if form == "csv":
        first, second = csv.DictReader(out.read_text("utf-8-sig").splitlines())
    elif form == "json":
        first, second = json.loads(out.read_text("utf-8"))
    else:
        heading, *lines = load_workbook(out).active.iter_rows(values_only=True)
        first, second = (dict(zip(heading, line, strict=True)) for line in lines)
    assert (first["name"], first["number"], first["place"]) == ("张*", "138****1111", "3-2-602")
    assert (first["state"], first["overall"], str(first["attempts"])) == ("finished", "5", "1")
    assert (second["state"], second["language"]) == ("planned", "en")
    assert not (started / "audit.log").exists()


def test_a_remark_is_exported_in_words_once_it_is_transcribed(started):
    reports(started, ("remark", {"words": Span("leg1", 10.0, 14.0)}), ("finished", {}))
    out = started / "out.json"
    run("campaigns", "export", "上半年", "--out", out, "--unmasked", "--home", started)
    assert json.loads(out.read_text("utf-8"))[0]["remark"] == "(recorded)"
    _transcribe(started)
    run("campaigns", "export", "上半年", "--out", out, "--unmasked", "--home", started)
    (person, _) = json.loads(out.read_text("utf-8"))
    assert (person["remark"], person["recording"]) == ("楼道灯不亮", "leg1 10.0-14.0 s")
    assert (started / "audit.log").exists()
    run("campaigns", "export", "上半年", "--out", out, "--home", started)
    assert "楼道灯" not in out.read_text("utf-8")


def _transcribe(home: Path) -> None:
    db = Database(Home(home).database_url, clock=SystemClock())
    facts = LegFacts(
        leg="leg1", linkedid="leg1", direction=Direction.OUTBOUND, caller="", dialled="1", offered_at=NOW
    )
    segments = [
        {"start": 1.0, "end": 3.0, "side": "hotline", "text": "您好"},
        {"start": 10.5, "end": 13.0, "side": "caller", "text": "楼道灯不亮"},
        {"start": 20.0, "end": 21.0, "side": "caller", "text": "再见"},
    ]
    records = CallRecords(db, clock=SystemClock(), process="x", normalise=normalise, recordings=home)
    with db.transaction() as session:
        records._open(facts, "default", session)
        session.flush()
        session.add(
            RecordingRow(uniqueid="leg1", estate="default", path=Path("x.wav"), started_at=NOW, seconds=30)
        )
        session.flush()
        session.add(
            TranscriptRow(
                uniqueid="leg1", estate="default", state=TranscriptState.DONE, created_at=NOW, due_at=NOW,
                attempts=1, failure="", language="zh", engine="x", text="", segments=segments,
            )
        )  # fmt: skip
    db.close()


def test_whoever_must_not_be_called_is_named_at_the_import(home):
    run("campaigns", "create", "上半年", "--home", home)
    run("campaigns", "never", "138 0000 1111", "--home", home)
    found = told("campaigns", "import", "上半年", home / "list.csv", "--home", home)
    assert (found["new"], found["left_out"]) == (1, [{"name": "张*", "number": "138****1111"}])
    assert told("campaigns", "never", "--home", home)[0]["number"] == "138****1111"
    assert "called again" in run("campaigns", "never", "13800001111", "--remove", "--home", home)
    assert told("campaigns", "import", "上半年", home / "list.csv", "--home", home)["new"] == 1
    run("campaigns", "never", "nobody", "--home", home, code=1)


def test_residents_are_sampled_and_the_same_sample_is_drawn_again(home):
    run("residents", "import", "config/samples/residents.csv", "--home", home)
    run("campaigns", "create", "上半年", "--home", home)
    assert "of" in run("campaigns", "from-residents", "上半年", "--share", 0.5, "--dry-run", "--home", home)
    half = told("campaigns", "from-residents", "上半年", "--share", 0.5, "--home", home)
    again = told("campaigns", "from-residents", "上半年", "--share", 0.5, "--home", home)
    assert (again["new"], again["known"]) == (0, half["new"])
    everybody = told("campaigns", "from-residents", "上半年", "--home", home)
    assert everybody["known"] == half["new"] > 0
    assert everybody["new"] > 0


def test_a_directory_without_telephones_says_what_to_do(home):
    run("campaigns", "create", "上半年", "--home", home)
    assert "residents import" in run("campaigns", "from-residents", "上半年", "--home", home, code=1)


def test_pausing_resuming_and_stopping_answer_with_numbers(started):
    assert "2 calls wait" in run("campaigns", "pause", "上半年", "--home", started)
    assert told("outbound", "list", "--home", started)[0]["state"] == "paused"
    assert "resume" in run("campaigns", "start", "上半年", "--home", started, code=1)
    assert "2 calls are planned" in run("campaigns", "resume", "上半年", "--home", started)
    assert "2 people" in run("campaigns", "stop", "上半年", "--home", started)
    assert "over" in run("campaigns", "stop", "上半年", "--home", started, code=1)
    assert told("outbound", "list", "--home", started) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--flow", "nothing"], "nothing.yaml: there is no such flow"),
        (["--policy", "nothing"], 'no policy "nothing"'),
        (["--flow", "dispatch"], 'no step reports "finished"'),
    ],
)
def test_a_campaign_without_questionnaire_or_policy_is_not_made(home, options, words):
    assert words in run("campaigns", "create", "x", *options, "--home", home, code=2)
    assert told("campaigns", "list", "--home", home) == []


def test_a_folder_with_one_flow_of_its_own_still_has_the_shipped_questionnaire(home):
    own = home / "config" / "menus" / "outbound"
    own.mkdir(parents=True)
    shipped_flow = Path(__file__).parents[3] / "config" / "menus" / "outbound" / "survey.yaml"
    (own / "mine.yaml").write_text(
        shipped_flow.read_text("utf-8").replace("flow: survey", "flow: mine"), "utf-8"
    )
    run("campaigns", "create", "shipped", "--flow", "survey", "--home", home)
    run("campaigns", "create", "own", "--flow", "mine", "--home", home)
    refused = run("campaigns", "create", "neither", "--flow", "nothing", "--home", home, code=2)
    there = re.search(r"there are: (.*)\)", refused)[1].split(", ")
    assert {"mine", "survey", "dispatch"} <= set(there)
    assert there == sorted(set(there))


def test_bare_numbers_without_an_account_are_found_by_check_and_keep_it_from_being_started(home):
    run("campaigns", "create", "上半年", "--home", home)
    run("campaigns", "import", "上半年", home / "list.csv", "--home", home)
    (home / "config" / "hotline.yaml").write_text("{}\n", "utf-8")
    for command in ("check", "start"):
        assert "sip.accounts" in run("campaigns", command, "上半年", "--home", home, code=2)
    assert told("outbound", "list", "--home", home) == []


def test_every_change_answers_programs_too(home):
    run("campaigns", "create", "上半年", "--home", home)
    run("campaigns", "import", "上半年", home / "list.csv", "--home", home)
    where = ("上半年", "--home", home)
    assert told("campaigns", "check", *where)["people"] == 2
    assert told("campaigns", "start", *where) == {"state": "running", "planned": 2}
    assert told("campaigns", "pause", *where) == {"state": "paused", "waiting": 2}
    assert told("campaigns", "resume", *where) == {"state": "running", "planned": 2}
    calls = told("outbound", "list", "--home", home)
    assert told("outbound", "pause", calls[0]["id"], "--home", home)["state"] == "paused"
    assert told("outbound", "cancel", calls[0]["id"], "--home", home)["state"] == "cancelled"
    assert told("campaigns", "stop", *where) == {"state": "done", "not_called_any_more": 1}


def test_an_unknown_campaign_is_refused_with_the_way_to_find_it(home):
    assert "campaigns list" in run("campaigns", "show", "nothing", "--home", home, code=1)


def test_cancelling_a_call_takes_its_person_off_the_list(started):
    run("outbound", "cancel", "1:1", "--home", started)
    assert told("campaigns", "show", "上半年", "--home", started)["states"] == {"not_called": 1, "planned": 1}
    run("outbound", "cancel", "1:2", "--home", started)
    assert told("campaigns", "show", "上半年", "--home", started)["state"] == "done"
