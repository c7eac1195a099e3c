"""A full line: who waits for a channel leaves no attempt and keeps the place in the queue."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from dispatch_kit import SettableClock, tick

from hotline.outbound.models import CallState


@pytest.fixture
def clock():
    return SettableClock()


async def test_on_a_full_line_ordinary_calls_wait_without_an_attempt_and_an_emergency_is_placed(scene):
    scene.room = 0
    scene.telephone.script = {"8001": [["accepted"]]}
    await scene.schedule("T1", priority=10)
    await scene.schedule("T2", priority=0)
    dispatcher = scene.dispatcher()
    assert await tick(dispatcher) == 1
    assert await tick(dispatcher) == 0
    assert (await scene.row("T2")).state is CallState.DONE
    assert ((await scene.row("T1")).state, await scene.attempts("T1")) == (CallState.WAITING, [])


async def test_who_waits_for_a_channel_is_rung_in_the_order_of_booking(scene):
    subjects = [f"T{number}" for number in range(6)]
    due = scene.clock.now() + timedelta(minutes=5)
    for subject in subjects:
        await scene.schedule(subject, roster="", to=subject, priority=10, due_at=due)
        scene.clock.pass_time(seconds=1)
        scene.telephone.script[subject] = [["accepted"]]
    scene.clock.pass_time(minutes=5)
    dispatcher = scene.dispatcher()
    for room in (2, 0, 1, 0, 3):
        scene.room = room
        await tick(dispatcher)
    assert scene.telephone.rung == subjects


@pytest.mark.timely
async def test_more_calls_than_are_begun_at_once_do_not_wait_for_the_next_second(scene):
    scene.room = 2
    for number in range(6):
        await scene.schedule(f"T{number}", roster="", to=f"{number}")
        scene.telephone.script[f"{number}"] = [["accepted"]]
    running = asyncio.create_task(scene.dispatcher().run())
    async with asyncio.timeout(1.9):  # three rounds of two: by the tick they would take two seconds
        while len(scene.telephone.rung) < 6:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert sorted(scene.telephone.rung) == [str(number) for number in range(6)]
