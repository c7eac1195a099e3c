"""What placed calls cost the database: an idle look, and each call that is due, beside many others.

    .venv/bin/python bench/dispatcher.py [--sizes 1000,10000,100000] [--databases sqlite,postgresql]

For each number of placed calls kept (half of them over, with their attempts; half waiting for the next day;
wake-ups with their call to the floor staff): a second in which nothing is due, claiming 30 guests who are
due at once, committing their keys, closing their attempts, the planner's look, booking one more. In
milliseconds, median of several runs, and SQL statements for each call: those do not depend on what else the
machine does. Memory is that of the process, which runs each size alone. PostgreSQL is a throw-away server on
a Unix socket (Debian's ``postgresql``), its statistics fresh as its autovacuum keeps them.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import platform
import pwd
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import Engine, event, insert, select, text, update
from sqlalchemy.orm import Session

from hotline.app.desk import open_duty
from hotline.app.wakeups import open_wakeups
from hotline.call.errors import DialNoAnswer
from hotline.call.ports import Call, DialOrder, Place
from hotline.call.ports.wakeups import NewWakeup, Repeat, WakeTime
from hotline.db.engine import Database
from hotline.db.migrate import upgrade
from hotline.home import Home, shipped
from hotline.outbound import policies
from hotline.outbound.desk import Desk
from hotline.outbound.dispatcher import Dispatcher
from hotline.outbound.kinds import Report
from hotline.outbound.models import AttemptRow, CallState, OutboundCallRow
from hotline.outbound.policy import Outcome
from hotline.settings import Settings
from hotline.wakeup import course, repository
from hotline.wakeup.config import WakeupRules
from hotline.wakeup.models import BookingState, OccurrenceRow, WakeupRow
from hotline.wakeup.repository import KNOCK, WAKEUP

NOW = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
DUE = 30
RUNS = 5
CHUNK = 2000


class StandingClock:
    """Dates stand still."""

    def now(self) -> datetime:
        """The bench's date."""
        return NOW

    def monotonic(self) -> float:
        """Real seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Real waiting."""
        await asyncio.sleep(seconds)


class Nobody:
    """A telephone that is never answered."""

    async def dial(self, order: DialOrder) -> Call:
        """Raise :class:`DialNoAnswer`."""
        raise DialNoAnswer("nobody")


async def silent(*_given: Any) -> None:
    """Say nothing."""


