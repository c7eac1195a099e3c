"""The desk's rows on both databases."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from hotline.call.errors import EnvironmentFault
from hotline.call.ports import Presence
from hotline.operators import repository
from hotline.operators.lines import Leave
from hotline.operators.models import PresentRow, StateRow, WaitRow
from hotline.operators.papers import Papers
from hotline.operators.presence import Standing


def waiting(name, at, **more):
    return WaitRow(
        **{
            "id": name, "visit": name, "estate": "default", "queue": "main", "leg": name, "priority": 50,
            "position": 1, "entered_at": at, "short": False, "operator": "", "offers": 0, "talk_end": "",
        } | more
    )  # fmt: skip


async def test_one_present_state_and_a_history_without_holes(db, clock):
    ready = Standing(presence=Presence.READY, since=clock.now(), idle_since=clock.now())
    await db.write(lambda session: repository.stand(session, ("", "01"), ready, clock.now()))
    clock.pass_time(seconds=30)
    paused = Standing(presence=Presence.PAUSED, reason="lunch", since=clock.now())
    for _again in range(2):
        await db.write(lambda session: repository.stand(session, ("", "01"), paused, clock.now()))
    kept = await db.read(repository.standings)
    assert kept[("", "01")].reason == "lunch"
    rows = await db.read(lambda session: session.scalars(select(StateRow).order_by(StateRow.id)).all())
    assert [(row.presence, row.until is None) for row in rows] == [
        (Presence.READY, False),
        (Presence.PAUSED, True),
    ]
    assert rows[0].until == rows[1].since


async def test_what_a_dead_process_left_open_is_closed_as_lost(db, clock):
    def write(session):
        session.add(waiting("a", clock.now()))
        session.add(waiting("b", clock.now(), how=Leave.ANSWERED, left_at=clock.now(), waited=5.0))
        session.add(
            waiting(
                "c",
                clock.now(),
                how=Leave.ANSWERED,
                left_at=clock.now(),
                talked=9.0,
                talk_ended_at=clock.now(),
            )
        )

    await db.write(write)
    clock.pass_time(seconds=40)
    assert await db.write(lambda session: repository.close_lost_waits(session, clock.now())) == 1
    rows = await db.read(lambda session: session.scalars(select(WaitRow).order_by(WaitRow.id)).all())
    assert [(row.how, row.talk_end) for row in rows] == [
        (Leave.LOST, ""),
        (Leave.ANSWERED, "lost"),
        (Leave.ANSWERED, ""),
    ]
    assert rows[0].waited == 40.0


async def test_the_first_estimate_is_made_from_the_last_calls(db, clock):
    def write(session):
        for number in range(15):
            at = clock.now() + timedelta(minutes=number)
            session.add(waiting(f"{number:02d}", at, talked=float(number)))

    await db.write(write)
    times = await db.read(lambda session: repository.handling_times(session, "main"))
    assert times == [float(number) for number in range(5, 15)]


class Stubborn:
    """A database that does not answer for a while."""

    def __init__(self, db, refusals):
        self.db, self.refusals = db, refusals

    async def write(self, fn):
        if self.refusals:
            self.refusals -= 1
            raise EnvironmentFault("locked", code="database-locked")
        return await self.db.write(fn)


async def papers_written(papers, within=20):
    running = asyncio.ensure_future(papers.run())
    try:
        async with asyncio.timeout(within):
            await papers.settle()
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_papers_wait_for_a_database_that_does_not_answer_and_keep_their_order(db, clock):
    papers = Papers(Stubborn(db, 2), clock)
    for number, presence in enumerate((Presence.READY, Presence.RINGING, Presence.TALKING)):
        at = clock.now() + timedelta(seconds=number)
        standing = Standing(presence=presence, since=at)
        papers.put(lambda session, one=standing, at=at: repository.stand(session, ("", "01"), one, at))
    await papers_written(papers)
    kept = await db.read(repository.standings)
    assert kept[("", "01")].presence is Presence.TALKING


async def test_one_bad_paper_does_not_hold_up_the_others(db, clock):
    papers = Papers(db, clock)

    def bad(_session):
        raise SQLAlchemyError("a mistake")

    papers.put(lambda session: session.add(waiting("a", clock.now())))
    papers.put(bad)
    papers.put(lambda session: session.add(waiting("b", clock.now())))
    await papers_written(papers)
    ids = await db.read(lambda session: session.scalars(select(WaitRow.id).order_by(WaitRow.id)).all())
    assert ids == ["a", "b"]
    assert await db.read(lambda session: session.scalars(select(PresentRow)).all()) == []
