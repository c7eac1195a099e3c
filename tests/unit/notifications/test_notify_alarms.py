"""Alarms: people hear of the beginning, of the lasting and of the end, each once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from notify_kit import told

from hotline.db.engine import Database
from hotline.notifications import alarms
from hotline.notifications.alarmkinds import AlarmKind
from hotline.notifications.alarms import Alarms

TRUNK = AlarmKind.TRUNK_DOWN


async def test_an_alarm_is_told_at_its_beginning_and_its_end_and_counted_in_between(db, clock):
    book = Alarms(db, clock)
    assert await book.raise_(TRUNK, "trunk", detail={"reason": "408"})
    clock.pass_time(minutes=5)
    assert not await book.raise_(TRUNK, "trunk", detail={"reason": "503"})
    (row,) = await book.standing()
    assert (row.count, row.last_at - row.first_at, row.detail) == (2, timedelta(minutes=5), {"reason": "503"})
    assert await book.clear(TRUNK, "trunk")
    assert not await book.clear(TRUNK, "trunk")
    assert await book.raise_(TRUNK, "trunk")
    assert await told(db) == [
        ("alarm.raised", "trunk_down", "trunk"),
        ("alarm.cleared", "trunk_down", "trunk"),
        ("alarm.raised", "trunk_down", "trunk"),
    ]
    (row,) = await book.standing()
    assert (row.count, row.first_at) == (1, clock.now())


async def test_the_same_trouble_of_two_estates_or_trunks_are_two_alarms(db, clock):
    book = Alarms(db, clock)
    for estate, subject in (("east", "a"), ("east", "b"), ("west", "a")):
        assert await book.raise_(TRUNK, subject, estate=estate)
    assert await book.clear(TRUNK, "a", estate="east")
    assert [(row.estate, row.subject) for row in await book.standing()] == [("east", "b"), ("west", "a")]


async def test_an_alarm_and_its_event_are_one_transaction(db, clock):
    with pytest.raises(RuntimeError), db.transaction() as session:
        alarms.raise_(session, kind=TRUNK, subject="trunk", at=clock.now())
        raise RuntimeError
    assert await told(db) == []
    assert await Alarms(db, clock).standing() == []


async def test_two_nodes_that_see_the_same_raise_it_once(db, clock, database_url):
    second = Database(database_url, clock=clock, busy_seconds=30)
    books = [Alarms(db, clock), Alarms(second, clock)]
    began = await asyncio.gather(*(books[turn % 2].raise_(TRUNK, "trunk") for turn in range(20)))
    assert sum(began) == 1
    over = await asyncio.gather(*(books[turn % 2].clear(TRUNK, "trunk") for turn in range(10)))
    assert sum(over) == 1
    assert len(await told(db)) == 2
    await second.aclose()


async def test_reminders_come_at_their_interval_while_it_stands(db, clock):
    book = Alarms(db, clock)
    await book.raise_(TRUNK, "trunk")
    every, reminded = timedelta(hours=4), []
    for _ in range(10):
        reminded.append(await book.remind(every))
        clock.pass_time(hours=1)
    assert reminded == [0, 0, 0, 0, 1, 0, 0, 0, 1, 0]
    await book.clear(TRUNK, "trunk")
    clock.pass_time(hours=9)
    assert await book.remind(every) == 0
