"""Several nodes, crashes and clocks that are set: one call is placed once, and none is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dispatch_kit import SettableClock, tick

from hotline.call.errors import DialBusy
from hotline.outbound import repository
from hotline.outbound.models import CallState
from hotline.outbound.policy import Outcome


@pytest.fixture
def clock():
    return SettableClock()


async def test_an_attempt_cut_off_by_a_crash_is_unknown_and_the_same_person_is_rung_again(scene):
    await scene.schedule()

    def crash(session):
        return scene.dispatcher()._desk.claim(session, scene.clock.now(), limit=1)

    await scene.db.write(crash)
    assert (await scene.row()).state is CallState.PLACING
    scene.telephone.script = {"8001": [DialBusy("our own leg"), ["accepted"]]}
    after = scene.dispatcher(owner="two")
    await tick(after)
    assert scene.telephone.rung == []
    for _ in range(2):
        scene.clock.pass_time(seconds=10)
        await tick(after)
    assert await scene.attempts() == [
        ("8001", Outcome.UNKNOWN),
        ("8001", Outcome.GHOST),
        ("8001", Outcome.CONFIRMED),
    ]


async def look_again(dispatcher, clock, *, seconds):
    """Let time pass and leases be looked at."""
    clock.pass_time(seconds=seconds)
    await tick(dispatcher)


async def test_a_lease_that_is_not_renewed_while_it_is_watched_has_no_owner_any_more(scene):
    await scene.schedule()
    one, two = scene.dispatcher("one", alone=False), scene.dispatcher("two", alone=False)
    await scene.db.write(lambda s: one._desk.claim(s, scene.clock.now(), limit=1))
    for _ in range(3):
        await look_again(two, scene.clock, seconds=10)
    assert (await scene.row()).state is CallState.PLACING
    await look_again(two, scene.clock, seconds=10)
    assert (await scene.row()).state is CallState.WAITING
    assert await scene.attempts() == [("8001", Outcome.UNKNOWN)]


async def test_a_clock_set_forward_on_one_node_takes_no_call_from_another(scene):
    await scene.schedule()
    one, two = scene.dispatcher("one", alone=False), scene.dispatcher("two", alone=False)
    (placing,) = await scene.db.write(lambda s: one._desk.claim(s, scene.clock.now(), limit=1))
    await look_again(two, scene.clock, seconds=10)
    scene.clock.set_wall(scene.clock.now() + timedelta(hours=2))
    until = scene.clock.now() + timedelta(seconds=30)
    await scene.db.write(lambda s: repository.renew(s, [placing.row.id], owner="one", until=until))
    await look_again(two, scene.clock, seconds=10)
    assert (await scene.row()).state is CallState.PLACING
    assert await scene.attempts() == [("8001", None)]


async def test_who_stalled_and_comes_back_leaves_the_call_to_the_node_that_took_over(scene):
    await scene.schedule()
    one, two = scene.dispatcher("one", alone=False), scene.dispatcher("two", alone=False)
    (placing,) = await scene.db.write(lambda s: one._desk.claim(s, scene.clock.now(), limit=1))
    await scene.db.write(lambda s: two._desk.recover(s, scene.clock.now(), gone=[placing.row.id]))
    scene.clock.pass_time(seconds=10)
    await scene.db.write(lambda s: two._desk.claim(s, scene.clock.now(), limit=1))
    await scene.db.write(lambda s: one._desk.settle(s, placing, Outcome.NO_ANSWER, scene.clock.now()))
    row = await scene.row()
    assert (row.state, row.lease_owner) == (CallState.PLACING, "two")
    assert await scene.attempts() == [("8001", Outcome.UNKNOWN), ("8001", None)]


async def test_two_nodes_never_claim_one_call_twice(scene):
    await scene.schedule()
    rows = await scene.db.read(lambda s: list(repository.due(s, scene.clock.now(), limit=5)))

    async def claim(owner):
        now, lease = scene.clock.now(), timedelta(seconds=30)
        return await scene.db.write(lambda s: repository.claim(s, rows[0], owner=owner, now=now, lease=lease))

    assert await claim("one") is not None
    assert await claim("two") is None


async def test_what_held_a_call_in_a_process_that_died_holds_it_no_longer(scene):
    await scene.schedule(held_by="leg-of-the-caller")
    scene.telephone.script = {"8001": [["accepted"]]}
    scene.clock.pass_time(seconds=1)
    assert await tick(scene.dispatcher(owner="next")) == 1
