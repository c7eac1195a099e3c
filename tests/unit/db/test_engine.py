from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError

from hotline.call.clock import SystemClock
from hotline.call.errors import EnvironmentFault
from hotline.db import outbox
from hotline.db.engine import Database, make_engine
from hotline.db.outbox import OutboxEvent

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def add(session, subject="a", at=NOON):
    outbox.add(session, estate="default", kind="test", subject=subject, at=at, detail={"说": "话"})


def subjects(session):
    return [event.subject for event in session.scalars(select(OutboxEvent).order_by(OutboxEvent.id))]


async def test_a_write_is_committed_when_it_returns(db):
    await db.write(add)
    assert await db.read(subjects) == ["a"]


async def test_a_failing_write_stores_nothing_and_raises_its_error(db):
    def half(session):
        add(session)
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        await db.write(half)
    assert await db.read(subjects) == []


async def test_what_a_reader_changes_is_not_kept(db):
    await db.read(add)
    assert await db.read(subjects) == []


async def test_all_writes_run_on_one_thread_in_the_order_they_were_asked_for(db):
    threads, order = set(), []

    def write(number):
        def run(session):
            threads.add(threading.get_ident())
            order.append(number)
            add(session, str(number))

        return run

    await asyncio.gather(*(db.write(write(number)) for number in range(20)))
    assert len(threads) == 1
    assert order == list(range(20))
    assert threading.get_ident() not in threads


async def test_a_write_goes_through_although_its_waiter_was_cancelled(db):
    begun, go_on = threading.Event(), threading.Event()

    def slow(session):
        begun.set()
        go_on.wait(10)
        add(session, "slow")

    first = asyncio.create_task(db.write(slow))
    await asyncio.to_thread(begun.wait, 10)
    second = asyncio.create_task(db.write(lambda session: add(session, "queued")))
    await asyncio.sleep(0)
    first.cancel()
    second.cancel()
    go_on.set()
    for task in (first, second):
        with pytest.raises(asyncio.CancelledError):
            await task
    await db.write(lambda session: None)
    assert await db.read(subjects) == ["slow", "queued"]


async def test_instants_come_back_aware_in_utc_whatever_zone_they_were_given_in(db):
    in_shanghai = datetime(2026, 11, 21, 20, 0, tzinfo=timezone(timedelta(hours=8)))
    await db.write(lambda session: add(session, at=in_shanghai))
    (event,) = await db.read(lambda session: session.scalars(select(OutboxEvent)).all())
    assert event.at == NOON
    assert event.at.tzinfo is UTC
    assert event.detail == {"说": "话"}


async def test_a_naive_instant_is_refused(db):
    with pytest.raises(StatementError, match="naive"):
        await db.write(lambda session: add(session, at=datetime(2026, 11, 21)))  # noqa: DTZ001


async def test_each_reader_of_the_outbox_sees_every_event_once_in_order(db):
    for subject in "abc":
        await db.write(lambda session, subject=subject: add(session, subject))

    def take(reader, limit):
        def run(session):
            events = outbox.unseen(session, reader, limit=limit)
            if events:
                outbox.passed(session, reader, events[-1].id)
            return [event.subject for event in events]

        return run

    assert await db.write(take("mail", 2)) == ["a", "b"]
    assert await db.write(take("mail", 2)) == ["c"]
    assert await db.write(take("mail", 2)) == []
    assert await db.write(take("screen", 10)) == ["a", "b", "c"]


async def test_only_events_that_every_reader_has_passed_are_forgotten(db):
    for subject, day in (("old", 1), ("unread", 1), ("young", 20)):
        at = NOON.replace(day=day)
        await db.write(lambda session, subject=subject, at=at: add(session, subject, at))
    first = (await db.read(lambda session: session.scalars(select(OutboxEvent.id)).all()))[0]
    await db.write(lambda session: outbox.passed(session, "mail", first))
    assert await db.write(lambda session: outbox.forget(session, before=NOON.replace(day=10))) == 1
    assert await db.read(subjects) == ["unread", "young"]


