"""Waiting for an operator, being served, being called back: the menu's side of the operators' desk."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ivr_kit import ZONE, shipped_menu, texts
from session_kit import Around, rehearse

from hotline.call.audio import Clip, Tone
from hotline.call.errors import EnvironmentFault
from hotline.call.ports import (
    OperatorSummary,
    Phrase,
    Place,
    Presence,
    QueueNews,
    QueuePlace,
    Served,
    ServeEnd,
    ServeOrder,
    Taken,
    TellCaller,
    Words,
)
from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.ivr import commands, events
from hotline.ivr.checks import queues_of, sends_of
from hotline.ivr.deskwords import words_of_order
from hotline.ivr.items import Prompt
from hotline.ivr.line import Line
from hotline.ivr.loader import check_menu
from hotline.ivr.rehearsal import RehearsalPrompts
from hotline.ivr.standing import Standing
from hotline.ivr.steps.desk import Desk
from hotline.ivr.voice import Voice


class HandDesk:
    """A desk led by the test: it tells what the test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.orders: list[ServeOrder] = []
        self.tell: TellCaller = lambda news: None
        self.words: Words | None = None
        self.served: asyncio.Future[Served] | None = None
        self.cancelled = 0
        self.booked: list[tuple[str, str]] = []
        self.booking_takes = 0.02
        self.known = True
        self.entered = asyncio.Event()

    async def serve(self, call: Any, order: ServeOrder, words: Words, tell: TellCaller) -> Served:
        self.orders.append(order)
        self.tell, self.words = tell, words
        self.served = asyncio.get_running_loop().create_future()
        self.entered.set()
        try:
            return await self.served
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    async def call_back(self, call: Any, order: ServeOrder, number: str) -> None:
        await asyncio.sleep(self.booking_takes)
        self.booked.append((number, order.ticket))

    def anybody(self, queue: str, estate: str) -> bool:
        if not self.known:
            raise KeyError(queue)
        return True

    def find(self, estate: str, number: str) -> OperatorSummary | None:
        return OperatorSummary(
            number=number, name="", estate=estate, presence=Presence.READY, since=None, line="headset:12"
        )

    async def sign_in(self, estate: str, number: str, *, line: str = "") -> OperatorSummary:
        raise AssertionError("nobody signs in here")

    async def ready(self, estate: str, number: str) -> OperatorSummary:
        raise AssertionError("nobody is made ready here")

    async def pause(self, estate: str, number: str, reason: str) -> OperatorSummary:
        raise AssertionError("nobody pauses here")

    async def sign_out(self, estate: str, number: str) -> OperatorSummary:
        raise AssertionError("nobody signs out here")


class Waiting(Around):
    """A caller at a desk led by hand."""

    def __init__(self, **parts: Any) -> None:
        self.hand = HandDesk()
        super().__init__(operators=self.hand, **parts)

    async def ask_for_a_human(self) -> None:
        await self.hear("main_menu")
        self.call.far_presses("0")
        await self.hear("to_human")

    def tones(self) -> list[str]:
        return [heard.item.name.value for heard in self.call.heard if isinstance(heard.item, Tone)]

    def sounding(self) -> list[str]:
        return [
            str(heard.item.path.name if isinstance(heard.item, Clip) else heard.item)
            for heard in self.call.heard
            if heard.ended is None and not heard.cut
        ]

    def end(self, served: Served) -> None:
        assert self.hand.served is not None
        self.hand.served.set_result(served)


def test_what_the_desk_says_right_after_taking_the_call_is_not_cut_off_by_the_menu() -> None:
    async def caller(around: Waiting) -> None:
        await around.ask_for_a_human()
        await around.clock.sleep(10)
        assert around.hand.words is not None
        around.hand.tell(Taken("801"))
        around.call.play(around.hand.words.sounds(Phrase.SERVING, {"operator": "801"}))
        await around.clock.sleep(30)
        around.call.far_hangs_up()

    around = rehearse(Waiting, caller)
    serving = [heard for heard in around.call.heard if _named(heard.item) == "operator_serves"]
    assert [heard.cut for heard in serving] == [False]
    assert _named(around.call.heard[-1].item) == "operator_serves", "the menu spoke into the talk"
    assert around.outcome == "transferred"
    assert around.hand.cancelled == 1, "the desk is told by cancelling that the caller has left"


