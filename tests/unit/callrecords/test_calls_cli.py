from __future__ import annotations

import asyncio
import csv
import io
import json
import shutil
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from hotline.call.clock import SystemClock
from hotline.call.errors import HotlineError
from hotline.call.ports import Direction
from hotline.callrecords.service import CallRecords
from hotline.callrecords.transcripts import TranscriptQueue, TranscriptText
from hotline.cli import calls, personal, tables
from hotline.db.engine import Database
from hotline.language.numbers import normalise

A, B = "a" * 32, "b" * 32
SECRETS = ("13800001111", "张伟", "水管漏水", "13900002222")


@pytest.fixture
def home(tmp_path, migrated_sqlite, monkeypatch):
    folder = tmp_path / "var"
    (folder / "recordings").mkdir(parents=True)
    shutil.copy(migrated_sqlite, folder / "hotline.db")
    return folder


@pytest.fixture
def filled(home, scene):
    asyncio.run(fill(home, scene))
    return home


async def fill(home, scene):
    clock = SystemClock()
    scene.clock.at = old = clock.now() - timedelta(days=200)
    db = Database(f"sqlite:///{home / 'hotline.db'}", clock=clock)
    recordings = home / "recordings"
    records = CallRecords(db, clock=scene.clock, process="p", recordings=recordings, normalise=normalise)
    await records.opened(scene.facts(A, caller_name="=张伟"), estate="default")
    await records.opened(
        scene.facts(B, linkedid=A, direction=Direction.OUTBOUND, dialled="13900002222", caller="8000"),
        estate="default",
    )
    (recordings / "a.wav").write_bytes(b"sound")
    await records.recording(A, recordings / "a.wav")
    records.event(A, "DTMF", {"key": "7"})
    await records.closed(A, scene.report(ended_at=old), outcome="ticket", recorded_seconds=20)
    queue = TranscriptQueue(db, clock=clock, recordings=recordings)
    segments = [{"start": 0, "end": 1, "side": "caller", "text": "水管漏水"}]
    await queue.done(
        await queue.claim(), TranscriptText(text="水管漏水", segments=segments, language="zh", engine="vosk")
    )
    await records.close()
    await db.aclose()


def run(*arguments, code=0, **given):
    result = CliRunner().invoke(calls.app, [str(argument) for argument in arguments], **given)
    assert result.exit_code == code, result.output
    return result


def test_a_data_folder_without_a_database_says_how_to_get_one(tmp_path, monkeypatch):
    result = run("list", "--home", tmp_path / "nowhere", code=1)
    assert "./start" in result.stderr
    assert "--home" in result.stderr
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("options", "says"), [((), "No calls yet."), (("--since", "today"), "No calls that fit.")]
)
def test_an_empty_list_says_so(home, options, says):
    assert says in run("list", "--home", home, *options).stdout


@pytest.mark.parametrize(
    "options", [("list",), ("list", "--json"), ("show", A[:6]), ("show", A[:6], "--json"), ("export",)]
)
def test_numbers_names_keys_and_words_are_masked_unless_asked_for_and_then_on_record(filled, options):
    masked = run(*options, "--home", filled).stdout
    assert not any(secret in masked for secret in SECRETS)
    assert "138****1111" in masked
    assert not (filled / "audit.log").exists()
    plain = run(*options, "--home", filled, "--unmasked").stdout
    assert "13800001111" in plain
    (look,) = [json.loads(line) for line in (filled / "audit.log").read_text().splitlines()]
    assert look["command"].startswith(f"calls {options[0]}")
    assert look["rows"] == 1


def test_a_call_is_shown_with_all_that_belongs_to_it(filled):
    shown = json.loads(run("show", A[:6], "--home", filled, "--json", "--unmasked").stdout)
    assert (shown["uniqueid"], shown["disposition"], shown["rings"]) == (A, "ANSWERED", 1)
    assert [(leg["uniqueid"][0], leg["direction"]) for leg in shown["legs"]] == [
        ("a", "inbound"),
        ("b", "outbound"),
    ]
    kinds = [event["kind"] for event in shown["events"] if event["leg"] == A]
    assert kinds == ["CHAN_START", "DTMF", "HANGUP"]
    assert shown["recordings"][0]["path"] == str(filled / "recordings" / "a.wav")
    assert shown["transcripts"][0]["text"] == "水管漏水"
    text = run("show", A[:6], "--home", filled, "--unmasked").stdout
    assert "key=7" in text
    assert "水管漏水" in text