def test_sqlite_keeps_what_was_committed_through_a_power_cut_and_checks_references(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.connect() as connection:
        asked = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


# --- faults of the machine, each made for real -----------------------------------------------


def sqlite_file(folder: Path) -> Path:
    path = folder / "hotline.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (x)")
    return path


def write_row(db):
    with db.transaction() as session:
        session.execute(text("INSERT INTO t VALUES (randomblob(20000))"))


def faulty(url, code, act=write_row):
    db = Database(url, clock=SystemClock(), busy_seconds=0.1)
    try:
        with pytest.raises(EnvironmentFault) as caught:
            act(db)
    finally:
        db.close()
    assert caught.value.code == code
    return caught.value.sentence


def test_a_database_another_program_holds_is_named_locked(tmp_path):
    path = sqlite_file(tmp_path)
    Database(f"sqlite:///{path}", clock=SystemClock()).close()
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        sentence = faulty(f"sqlite:///{path}", "database-locked")
    assert str(path) in sentence
    assert "another program" in sentence


def test_a_read_only_database_is_named_with_the_remedy(tmp_path):
    path = sqlite_file(tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    sentence = faulty(f"sqlite:///file:{path}?mode=ro&uri=true", "database-read-only")
    assert "write access" in sentence


def test_a_full_disk_is_named_and_what_was_stored_before_stays(tmp_path):
    path = sqlite_file(tmp_path)
    db = Database(f"sqlite:///{path}", clock=SystemClock())
    write_row(db)

    def fill(session):
        session.execute(text("PRAGMA max_page_count = 1"))  # the file may not grow: SQLITE_FULL
        session.execute(text("INSERT INTO t VALUES (randomblob(200000))"))

    with pytest.raises(EnvironmentFault, match="space") as caught, db.transaction() as session:
        fill(session)
    assert caught.value.code == "disk-full"
    with db.reading() as session:
        assert session.execute(text("SELECT count(*) FROM t")).scalar() == 1
    db.close()


def test_a_file_that_is_no_database_is_named(tmp_path):
    path = tmp_path / "hotline.db"
    path.write_bytes(b"Dear diary, " * 500)
    assert "is not a database" in faulty(f"sqlite:///{path}", "not-a-database")


def test_a_folder_that_is_missing_is_named(tmp_path):
    sentence = faulty(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}", "database-unreachable")
    assert str(tmp_path / "nowhere") in sentence


def test_a_database_without_tables_says_to_start_the_hotline_once(tmp_path):
    def look(db):
        with db.reading() as session:
            session.execute(text("SELECT * FROM calls"))

    assert "./start" in faulty(f"sqlite:///{tmp_path / 'x.db'}", "database-not-set-up", look)


def test_a_postgresql_server_that_is_away_is_named_without_its_password(tmp_path):
    url = f"postgresql://hotline:secret@/hotline?host={tmp_path}"

    def look(db):
        with db.reading() as session:
            session.execute(text("SELECT 1"))

    sentence = faulty(url, "database-unreachable", look)
    assert "secret" not in sentence


@pytest.mark.parametrize("url", ["nonsense", "oracle-of-delphi://x/y"])
def test_an_address_that_is_none_is_refused_with_an_example(url):
    with pytest.raises(EnvironmentFault, match=r"sqlite:////path/file\.db") as caught:
        make_engine(url)
    assert caught.value.code == "database-address"


def test_a_driver_that_is_not_installed_is_told_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(EnvironmentFault, match=r"requirements/postgres\.txt") as caught:
        make_engine("postgresql+psycopg://hotline@/hotline")
    assert caught.value.code == "database-driver"


def test_a_mistake_of_the_program_passes_unchanged(tmp_path):
    path = sqlite_file(tmp_path)
    db = Database(f"sqlite:///{path}", clock=SystemClock())
    with pytest.raises(Exception, match="syntax error"), db.reading() as session:
        session.execute(text("SELEC"))
    db.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_postgresql_server_that_dropped_our_connections_is_used_again(db, postgres_server):
    await db.write(add)
    with psycopg.connect(postgres_server, autocommit=True) as other:
        dropped = other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [db.url.database]
        )
        assert dropped.fetchall() != []
    await db.write(lambda session: add(session, "b"))
    assert await db.read(subjects) == ["a", "b"]
