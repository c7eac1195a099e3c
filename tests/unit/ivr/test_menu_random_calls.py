"""The interpreter fed at random: whatever happens in whatever order, it goes on, waits or ends."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from interpreter_kit import FACTS, HAPPENINGS, World, happen
from ivr_kit import RESIDENT

from hotline.ivr import commands, events
from hotline.ivr.intake import CallFacts


@settings(max_examples=150, deadline=None)
@given(FACTS, HAPPENINGS)
def test_whatever_happens_the_call_ends_or_something_is_still_to_come(
    facts: CallFacts, happenings: list[tuple[int, int]]
) -> None:
    world = World(facts)
    for choice, detail in happenings:
        assert world.machine.ended or world.waits(), world.issued[-5:]
        if world.machine.ended:
            break
        happen(world, choice, detail)


@pytest.mark.parametrize("seed", range(6))
def test_long_random_calls_end_or_wait(seed: int) -> None:
    dice = random.Random(seed)
    weights = [3, 3, 3, 6, 1.5, 2, 3, 1, 4, 4, 0.8, 0.4, 0.5, 1]
    steps = set()
    for _ in range(150):
        known = dice.choice([None, RESIDENT])
        understood = frozenset({"zh", "en"}) if dice.random() < 0.5 else frozenset()
        facts = CallFacts(
            leg="c" * 32, estate="default", language="zh", number="139001", known=known, understood=understood
        )
        world = World(facts)
        for _ in range(400):
            if world.machine.ended:
                break
            assert world.waits(), world.issued[-5:]
            happen(world, dice.choices(range(14), weights)[0], dice.randrange(400))
            steps.add(world.machine.step)
    assert len(steps) > 30, "too few steps were reached to prove anything"


@settings(max_examples=60, deadline=None)
@given(FACTS, HAPPENINGS)
def test_a_caller_who_leaves_anywhere_leaves_no_word_behind(
    facts: CallFacts, happenings: list[tuple[int, int]]
) -> None:
    world = World(facts)
    for choice, detail in happenings:
        if world.machine.ended or world.gone:
            break
        happen(world, choice, detail)
    worth = world.machine.talk.worth_a_call_back and not world.machine.ended
    world.feed(events.CallerGone(at=99.0))
    world.gone = True
    for _ in range(20):
        if world.machine.ended or not world.requests:
            break
        request = next(iter(world.requests.values()))
        ringing = isinstance(request, commands.RingPeople | commands.EnterQueue)
        world.feed(world.result(request, 1 if ringing else 0))
    assert world.machine.ended
    noted = any(isinstance(one, commands.NoteTicket) and one.event == "words" for one in world.issued)
    kept = (commands.OpenTicket, commands.AddTo)
    assert not worth or noted or any(isinstance(one, kept) for one in world.issued)