def test_an_id_that_is_none_or_not_unique_is_refused(filled):
    assert "No single call" in run("show", "zz", "--home", filled, code=1).stderr


def test_no_look_without_its_record(filled):
    (filled / "audit.log").mkdir()
    assert "audit.log" in run("list", "--home", filled, "--unmasked", code=1).stderr


def test_an_unknown_estate_or_time_is_refused_with_what_would_be_right(filled):
    assert "default" in run("list", "--home", filled, "--estate", "mars", code=1).stderr
    assert "2026-11-21" in run("list", "--home", filled, "--since", "soon", code=1).stderr


def test_an_export_is_the_same_in_csv_json_and_xlsx_and_no_sheet_program_runs_it(filled, tmp_path):
    outs = [tmp_path / f"calls.{ending}" for ending in ("csv", "json", "xlsx")]
    for out in outs:
        assert "1 calls" in run("export", "--home", filled, "--out", out, "--unmasked").stdout
    text = outs[0].read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    (from_csv,) = csv.DictReader(io.StringIO(text.decode("utf-8-sig")))
    (from_json,) = json.loads(outs[1].read_text())
    cells = list(load_workbook(outs[2]).active.iter_rows())
    from_xlsx = dict(zip((cell.value for cell in cells[0]), cells[1], strict=True))
    assert list(from_csv) == list(from_json) == list(from_xlsx)
    assert from_csv["src"] == from_json["src"] == from_xlsx["src"].value == "+8613800001111"
    assert from_csv["src_name"] == "'=张伟"
    assert (from_xlsx["src_name"].value, from_xlsx["src_name"].data_type) == ("=张伟", "s")
    assert (from_json["codec"], from_json["mos"], from_json["sip_status"]) == ("PCMA", 4.3, 200)


def test_an_export_that_cannot_be_written_says_so(filled, tmp_path):
    assert "--out" in run("export", "--home", filled, "--out", tmp_path / "no" / "x.csv", code=1).stderr


def test_old_recordings_are_purged_after_asking(filled):
    recording = filled / "recordings" / "a.wav"
    assert "would be" in run("purge", "--home", filled, "--dry-run").stdout
    run("purge", "--home", filled, input="n\n", code=1)
    assert recording.exists()
    run("purge", "--home", filled, "--recordings-days", 1000, "--transcripts-days", 1000)
    assert recording.exists()
    assert "1 recordings and 1 transcripts were deleted" in run("purge", "--home", filled, "--yes").stdout
    assert not recording.exists()
    shown = json.loads(run("show", A[:6], "--home", filled, "--json").stdout)
    assert shown["recordings"][0]["purged_at"]
    assert shown["transcripts"][0]["state"] == "purged"


SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 10, 30, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", NOW.replace(hour=0, minute=0)),
        ("yesterday", NOW.replace(hour=0, minute=0) - timedelta(days=1)),
        ("2h", NOW - timedelta(hours=2)),
        ("90m", NOW - timedelta(minutes=90)),
        ("3d", NOW - timedelta(days=3)),
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=SHANGHAI)),
        ("2026-11-21 08:00", datetime(2026, 11, 21, 8, tzinfo=SHANGHAI)),
        ("2026-11-21T00:00+00:00", datetime(2026, 11, 21, 8, tzinfo=SHANGHAI)),
    ],
)
def test_times_are_given_as_people_say_them(text, expected):
    assert tables.instant(text, zone=SHANGHAI, now=NOW) == expected


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("打13800001111", "打138****1111"),
        ("幺三八零零零零幺幺幺幺", "*"),
        ("3号楼602", "3号楼602"),
        ("0539-8123456", "053****3456"),
    ],
)
def test_telephone_numbers_inside_a_text_are_hidden(text, masked):
    assert personal.Shown(unmasked=False).text(text) == masked


def test_a_callers_name_cannot_steer_the_terminal(capsys):
    tables.print_table(("name",), [("\x1b[2Jboo\n",)])
    assert "\x1b" not in capsys.readouterr().out


def test_an_ending_that_promises_another_form_is_refused(tmp_path):
    with pytest.raises(HotlineError, match=r"n1\.pdf.*csv, xlsx, json"):
        tables.export([{"a": 1}], ("a",), tmp_path / "n1.pdf", None)
    assert not list(tmp_path.iterdir())
    assert tables.export([{"a": 1}], ("a",), tmp_path / "n1", None) == 1
