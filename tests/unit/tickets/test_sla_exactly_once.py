from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from ticket_kit import AT, InService, OfficeHours, desk_on, events, new, shipped

from hotline.call.clock import SystemClock
from hotline.call.ports import TicketKind
from hotline.db.engine import Database
from hotline.tickets.watch import SlaWatch

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HOURS = {"default": OfficeHours()}


@pytest.fixture
def source():
    return InService(shipped())


@pytest.fixture
def desk(db, clock, source):
    return desk_on(db, clock, policy=source)


@pytest.fixture
def watch(db, clock, source):
    return SlaWatch(db, clock=clock, policy=source, working_time=HOURS)


async def told(db):
    return await db.read(events)


REQUEST = {"kind": TicketKind.REQUEST}
"""One limit only: first response within an hour."""


async def test_a_clock_set_forward_tells_everything_once_and_set_back_nothing_again(db, desk, watch, clock):
    await desk.open_ticket(new(**REQUEST))
    clock.at = AT + 40 * DAY
    assert await watch.tick() == 3
    for at in (AT, AT + 30 * MINUTE, AT + HOUR, AT + 41 * DAY):
        clock.at = at
        assert await watch.tick() == 0
    assert len(await told(db)) == 3


async def test_a_watch_started_anew_repeats_nothing_and_misses_nothing(db, desk, clock, source):
    await desk.open_ticket(new(**REQUEST))
    for minutes, fresh in ((30, 1), (50, 1), (300, 1), (400, 0)):
        clock.at = AT + minutes * MINUTE
        again = SlaWatch(db, clock=clock, policy=source, working_time=HOURS)
        assert await again.tick() == fresh
    assert [percent for *_, percent in await told(db)] == ["50", "80", "100"]


async def test_two_nodes_at_once_tell_everything_once(database_url, db, desk, clock, source):
    numbers = [(await desk.open_ticket(new(**REQUEST))).number for _ in range(30)]
    clock.pass_time(hours=2)
    other = Database(database_url, clock=clock)
    nodes = [
        SlaWatch(each, clock=clock, policy=source, working_time=HOURS) for each in (db, other, db, other)
    ]
    fresh = sum(await asyncio.gather(*(node.tick() for node in nodes)))
    fresh += await nodes[0].tick()
    await other.aclose()
    found = await told(db)
    assert fresh == len(found) == len(set(found)) == 3 * len(numbers)


async def test_more_than_a_batch_is_told_in_one_tick(db, desk, watch, clock, monkeypatch):
    monkeypatch.setattr("hotline.tickets.watch.BATCH", 3)
    for _ in range(8):
        await desk.open_ticket(new(**REQUEST))
    clock.pass_time(minutes=30)
    assert await watch.tick() == 8


def test_the_systems_clock_jumping_over_a_night_misses_and_repeats_nothing(tmp_path, migrated_sqlite):
    shutil.copy(migrated_sqlite, tmp_path / "hotline.db")

    async def night():
        clock = SystemClock()
        db = Database(f"sqlite:///{tmp_path / 'hotline.db'}", clock=clock)
        source = InService(shipped())
        watch = SlaWatch(db, clock=clock, policy=source, working_time=HOURS)
        with time_machine.travel(AT, tick=False) as machine:
            await desk_on(db, clock, policy=source).open_ticket(new(**REQUEST))
            counts = [await watch.tick()]
            for jump in (HOUR * 9, -HOUR * 9, HOUR * 24):
                machine.shift(jump)
                counts += [await watch.tick(), await watch.tick()]
        found = await told(db)
        await db.aclose()
        return counts, found

    counts, found = asyncio.run(night())
    assert counts == [0, 3, 0, 0, 0, 0, 0]
    assert len(set(found)) == len(found) == 3


# a process of its own, killed at the worst moments: just before and just after its commit
TICK = textwrap.dedent("""
    import asyncio, os, signal, sys
    from datetime import datetime
    sys.path.insert(0, sys.argv[3])
    from sqlalchemy import event
    from ticket_kit import InService, OfficeHours, shipped
    from hotline.db.engine import Database
    from hotline.tickets.models import TicketFiringRow
    from hotline.tickets.watch import SlaWatch

    class At:
        def now(self): return datetime.fromisoformat(sys.argv[2])
        def monotonic(self): return 0.0

    def die(*_): os.kill(os.getpid(), signal.SIGKILL)

    async def main():
        db = Database(sys.argv[1], clock=At())
        watch = SlaWatch(db, clock=At(), policy=InService(shipped()), working_time={"default": OfficeHours()})
        if sys.argv[4] == "before":
            event.listen(TicketFiringRow, "after_insert",
                         lambda *_: event.listen(db._engine, "commit", die))
        if sys.argv[4] == "after":
                watch._db.write = killed_after(watch._db.write)
        await watch.tick()

    def killed_after(write):
        async def killed(fn):
            await write(fn)
            die()
        return killed

    asyncio.run(main())
""")


@pytest.mark.parametrize(("moment", "kept"), [("before", 0), ("after", 2)])
async def test_killed_around_its_commit_a_process_leaves_nothing_told_twice_or_missed(
    database_url, db, desk, watch, clock, moment, kept
):
    number = (await desk.open_ticket(new(**REQUEST))).number
    clock.pass_time(minutes=50)
    here = str(Path(__file__).parent)
    killed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", TICK, database_url, clock.now().isoformat(), here, moment],
        capture_output=True, timeout=50,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert len(await told(db)) == kept
    assert await watch.tick() == 2 - kept
    assert await told(db) == [(number, "warning", "first_response", each) for each in ("50", "80")]
