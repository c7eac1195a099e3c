"""Time the watch over time limits and the ticket list, with thousands of open tickets.

    .venv/bin/python bench/sla_tick.py [--sizes 2500,5000,10000,20000] [--out bench/results/sla-tick.json]

For each number of open tickets: a tick with nothing due (what happens every second), a tick in which one
ticket in a hundred has something to tell, one in which every ticket has (a night without the hotline),
working all limits out anew after a change of the policy, and the lists people look at. Milliseconds, the
median of several runs; the folder decides which disk is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from hotline.call.ports import NewTicket, Place, TicketKind, Urgency
from hotline.db.engine import Database
from hotline.db.migrate import upgrade
from hotline.duty.service import DutyBook
from hotline.home import shipped
from hotline.language.numbers import normalise
from hotline.tickets import repository
from hotline.tickets.models import TicketFiringRow, TicketHistoryRow, TicketLimitRow, TicketRow, TicketState
from hotline.tickets.policy import Policy, load
from hotline.tickets.repository import TicketFilter
from hotline.tickets.service import Tickets
from hotline.tickets.watch import SlaWatch

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
KINDS = (
    (TicketKind.REPAIR, Urgency.ORDINARY), (TicketKind.COMPLAINT, Urgency.ORDINARY),
    (TicketKind.COMPLAINT, Urgency.SERIOUS), (TicketKind.REQUEST, Urgency.ORDINARY),
    (TicketKind.ENQUIRY, Urgency.ORDINARY),
)  # fmt: skip


class StandingClock:
    """Dates stand still until the bench moves them."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        """The bench's date."""
        return self.at

    def monotonic(self) -> float:
        """Real seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Real waiting."""
        await asyncio.sleep(seconds)