def test_words_the_menu_begins_in_that_very_moment_are_not_heard() -> None:
    """The end of a prompt may be on its way to the menu when the operator takes the call."""
    fed: list[events.Event] = []

    async def lend() -> None:
        around = Around()
        voice = Voice(around.call, around.prompts, around.clock, str(ZONE))
        line = Line(around.call, voice=voice, ears=around.ears, record=around.log, feed=fed.append)
        await around.call.answer()
        line.lend()
        line.play(commands.Play(playback=7, items=(Prompt("queue_comfort", "zh"),)))
        assert around.call.heard == []
        line.take_back()
        line.play(commands.Play(playback=8, items=(Prompt("queue_comfort", "zh"),)))
        assert around.names() == ["queue_comfort"]

    run_virtual(lend())
    assert fed == [events.Played(playback=7, completed=False)]


def test_music_stops_in_the_very_moment_an_operator_takes_the_call() -> None:
    async def caller(around: Waiting) -> None:
        await around.ask_for_a_human()
        while "music" not in around.tones():
            await around.clock.sleep(0.5)
        around.hand.tell(Taken("801"))
        assert around.sounding() == []
        around.end(Served(end=ServeEnd.TALKED, operator="801"))
        await around.hear("thanks_goodbye")
        around.call.far_hangs_up()

    assert rehearse(Waiting, caller).hand.cancelled == 0


def test_a_caller_whose_operator_is_lost_hears_music_again_after_the_desks_own_words() -> None:
    async def caller(around: Waiting) -> None:
        await around.ask_for_a_human()
        around.hand.tell(Taken("801"))
        await around.clock.sleep(60)
        assert around.hand.words is not None
        around.call.play(around.hand.words.sounds(Phrase.AGAIN))
        around.hand.tell(QueuePlace(1, None))
        await around.clock.sleep(15)
        names = around.names()
        assert names[-1] == "queue_press_call_back" or "music" in around.tones()[-1:]
        assert "queue_first" not in names, "the desk has said so already"
        assert not around.call.heard[-1].cut
        around.call.far_hangs_up()

    around = rehearse(Waiting, caller)
    again = [heard for heard in around.call.heard if _named(heard.item) == "desk_again"]
    assert len(again) == 1 and not again[0].cut
    assert around.outcome == "abandoned"


def test_a_booking_under_way_is_finished_before_an_operator_may_take_the_call() -> None:
    async def caller(around: Waiting) -> None:
        around.hand.booking_takes = 3.0
        await around.ask_for_a_human()
        around.hand.tell(QueuePlace(2, 100.0))
        await around.hear("queue_press_call_back")
        around.call.far_presses("2")
        await around.hear("callback_own")
        around.call.far_presses("1")
        await around.clock.sleep(1)
        around.hand.tell(Taken("801"))
        await around.hear("call_back_booked")
        await around.hear("thanks_goodbye")
        around.call.far_hangs_up()

    around = rehearse(Waiting, caller)
    assert around.hand.booked == [("13800001111", "")]
    assert around.hand.cancelled == 1, "the operator who was rung is let go"
    assert around.outcome == "call_back"


def test_a_caller_who_hangs_up_while_it_is_booked_is_called_back_all_the_same() -> None:
    async def caller(around: Waiting) -> None:
        around.hand.booking_takes = 3.0
        await around.ask_for_a_human()
        await around.hear("queue_press_call_back")
        around.call.far_presses("2")
        await around.hear("callback_own")
        around.call.far_presses("1")
        await around.clock.sleep(1)
        around.call.far_hangs_up()

    assert rehearse(Waiting, caller).hand.booked == [("13800001111", "")]


