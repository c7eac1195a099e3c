"""What goes wrong with one call costs no other call, no answer and no process."""

from __future__ import annotations

import asyncio

import pytest
from dispatch_kit import SettableClock, tick

from hotline.call.errors import DialNoAnswer, EnvironmentFault, TicketRefused
from hotline.outbound.models import CallState
from hotline.outbound.policy import Outcome


class Hurried(SettableClock):
    """Nobody waits for real."""

    async def sleep(self, seconds):
        await asyncio.sleep(0)


@pytest.fixture
def clock():
    return Hurried()


class Flawed:
    """The scene's database, locked for some writes."""

    def __init__(self, db, locked, code="database-locked"):
        self._db, self.locked, self._code = db, locked, code

    async def read(self, fn):
        return await self._db.read(fn)

    async def write(self, fn):
        if self.locked > 0:
            self.locked -= 1
            raise EnvironmentFault("The database is locked.", code=self._code)
        return await self._db.write(fn)


@pytest.mark.parametrize("at_fault", ["wanted", "given"])
async def test_a_call_that_cannot_be_handled_waits_a_minute_and_the_others_are_placed(scene, at_fault):
    right = getattr(scene.kind, at_fault)

    def wrong(session, row):
        if row.subject == "T1":
            row.result = "half a deed"
            raise LookupError("the ticket is gone")
        return right(session, row)

    setattr(scene.kind, at_fault, wrong)
    scene.telephone.script = {"100": [["accepted"]], "200": [["accepted"]]}
    await scene.schedule("T1", roster="", to="100")
    await scene.schedule("T2", roster="", to="200")
    dispatcher = scene.dispatcher()
    assert await tick(dispatcher) == 1
    assert scene.telephone.rung == ["200"]
    row = await scene.row("T1")
    assert (row.state, row.attempts, row.result) == (CallState.WAITING, 0, "fault: LookupError")
    setattr(scene.kind, at_fault, right)
    scene.clock.pass_time(seconds=60)
    assert await tick(dispatcher) == 1
    assert (await scene.row("T1")).state is CallState.DONE


async def test_the_end_of_a_call_that_its_kind_refuses_is_written_and_told_all_the_same(scene):
    def refused(session, row, *, at):
        raise TicketRefused("The ticket is closed.", code="ticket-transition")

    scene.kind.given_up = refused
    scene.telephone.script = {"100": [DialNoAnswer("no"), DialNoAnswer("no")]}
    await scene.schedule(roster="", to="100", policy="twice")
    dispatcher = scene.dispatcher()
    await tick(dispatcher)
    scene.clock.pass_time(minutes=2)
    await tick(dispatcher)
    row = await scene.row()
    assert (row.state, row.result) == (CallState.GIVEN_UP, "no_answer; fault: ticket-transition")
    assert (await scene.events()).count("outbound.given_up") == 1


async def test_what_fails_after_the_yes_does_not_undo_it(scene):
    async def breaks_afterwards(report):
        await report("accepted", {})
        raise RuntimeError("the record could not be closed")

    scene.telephone.script = {"8001": [breaks_afterwards]}
    await scene.schedule()
    await tick(scene.dispatcher())
    assert await scene.attempts() == [("8001", Outcome.CONFIRMED)]
    assert (await scene.row()).state is CallState.DONE


async def test_a_database_that_is_locked_for_a_moment_costs_nobody_the_answer(scene):
    dispatcher = scene.dispatcher()
    flawed = dispatcher._db = Flawed(scene.db, 0)

    async def while_it_is_locked(report):
        flawed.locked = 2
        await report("accepted", {})
        flawed.locked = 5  # the end of the attempt has to wait for longer

    scene.telephone.script = {"8001": [while_it_is_locked]}
    await scene.schedule()
    await tick(dispatcher)
    assert (flawed.locked, await scene.attempts()) == (0, [("8001", Outcome.CONFIRMED)])
    assert (await scene.row()).result == "accepted"


async def test_an_answer_that_cannot_be_written_for_good_is_told_to_the_flow(scene):
    dispatcher = scene.dispatcher()
    flawed = dispatcher._db = Flawed(scene.db, 0, code="disk-full")

    async def on_a_full_disk(report):
        flawed.locked = 1
        with pytest.raises(EnvironmentFault):
            await report("accepted", {})

    scene.telephone.script = {"8001": [on_a_full_disk]}
    await scene.schedule()
    await tick(dispatcher)
    assert await scene.attempts() == [("8001", Outcome.NO_KEY)]


async def test_a_call_of_our_own_that_nobody_is_placing_any_more_is_placed_again(scene, monkeypatch):
    dispatcher = scene.dispatcher()
    scene.telephone.script = {"8001": [DialNoAnswer("no"), ["accepted"]]}
    await scene.schedule()
    with monkeypatch.context() as broken:
        broken.setattr(dispatcher._desk, "settle", lambda *args, **more: 1 / 0)
        await tick(dispatcher)
    assert (await scene.row()).state is CallState.PLACING
    scene.clock.pass_time(seconds=11)
    await tick(dispatcher)
    scene.clock.pass_time(seconds=10)
    await tick(dispatcher)
    assert await scene.attempts() == [("8001", Outcome.UNKNOWN), ("8001", Outcome.CONFIRMED)]


async def test_nothing_that_goes_wrong_ends_the_process_that_takes_calls(scene, monkeypatch):
    dispatcher = scene.dispatcher()
    monkeypatch.setattr(dispatcher._desk, "recover", lambda *args, **more: 1 / 0)
    assert await dispatcher._look(None) == 1.0
