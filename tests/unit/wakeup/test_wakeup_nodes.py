"""Two nodes on one PostgreSQL database, killed at random: every attempt rings once, every guest is woken."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import shutil
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import hurried_node
import pytest
from hurried_node import SPEED, HurriedClock, run_node
from sqlalchemy import select

from hotline.app.desk import open_duty
from hotline.app.wakeups import open_wakeups
from hotline.call.ports import Place
from hotline.call.ports.wakeups import NewWakeup, WakeTime
from hotline.db.engine import Database
from hotline.home import Home, shipped
from hotline.outbound.models import AttemptRow, OutboundCallRow
from hotline.outbound.policy import Outcome
from hotline.settings import Settings
from hotline.wakeup.course import State
from hotline.wakeup.models import OccurrenceRow

ZONE = ZoneInfo("Asia/Shanghai")
WAKEUPS = 40
KILLS = 8
SKEW = 4.0
"""Seconds by which the clocks of the two nodes differ."""

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def shared(own_url, tmp_path):
    """A database of PostgreSQL that several processes use, and a data folder with the shipped rules."""
    shutil.copytree(shipped("config"), tmp_path / "config")
    rules = tmp_path / "config" / "wakeup.yaml"
    floor = "rosters:\n  floor:\n    - {name: 楼层, number: 'sip:floor@127.0.0.1'}\n"
    (tmp_path / "config" / "roster.yaml").write_text(floor, encoding="utf-8")
    rules.write_text("booking: {lead: 0, per_interval: 500}\n", encoding="utf-8")
    (tmp_path / "rings").touch()
    return own_url, tmp_path


async def book(db, home: Path, clock: HurriedClock) -> None:
    """Book forty wake-ups that come due within a minute and a half."""
    place, settings = Home(home), Settings()
    desk = open_wakeups(place, settings, db, clock, open_duty(place, settings)).book
    when = (clock.now() + timedelta(minutes=30)).astimezone(ZONE)
    for number in range(WAKEUPS):
        new = NewWakeup(
            estate="default", place=Place("1", "", str(number)), to=f"sip:{number}@127.0.0.1",
            when=WakeTime(at=when.time(), first=when.date()),
        )  # fmt: skip
        await desk.book(new)

    def hurry(session):
        days = session.scalars(select(OccurrenceRow).order_by(OccurrenceRow.id)).all()
        for number, day in enumerate(days):
            by = day.due_at - clock.now() - timedelta(seconds=20 + 2 * number)
            for name in ("due_at", "turn_at", "until", "escalate_at", "knock_until"):
                setattr(day, name, getattr(day, name) - by)
            for call in session.scalars(select(OutboundCallRow).where(OutboundCallRow.subject == day.wakeup)):
                call.due_at, call.next_at, call.expires_at = (
                    at - by for at in (call.due_at, call.next_at, call.expires_at)
                )

    await db.write(hurry)


async def live_through_kills(db: Database, url: str, home: Path, clock: HurriedClock, seed: int) -> None:
    """Run two nodes; kill one of them again and again, and let another take its place."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([hurried_node.__name__])
    chance = random.Random(seed)

    def node(number: int):
        arguments = (url, str(home), str(home / "rings"), clock.began, SKEW * number)
        process = context.Process(target=run_node, args=arguments, daemon=True)
        process.start()
        return process

    nodes = [node(0), node(1)]
    seen = 0
    try:
        await both_up(home)
        await book(db, home, clock)
        for _ in range(KILLS):
            seen, ringing = await next_ring(home / "rings", seen)
            await asyncio.sleep(chance.uniform(0.0, 0.8))
            victim = next((n for n, process in enumerate(nodes) if process.pid == ringing), 0)
            nodes[victim].kill()
            nodes[victim].join(5)
            nodes[victim] = node(victim)
        await until_over(db)
    finally:
        for process in nodes:
            process.kill()
            process.join(5)


async def both_up(home: Path) -> None:
    deadline = time.monotonic() + 60
    while len(list(home.glob("up-*"))) < 2:
        assert time.monotonic() < deadline, "the nodes did not start"
        await asyncio.sleep(0.05)


async def next_ring(rings: Path, seen: int) -> tuple[int, int]:
    """Wait for a ring after the first ``seen``; returns how many there are and whose the last is."""
    deadline = time.monotonic() + 60
    while len(lines := rings.read_text(encoding="ascii").splitlines()) <= seen:
        assert time.monotonic() < deadline, "no telephone rings any more"
        await asyncio.sleep(0.02)
    return len(lines), int(lines[-1].split()[-1])


async def until_over(db: Database) -> None:
    query = select(OccurrenceRow.wakeup).where(OccurrenceRow.state.not_in([State.CONFIRMED, State.KNOCKED]))
    deadline = time.monotonic() + 100
    while left := await db.read(lambda s: list(s.scalars(query))):
        assert time.monotonic() < deadline, left
        await asyncio.sleep(0.5)


@pytest.mark.parametrize("own_url", ["postgresql"], indirect=True)
async def test_two_nodes_that_are_killed_wake_everybody_and_ring_for_each_attempt_once(shared):
    url, home = shared
    clock = HurriedClock(time.time())
    db = Database(url, clock=clock)
    await live_through_kills(db, url, home, clock, seed=11)
    attempts = await db.read(
        lambda s: list(s.scalars(select(AttemptRow).order_by(AttemptRow.call, AttemptRow.number)))
    )
    days = await db.read(lambda s: list(s.scalars(select(OccurrenceRow))))
    await db.aclose()
    rings = [line.split() for line in (home / "rings").read_text(encoding="ascii").splitlines()]

    assert len(days) == WAKEUPS
    assert {day.state for day in days} <= {State.CONFIRMED, State.KNOCKED}
    rung = Counter(attempt for _, attempt, *_ in rings)
    twice = {to for to, attempt, *_ in rings if rung[attempt] > 1}
    assert not twice, (
        [ring for ring in rings if ring[0] in twice],
        [(one.id, one.owner, one.at, one.ended_at, one.outcome) for one in attempts if one.to in twice],
    )
    assert set(rung) <= {str(attempt.id) for attempt in attempts}
    confirmed = {f"sip:{day.place.rpartition('-')[2]}@127.0.0.1": day.confirmed_at for day in days}
    late = [
        to
        for to, _, at, _ in rings
        if to in confirmed and _instant(at) > confirmed[to] + timedelta(seconds=2 * SKEW)
    ]
    assert late == []
    assert Outcome.UNKNOWN in {attempt.outcome for attempt in attempts}, "kills hit attempts under way"
    confirmations = Counter(attempt.call for attempt in attempts if attempt.confirmed_at is not None)
    assert max(confirmations.values()) == 1
    assert len({attempt.owner for attempt in attempts}) > 2, "both nodes and their successors worked"


def _instant(at: str) -> datetime:
    return datetime.fromtimestamp(float(at), UTC)


def test_the_nodes_seconds_are_short():
    began = time.monotonic()
    with asyncio.Runner(loop_factory=hurried_node.HurriedLoop) as runner:
        runner.run(asyncio.sleep(1.0))
    assert time.monotonic() - began < 5 / SPEED