def test_what_was_said_is_on_one_ticket_even_when_the_caller_hangs_up_in_that_moment() -> None:
    async def caller(around: Waiting) -> None:
        await around.hear("main_menu")
        around.call.far_presses("1")
        await around.hear("say_problem")
        await around.clock.sleep(12)
        await around.ears.speak(around.call, "灯坏了", score=0.9)
        await around.hear("confirm_details")
        around.call.far_presses("0")
        await around.hear("to_human")
        around.hand.tell(Taken("801"))
        await around.clock.sleep(0)
        around.call.far_hangs_up()

    around = rehearse(Waiting, caller)
    assert [(one.ticket.description, one.ticket.note) for one in around.desk.filed] == [
        ("灯坏了", "handed to operator 801")
    ]
    assert around.log.present_draft is None
    assert around.outcome == "transferred"


def test_the_operator_sees_where_a_resident_lives_who_was_never_asked() -> None:
    async def caller(around: Waiting) -> None:
        await around.ask_for_a_human()
        around.call.far_hangs_up()

    (order,) = rehearse(Waiting, caller).hand.orders
    assert (str(order.place), order.caller_name) == ("3-2-602", "王芳")


def test_a_queue_nobody_knows_is_our_fault_and_costs_the_caller_nothing_but_the_wait() -> None:
    async def caller(around: Waiting) -> None:
        around.hand.known = False
        await around.hear("main_menu")
        around.call.far_presses("0")
        await around.hear("nobody_free")
        around.call.far_hangs_up()

    around = rehearse(Waiting, caller)
    assert around.hand.orders == []
    assert "to_human" not in around.names()


def test_earlier_calls_that_cannot_be_counted_do_not_keep_the_operator_away() -> None:
    async def broken(estate: str, number: str) -> int:
        raise EnvironmentFault("the database does not answer")

    async def caller(around: Waiting) -> None:
        await around.ask_for_a_human()
        assert around.hand.words is not None
        assert "whisper_calls" not in _played(around.hand.words.sounds(Phrase.WHISPER))
        around.hand.tell(Taken("801"))
        await around.clock.sleep(1)
        around.call.far_hangs_up()

    assert rehearse(lambda: Waiting(earlier_calls=broken), caller).outcome == "transferred"


# --- the place -----------------------------------------------------------------------------------


def place(standing: Standing, *news: QueueNews) -> list[dict[str, str] | None]:
    said = []
    for one in news:
        standing.heed(events.QueueTold(request=standing.request, news=one))
        said.append(standing.announcement())
    return said


def test_a_place_is_told_only_when_it_gets_better() -> None:
    said = place(
        Standing(1),
        QueuePlace(4, 400.0),
        QueuePlace(4, 500.0),
        QueuePlace(5, 90.0),
        QueuePlace(3, 600.0),
        QueuePlace(3, 170.0),
        QueuePlace(1, None),
        QueuePlace(1, 0.0),
        QueuePlace(1, 0.0),
    )
    assert said == [
        {"queue.first": "", "queue.ahead": "3", "queue.minutes": "7"},
        None,
        None,
        {"queue.first": "", "queue.ahead": "2", "queue.minutes": ""},
        {"queue.first": "", "queue.ahead": "2", "queue.minutes": "3"},
        {"queue.first": "yes", "queue.ahead": "", "queue.minutes": ""},
        {"queue.first": "yes", "queue.ahead": "", "queue.minutes": "1"},
        None,
    ]


def test_a_wait_beyond_an_hour_is_not_said() -> None:
    assert place(Standing(1), QueuePlace(40, 9000.0)) == [
        {"queue.first": "", "queue.ahead": "39", "queue.minutes": ""}
    ]


def test_nothing_is_said_of_a_place_nobody_knows() -> None:
    assert Standing(1).announcement() is None


# --- words ---------------------------------------------------------------------------------------


def test_every_phrase_of_the_desk_has_a_place_in_the_menu_and_words_in_the_shipped_one() -> None:
    assert {phrase.value for phrase in Phrase} <= set(Desk.model_fields)
    assert {phrase for phrase, _ in shipped_menu().desk.phrases()} == set(Phrase)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_matter_of_the_shipped_menu_can_be_said(language: str) -> None:
    steps = shipped_menu().steps.values()
    topics = {value["topic"] for step in steps if (value := getattr(step, "values", {})) and "topic" in value}
    assert topics, "the menu knows no topic at all"
    assert [one for one in sorted(topics) if f"matter_{one}" not in texts()[language]] == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_state_an_operator_is_in_can_be_said(language: str) -> None:
    assert [one for one in Presence if f"presence_{one}" not in texts()[language]] == []


