"""``hotline fees`` on a data folder of its own."""

from __future__ import annotations

import csv
import io
import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from openpyxl import load_workbook
from sqlalchemy import make_url
from typer.testing import CliRunner

from hotline.accounts import pins
from hotline.call.clock import SystemClock
from hotline.cli.main import app
from hotline.db.engine import Database
from hotline.home import Home, shipped
from hotline.language.numbers import normalise
from hotline.residents.service import import_list

BILLS = """\
房号,月份,物业费,水费,合计
3-2-602,2026-09,200,30.5,230.50
3-2-602,2026-10,200,35.5,235.50
5-1203,2026-10,410,,410
"""


def run(*words, code=0):
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == code, done.output
    return done


def told(home, *words):
    return json.loads(run("fees", *words, "--json", "--home", home).stdout)


@pytest.fixture
def home(tmp_path: Path, migrated_sqlite: Path, monkeypatch) -> Path:
    monkeypatch.setattr(pins, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    folder = tmp_path / "var"
    folder.mkdir()
    shutil.copy(migrated_sqlite, make_url(Home(folder).database_url).database)
    db = Database(Home(folder).database_url, clock=SystemClock())
    residents = shipped("config") / "samples" / "residents.csv"
    import_list(db, residents, estates={"default": "物业"}, default="default", normalise=normalise)
    db.close()
    (folder / "bills.csv").write_text(BILLS, "utf-8")
    return folder


@pytest.fixture
def billed(home: Path) -> Path:
    run("fees", "import", home / "bills.csv", "--home", home)
    return home


def test_bills_are_imported_once_and_listed(home):
    assert told(home, "import", home / "bills.csv", "--dry-run")["new"] == 3
    assert told(home, "list") == []
    assert told(home, "import", home / "bills.csv")["new"] == 3
    assert told(home, "import", home / "bills.csv")["unchanged"] == 3
    listed = told(home, "list", "--room", "3-2-602")
    assert [(bill["month"], bill["total"], bill["state"]) for bill in listed] == [
        ("2026-10", "235.50", "unpaid"), ("2026-09", "230.50", "unpaid"),
    ]  # fmt: skip
    assert "20261000002" in run("fees", "list", "--home", home).stdout


def test_a_bad_list_is_refused_with_every_line_and_a_new_folder_needs_no_start(home, tmp_path):
    (home / "bad.csv").write_text("房号,月份,物业费\n9-9-9,2026-10,1\n3-2-602,?,1\n", "utf-8")
    done = run("fees", "import", home / "bad.csv", "--home", home, code=2)
    assert "bad.csv:2: room" in done.stderr
    assert "bad.csv:3: month" in done.stderr
    done = run("fees", "import", home / "bills.csv", "--home", tmp_path / "fresh")
    assert "3 new bills" in done.stdout


def test_the_shipped_sample_can_be_imported(home):
    assert told(home, "import", shipped("config") / "samples" / "bills.csv")["new"] == 4


def test_a_bill_is_shown_with_items_rule_and_history(billed):
    shown = told(billed, "show", "20260900001")
    assert [item["label"] for item in shown["items"]] == ["物业费", "水费"]
    assert shown["late_fee_rule"] == "0.1 % once, after day 15 of the month it is due in"
    assert [line["event"] for line in shown["history"]] == ["issued"]
    assert "物业费" in run("fees", "show", "20260900001", "--home", billed).stdout
    assert "There is no bill 7" in run("fees", "show", "7", "--home", billed, code=1).stderr


def test_a_late_fee_is_reckoned_without_a_bill(home):
    facts = told(home, "late", "1000", "--due", "2026-10-15", "--on", "2026-10-16")
    assert (facts["late_fee"], facts["first_day"]) == ("1.00", "2026-10-16")
    assert told(home, "late", "1000", "--due", "2026-10-15", "--on", "2026-10-15")["late_fee"] == "0.00"
    assert "is no amount" in run("fees", "late", "much", "--due", "2026-10-15", "--home", home, code=1).stderr
    assert "is no day" in run("fees", "late", "1", "--due", "soon", "--home", home, code=1).stderr


def test_payments_are_noted_by_number_or_room_and_taken_back(billed):
    (one,) = told(billed, "paid", "20261000001", "--on", "2026-10-10", "--how", "cash")
    assert (one["changed"], one["left"]) == (True, 1)
    (rest,) = told(billed, "paid", "--room", "3-2-602", "--on", "2026-10-20")
    assert (rest["number"], rest["left"]) == ("20260900001", 0)
    assert "owes nothing" in run("fees", "paid", "--room", "3-2-602", "--home", billed).stdout
    told(billed, "paid", "20261000001", "--undo", "--why", "bounced")
    assert [bill["state"] for bill in told(billed, "list", "--state", "unpaid")] == ["unpaid", "unpaid"]


def test_of_several_payments_none_is_noted_when_one_cannot_be(billed):
    done = run("fees", "paid", "20261000001", "1", "--home", billed, code=1)
    assert "There is no bill 1" in done.stderr
    assert told(billed, "list", "--state", "paid") == []
    assert "Name the bills" in run("fees", "paid", "--home", billed, code=1).stderr


def test_a_bill_is_withdrawn_with_a_reason(billed):
    told(billed, "withdraw", "20260900001", "--why", "重复")
    assert told(billed, "show", "20260900001")["history"][-1]["detail"] == "重复"


def test_who_owes_is_masked_unless_asked_for_on_the_record(billed):
    rooms = {one["room"]: one for one in told(billed, "unpaid", "--not-due")}
    one = rooms["3-2-602"]
    assert (one["name"], one["number"], one["total"]) == ("张*", "138****1111", "466.00")
    assert one["bills"] == ["20260900001", "20261000001"]
    assert not (billed / "audit.log").exists()
    whole = told(billed, "unpaid", "--not-due", "--unmasked")
    assert {one["name"] for one in whole} == {"张伟", "刘洋"}
    assert "fees unpaid" in (billed / "audit.log").read_text("utf-8")


def test_a_promise_is_written_down_and_listed(billed):
    day = (SystemClock().now() + timedelta(days=3)).date().isoformat()
    assert told(billed, "promise", "5-1203", day)["total"] == "410.00"
    (one,) = told(billed, "promises", "--state", "open")
    assert (one["room"], one["promised_on"], one["months"]) == ("5-1203", day, ["2026-10"])
    assert "has passed" in run("fees", "promise", "5-1203", "2020-01-01", "--home", billed, code=1).stderr


def test_exports_are_sheets(billed, tmp_path):
    run("fees", "export", "--out", tmp_path / "bills.xlsx", "--home", billed)
    rows = list(load_workbook(tmp_path / "bills.xlsx").active.iter_rows(values_only=True))
    assert (len(rows), rows[0][:4]) == (4, ("number", "estate", "room", "month"))
    sheet = run("fees", "unpaid", "--not-due", "--out", "-", "--home", billed).stdout.removeprefix("\ufeff")
    assert [row["months"] for row in csv.DictReader(io.StringIO(sheet))] == ["2026-09 2026-10", "2026-10"]


def test_the_rules_are_checked_with_file_and_line(home):
    assert "in order" in run("fees", "check", "--home", home).stdout
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "fees.yaml").write_text("default: {due: {day: 40}}\n")
    assert "fees.yaml:1: default.due.day" in run("fees", "check", "--home", home, code=2).stderr


