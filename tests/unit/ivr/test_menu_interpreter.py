"""The pure interpreter: whatever happens in whatever order, it goes on, waits or ends."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ivr_kit import shipped_menu

from hotline.call.ports import KnownCaller, Place, StaffMember, StaffRole, TicketKind, TicketSummary, Urgency
from hotline.ivr import commands, events
from hotline.ivr.intake import CallFacts
from hotline.ivr.interpreter import Interpreter
from hotline.ivr.items import OwnWords, Prompt, ReadBack
from hotline.ivr.model import Menu
from hotline.ivr.steps.set import Set
from hotline.ivr.steps.transfer import Hear, Transfer

TICKET = TicketSummary(
    number="202611230001",
    kind=TicketKind.REPAIR,
    urgency=Urgency.ORDINARY,
    state="registered",
    place=Place("3", "2", "602"),
    opened_at=datetime(2026, 11, 23, 2, 0, tzinfo=UTC),
    due_at=None,
    assignee="",
    complete=True,
)
STAFF = [
    StaffMember(number="12", name="张师傅", telephone="", roles=frozenset({role}))
    for role in (StaffRole.TECHNICIAN, StaffRole.SUPERVISOR, StaffRole.MANAGER)
]
RESIDENT = KnownCaller(name="王芳", place=Place("3", "2", "602"), callback_number="13800001111")
WORDS = [
    "报修",
    "三号楼二单元六零二",
    "是的",
    "不对",
    "13700137000",
    "电梯困人",
    "嗯",
    "",
    "五",
    "help me",
    "yes",
]


class World:
    """What is outstanding between the interpreter and a session that performs its commands."""

    def __init__(self, facts: CallFacts, menu: Menu | None = None) -> None:
        self.machine = Interpreter(menu or shipped_menu(), facts)
        self.playbacks: list[int] = []
        self.hearings: list[int] = []
        self.timers: dict[int, float] = {}
        self.requests: dict[int, commands.Request] = {}
        self.no_duplicates = False
        """Answer at once that the room has no ticket yet."""
        self.issued: list[commands.Command] = []
        self.gone = False
        self.feed(events.Started())

    def feed(self, event: events.Event) -> list[commands.Command]:
        issued = self.machine.feed(event)
        for command in issued:
            self._note(command)
        self.issued += issued
        asked = [one for one in self.requests.values() if isinstance(one, commands.FindDuplicate)]
        if self.no_duplicates and asked:
            del self.requests[asked[0].request]
            issued = [*issued, *self.feed(events.Nothing(request=asked[0].request))]
        return issued

    def _note(self, command: commands.Command) -> None:
        match command:
            case commands.Play(playback=number):
                self.playbacks.append(number)
            case commands.Hush():
                self.playbacks.clear()
            case commands.Listen(hearing=number):
                self.hearings.append(number)
            case commands.StopListening(hearing=number):
                if number in self.hearings:
                    self.hearings.remove(number)
            case commands.StartTimer(timer=number, seconds=seconds):
                assert seconds > 0
                self.timers[number] = seconds
            case commands.StopTimer(timer=number):
                self.timers.pop(number, None)
            case commands.StopRinging(request=number):
                self.requests.pop(number, None)
            case commands.Request():
                self.requests[command.request] = command

    def waits(self) -> bool:
        """True when something outside will certainly feed another event."""
        limit = self.machine._limit
        own_timers = [timer for timer in self.timers if timer != limit]
        if self.gone:
            return bool(self.requests)
        return bool(self.playbacks or own_timers or self.requests)

    def result(self, request: commands.Request, kind: int) -> events.Event:
        del self.requests[request.request]
        number = request.request
        value: object = None
        match request:
            case commands.ListCases():
                value = (TICKET.number, "202611200001")
            case commands.EnterStaff():
                value = STAFF[kind % len(STAFF)]
            case commands.FindTicket() | commands.FindDuplicate() | commands.Act() | commands.AddTo():
                value = TICKET
            case commands.OpenTicket():
                value = TICKET
            case commands.AskHours():
                value = events.Hours(kind % 2 == 0, TICKET.opened_at)
            case commands.RingPeople():
                value = events.Acceptance("8001")
        return [
            events.Found(request=number, value=value),  # type: ignore[arg-type]
            events.Nothing(request=number),
            events.Failed(request=number, code="environment"),
            events.Late(request=number),
            events.Refused(request=number, code="staff-locked"),
        ][kind % 5]


def happen(world: World, choice: int, detail: int) -> None:  # noqa: C901 -- a list of happenings
    """Let one possible thing happen; ``choice`` and ``detail`` pick which."""
    at = float(detail % 100)
    match choice:
        case 0 | 1 | 2 if not world.gone:
            world.feed(events.KeyPressed(key="0123456789*#"[detail % 12], at=at))
        case 3 if world.playbacks:
            playback = world.playbacks.pop(0)
            world.feed(events.Played(playback=playback, completed=True))
        case 4 if world.timers:
            timer = list(world.timers)[detail % len(world.timers)]
            del world.timers[timer]
            world.feed(events.TimedOut(timer=timer))
        case 5 if world.hearings:
            world.feed(events.VoiceBegan(hearing=world.hearings[-1], at=at))
        case 6 if world.hearings:
            hearing = world.hearings.pop()
            text, score = WORDS[detail % len(WORDS)], (detail % 11) / 10
            world.feed(events.WordsHeard(hearing=hearing, text=text, score=score, started=at, ended=at + 1))
        case 7 if world.hearings:
            world.feed(events.SilenceHeard(hearing=world.hearings.pop()))
        case 8 | 9 if world.requests:
            request = list(world.requests.values())[detail % len(world.requests)]
            world.feed(world.result(request, detail))
        case 10 if detail % 40 == 0:
            world.feed(events.CallerGone(at=at))
            world.gone = True
            world.playbacks.clear()
            world.hearings.clear()
        case 11 if detail % 40 == 0:
            world.feed(events.Broken(code="x"))
        case 12:
            # news of things long over
            world.feed(events.Played(playback=detail, completed=False))
            world.feed(events.Nothing(request=10_000 + detail))


FACTS = st.builds(
    CallFacts,
    leg=st.just("c" * 32),
    estate=st.just("default"),
    language=st.sampled_from(["zh", "en"]),
    number=st.sampled_from(["", "13900139000"]),
    known=st.sampled_from([None, RESIDENT]),
    late=st.booleans(),
    recording=st.booleans(),
    emergency=st.sampled_from([False, False, False, True]),
    understood=st.sampled_from([frozenset(), frozenset({"zh", "en"})]),
)
HAPPENINGS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 400)), max_size=120)


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
    weights = [3, 3, 3, 6, 1.5, 2, 3, 1, 4, 4, 0.8, 0.4, 0.5]
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
            happen(world, dice.choices(range(13), weights)[0], dice.randrange(400))
            steps.add(world.machine.step)
    assert len(steps) > 30, "too few steps were reached to prove anything"


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
        ringing = isinstance(request, commands.RingPeople)
        world.feed(world.result(request, 1 if ringing else 0))
    assert world.machine.ended
    noted = any(isinstance(one, commands.NoteTicket) and one.event == "words" for one in world.issued)
    kept = (commands.OpenTicket, commands.AddTo)
    assert not worth or noted or any(isinstance(one, kept) for one in world.issued)


def at_main_menu(*, menu: Menu | None = None, **facts: object) -> World:
    known = CallFacts(leg="c" * 32, estate="default", language="zh", number="13900139000", **facts)  # type: ignore[arg-type]
    world = World(known, menu)
    world.no_duplicates = True
    while world.machine.step != "main":
        world.feed(events.Played(playback=world.playbacks.pop(), completed=True))
    return world


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
    human = shipped.steps["human"]
    assert isinstance(human, Transfer)
    hear = Hear.model_validate({"prompts": "say_problem", "into": "words"})
    steps = {**shipped.steps, "human": human.model_copy(update={"hear": hear})}
    world = at_main_menu(menu=shipped.model_copy(update={"steps": steps}), understood=frozenset({"zh"}))
    world.feed(events.KeyPressed(key="0", at=1.0))
    for _ in range(2):  # key 0 is no 00; nobody accepts at once
        timer = list(world.timers)[-1]
        del world.timers[timer]
        world.feed(events.TimedOut(timer=timer))
    world.feed(replace(HEARD, hearing=world.hearings.pop()))
    assert world.machine.talk.alarm.verifying
    (ring,) = world.requests.values()
    world.feed(world.result(ring, 0))
    assert world.machine.talk.alarm.verifying
    issued = world.feed(events.KeyPressed(key="2", at=30.0))
    (opened,) = [one for one in issued if isinstance(one, commands.OpenTicket)]
    assert opened.ticket.description == "厨房触电"
    assert opened.ticket.note == "handed to 8001"


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