class InService:
    """A policy the bench changes."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def current(self) -> Policy:
        """The policy."""
        return self.policy


async def timed(doing: Callable[[], Awaitable[Any]]) -> float:
    begun = time.perf_counter()
    await doing()
    return (time.perf_counter() - begun) * 1000


async def median(doing: Callable[[], Awaitable[Any]], runs: int) -> float:
    return round(statistics.median([await timed(doing) for _ in range(runs)]), 2)


class Bench:
    """One number of open tickets in a database of their own."""

    def __init__(self, folder: Path, size: int) -> None:
        self.size, self.folder = size, folder
        self.clock = StandingClock()
        url = f"sqlite:///{folder / f'{size}.db'}"
        upgrade(url)
        self.db = Database(url, clock=self.clock)
        self.source = InService(load(shipped("config") / "sla.yaml"))
        working = {"default": DutyBook(shipped("config"), ZONE)}
        self.desk = Tickets(
            self.db, clock=self.clock, zones={"default": ZONE}, normalise=normalise, policy=self.source,
            working_time=working,
        )  # fmt: skip
        self.watch = SlaWatch(self.db, clock=self.clock, policy=self.source, working_time=working)

    async def fill(self) -> None:
        """Put open tickets there, a month old, their limits worked out and what is due told."""
        for begin in range(0, self.size, 1000):
            await self.db.write(partial(self._some, numbers=range(begin, min(begin + 1000, self.size))))
        self.clock.at = START + timedelta(days=30)
        await self._until_quiet()

    def _some(self, session: Session, *, numbers: range) -> None:
        tickets, lines = [], []
        for serial in numbers:
            kind, urgency = KINDS[serial % len(KINDS)]
            filed = NewTicket(
                estate="default", kind=kind, urgency=urgency, topic="repairs", description="厨房水管漏水",
                place=Place(str(serial % 30), str(serial % 4), str(serial)),
                caller_number=f"138{serial:08d}",
            )  # fmt: skip
            at = START + timedelta(days=serial / self.size)
            number = f"20261123{serial:06d}"
            tickets.append(
                repository.columns_of(filed)
                | {
                    "number": number, "day": START.date(), "serial": serial, "opened_at": at, "limits_of": "",
                    "state": TicketState.REGISTERED, "caller_number": f"+86138{serial:08d}",
                    "callback_number": "",
                }
            )  # fmt: skip
            lines.append(
                {
                    "estate": "default", "number": number, "at": at, "who": "hotline", "detail": "",
                    "event": "registered", "state": "registered",
                }
            )  # fmt: skip
        session.execute(insert(TicketRow), tickets)
        session.execute(insert(TicketHistoryRow), lines)

    async def _until_quiet(self) -> None:
        while await self.watch.tick() or await self.db.read(self._waiting):
            pass

    def _waiting(self, session: Session) -> bool:
        stamp = self.watch._book.stamp(self.clock.at)
        query = select(TicketRow.number).where(or_(TicketRow.limits_of < stamp, TicketRow.limits_of > stamp))
        return session.scalars(query.limit(1)).first() is not None

    async def due(self, share: int) -> int:
        """Let one promise in ``share`` tickets be half over in an hour; returns how many."""

        def write(session: Session) -> int:
            numbers = session.scalars(select(TicketRow.number).order_by(TicketRow.number)).all()[::share]
            for begin in range(0, len(numbers), 500):
                some = numbers[begin : begin + 500]
                session.execute(delete(TicketLimitRow).where(TicketLimitRow.number.in_(some)))
                session.execute(delete(TicketFiringRow).where(TicketFiringRow.number.in_(some)))
                new = {
                    "kind": TicketKind.MESSAGE, "urgency": Urgency.ORDINARY, "opened_at": self.clock.at,
                    "promised_at": self.clock.at + timedelta(hours=2),
                }  # fmt: skip
                session.execute(update(TicketRow).where(TicketRow.number.in_(some)).values(**new))
                rows = session.scalars(select(TicketRow).where(TicketRow.number.in_(some))).all()
                self.watch._book.refresh(session, rows, self.clock.at)
                session.expire_all()
            return len(numbers)

        count = await self.db.write(write)
        self.clock.at += timedelta(hours=1, minutes=1)
        return count

    async def listed(self, **wanted: Any) -> None:
        """List as a page does."""
        asked = TicketFilter(estate="default", **wanted)
        await self.db.read(
            lambda session: [repository.summary(r) for r in repository.tickets(session, asked)]
        )

    async def run(self) -> dict[str, Any]:
        """Measure everything once."""
        begun = time.perf_counter()
        await self.fill()
        result: dict[str, Any] = {"open": self.size, "filled_seconds": round(time.perf_counter() - begun, 1)}
        result["tick_nothing_due_ms"] = await median(self.watch.tick, 20)
        lists: dict[str, dict[str, Any]] = {
            "newest": {}, "open": {"open_only": True}, "assignee": {"assignee": "王工", "open_only": True},
            "overdue": {"overdue_at": self.clock.at}, "kind": {"kind": TicketKind.COMPLAINT},
        }  # fmt: skip
        for name, wanted in lists.items():
            result[f"list_{name}_ms"] = await median(lambda wanted=wanted: self.listed(**wanted), 9)
        places = Place("1", "1", "1")
        result["duplicate_ms"] = await median(
            lambda: self.desk.duplicate("default", places, TicketKind.REPAIR), 9
        )
        result["of_caller_ms"] = await median(lambda: self.desk.of_caller("default", "13800000001"), 9)
        for share, name in ((1000, "1_in_1000"), (100, "1_in_100"), (1, "all")):
            count = await self.due(share)
            begun = time.perf_counter()
            told = await self.watch.tick()
            assert told == count, f"{told} told, {count} due"
            result[f"tick_{name}_due_ms"] = round((time.perf_counter() - begun) * 1000, 1)
        changed = self.folder / "sla.yaml"
        written = (shipped("config") / "sla.yaml").read_text("utf-8")
        changed.write_text(written.replace("warn_at: [50, 80]", "warn_at: [60, 90]"), "utf-8")
        self.source.policy = load(changed)
        result["tick_policy_changed_ms"] = round(await timed(self.watch.tick), 1)
        result["policy_taken_up_ms"] = round(await timed(self._until_quiet), 1)
        await self.db.aclose()
        return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="2500,5000,10000,20000")
    parser.add_argument("--folder", type=Path, help="where the SQLite files lie; default: a temporary folder")
    parser.add_argument("--out", type=Path, help="write the JSON there as well")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        runs = [asyncio.run(Bench(Path(name), int(size)).run()) for size in asked.sizes.split(",")]
    result = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load": [round(value, 1) for value in os.getloadavg()],
        "database": "sqlite",
        "runs": runs,
    }
    text = json.dumps(result, indent=2)
    print(text)
    if asked.out:
        asked.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
