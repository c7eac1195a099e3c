"""The pure interpreter: which events of a call lead to which commands."""

from __future__ import annotations

import subprocess
import sys

import pytest
from interpreter_kit import TICKET, at_main_menu
from ivr_kit import RESIDENT

from hotline.call.ports import TicketKind
from hotline.ivr import commands, events
from hotline.ivr.items import OwnWords, Prompt, ReadBack


def test_the_longest_call_running_out_while_the_last_ticket_is_filed_does_not_keep_it_open() -> None:
    world = at_main_menu(known=RESIDENT)
    world.feed(events.KeyPressed(key="1", at=1.0))
    world.feed(events.Broken(code="x"))
    world.feed(events.Broken(code="y"))
    assert not world.machine.ended
    world.feed(events.TimedOut(timer=world.machine._limit))
    (request,) = [one for one in world.requests.values() if isinstance(one, commands.OpenTicket)]
    world.feed(events.Found(request=request.request, value=TICKET))
    assert world.machine.ended


def test_one_zero_waits_for_a_second_one_and_then_means_a_human() -> None:
    world = at_main_menu()
    world.feed(events.KeyPressed(key="0", at=1.0))
    assert world.machine.step == "main"
    timer, seconds = list(world.timers.items())[-1]
    assert seconds == pytest.approx(1.5)
    world.feed(events.TimedOut(timer=timer))
    assert world.machine.step == "human"


def test_two_zeros_are_the_emergency_and_its_ticket_is_filed_before_anybody_is_rung() -> None:
    world = at_main_menu()
    world.feed(events.KeyPressed(key="0", at=1.0))
    world.feed(events.KeyPressed(key="0", at=1.2))
    assert world.machine.step == "emergency"
    world.feed(events.Played(playback=world.playbacks.pop(), completed=True))
    assert isinstance(world.issued[-2], commands.OpenTicket | commands.SaveDraft)
    assert not any(isinstance(one, commands.RingPeople) for one in world.issued)
    world.feed(events.Found(request=next(iter(world.requests)), value=TICKET))
    assert any(isinstance(one, commands.RingPeople) for one in world.issued)


def test_a_stale_timer_of_an_earlier_question_changes_nothing() -> None:
    world = at_main_menu()
    world.feed(events.KeyPressed(key="0", at=1.0))
    old = list(world.timers)[-1]
    world.feed(events.KeyPressed(key="7", at=1.1))
    before = world.machine.step
    assert world.feed(events.TimedOut(timer=old)) == []
    assert world.machine.step == before


def test_words_being_spoken_when_the_caller_hangs_up_are_kept() -> None:
    world = at_main_menu(known=RESIDENT)
    world.feed(events.KeyPressed(key="1", at=1.0))
    world.feed(events.Played(playback=world.playbacks.pop(), completed=True))
    world.feed(events.Played(playback=world.playbacks.pop(), completed=True))
    world.feed(events.VoiceBegan(hearing=world.hearings[-1], at=20.0))
    issued = world.feed(events.CallerGone(at=24.0))
    (opened,) = [one for one in issued if isinstance(one, commands.OpenTicket)]
    assert opened.ticket.words is not None
    assert (opened.ticket.words.start, opened.ticket.words.end) == (19.5, 24.0)
    assert not opened.ticket.complete


def test_words_are_kept_when_the_ears_never_say_that_they_ended() -> None:
    world = at_main_menu(known=RESIDENT)
    world.feed(events.KeyPressed(key="1", at=1.0))
    world.feed(events.Played(playback=world.playbacks.pop(), completed=True))
    world.feed(events.Played(playback=world.playbacks.pop(), completed=True))
    world.feed(events.VoiceBegan(hearing=world.hearings[-1], at=20.0))
    timer, seconds = list(world.timers.items())[-1]
    assert seconds == 65.0
    world.feed(events.TimedOut(timer=timer))
    span = world.machine.talk.slots.span("words")
    assert span is not None
    assert (span.start, span.end) == (19.5, 79.5)


def test_two_zeros_count_even_while_nothing_may_interrupt_the_goodbye() -> None:
    world = at_main_menu()
    world.feed(events.TimedOut(timer=world.machine._limit))
    assert world.machine.step == "too_long"
    world.feed(events.KeyPressed(key="7", at=1.0))
    world.feed(events.KeyPressed(key="0", at=1.2))
    assert world.machine.step == "too_long"
    world.feed(events.KeyPressed(key="0", at=1.4))
    assert world.machine.step == "emergency"


