"""Reports against a second count of the same made-up month, written down by other hands: from the rows."""

from __future__ import annotations

import io
import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from made_month import Month, month
from typer.testing import CliRunner

from hotline.accounts import passwords, users
from hotline.accounts.rights import Role
from hotline.app.reports import open_reports
from hotline.call.clock import SystemClock
from hotline.call.ports import Direction
from hotline.callrecords.models import CallEventRow, CallRow
from hotline.campaigns.models import PersonRow
from hotline.cli.main import app
from hotline.db.engine import Database
from hotline.fees.models import PromiseRow
from hotline.home import Home
from hotline.operators.models import WaitRow
from hotline.outbound.models import AttemptRow, OutboundCallRow
from hotline.quality.models import ReviewRow
from hotline.reports import periods, views
from hotline.reports.catalogue import FIGURES
from hotline.reports.figures import How
from hotline.reports.service import Asked, Report, Reports
from hotline.settings import Settings
from hotline.tickets.models import TicketFiringRow, TicketHistoryRow, TicketLimitRow, TicketRow
from hotline.wakeup.models import OccurrenceRow

CHINA = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
TESTS = ("test", "selftest") * 3
"""Outcomes of calls the hotline makes to itself: no figure counts them."""


@pytest.fixture
def made() -> Month:
    found = month(1, calls=120, others=30)
    for call, outcome in zip(found.rows[CallRow], TESTS, strict=False):
        call["outcome"] = outcome
    return found


@pytest.fixture
def reports(tmp_path: Path) -> Reports:
    home = Home(tmp_path)
    home.config.mkdir()
    (home.config / "operators.yaml").write_text(
        'operators: [{number: "01", name: 李娜}, {number: "02", name: 王芳}]\n'
        "queues: {main: {service_level: {within: 20}}, front: {service_level: {within: 30}}}\n"
    )
    return open_reports(home, Settings())


def counted(
    reports: Reports, db: Database, made: Month, grain: str = "month", day: str = "2026-11-15"
) -> Report:
    asked = Asked(estate="default", period=periods.asked(grain, day, SHANGHAI, NOW), now=NOW)
    with db.transaction() as session:
        made.store(session)
        wang = users.NewUser(username="wang", name="王芳", roles=[Role.OPERATOR], number="02")
        users.add(session, wang, passwords.hashed("correct horse wang"), by="root", at=NOW)
    with db.reading() as session:
        return reports.report(session, asked)


def within(made: Month, table, at: str, first: str = "2026-11-01", after: str = "2026-12-01") -> list[dict]:
    """The rows of an estate whose local day lies between two days: days are compared as texts."""
    found = [row for row in made.rows[table] if row.get("estate", "default") == "default" and row[at]]
    found = [row for row in found if first <= f"{row[at].astimezone(CHINA):%Y-%m-%d}" < after]
    return sorted(found, key=lambda row: row[at])


def mean(values) -> float | None:
    kept = [value for value in values if value is not None]
    return pytest.approx(sum(kept) / len(kept), abs=0.001) if kept else None


def share(hits: int, whole: int) -> float | None:
    return pytest.approx(hits / whole, abs=0.0001) if whole else None


def parts(report: Report, figure: str) -> dict[str, float | None]:
    return {part.key: part.value for part in report.find(figure).parts if part.count}


async def test_a_month_is_counted_as_by_hand(db, reports, made):
    report = counted(reports, db, made)
    expected = {**calls_by_hand(made), **cases_by_hand(made), **services_by_hand(made)}
    assert {name: report.find(name).value for name in expected} == expected
    assert parts(report, "calls.by_hour") == Counter(
        f"{call['start'].astimezone(CHINA):%H}" for call in inbound(made)
    )
    assert parts(report, "tickets.by_department") == Counter(
        row["department"] or "-" for row in within(made, TicketRow, "opened_at")
    )
    for figure, counted_by_hand in operators_by_hand(made).items():
        assert parts(report, figure) == counted_by_hand, figure


def inbound(made: Month) -> list[dict]:
    calls = [row for row in within(made, CallRow, "start") if row["direction"] is Direction.INBOUND]
    return [row for row in calls if row["outcome"] not in TESTS]