def of_order(phrase: Phrase, facts: dict[str, str], **order: Any) -> list[str]:
    """Return what is played for a caller of whom only the order is left."""

    async def played() -> list[str]:
        words = words_of_order(
            ServeOrder(queue="main", estate="default", **order),
            shipped_menu(),
            prompts=RehearsalPrompts(texts()),
            clock=VirtualClock(),
            language="zh",
            timezone=str(ZONE),
        )
        return _played(words.sounds(phrase, facts))

    return run_virtual(played())


def test_a_caller_who_is_called_back_hears_their_language_and_the_operator_the_story() -> None:
    order = {"language": "en", "topic": "repairs", "place": Place("3", "2", "602")}
    assert of_order(Phrase.CALL_BACK, {}, **order) == ["en/desk_call_back"]
    facts = {"call_back": "yes", "calls": "2", "place": "elsewhere", "queue": "main"}
    whisper = of_order(Phrase.WHISPER, facts, **order)
    assert whisper[:2] == ["zh/whisper_call_back", "zh/matter_repairs"]
    assert whisper[-3:] == ["zh/whisper_calls", "zh/num_2", "zh/whisper_calls_times"]


@pytest.mark.parametrize(("calls", "said"), [("1", False), ("2", True), ("many", False), ("", False)])
def test_how_often_somebody_called_is_said_from_the_second_call_on(calls: str, said: bool) -> None:
    assert ("zh/whisper_calls" in of_order(Phrase.WHISPER, {"calls": calls})) is said


def test_a_matter_nobody_has_recorded_is_said_to_be_another_one() -> None:
    assert "zh/matter_other" in of_order(Phrase.CONSULT, {}, topic="swimming_pool")


# --- checks --------------------------------------------------------------------------------------

SMALL = """\
menu: small
start: human
failure: bye
emergency: {step: bye}
defaults: {failed: bye}
steps:
  human:
    queue: {queue: main, next: bye, nobody: bye, %s}
  bye:
    hangup: {prompts: goodbye}
"""


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("queue: night", 'no queue "night" in operators.yaml'),
        ("message: {key: 1, next: bye}, call_back: {key: 1, next: bye}", "the same key leaves a message"),
        ("call_back: {key: 2, next: bye}", '"desk.own_number" is missing'),
        ("message: {key: '00', next: bye}", '"00" can never be pressed'),
        ("sends: [survey]", 'no step "survey"'),
        ("announce_every: 2", "announce_every"),
        ("desk: {whisper: nothing_like_it}", 'no prompt "nothing_like_it" in zh'),
        ("desk: {serving: {read_back: operator.numbre}}", 'did you mean "operator.number"?'),
        ("waited: human", "a loop without input: human → human would never end"),
    ],
)
def test_a_mistake_in_a_queue_is_found_when_the_menu_is_checked(
    tmp_path: Any, setting: str, expected: str
) -> None:
    path = tmp_path / "small.yaml"
    text = SMALL % setting
    if setting.startswith("queue:"):
        text = text.replace("queue: main, ", "")
    path.write_text(text, "utf-8")
    _, problems = check_menu(path, prompts=RehearsalPrompts({"zh": {"goodbye": "再见"}}), queues={"main"})
    assert any(expected in str(problem) for problem in problems), list(map(str, problems))


def test_without_knowing_the_queues_their_names_are_not_checked(tmp_path: Any) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL.replace("queue: main", "queue: night").replace(", %s", ""), "utf-8")
    menu, problems = check_menu(path)
    assert problems == ()
    assert menu is not None and queues_of(menu) == {"night"}


def test_the_shipped_menu_names_its_queues_and_where_operators_may_send_callers() -> None:
    menu = shipped_menu()
    assert queues_of(menu) == {"main"}
    assert "main" in sends_of(menu) and set(sends_of(menu)) <= set(menu.steps)


def _named(item: object) -> str:
    return item.path.name if isinstance(item, Clip) else ""


def _played(sounds: Any) -> list[str]:
    return [str(item.path) for item in sounds if isinstance(item, Clip)]