def test_a_draft_is_saved_as_the_intake_grows_and_given_up_once_the_ticket_is_filed() -> None:
    world = at_main_menu(known=RESIDENT)
    issued = world.feed(events.KeyPressed(key="1", at=1.0))
    drafts = [one for one in issued if isinstance(one, commands.SaveDraft)]
    assert [draft.ticket is not None and draft.ticket.kind for draft in drafts] == [TicketKind.REPAIR]
    world.feed(events.Played(playback=world.playbacks.pop(), completed=True))
    issued = world.feed(
        events.WordsHeard(hearing=world.hearings.pop(), text="灯坏了", score=0.9, started=5.0, ended=7.0)
    )
    assert [
        one.ticket.description for one in issued if isinstance(one, commands.SaveDraft) and one.ticket
    ] == ["灯坏了"]
    world.feed(events.KeyPressed(key="1", at=9.0))
    issued = world.feed(events.Found(request=next(iter(world.requests)), value=TICKET))
    assert commands.SaveDraft(ticket=None) in issued


def test_the_read_back_says_place_own_words_and_number() -> None:
    world = at_main_menu(known=RESIDENT)
    world.feed(events.KeyPressed(key="1", at=1.0))
    world.feed(events.Played(playback=world.playbacks.pop(), completed=True))
    issued = world.feed(
        events.WordsHeard(hearing=world.hearings.pop(), text="", score=0.0, started=5.0, ended=7.0)
    )
    (said,) = [one.items for one in issued if isinstance(one, commands.Play)]
    assert ReadBack("place", "3-2-602", "zh") in said
    assert ReadBack("phone", "13800001111", "zh") in said
    assert any(isinstance(item, OwnWords) and item.span.start == 5.0 for item in said)


def test_a_second_fault_ends_the_call() -> None:
    world = at_main_menu()
    issued = world.feed(events.Broken(code="x"))
    (apology,) = [one.items for one in issued if isinstance(one, commands.Play)]
    assert apology == (Prompt("sorry_fault", "zh"),)
    issued = world.feed(events.Broken(code="x"))
    assert commands.Hangup() in issued
    assert world.machine.ended


def test_keys_pressed_while_people_talk_mean_nothing() -> None:
    world = at_main_menu()
    world.feed(events.KeyPressed(key="0", at=1.0))
    world.feed(events.TimedOut(timer=list(world.timers)[-1]))
    world.no_operator()
    world.feed(events.Found(request=next(iter(world.requests)), value=events.Acceptance("8100")))
    world.feed(events.Played(playback=world.playbacks.pop(), completed=True))
    assert any(isinstance(one, commands.Bridge) for one in world.issued)
    for _ in range(2):
        assert world.feed(events.KeyPressed(key="*", at=30.0)) == []
    assert world.machine.outcome == "transferred"


def test_the_interpreter_loads_no_event_loop_socket_or_database_of_ours() -> None:
    program = (
        "import sys, re, pathlib, hotline.ivr.interpreter\n"
        "for name, module in list(sys.modules.items()):\n"
        "    if name.startswith('hotline') and getattr(module, '__file__', None):\n"
        "        text = pathlib.Path(module.__file__).read_text(encoding='utf-8')\n"
        "        if re.search(r'^(import|from) (asyncio|socket|sqlalchemy|threading)', text, re.M):\n"
        "            print(name)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_draft_is_given_up_when_the_caller_adds_to_a_ticket_that_is_there_and_says_nothing() -> None:
    world = at_main_menu(known=RESIDENT)
    world.no_duplicates = False
    issued = world.feed(events.KeyPressed(key="1", at=1.0))
    assert any(isinstance(one, commands.SaveDraft) and one.ticket is not None for one in issued)
    world.feed(events.Played(playback=world.playbacks.pop(), completed=True))
    (asked,) = [one for one in world.requests.values() if isinstance(one, commands.FindDuplicate)]
    world.feed(events.Found(request=asked.request, value=TICKET))
    issued = world.feed(events.KeyPressed(key="1", at=2.0))
    assert [one for one in issued if isinstance(one, commands.SaveDraft)] == [commands.SaveDraft(ticket=None)]
    assert world.machine.step == "duplicate_words"
    issued = world.feed(events.CallerGone(at=3.0))
    assert not any(isinstance(one, commands.OpenTicket | commands.SaveDraft) for one in issued)
