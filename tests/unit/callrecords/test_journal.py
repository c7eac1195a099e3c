from __future__ import annotations

import asyncio
import sqlite3
import threading
import time

import pytest
from sqlalchemy import event, select
from structlog.testing import capture_logs

from hotline.callrecords import journal
from hotline.callrecords.models import CallEventRow, LegRow
from hotline.callrecords.service import CallRecords
from hotline.db.engine import Database
from hotline.language.numbers import normalise

pytestmark = pytest.mark.timely

LEGS = [f"{number:032x}" for number in range(40)]


@pytest.fixture
async def quick(migrated_sqlite, tmp_path, clock):
    path = tmp_path / "hotline.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}", clock=clock, busy_seconds=0.05)
    service = CallRecords(database, clock=clock, process="p", recordings=tmp_path, normalise=normalise)
    yield path, database, service
    await service.close()
    await database.aclose()


def count(model):
    return lambda session: len(session.scalars(select(model)).all())


async def until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_calls_that_begin_together_share_commits(quick, scene):
    _, database, records = quick
    commits = []
    event.listen(database._engine, "commit", lambda connection: commits.append(1))
    await asyncio.gather(*(records.opened(scene.facts(leg), estate="default") for leg in LEGS))
    assert await database.read(count(LegRow)) == len(LEGS)
    assert len(commits) <= 4


async def test_a_locked_database_costs_no_call_its_record(quick, scene, monkeypatch):
    path, database, records = quick
    monkeypatch.setattr(journal, "RETRY", 0.05)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        await records.opened(scene.facts(LEGS[0]), estate="default")
        records.event(LEGS[0], "DTMF", {"key": "1"})
        await records.closed(LEGS[0], scene.report(), outcome="ticket", recorded_seconds=0)
        assert time.monotonic() - began < journal.PATIENCE
        assert "locked" in records.problem
        other.execute("ROLLBACK")

    async def written():
        return not records.problem

    await until(written)
    await records.flush()
    assert await database.read(count(CallEventRow)) == 3
    (leg,) = await database.read(lambda session: session.scalars(select(LegRow)).all())
    assert leg.outcome == "ticket"


async def test_a_database_that_is_slow_holds_a_call_no_longer_than_its_patience(quick, scene, monkeypatch):
    _, database, records = quick
    monkeypatch.setattr(journal, "PATIENCE", 0.1)
    writing, go_on = threading.Event(), threading.Event()

    def slowly(session):
        writing.set()
        go_on.wait(30)

    slow = asyncio.create_task(database.write(slowly))
    await asyncio.to_thread(writing.wait, 30)
    await records.opened(scene.facts(LEGS[0]), estate="default")
    assert not slow.done()
    go_on.set()
    await slow

    async def kept():
        return await database.read(count(LegRow)) == 1

    await until(kept)


async def test_in_a_long_fault_events_are_dropped_and_counted_but_records_are_kept(quick, scene, monkeypatch):
    path, database, records = quick
    monkeypatch.setattr(journal, "RETRY", 0.05)
    monkeypatch.setattr(journal, "LIMIT", 3)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        await records.opened(scene.facts(LEGS[0]), estate="default")
        await until_kept(records)
        for _ in range(10):
            records.event(LEGS[0], "DTMF", {"key": "1"})
        await records.opened(scene.facts(LEGS[1]), estate="default")
        assert records._journal.dropped >= 7
        other.execute("ROLLBACK")

    async def written():
        return not records.problem and records._journal.waiting == 0

    await until(written)
    assert await database.read(count(LegRow)) == 2


async def until_kept(records):
    async def kept():
        return records._journal.waiting > 0

    await until(kept)


async def test_what_cannot_be_written_at_the_end_ends_all_the_same(quick, scene):
    path, database, records = quick
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        records.opened_soon(scene.facts(LEGS[0]), estate="default")
        async with asyncio.timeout(5):
            with capture_logs() as logs:
                await records.close()
        other.execute("ROLLBACK")
    (lost,) = [one for one in logs if one["event"] == "call records lost at the end"]
    assert (lost["log_level"], lost["writes"]) == ("error", 1)
    assert records._journal.waiting == 0
    assert await database.read(count(LegRow)) == 0
