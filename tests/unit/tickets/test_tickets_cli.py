from __future__ import annotations

import asyncio
import csv
import io
import json
import shutil
from zoneinfo import ZoneInfo

import pytest
import time_machine
from openpyxl import load_workbook
from typer.testing import CliRunner

from hotline.call.clock import SystemClock
from hotline.call.ports import NewTicket, Place, TicketKind, Urgency
from hotline.cli import tickets
from hotline.db.engine import Database
from hotline.language.numbers import normalise
from hotline.residents.models import RoomRow
from hotline.tickets.service import Tickets


@pytest.fixture
def home(tmp_path, migrated_sqlite, monkeypatch):
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


# --- working on tickets -------------------------------------------------------------------------


def do(home, *arguments, code=0, who="王工"):
    named = () if arguments[0] in ("limits", "show", "sla", "list", "export") else ("--who", who)
    result = run(*arguments, "--home", home, *named, *(("--json",) if code == 0 else ()), code=code)
    return json.loads(result.stdout) if code == 0 else result.stderr


def filed(home, *options):
    record = ("--caller", "13800001111", "--place", "大堂", "--text", "漏水", "--anyway")
    return do(home, "new", "--kind", "repair", *record, *options, who="话务员")["number"]


def test_a_ticket_goes_its_whole_way_from_the_command_line(home):
    number = filed(home, "--building", "3", "--room", "602", "--caller", "13800001111", "--text", "漏水")
    way = [
        ("assign", number, "李工", "--department", "工程部"),
        ("pass-on", number, "王工"),
        ("accept", number),
        ("arrive", number),
        ("complete", number, "--why", "done"),
        ("follow-up", number, "--satisfaction", "2"),
        ("accept", number),
        ("complete", number),
        ("follow-up", number, "--satisfaction", "5"),
        ("close", number),
        ("reopen", number),
        ("cancel", number),
    ]
    assert [do(home, *step)["state"] for step in way] == [
        "assigned", "assigned", "accepted", "on_site", "done", "reopened", "accepted", "done", "followed_up",
        "closed", "reopened", "cancelled",
    ]  # fmt: skip
    shown = json.loads(run("show", number, "--home", home, "--json", "--unmasked").stdout)
    assert (shown["owner"], shown["department"], shown["satisfaction"]) == ("话务员", "工程部", None)
    events = [line["event"] for line in shown["history"]]
    assert events[:4] == ["registered", "assigned", "passed_on", "accepted"]


def test_a_refusal_names_its_rule_and_ends_with_1(home):
    number = filed(home)
    assert "Completion cannot be noted" in do(home, "complete", number, code=1)
    assert "after telling the caller" in do(home, "postpone", number, "--until", "+1d", code=1)
    assert "without a supervisor" in do(home, "postpone", number, "--until", "+8d", "--caller-told", code=1)
    assert do(home, "postpone", number, "--until", "+1d", "--caller-told")["state"] == "postponed"
    assert do(home, "resume", number)["state"] == "registered"
    assert "second postponement" in do(home, "postpone", number, "--until", "+2d", "--caller-told", code=1)
    assert "First-responder" in do(home, "owner", number, "李工", code=1)
    do(home, "owner", number, "李工", "--supervisor")
    assert json.loads(run("show", number, "--home", home, "--json").stdout)["owner"] == "李工"


RECORD = {"--building": "3", "--unit": "2", "--room": "602", "--caller": "13800001111", "--text": "漏水"}


def record(**changed):
    given = RECORD | {f"--{name}": value for name, value in changed.items()}
    return [word for name, value in given.items() if value for word in (name, value)]


@pytest.mark.parametrize(
    ("without", "named"),
    [
        ({"caller": ""}, "a telephone (--caller)"),
        ({"text": ""}, "what is wrong or wanted (--text)"),
        ({"room": ""}, "the place (--building, --unit and --room, or --place)"),
    ],
)
def test_a_record_that_lacks_something_is_refused_naming_it_unless_it_is_to_be_called_back(
    home, without, named
):
    words = ("new", "--kind", "repair", *record(**without))
    sentence = do(home, *words, code=1)
    assert named in sentence
    assert sentence.count("(--") == 1
    assert "--incomplete" in sentence
    number = do(home, *words, "--incomplete")["number"]
    assert [row["number"] for row in do(home, "list", "--incomplete")] == [number]


