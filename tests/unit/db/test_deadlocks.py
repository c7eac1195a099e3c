"""Two nodes that wait for each other: PostgreSQL ends one transaction, and it is done again."""

from __future__ import annotations

import asyncio
import threading

import pytest
from sqlalchemy import text

from hotline.call.errors import EnvironmentFault
from hotline.db import engine
from hotline.db.engine import Database

postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def crossing(first: int, second: int, both: threading.Barrier):
    """Lock two things, each holder waiting until the other has its first, but only the first time."""
    tries = []

    def write(session):
        tries.append(first)
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": first})
        if len(tries) == 1:
            both.wait(10)
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": second})
        return first

    return write, tries


@postgresql
async def test_of_two_transactions_that_block_each_other_both_are_done(database_url, clock):
    one, two = (Database(database_url, clock=clock) for _ in range(2))
    both = threading.Barrier(2)
    (write_one, tries_one), (write_two, tries_two) = crossing(1, 2, both), crossing(2, 1, both)
    assert await asyncio.gather(one.write(write_one), two.write(write_two)) == [1, 2]
    assert len(tries_one) + len(tries_two) == 3
    for database in (one, two):
        await database.aclose()


@postgresql
async def test_a_transaction_that_is_always_blocked_fails_at_last(database_url, clock, monkeypatch):
    monkeypatch.setattr(engine, "DEADLOCK_TRIES", 2)
    database = Database(database_url, clock=clock)
    tries = []

    def write(session):
        tries.append(1)
        session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40P01'; END $$"))

    with pytest.raises(EnvironmentFault) as fault:
        await database.write(write)
    assert (fault.value.code, len(tries)) == ("database-locked", 2)
    await database.aclose()