def calls_by_hand(made: Month) -> dict:
    calls = inbound(made)
    answered = [call for call in calls if call["answer"]]
    due = [call for call in calls if call["answer"] or call["ring_seconds"] > 11]
    visits = defaultdict(list)
    for wait in within(made, WaitRow, "entered_at"):
        visits[wait["visit"]].append(wait)
    last = [stays[-1] for stays in visits.values()]
    waited = {visit: sum(one["waited"] for one in stays) for visit, stays in visits.items()}
    taken = [wait["visit"] for wait in last if wait["how"] == "answered"]
    gone = [wait for wait in last if wait["how"] == "abandoned"]
    level = {"main": 20, "front": 30}
    events = Counter(
        row["kind"]
        for row in within(made, CallEventRow, "at")
        if row["kind"] != "BRIDGE_ENTER" or "name" in row["detail"]
    )
    ways = ("BLINDTRANSFER", "ATTENDEDTRANSFER", "BRIDGE_ENTER")
    return {
        "calls.offered": len(calls),
        "calls.answered": len(answered),
        "calls.in_three_rings": share(sum(one["ring_seconds"] <= 11 for one in answered), len(due)),
        "calls.left_in_menu": sum(one["outcome"] == "abandoned" for one in answered),
        "calls.seconds": pytest.approx(sum(one["billsec"] for one in answered), abs=0.01),
        "waiting.callers": len(visits),
        "waiting.answered": len(taken),
        "waiting.abandoned": sum(not one["short"] for one in gone),
        "waiting.short": sum(one["short"] for one in gone),
        "waiting.seconds": mean(waited[visit] for visit in taken),
        "waiting.longest": pytest.approx(max(waited.values()), abs=0.001),
        "waiting.service_level": share(
            sum(
                one["how"] in ("answered", "abandoned") and waited[one["visit"]] <= level[one["queue"]]
                for one in last
            ),
            len(last),
        ),
        "transfers.done": sum(events[way] for way in ways),
    }


def cases_by_hand(made: Month) -> dict:
    opened = within(made, TicketRow, "opened_at")
    history = list(within(made, TicketHistoryRow, "at"))
    told = [row for row in history if row["event"] == "followed_up" and row["detail"]]
    scores = [int(row["detail"][0]) for row in told]
    ours = {row["number"]: row for row in made.rows[TicketRow] if row["estate"] == "default"}
    breached = {
        (row["number"], row["round"], row["name"])
        for row in made.rows[TicketFiringRow]
        if row["percent"] == 100
    }
    kept = missed = 0
    for limit in within(made, TicketLimitRow, "due_at"):
        ticket = ours.get(limit["number"])
        if ticket is None:
            continue
        key = (limit["number"], limit["round"], limit["name"])
        if limit["met_at"] is not None:
            kept += limit["met_at"] <= limit["due_at"]
            missed += limit["met_at"] > limit["due_at"]
        elif key in breached:
            missed += 1
        elif limit["round"] == ticket["round"]:
            missed += (ticket["closed_at"] or NOW) > limit["due_at"]
    return {
        "tickets.opened": len(opened),
        "tickets.public": share(
            sum(row["kind"] == "repair" and not row["room"] for row in opened),
            sum(row["kind"] == "repair" for row in opened),
        ),
        "tickets.postponed": sum(row["event"] == "postponed" for row in history),
        "tickets.reopened": sum(row["event"] == "reopened" for row in history),
        "satisfaction.average": mean(scores),
        "satisfaction.satisfied": share(sum(score >= 4 for score in scores), len(scores)),
        "sla.due": kept + missed,
        "sla.kept": share(kept, kept + missed),
        "sla.missed": missed,
    }


def services_by_hand(made: Month) -> dict:
    of_call = {row["id"]: row for row in made.rows[OutboundCallRow]}
    rings, knocked = defaultdict(list), set()
    for attempt in made.rows[AttemptRow]:
        call = of_call[attempt["call"]]
        if call["kind"] == "wakeup":
            rings[call["subject"]].append(attempt["at"])
        else:
            knocked.add(call["subject"])
    off = ("cancelled", "skipped")
    due = [
        row
        for row in within(made, OccurrenceRow, "due_at")
        if row["state"] != "due"
        and (row["state"] not in off or row["wakeup"] in knocked or row["alarmed_at"] is not None)
    ]
    on_time = sum(
        bool(rings[row["wakeup"]]) and (min(rings[row["wakeup"]]) - row["due_at"]).total_seconds() < 60
        for row in due
    )
    people = [row for row in within(made, PersonRow, "settled_at") if row["campaign"] == 1]
    people = [row for row in people if row["state"] in ("finished", "not_reached")]
    promises = [row for row in within(made, PromiseRow, "said_at") if row["said_to"] == "reminder"]
    decided = [row for row in promises if row["state"] in ("kept", "broken")]
    return {
        "wakeups.due": len(due),
        "wakeups.on_time": share(on_time, len(due)),
        "wakeups.attempts": mean(len(rings[row["wakeup"]]) for row in due),
        "wakeups.escalated": sum(row["wakeup"] in knocked for row in due),
        "wakeups.minutes_late": mean(row["minutes_late"] for row in due),
        "reminders.people": len(people),
        "reminders.reached": share(sum(row["state"] == "finished" for row in people), len(people)),
        "promises.kept": share(sum(row["state"] == "kept" for row in decided), len(decided)),
        "promises.amount_kept": sum(row["amount_fen"] for row in promises if row["state"] == "kept"),
    }