def test_everything_that_is_missing_is_named_at_once(home):
    sentence = do(home, "new", "--kind", "repair", code=1)
    assert all(option in sentence for option in ("--caller", "--text", "--place"))
    assert do(home, "list") == []


@pytest.mark.parametrize("number", ["138", "1380000111", "没有"])
def test_a_number_that_cannot_be_called_is_refused(home, number):
    for option in ("caller", "callback"):
        sentence = do(home, "new", "--kind", "repair", *record(**{option: number}), code=1)
        assert f"{number} is no telephone number that can be called" in sentence
    assert do(home, "list") == []


@pytest.mark.parametrize("number", ["8001", "sip:front@10.0.0.5", "0571-88001234", "13800001111"])
def test_extensions_addresses_and_whole_numbers_can_be_called(home, number):
    assert do(home, "new", "--kind", "repair", *record(caller=number))["state"] == "registered"


def test_a_room_the_directory_does_not_have_is_refused_and_noted_when_filed_anyway(home):
    db = Database(f"sqlite:///{home / 'hotline.db'}", clock=SystemClock())
    asyncio.run(db.write(lambda s: s.add(RoomRow(estate="default", building="3", unit="2", room="602"))))
    db.close()
    sentence = do(home, "new", "--kind", "repair", *record(room="999"), code=1)
    assert "no room 3-2-999" in sentence
    number = do(home, "new", "--kind", "repair", *record(room="999"), "--anyway")["number"]
    (registered,) = do(home, "show", number)["history"]
    assert registered["detail"] == "not in the directory: 3-2-999"
    assert do(home, "new", "--kind", "repair", *record())["state"] == "registered"


def test_what_is_added_to_a_ticket_is_added_by_whom_it_says(home):
    number = filed(home)
    do(home, "new", "--kind", "repair", "--add-to", number, "--text", "还在漏", who="小王")
    last = do(home, "show", number)["history"][-1]
    assert (last["who"], last["event"], last["detail"]) == ("小王", "added", "还在漏")


def test_only_who_works_here_is_given_a_ticket_once_anybody_is_known(home):
    number = filed(home)
    (home / "config").mkdir()
    (home / "config" / "roster.yaml").write_text("rosters: {emergency: [{name: 王工, number: '8001'}]}\n")
    assert "There are 王工." in do(home, "assign", number, "没有这个人", code=1)
    assert "完全陌生人" in do(home, "accept", number, code=1, who="完全陌生人")
    assert do(home, "assign", number, "--department", "客服中心")["state"] == "assigned"
    assert do(home, "accept", number)["assignee"] == "王工"


def test_what_was_assigned_to_another_is_accepted_by_a_supervisor_only(home):
    number = filed(home)
    do(home, "assign", number, "李工")
    assert "assigned to 李工" in do(home, "accept", number, code=1)
    assert do(home, "accept", number, "--supervisor")["assignee"] == "王工"


def test_the_login_name_is_who_does_it_by_default(home, monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "xiaowang")
    number = json.loads(run("new", "--kind", "request", "--incomplete", "--home", home, "--json").stdout)[
        "number"
    ]
    shown = json.loads(run("show", number, "--home", home, "--json").stdout)
    assert (shown["owner"], shown["history"][0]["who"]) == ("xiaowang", "xiaowang")


def test_promises_notes_and_natures_are_kept(home):
    number = do(home, "new", "--kind", "complaint", "--incomplete")["number"]
    promised = do(home, "promise", number, "--until", "2036-11-24 09:53", "--supervisor")
    assert "2036/11/24 09:53" in run("show", number, "--home", home).stdout
    assert promised["next_at"] > promised["due_at"]
    do(home, "nature", number, "valid", "--accused", "张三")
    do(home, "note", number, "told them", "--event", "feedback")
    assert "own complaint" in do(home, "accept", number, code=1, who="张三")
    shown = json.loads(run("show", number, "--home", home, "--json").stdout)
    assert (shown["nature"], shown["accused"]) == ("valid", "张*")
    assert shown["feedback_at"] is not None


