"""A keyword of an emergency in what a caller says: asked about once, filed with the words, never lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interpreter_kit import World, at_main_menu, happen
from ivr_kit import RESIDENT, shipped_menu

from hotline.call.ports import Urgency
from hotline.ivr import commands, events
from hotline.ivr.items import OwnWords
from hotline.ivr.model import Menu
from hotline.ivr.steps.set import Set
from hotline.ivr.steps.transfer import Hear, Transfer

HEARD = events.WordsHeard(hearing=0, text="厨房触电", score=0.9, started=20.0, ended=22.0)
ANSWERS = st.lists(st.tuples(st.sampled_from([0, 1, 2, 3, 4, 5, 6, 7, 12]), st.integers(0, 400)), max_size=12)


def keyword_in_a_recording(*, menu: Menu | None = None) -> World:
    world = at_main_menu(menu=menu, known=RESIDENT, understood=frozenset({"zh"}))
    world.feed(events.KeyPressed(key="1", at=1.0))
    world.feed(events.Played(playback=world.playbacks.pop(), completed=True))
    world.feed(events.Played(playback=world.playbacks.pop(), completed=True))
    assert world.machine.step == "say_problem"
    world.feed(replace(HEARD, hearing=world.hearings.pop()))
    return world


def kinds_of(world: World) -> list[str]:
    return [one.kind for one in world.issued if isinstance(one, commands.Log)]


@settings(max_examples=150, deadline=None)
@given(ANSWERS, st.booleans())
def test_after_a_keyword_nothing_but_a_no_leads_anywhere_but_to_the_emergency(
    answers: list[tuple[int, int]], leaves: bool
) -> None:
    world = keyword_in_a_recording()
    for choice, detail in answers:
        if not world.machine.talk.alarm.verifying or world.machine.step == "human":
            break
        happen(world, choice, detail)
    if leaves and world.machine.talk.alarm.verifying:
        world.feed(events.CallerGone(at=50.0))
    talk = world.machine.talk
    kinds = kinds_of(world)
    assert kinds.count("EMERGENCY_ASKED") == 1
    denied, left = "EMERGENCY_DENIED" in kinds, world.machine.step == "human"
    assert talk.alarm.verifying or talk.in_emergency or denied or left
    assert not (talk.in_emergency and denied)
    span = talk.slots.span("words")
    assert span is not None
    assert (span.start, span.end) == (20.0, 22.0), "the words are kept whatever the answer is"


@pytest.mark.parametrize("answer", ["silence", "gone", "panic"])
def test_an_emergency_not_denied_is_filed_with_its_words_before_anybody_is_rung(answer: str) -> None:
    world = keyword_in_a_recording()
    if answer == "gone":
        world.feed(events.CallerGone(at=30.0))
    elif answer == "panic":
        world.feed(events.KeyPressed(key="*", at=30.0))
        world.feed(events.KeyPressed(key="*", at=30.2))
    else:
        for _ in range(2):
            world.feed(events.Played(playback=world.playbacks.pop(), completed=True))
            world.feed(events.SilenceHeard(hearing=world.hearings.pop()))
    if answer != "gone":
        assert world.machine.step == "emergency"
        world.feed(events.Played(playback=world.playbacks.pop(), completed=True))
    (opened,) = [one for one in world.requests.values() if isinstance(one, commands.OpenTicket)]
    assert opened.ticket.urgency is Urgency.URGENT
    assert opened.ticket.description == "厨房触电"
    assert opened.ticket.words is not None
    assert opened.ticket.words.start == 20.0
    assert ("not confirmed" in opened.ticket.note) == (answer != "panic")
    world.feed(world.result(opened, 0))
    (ring,) = [one for one in world.requests.values() if isinstance(one, commands.RingPeople)]
    assert any(isinstance(item, OwnWords) and item.span.start == 20.0 for item in ring.whisper)


def test_the_longest_call_running_out_waits_until_it_is_clear_whether_it_is_an_emergency() -> None:
    world = keyword_in_a_recording()
    limit = world.machine._limit
    issued = world.feed(events.TimedOut(timer=limit))
    assert issued == [commands.StartTimer(timer=limit, seconds=60.0)]
    world.feed(events.KeyPressed(key="2", at=30.0))
    assert world.machine.step == "details"
    world.feed(events.TimedOut(timer=limit))
    assert world.machine.step == "too_long"


def test_a_fault_while_an_emergency_is_made_sure_of_does_not_make_later_keywords_count_less() -> None:
    world = keyword_in_a_recording()
    world.feed(events.Broken(code="x"))
    assert not world.machine.talk.alarm.verifying


def test_the_record_shows_the_question_about_the_emergency_as_a_step_of_the_menu() -> None:
    world = keyword_in_a_recording()
    steps = [
        dict(one.detail)["step"]
        for one in world.issued
        if isinstance(one, commands.Log) and one.kind == "MENU"
    ]
    assert steps[-2:] == ["say_problem", "emergency_heard"]


def test_a_slot_is_copied_before_it_is_cleared() -> None:
    step = Set.model_validate({"copy": {"first_words": "words"}, "clear": ["words"], "next": "main"})
    talk = keyword_in_a_recording().machine.talk
    span = talk.slots.span("words")
    with pytest.raises(StopIteration):
        next(step.run(talk))
    assert span is not None
    assert talk.slots.span("first_words") == span
    assert talk.slots.get("words") is None


def test_without_a_verify_step_a_keyword_is_the_emergency_at_once() -> None:
    shipped = shipped_menu()
    emergency = shipped.emergency.model_copy(update={"confirm": None})
    menu = shipped.model_copy(update={"emergency": emergency})
    world = keyword_in_a_recording(menu=menu)
    assert world.machine.step == "emergency"
    assert "EMERGENCY_ASKED" not in kinds_of(world)
    span = world.machine.talk.slots.span("words")
    assert span is not None
    assert span.start == 20.0


def test_who_accepts_while_the_caller_is_asked_is_not_forgotten() -> None:
    shipped = shipped_menu()
    human = shipped.steps["human_roster"]
    assert isinstance(human, Transfer)
    hear = Hear.model_validate({"prompts": "say_problem", "into": "words"})
    steps = {**shipped.steps, "human_roster": human.model_copy(update={"hear": hear})}
    world = at_main_menu(menu=shipped.model_copy(update={"steps": steps}), understood=frozenset({"zh"}))
    world.feed(events.KeyPressed(key="0", at=1.0))
    for _ in range(2):  # key 0 is no 00; nobody accepts at once
        timer = list(world.timers)[-1]
        del world.timers[timer]
        world.feed(events.TimedOut(timer=timer))
        world.no_operator()
    world.feed(replace(HEARD, hearing=world.hearings.pop()))
    assert world.machine.talk.alarm.verifying
    (ring,) = world.requests.values()
    world.feed(world.result(ring, 0))
    assert world.machine.talk.alarm.verifying
    issued = world.feed(events.KeyPressed(key="2", at=30.0))
    (opened,) = [one for one in issued if isinstance(one, commands.OpenTicket)]
    assert opened.ticket.description == "厨房触电"
    assert opened.ticket.note == "handed to 8001"