def operators_by_hand(made: Month) -> dict[str, dict]:
    talks = [row for row in within(made, WaitRow, "entered_at") if row["how"] == "answered"]
    by_name = {"李娜": "01", "user:wang": "02"}
    takers = {row["leg"]: row["operator"] for row in reversed(made.rows[WaitRow]) if row["how"] == "answered"}
    owners = [
        by_name.get(row["owner"]) or takers.get(row["call"], "")
        for row in within(made, TicketRow, "opened_at")
    ]
    scored = defaultdict(list)
    for row in within(made, ReviewRow, "call_at"):
        if row["percent"] is not None:
            scored[row["operator"]].append(row["percent"])
    talked = {one: [row["talked"] for row in talks if row["operator"] == one] for one in ("01", "02")}
    return {
        "operators.calls": Counter(row["operator"] for row in talks),
        "operators.talk": {one: pytest.approx(sum(found), abs=0.01) for one, found in talked.items()},
        "operators.tickets": Counter(owner for owner in owners if owner),
        "operators.quality": {one: mean(found) for one, found in scored.items()},
    }


async def test_every_figure_is_what_its_rows_come_to_and_so_is_every_part(db, reports, made):
    report = counted(reports, db, made)
    with db.reading() as session:
        for name in FIGURES:
            found, one = reports.behind(session, report.asked, name), report.find(name)
            assert (found.value, len(found.rows)) == (one.value, one.count), name
            assert found.value == by_rows(one.figure.how, found.rows), name
            assert sum(part.count for part in one.parts) in (0, one.count), name
            for part in one.parts:
                few = [row for row in found.rows if row.part == part.key]
                assert (by_rows(one.figure.how, few), len(few)) == (part.value, part.count), (name, part.key)
        hour = report.find("calls.by_hour").parts[9]
        few = reports.behind(session, report.asked, "calls.by_hour:09")
        assert (few.value, {row.fact.at.hour for row in few.rows}) == (hour.value, {9})


def by_rows(how: How, rows) -> float | None:
    values = [row.value for row in rows]
    if how is How.COUNT:
        return len(rows)
    if how is How.SUM:
        return pytest.approx(sum(values), abs=0.01)
    if not rows:
        return None
    if how is How.SHARE:
        return share(sum(row.counted for row in rows), len(rows))
    return pytest.approx(max(values) if how is How.MAX else sum(values) / len(values), abs=0.001)


async def test_days_and_weeks_of_a_month_add_up_to_it(db, reports, made):
    report = counted(reports, db, made)
    names = ("calls.offered", "tickets.opened", "wakeups.due", "promises.amount", "sla.missed")
    whole = {name: report.find(name).value for name in names}
    added: Counter[str] = Counter()
    with db.reading() as session:
        for grain, first, count in (
            ("day", "2026-11-01", 1),
            ("week", "2026-11-02", 4),
            ("day", "2026-11-30", 1),
        ):
            asked = Asked(estate="default", period=periods.asked(grain, first, SHANGHAI, NOW), now=NOW)
            for _ in range(count):
                found = reports.report(session, asked)
                added.update({name: found.find(name).value for name in names})
                asked = Asked(estate="default", period=asked.period.following, now=NOW)
    assert added == whole


def test_the_command_line_says_the_same_as_json_and_in_its_sheets(tmp_path, migrated_sqlite, reports):
    home = Home(tmp_path)
    made = month(3, calls=40, others=20)
    Path(home.database_url.removeprefix("sqlite:///")).write_bytes(migrated_sqlite.read_bytes())
    db = Database(home.database_url, clock=SystemClock())
    report = counted(reports, db, made)
    db.close()
    asked = ["--from", "2026-11-15", "--home", str(tmp_path)]
    told = json.loads(run("report", *asked, "--json"))
    mine = views.report(report)
    timeless = {name: values_of(mine)[name] for name in values_of(mine) if not name.startswith("sla.")}
    assert {name: value for name, value in values_of(told).items() if name in timeless} == timeless
    rows = json.loads(run("report", "rows", "calls.unanswered", *asked, "--json"))
    assert len(rows["rows"]) == rows["value"] == report.find("calls.unanswered").value
    run("report", *asked, "--xlsx", str(tmp_path / "m.xlsx"), "--csv", str(tmp_path / "m.csv"))
    sheet = openpyxl.load_workbook(io.BytesIO((tmp_path / "m.xlsx").read_bytes())).active
    cells = {row[1]: row for row in sheet.iter_rows(values_only=True)}
    amount = report.find("promises.amount").value
    assert amount is not None and cells["promises.amount"][4] == pytest.approx(amount / 100)
    dangerous = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "=客服")
    assert dangerous.data_type == "s"
    assert "'=客服" in (tmp_path / "m.csv").read_text("utf-8-sig")


def values_of(report: dict) -> dict:
    return {
        figure["id"]: (figure["value"], [(part["key"], part["value"]) for part in figure["parts"]])
        for section in report["sections"]
        for figure in section["figures"]
    }


def run(*words: str) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    return done.stdout