def test_limits_say_how_a_ticket_stands(home):
    number = filed(home, "--fault", "lighting")
    do(home, "accept", number)
    limits = {row["limit"]: row["stands"] for row in do(home, "limits", number)}
    assert limits == {"first_response": "kept", "feedback": "running", "solved": "running"}
    assert "running" in run("limits", number, "--home", home).stdout
    message = do(home, "new", "--kind", "message", "--incomplete")["number"]
    assert "no time limits" in run("limits", message, "--home", home).stdout


def test_a_photo_is_attached_listed_and_extracted(home, tmp_path):
    number, photo = filed(home), tmp_path / "leak.jpg"
    photo.write_bytes(b"\xff\xd8\xff\xe0 photo")
    do(home, "attach", number, photo, "--why", "before")
    (tmp_path / "photo.jpg").write_bytes(b"MZ\x90 program")
    assert "Windows program" in do(home, "attach", number, tmp_path / "photo.jpg", code=1)
    shown = do(home, "show", number, "--extract", tmp_path / "out")
    assert [(part["kind"], part["name"], part["text"]) for part in shown["parts"]] == [
        ("photo", "leak.jpg", "before")
    ]
    assert (tmp_path / "out" / f"{number}-leak.jpg").read_bytes() == photo.read_bytes()
    assert "leak.jpg" in run("show", number, "--home", home).stdout


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--assignee", "王工"), 1), (("--assignee", "李工"), 0), (("--department", "工程部"), 1),
        (("--open",), 2), (("--overdue",), 0),
    ],
)  # fmt: skip
def test_lists_are_filtered_by_who_has_it_and_how_it_stands(home, options, count):
    numbers = [filed(home) for _ in range(3)]
    do(home, "assign", numbers[0], "王工", "--department", "工程部")
    do(home, "cancel", numbers[1])
    assert len(do(home, "list", *options)) == count


def test_an_overdue_ticket_is_listed_until_the_limit_is_met(home):
    with time_machine.travel("2026-11-23 10:00+08:00", tick=False) as machine:
        number = filed(home)
        machine.shift(601)
        assert [row["number"] for row in do(home, "list", "--overdue")] == [number]
        do(home, "accept", number)
        assert do(home, "list", "--overdue") == []


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_has_the_life_of_a_ticket(home, tmp_path, form):
    number = filed(home)
    do(home, "accept", number)
    out = tmp_path / f"tickets.{form}"
    run("export", "--home", home, "--out", out)
    if form == "csv":
        row = next(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    else:
        sheet = load_workbook(out).active
        row = dict(zip(*([cell.value for cell in line] for line in sheet.iter_rows()), strict=True))
    assert (row["owner"], row["state"]) == ("话务员", "accepted")
    assert row["accepted_at"]
    assert "payment_status" in row


# --- the policy ---------------------------------------------------------------------------------


def test_the_policy_is_shown_and_checked(home):
    assert "time limits are in order" in run("sla", "check", "--home", home).stdout
    text = run("sla", "show", "--home", home).stdout
    assert all(word in text for word in ("at once", "5d of workdays", "by appointment", "stand still"))
    rows = do(home, "sla", "show")["limits"]
    assert {"kind": "request", "of": "ordinary", "limits": {"first_response": "1h"}} in rows


def test_a_bad_policy_is_refused_with_file_and_line_but_keeps_nobody_from_working(home):
    (home / "config").mkdir()
    (home / "config" / "sla.yaml").write_text(
        "limits:\n  repair:\n    ordinary: {first_response: soon, solved: {time: 1h, window: gone}}\n"
    )
    result = run("sla", "check", "--home", home, code=2)
    assert "sla.yaml:3: limits.repair.ordinary.first_response" in result.stderr
    number = run("new", "--kind", "repair", "--incomplete", "--home", home, "--who", "a").stdout[:12]
    assert do(home, "show", number)["state"] == "registered"
