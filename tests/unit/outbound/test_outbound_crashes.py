"""What a process leaves open when it is killed: closed by the next one, and what a key said stands."""

from __future__ import annotations

import pytest
from dispatch_kit import SettableClock, tick

from hotline.outbound import repository
from hotline.outbound.kinds import Report
from hotline.outbound.models import CallState
from hotline.outbound.policy import Outcome


@pytest.fixture
def clock():
    return SettableClock()


async def killed_after(scene, word, *, alone=True, subject="T1"):
    """Let a process place the call, take in a key and die before the leg is over."""
    desk = scene.dispatcher("dead", alone=alone)._desk
    (placing,) = await scene.db.write(lambda s: desk.claim(s, scene.clock.now(), limit=1))
    scene.clock.pass_time(seconds=5)
    said = Report(word, {}, placing.contact.name, "leg", scene.clock.now())
    await scene.db.write(lambda s: desk.report(s, placing, said, scene.clock.now()))


async def test_an_attempt_confirmed_before_the_kill_is_closed_as_confirmed_and_nobody_is_rung(scene):
    await scene.schedule()
    await killed_after(scene, "accepted")
    after = scene.dispatcher("next")
    for _ in range(3):
        await tick(after)
        scene.clock.pass_time(seconds=20)
    assert await scene.attempts() == [("8001", Outcome.CONFIRMED)]
    assert (await scene.row()).state is CallState.DONE
    assert scene.telephone.rung == []


async def test_who_passed_it_on_before_the_kill_is_not_rung_again_before_the_next_one(scene):
    await scene.schedule()
    await killed_after(scene, "passed_on")
    scene.telephone.script = {"8002": [["accepted"]]}
    after = scene.dispatcher("next")
    for _ in range(3):
        await tick(after)
        scene.clock.pass_time(seconds=20)
    assert await scene.attempts() == [("8001", Outcome.PASSED_ON), ("8002", Outcome.CONFIRMED)]


async def test_an_attempt_of_a_call_that_was_cancelled_meanwhile_is_closed_as_unknown(scene):
    await scene.schedule()
    await killed_after(scene, "noted")
    now = scene.clock.now()
    await scene.db.write(lambda s: repository.cancel(s, subject="T1", now=now, why="test"))
    await tick(scene.dispatcher("next"))
    assert await scene.attempts() == [("8001", Outcome.UNKNOWN)]
    assert (await scene.row()).state is CallState.CANCELLED


async def test_another_node_closes_what_a_dead_one_left_open_and_leaves_the_living_alone(scene):
    for subject in ("T1", "T2"):
        await scene.schedule(subject)
        if subject == "T1":
            await killed_after(scene, "accepted", alone=False)
            scene.clock.pass_time(minutes=2)  # 8001 has put the receiver down
    dead = scene.dispatcher("dead", alone=False)._desk
    await scene.db.write(lambda s: dead.claim(s, scene.clock.now(), limit=1))
    await scene.schedule("T3")
    alive = scene.dispatcher("alive", alone=False)._desk
    (placing,) = await scene.db.write(lambda s: alive.claim(s, scene.clock.now(), limit=1))
    said = Report("accepted", {}, placing.contact.name, "leg", scene.clock.now())
    await scene.db.write(lambda s: alive.report(s, placing, said, scene.clock.now()))
    row = await scene.row("T2")
    other = scene.dispatcher("other", alone=False)._desk
    await scene.db.write(lambda s: other.recover(s, scene.clock.now(), gone=[row.id]))
    assert await scene.attempts("T1") == [("8001", Outcome.CONFIRMED)]
    assert await scene.attempts("T2") == [("8001", Outcome.UNKNOWN)]
    assert await scene.attempts("T3") == [("8002", None)]  # the first was on the telephone