def test_pins_of_all_rooms_are_printed_once_and_are_in_force(home, tmp_path):
    letters = tmp_path / "letters.csv"
    run("fees", "pins", "generate", "--out", letters, "--home", home)
    rows = list(csv.DictReader(letters.open(encoding="utf-8-sig")))
    assert len(rows) == len({row["pin"] for row in rows}) == 6
    assert letters.stat().st_mode & 0o077 == 0
    listed = json.loads(run("fees", "pins", "list", "--json", "--home", home).stdout)
    assert [one["locked_until"] for one in listed] == [""] * 6
    assert rows[0]["pin"] not in json.dumps(listed)
    again = run("fees", "pins", "generate", "--out", tmp_path / "again.csv", "--home", home)
    assert ("has a PIN already" in again.stdout, (tmp_path / "again.csv").exists()) == (True, False)


def test_pins_of_some_rooms_are_renewed_by_a_list(home, tmp_path):
    (tmp_path / "moved.csv").write_text("楼栋,单元,房号\n3,2,602\n3,2,602\n", "utf-8")
    for letters in ("one.csv", "two.csv"):
        run(
            "fees", "pins", "generate", "--rooms", tmp_path / "moved.csv", "--renew",
            "--out", tmp_path / letters, "--home", home,
        )  # fmt: skip
    events = json.loads(run("fees", "pins", "audit", "3-2-602", "--json", "--home", home).stdout)
    assert [line["event"] for line in events] == ["pin", "pin"]
    (tmp_path / "moved.csv").write_text("楼栋,单元,房号\n9,9,999\n", "utf-8")
    done = run(
        "fees", "pins", "generate", "--rooms", tmp_path / "moved.csv", "--out", tmp_path / "x.csv",
        "--home", home, code=2,
    )  # fmt: skip
    assert "moved.csv:2: room: no room 9-9-999" in done.stderr


def test_letters_of_pins_that_were_not_stored_are_removed(home, tmp_path, monkeypatch):
    def fail(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("hotline.accounts.rooms.give", fail)
    CliRunner().invoke(
        app, ["fees", "pins", "generate", "--out", str(tmp_path / "letters.csv"), "--home", str(home)]
    )
    assert list(tmp_path.glob("letters*")) == []


def test_one_room_gets_a_pin_that_is_shown_once(home):
    given = json.loads(run("fees", "pins", "give", "3-2-602", "--json", "--home", home).stdout)
    assert len(given["pin"]) == 6
    assert given["pin"] not in run("fees", "pins", "list", "--home", home).stdout
    run("fees", "pins", "unlock", "3-2-602", "--home", home)
    run("fees", "pins", "remove", "3-2-602", "--home", home)
    assert "has no PIN" in run("fees", "pins", "unlock", "3-2-602", "--home", home, code=1).stderr
    assert "no room 9-9-999" in run("fees", "pins", "give", "9-9-999", "--home", home, code=1).stderr.lower()


def test_a_folder_without_a_database_is_named(tmp_path):
    done = run("fees", "list", "--home", tmp_path / "nothing", code=1)
    assert "no database yet" in done.stderr