class Bench:
    """One number of rows in a database of their own."""

    def __init__(self, url: str, size: int, folder: Path) -> None:
        """Migrate ``url``; ``folder`` becomes a data folder with the shipped rules."""
        self.size = size
        self.clock = StandingClock()
        upgrade(url)
        self.db = Database(url, clock=self.clock)
        self.step = ""
        self.statements: Counter[str] = Counter()
        event.listen(Engine, "before_cursor_execute", self._count)
        home, settings = Home(folder), Settings()
        shutil.copytree(shipped("config"), home.config)
        (home.config / "wakeup.yaml").write_text("booking: {per_interval: 2000}\n", encoding="utf-8")
        named = policies.load(home.config).named
        self.duty = open_duty(home, settings)
        self.wakeups = open_wakeups(home, settings, self.db, self.clock, self.duty, policies=lambda: named)
        self.desk = Desk(
            owner="bench", kinds=self.wakeups.kinds, policies=lambda: named, duty=self.duty,
            zones={"default": ZONE}, alone=self.db.dialect == "sqlite",
        )  # fmt: skip
        self.dispatcher = Dispatcher(
            self.db, self.desk, owner="bench", clock=self.clock, dialer=Nobody(), speak=silent,
            room=lambda: DUE,
        )  # fmt: skip

    def _count(self, *_given: object) -> None:
        self.statements[self.step] += 1

    async def run(self) -> dict[str, Any]:
        """Measure everything once."""
        result: dict[str, Any] = {"database": self.db.dialect, "rows": self.size}
        await self.fill()
        await self.db.write(lambda session: repository.looked(session, NOW))
        await self.tick()
        result["rss_mb_before"] = memory()
        result["idle_tick_ms"] = await median(self.tick, 50)
        result["idle_next_due_ms"] = await median(self.dispatcher._until_due, 50)
        result["idle_planner_ms"] = await median(self.wakeups.planner.tick, 50)
        claims, reports, settles = [], [], []
        for _ in range(RUNS):
            claim, report, settle = await self.due()
            claims.append(claim)
            reports.append(report)
            settles.append(settle)
        result["claim_ms_per_call"] = round(statistics.median(claims) / DUE, 2)
        result["claim_all_ms"] = round(statistics.median(claims), 1)
        result["key_ms_per_call"] = round(statistics.median(reports) / DUE, 2)
        result["settle_ms_per_call"] = round(statistics.median(settles) / DUE, 2)
        for step in ("claim", "key", "settle"):
            result[f"{step}_statements_per_call"] = round(self.statements[step] / DUE, 1)
        result["book_ms"] = await median(self.book, 9)
        result["rss_mb_after"] = memory()
        await self.db.aclose()
        return result

    async def tick(self) -> None:
        """Look as the dispatcher does every second."""
        async with asyncio.TaskGroup() as tasks:
            await self.dispatcher.tick(tasks)

    async def book(self) -> None:
        """Book a daily wake-up."""
        self.size += 1
        at = (NOW.astimezone(ZONE) + timedelta(hours=3, minutes=7 * self.size % 900)).time()
        new = NewWakeup(
            estate="default", place=Place("1", "", f"N{self.size}"), to="sip:1@127.0.0.1",
            when=WakeTime(at=at, repeat=Repeat.DAILY),
        )  # fmt: skip
        await self.wakeups.book.book(new)

    async def due(self) -> tuple[float, float, float]:
        """Let 30 guests be due, press the key and end; returns the milliseconds of claim, keys and end."""
        self.statements.clear()

        def make_due(session: Session) -> None:
            query = select(OutboundCallRow.id).where(
                OutboundCallRow.kind == WAKEUP, OutboundCallRow.state == CallState.WAITING
            )
            ids = session.scalars(query.limit(DUE)).all()
            session.execute(update(OutboundCallRow).where(OutboundCallRow.id.in_(ids)).values(next_at=NOW))

        await self.db.write(make_due)
        self.step = "claim"
        begun = time.perf_counter()
        placings = await self.db.write(lambda s: self.desk.claim(s, NOW, limit=DUE))
        claimed = time.perf_counter()
        self.step = "key"
        assert len(placings) == DUE
        for placing in placings:
            said = Report("awake", {}, "", "leg", NOW)
            await self.db.write(lambda s, p=placing, said=said: self.desk.report(s, p, said, NOW))
        pressed = time.perf_counter()
        self.step = "settle"
        for placing in placings:
            await self.db.write(lambda s, p=placing: self.desk.settle(s, p, Outcome.CONFIRMED, NOW))
        ended = time.perf_counter()
        self.step = ""
        return (claimed - begun) * 1000, (pressed - claimed) * 1000, (ended - pressed) * 1000

    async def fill(self) -> None:
        """Store so many placed calls: two for each wake-up."""
        for begin in range(0, self.size // 2, CHUNK):
            some = range(begin, min(begin + CHUNK, self.size // 2))
            await self.db.write(lambda session, some=some: _store(session, some, self.size // 2))
        await self.db.write(lambda session: session.execute(text("ANALYZE")))


def _store(session: Session, numbers: range, of: int) -> None:
    bookings, days, calls, attempts = [], [], [], []
    for number in numbers:
        over = number % 2 == 0
        hours = 24 * (number // 2) / max(1, of // 2)
        due = (NOW - timedelta(hours=1 + hours)) if over else NOW + timedelta(hours=1 + hours)
        booking, day = _wakeup(number, due, over=over)
        bookings.append(booking)
        days.append(day)
        calls += [_call(number, kind, day, over=over) for kind in (WAKEUP, KNOCK)]
        if over:
            attempts.append(_attempt(calls[-2]["id"], due))
    for model, rows in (
        (WakeupRow, bookings),
        (OccurrenceRow, days),
        (OutboundCallRow, calls),
        (AttemptRow, attempts),
    ):
        if rows:
            session.execute(insert(model), rows)


def _wakeup(number: int, due: datetime, *, over: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    local = due.astimezone(ZONE)
    at = local.time().replace(second=0, microsecond=0)
    state = BookingState.OVER if over else BookingState.BOOKED
    name = str(100_000 + number)
    booking = {
        "number": name, "estate": "default", "building": "1", "unit": "", "room": str(number),
        "place_note": "", "to": "", "to_raw": f"sip:{number}@127.0.0.1", "at": at,
        "repeat": Repeat.ONCE, "days": [], "first_day": local.date(), "until_day": None, "skips": [],
        "language": "zh", "state": state, "requested_by": "guest",
        "call": "", "note": "", "stay": None, "next_day": None, "next_at": None, "created_at": NOW,
        "ended_at": None, "ended_by": "", "ended_why": "",
    }  # fmt: skip
    standing = course.begin(due, WakeupRules())
    day = {name_: getattr(standing, name_) for name_ in type(standing).__dataclass_fields__}
    day |= {
        "wakeup": name, "estate": "default", "day": local.date(), "place": f"1-{number}", "rounds": 0,
        "minutes_late": 0 if over else None, "alarmed_at": None,
    }  # fmt: skip
    if over:
        day |= {"state": course.State.CONFIRMED, "confirmed_at": due, "confirmed_by": "guest"}
    return booking, day


def _call(number: int, kind: str, day: dict[str, Any], *, over: bool) -> dict[str, Any]:
    due = day["turn_at"] if kind == WAKEUP else day["escalate_at"]
    on: date = day["day"]
    return {
        "id": f"{kind}{number:024}", "estate": "default", "kind": kind, "subject": day["wakeup"],
        "occurrence": on.isoformat(), "policy": kind, "flow": kind, "language": "zh",
        "roster": "floor" if kind == KNOCK else "", "supervisor": "",
        "to": f"sip:{number}@127.0.0.1" if kind == WAKEUP else "", "to_name": day["place"], "facts": {},
        "priority": 10 if kind == WAKEUP else 5, "state": CallState.DONE if over else CallState.WAITING,
        "held_by": "", "due_at": due, "next_at": due, "expires_at": day["knock_until"], "attempts": int(over),
        "lease_owner": "", "lease_until": None, "requested_by": "guest", "created_at": NOW,
        "ended_at": due if over else None, "result": "awake" if over else "",
    }  # fmt: skip


def _attempt(call: str, at: datetime) -> dict[str, Any]:
    return {
        "call": call, "number": 1, "to": "sip:1@127.0.0.1", "to_name": "", "owner": "before", "at": at,
        "ended_at": at, "outcome": Outcome.CONFIRMED, "leg": "l", "confirmed": "awake", "confirmed_at": at,
        "detail": "",
    }  # fmt: skip


async def median(doing: Callable[[], Awaitable[Any]], runs: int) -> float:
    """Return the median of several runs in milliseconds."""
    found = []
    for _ in range(runs):
        begun = time.perf_counter()
        await doing()
        found.append((time.perf_counter() - begun) * 1000)
    return round(statistics.median(found), 2)


def memory() -> float:
    """Return this process's resident memory, MB."""
    line = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS:")
    )
    return round(int(line.split()[1]) / 1024, 1)


def measure(url: str, size: int, folder: str) -> dict[str, Any]:
    """Run one size in this process."""
    return asyncio.run(Bench(url, size, Path(folder)).run())


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """Run a throw-away server; yields the address of its first database with ``NAME`` for the database."""
    bins = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    folder = Path(tempfile.mkdtemp(prefix="hotline-pg-"))
    account = pwd.getpwnam("postgres") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    os.chown(folder, account.pw_uid, account.pw_gid)
    user: dict[str, Any] = (
        {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
    )
    initdb = [
        bins / "initdb",
        "-D",
        folder / "data",
        "-U",
        "hotline",
        "--auth=trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    ]
    subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **user)
    server = subprocess.Popen(
        [bins / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses="],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **user,
    )  # fmt: skip
    address = f"postgresql://hotline@/NAME?host={folder}"
    try:
        _wait_for(address.replace("NAME", "postgres"))
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(address, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise


def all_sizes(databases: list[str], sizes: list[int]) -> list[dict[str, Any]]:
    """Run every size on every database, each in a process of its own."""
    found = []
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(postgresql()) if "postgresql" in databases else ""
        spawn = multiprocessing.get_context("spawn")
        workers = stack.enter_context(ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1))
        for database in databases:
            for size in sizes:
                url = f"sqlite:///{scratch / f'{size}.db'}"
                if database == "postgresql":
                    with psycopg.connect(server.replace("NAME", "postgres"), autocommit=True) as admin:
                        admin.execute(f"CREATE DATABASE n{size}".encode())
                    url = server.replace("NAME", f"n{size}")
                home = str(scratch / f"{database}{size}")
                found.append(workers.submit(measure, url, size, home).result())
                print(json.dumps(found[-1]), flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    today = datetime.now(UTC).date()
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "results" / f"dispatcher-{today}.json"
    )
    asked = parser.parse_args()
    load = [round(value, 1) for value in os.getloadavg()]
    runs = all_sizes(asked.databases.split(","), [int(size) for size in asked.sizes.split(",")])
    result = {
        "date": today.isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_at_start": load,
        "due_at_once": DUE,
        "runs": runs,
    }
    asked.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
