"""Placed calls on a real database with a scripted telephone: who is rung, when, and until when."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from dispatch_kit import SettableClock, tick
from sqlalchemy import select

import hotline.outbound.models
from hotline.call.errors import DialBusy, DialNoAnswer, EnvironmentFault, HotlineError
from hotline.call.ports import DutyContact
from hotline.outbound import repository
from hotline.outbound.desk import NOBODY
from hotline.outbound.models import AttemptRow, CallState, OutboundCallRow
from hotline.outbound.policy import Outcome


@pytest.fixture
def clock():
    return SettableClock()


async def test_the_next_on_the_roster_is_rung_until_a_key_accepts(scene):
    scene.telephone.script = {"8001": [DialNoAnswer("no")], "8002": [["accepted"]]}
    await scene.schedule()
    dispatcher = scene.dispatcher()
    assert await tick(dispatcher) == 1
    assert await tick(dispatcher) == 0
    scene.clock.pass_time(seconds=1)
    assert await tick(dispatcher) == 1
    assert await scene.attempts() == [("8001", Outcome.NO_ANSWER), ("8002", Outcome.CONFIRMED)]
    row = await scene.row()
    assert (row.state, row.result) == (CallState.DONE, "accepted")
    assert scene.kind.said == [("accepted", "乙")]
    assert "outbound.confirmed" in await scene.events()
    scene.clock.pass_time(hours=1)
    assert await tick(dispatcher) == 0
    assert all(call.over for call in scene.telephone.calls)


async def test_an_answer_without_a_key_is_not_taken_for_a_human(scene):
    scene.telephone.script = {"8001": [[]], "8002": [["accepted"]]}
    await scene.schedule()
    dispatcher = scene.dispatcher()
    await tick(dispatcher)
    assert await scene.attempts() == [("8001", Outcome.NO_KEY)]
    assert (await scene.row()).state is CallState.WAITING


async def test_after_the_first_round_the_supervisor_is_among_them_and_somebody_is_told(scene):
    nobody = [DialBusy("busy") for _ in range(3)]
    scene.telephone.script = {"8001": list(nobody), "8002": list(nobody), "8009": list(nobody)}
    await scene.schedule(supervisor="supervisor")
    dispatcher = scene.dispatcher()
    for _ in range(5):
        await tick(dispatcher)
        scene.clock.pass_time(seconds=1)
    assert scene.telephone.rung == ["8001", "8002", "8009", "8001", "8002"]
    assert scene.kind.rounds == 1


async def test_one_and_the_same_person_is_left_alone_for_a_while_between_two_calls(scene):
    scene.telephone.script = {"8001": [DialBusy("busy")] * 3, "8002": [DialBusy("busy")] * 3}
    await scene.schedule(policy="calm")
    dispatcher = scene.dispatcher()
    for _ in range(19):
        await tick(dispatcher)
        scene.clock.pass_time(seconds=1)
    assert scene.telephone.rung == ["8001", "8002"]
    scene.clock.pass_time(seconds=3)
    await tick(dispatcher)
    assert scene.telephone.rung == ["8001", "8002", "8001"]


async def test_two_matters_ring_two_people_and_never_one_person_twice_at_a_time(scene):
    answered = asyncio.Event()

    async def talks(report):
        await answered.wait()

    scene.telephone.script = {"8001": [talks], "8002": [talks]}
    for number in ("T1", "T2", "T3"):
        await scene.schedule(number)
    async with asyncio.TaskGroup() as tasks:
        assert await scene.dispatcher().tick(tasks) == 2
        while len(scene.telephone.calls) < 2:
            await asyncio.sleep(0)
        assert scene.telephone.rung == ["8001", "8002"]
        answered.set()
    waiting = [row for row in [await scene.row(n) for n in ("T1", "T2", "T3")] if row.attempts == 0]
    assert [row.next_at - scene.clock.now() for row in waiting] == [timedelta(seconds=5)]


async def test_who_still_hears_the_thank_you_is_not_rung_about_the_next_matter(scene):
    thanked = asyncio.Event()

    async def accepts_and_listens(report):
        await report("accepted", {})
        await thanked.wait()

    scene.duty.people["emergency"] = [DutyContact("甲", "8001")]
    scene.telephone.script = {"8001": [accepts_and_listens, ["accepted"]], "8009": []}
    for number in ("T1", "T2"):
        await scene.schedule(number, supervisor="supervisor")
    dispatcher = scene.dispatcher()
    async with asyncio.TaskGroup() as tasks:
        await dispatcher.tick(tasks)
        while (await scene.row("T1")).state is not CallState.DONE:
            await asyncio.sleep(0)
        scene.clock.pass_time(seconds=5)
        assert await dispatcher.tick(tasks) == 0
        assert scene.telephone.rung == ["8001"]
        thanked.set()
    scene.clock.pass_time(seconds=5)
    await tick(dispatcher)
    assert scene.telephone.rung == ["8001", "8001"]
    assert (await scene.row("T2")).state is CallState.DONE


async def test_an_attempt_nobody_closed_keeps_a_number_from_other_calls_for_a_while_only(scene):
    scene.telephone.script = {"8001": [["accepted"]]}
    scene.duty.people["emergency"] = [DutyContact("甲", "8001")]
    dispatcher = scene.dispatcher(alone=False)
    await tick(dispatcher)
    await scene.schedule("T1")
    now = scene.clock.now()

    def left_behind(session):
        row = repository.find(session, "dispatch", "T1")
        attempt = repository.claim(session, row, owner="gone", now=now, lease=timedelta(seconds=30))
        attempt.to = "8001"
        repository.end(row, CallState.DONE, now=now, result="accepted")

    await scene.db.write(left_behind)
    await scene.schedule("T2")
    await tick(dispatcher)
    assert scene.telephone.rung == []
    scene.clock.pass_time(seconds=31)
    await tick(dispatcher)
    assert scene.telephone.rung == ["8001"]


async def test_a_telephone_that_rings_is_left_alone_once_the_matter_is_settled_elsewhere(scene):
    ringing = asyncio.Event()

    async def rings(order):
        ringing.set()
        await asyncio.Event().wait()

    await scene.schedule(roster="", to="100")
    scene.telephone.dial = rings
    dispatcher = scene.dispatcher()
    async with asyncio.TaskGroup() as tasks:
        await dispatcher.tick(tasks)
        await ringing.wait()
        now = scene.clock.now()
        await scene.db.write(lambda s: repository.cancel(s, subject="T1", now=now, why="somebody was there"))
        await dispatcher.tick(tasks)
    assert await scene.attempts() == [("100", Outcome.CALLED_OFF)]
    assert (await scene.row()).state is CallState.CANCELLED


async def test_a_conversation_that_cannot_be_led_is_no_reason_to_ring_every_second(scene):
    async def broken(report):
        raise EnvironmentFault('no menu "nope"')

    scene.telephone.script = {"8001": [broken], "8002": [["accepted"]]}
    await scene.schedule()
    dispatcher = scene.dispatcher()
    await tick(dispatcher)
    scene.clock.pass_time(seconds=59)
    assert await tick(dispatcher) == 0
    scene.clock.pass_time(seconds=1)
    assert await tick(dispatcher) == 1
    assert await scene.attempts() == [("8001", Outcome.FAILED), ("8002", Outcome.CONFIRMED)]


async def test_who_passes_on_is_not_rung_again_before_the_others(scene):
    scene.telephone.script = {"8001": [["passed_on"]], "8002": [["accepted"]]}
    await scene.schedule()
    dispatcher = scene.dispatcher()
    await tick(dispatcher)
    scene.clock.pass_time(seconds=1)
    await tick(dispatcher)
    assert await scene.attempts() == [("8001", Outcome.PASSED_ON), ("8002", Outcome.CONFIRMED)]


async def test_the_same_matter_is_scheduled_once_whoever_asks(scene):
    assert await scene.schedule()
    assert not await scene.schedule()
    assert await scene.schedule(subject="T2")


async def test_a_call_nobody_wants_any_more_is_cancelled_and_not_placed(scene):
    await scene.schedule()
    scene.kind.open = False
    assert await tick(scene.dispatcher()) == 0
    assert (await scene.row()).state is CallState.CANCELLED
    assert scene.telephone.rung == []


async def test_an_empty_roster_is_told_once_and_looked_at_again(scene):
    scene.duty.people["emergency"] = []
    await scene.schedule()
    dispatcher = scene.dispatcher()
    await tick(dispatcher)
    scene.clock.pass_time(seconds=31)
    await tick(dispatcher)
    assert (await scene.row()).result == NOBODY
    assert (await scene.events()).count("outbound.nobody") == 1
    scene.duty.people["emergency"] = [DutyContact("甲", "8001")]
    scene.telephone.script = {"8001": [["accepted"]]}
    scene.clock.pass_time(seconds=31)
    assert await tick(dispatcher) == 1


async def test_attempts_end_when_the_policy_allows_no_more(scene):
    scene.telephone.script = {"100": [DialNoAnswer("no"), DialNoAnswer("no")]}
    await scene.schedule(roster="", to="100", policy="twice")
    dispatcher = scene.dispatcher()
    await tick(dispatcher)
    scene.clock.pass_time(seconds=60)
    await tick(dispatcher)
    row = await scene.row()
    assert (row.state, row.result) == (CallState.GIVEN_UP, "no_answer")
    assert scene.kind.given_up_for == ["T1"]
    assert "outbound.given_up" in await scene.events()


async def test_nobody_is_rung_outside_the_window(scene):
    scene.duty.opens_at = scene.clock.now() + timedelta(hours=3)
    scene.telephone.script = {"8001": [["accepted"]]}
    await scene.schedule(policy="decent")
    dispatcher = scene.dispatcher()
    assert await tick(dispatcher) == 0
    assert (await scene.row()).next_at == scene.duty.opens_at
    scene.clock.pass_time(hours=3)
    assert await tick(dispatcher) == 1


async def test_of_equals_the_one_that_has_waited_longest_goes_first(scene):
    scene.telephone.script = {str(n): [["accepted"]] for n in (100, 200, 300)}
    now = scene.clock.now()
    scene.room = 1
    await scene.schedule("late", roster="", to="300", due_at=now - timedelta(seconds=1))
    await scene.schedule("first", roster="", to="100", due_at=now - timedelta(minutes=2))
    await scene.schedule("second", roster="", to="200", due_at=now - timedelta(minutes=1))
    dispatcher = scene.dispatcher()
    for _ in range(3):
        await tick(dispatcher)
    assert scene.telephone.rung == ["100", "200", "300"]


async def test_without_room_nothing_is_placed(scene):
    await scene.schedule()
    scene.room = 0
    assert await tick(scene.dispatcher()) == 0


async def test_a_refused_report_reaches_the_flow_and_confirms_nothing(scene):
    async def refused(report):
        with pytest.raises(HotlineError):
            await report("refuse", {})

    scene.telephone.script = {"8001": [refused]}
    await scene.schedule()
    await tick(scene.dispatcher())
    assert (await scene.row()).state is CallState.WAITING


async def test_the_confirming_key_is_committed_before_the_flow_goes_on(scene):
    seen = []

    async def accepts(report):
        await report("accepted", {})
        row = await scene.row()
        seen.append(
            (row.state, (await scene.db.read(lambda s: s.scalars(select(AttemptRow)).one())).confirmed)
        )

    scene.telephone.script = {"8001": [accepts]}
    await scene.schedule()
    await tick(scene.dispatcher())
    assert seen == [(CallState.DONE, "accepted")]


async def test_a_held_call_waits_for_its_release(scene):
    await scene.schedule(held_by="leg-of-the-caller")
    scene.telephone.script = {"8001": [["accepted"]]}
    dispatcher = scene.dispatcher()
    assert await tick(dispatcher) == 0
    await scene.db.write(lambda s: repository.release(s, "leg-of-the-caller", now=scene.clock.now()))
    assert await tick(dispatcher) == 1


async def test_cancelling_a_subject_closes_its_open_calls(scene):
    await scene.schedule()
    gone = await scene.db.write(
        lambda s: repository.cancel(s, subject="T1", now=scene.clock.now(), why="ticket cancelled")
    )
    assert gone == 1
    assert (await scene.row()).result == "ticket cancelled"
    assert hotline.outbound.models.OutboundCallRow is OutboundCallRow


async def test_a_call_held_for_too_long_is_placed_after_all(scene):
    dispatcher = scene.dispatcher(alone=False)
    await tick(dispatcher)
    await scene.schedule(held_by="leg-of-the-caller")
    scene.telephone.script = {"8001": [["accepted"]]}
    scene.clock.pass_time(minutes=31)
    assert await tick(dispatcher) == 1


async def test_the_dispatcher_wakes_on_the_instant_a_call_is_due_and_not_a_tick_later(scene):
    dispatcher = scene.dispatcher()
    assert await dispatcher._until_due() == 1.0
    await scene.schedule(due_at=scene.clock.now() + timedelta(seconds=0.4))
    assert await dispatcher._until_due() == pytest.approx(0.4)
    scene.clock.pass_time(seconds=5)
    assert await dispatcher._until_due() == 1.0


async def test_a_channel_that_is_free_again_is_used_at_once(scene):
    scene.telephone.script = {"100": [["accepted"]], "200": [["accepted"]]}
    scene.room = 1
    earlier = scene.clock.now() - timedelta(seconds=1)
    await scene.schedule("T1", roster="", to="100", due_at=earlier)
    later = {"due_at": scene.clock.now() + timedelta(microseconds=1), "next_at": scene.clock.now()}
    await scene.schedule("T2", roster="", to="200", **later)
    dispatcher = scene.dispatcher()
    await tick(dispatcher)
    async with asyncio.timeout(5):
        await dispatcher._pause(3600)
        await tick(dispatcher)
    assert scene.telephone.rung == ["100", "200"]
