"""Time the commits of call records: what a call waits for its record, with other calls going on.

    .venv/bin/python bench/record_commit.py --calls 150 --seconds 20 [--database postgresql://…]

Each simulated call opens its leg, is answered, keeps two drafts, presses keys, files a ticket and closes,
then begins again; calls are spread over the time. Prints JSON, milliseconds. The folder decides which
disk is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Awaitable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import event

from hotline.call.clock import SystemClock
from hotline.call.events import HangupBy
from hotline.call.ports import Direction, IntakeDraft, LegFacts, LegReport, NewTicket, TicketKind
from hotline.callrecords.service import CallRecords
from hotline.db.engine import Database
from hotline.db.migrate import upgrade
from hotline.language.numbers import normalise
from hotline.tickets.service import Tickets

T = TypeVar("T")


class Bench:
    """The load and its stopwatch."""

    def __init__(self, url: str, folder: Path) -> None:
        self.clock = SystemClock()
        self.db = Database(url, clock=self.clock)
        self.records = CallRecords(
            self.db, clock=self.clock, process="bench", recordings=folder, normalise=normalise
        )
        zones = {"default": ZoneInfo("Asia/Shanghai")}
        self.desk = Tickets(self.db, clock=self.clock, zones=zones, normalise=partial(normalise))
        self.waited: dict[str, list[float]] = defaultdict(list)
        self.commits = 0
        event.listen(self.db._engine, "commit", self._committed)

    def _committed(self, connection: object) -> None:
        self.commits += 1

    async def timed(self, what: str, waiting: Awaitable[T]) -> T:
        """Wait, and note how long under ``what``."""
        begun = time.perf_counter()
        result = await waiting
        self.waited[what].append((time.perf_counter() - begun) * 1000)
        return result

    async def call(self, until: float, length: float) -> None:
        """Place calls one after the other until a monotonic second."""
        await asyncio.sleep(random.random() * length)
        while time.monotonic() < until:
            await self.one(length)

    async def one(self, length: float) -> None:
        """Go through one call of ``length`` seconds."""
        leg, now = uuid.uuid4().hex, self.clock.now()
        facts = LegFacts(
            leg=leg,
            linkedid=leg,
            direction=Direction.INBOUND,
            caller="13800001111",
            dialled="8000",
            offered_at=now,
        )
        ticket = NewTicket(estate="default", kind=TicketKind.REPAIR, caller_number="13800001111", call=leg)
        await self.timed("opened", self.records.opened(facts, estate="default"))
        await self.timed("answered", self.records.answered(leg, self.clock.now(), ring_seconds=1.0, rings=1))
        for step in range(4):
            await asyncio.sleep(length / 4)
            self.records.event(leg, "DTMF", {"key": str(step)})
            if step % 2:
                draft = IntakeDraft(ticket=ticket, said_something=True)
                await self.timed("draft", self.records.draft(leg, draft))
        await self.timed("ticket", self.desk.open_ticket(ticket))
        await self.timed("draft", self.records.draft(leg, None))
        report = LegReport(
            answered_at=now, ended_at=self.clock.now(), ring_seconds=1.0, rings=1, disposition="ANSWERED",
            hangup_by=HangupBy.FAR, hangup_cause="normal",
        )  # fmt: skip
        await self.timed("closed", self.records.closed(leg, report, outcome="ticket", recorded_seconds=0.0))

    async def run(self, calls: int, seconds: float, length: float) -> None:
        """Keep so many calls going for so many seconds."""
        until = time.monotonic() + seconds
        await asyncio.gather(*(self.call(until, length) for _ in range(calls)))
        await self.records.close()
        await self.db.aclose()


def percentile(values: list[float], share: float) -> float:
    return round(sorted(values)[min(len(values) - 1, int(len(values) * share))], 2)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=150, help="calls at the same time")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--length", type=float, default=10.0, help="seconds a call lasts")
    parser.add_argument("--folder", type=Path, help="where the SQLite file lies; default: a temporary folder")
    parser.add_argument("--database", help="an empty database instead of SQLite")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        url = asked.database or f"sqlite:///{name}/hotline.db"
        upgrade(url)
        bench = Bench(url, Path(name))
        cpu = time.process_time()
        asyncio.run(bench.run(asked.calls, asked.seconds, asked.length))
        cpu = time.process_time() - cpu
    everything = [value for values in bench.waited.values() for value in values]
    result = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "database": bench.db.dialect,
        "calls": asked.calls,
        "records": len(bench.waited["closed"]),
        "commits": bench.commits,
        "cpu_seconds": round(cpu, 1),
        "all": {"p50": percentile(everything, 0.5), "p99": percentile(everything, 0.99)},
    }
    for what, values in sorted(bench.waited.items()):
        result[what] = {
            "p50": percentile(values, 0.5),
            "p99": percentile(values, 0.99),
            "max": round(max(values), 2),
        }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
