"""Sessions when something is missing, slow or broken: nobody is left in silence, nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ivr_kit import ZONE, duty_book, shipped_menu, texts

from hotline.call.audio import Clip, Playable
from hotline.call.errors import NoChannel
from hotline.call.ports import (
    Call,
    DialOrder,
    Direction,
    DutyContact,
    KnownCaller,
    LegFacts,
    NewTicket,
    Place,
    Question,
    TicketSummary,
    Urgency,
)
from hotline.call.scripted import ScriptedCall
from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.ivr.model import Menu
from hotline.ivr.rehearsal import (
    RehearsalDesk,
    RehearsalDialer,
    RehearsalDirectory,
    RehearsalDuty,
    RehearsalEars,
    RehearsalHearing,
    RehearsalLog,
    RehearsalPrompts,
)
from hotline.ivr.session import Session
from hotline.settings import Estate

RESIDENT = KnownCaller(name="王芳", place=Place("3", "2", "602"), callback_number="13800001111")
ROSTERS: dict[str, Sequence[str]] = {"emergency": ["8001"], "general_manager": ["9001"], "operator": []}


class Around:
    """Everything a session needs, each part replaceable."""

    def __init__(
        self, *, menu: Menu | None = None, people: dict[str, Sequence[str]] | None = None, **parts: Any
    ) -> None:
        self.clock = VirtualClock()
        self.prompts = parts.pop("prompts", None) or RehearsalPrompts(texts())
        self.menu = menu or shipped_menu()
        self.ears = parts.pop("ears", None) or RehearsalEars()
        self.desk = parts.pop("desk", None) or RehearsalDesk(self.clock, ZONE)
        self.directory = parts.pop("directory", None) or RehearsalDirectory(
            {"13800001111": RESIDENT}, frozenset()
        )
        self.duty = parts.pop("duty", None) or RehearsalDuty(duty_book(), ROSTERS)
        self.dialer = parts.pop("dialer", None) or RehearsalDialer(
            self.clock, RehearsalPrompts(texts()), people or {}
        )
        self.log = RehearsalLog()
        self.estate = Estate(id="default", name="物业", **parts.pop("estate", {}))
        self.outcome = ""
        facts = LegFacts(
            leg="c" * 32,
            linkedid="c" * 32,
            direction=Direction.INBOUND,
            caller="13800001111",
            dialled="4008",
            offered_at=self.clock.now(),
        )
        self.call = ScriptedCall(facts, self.clock, seconds_of=RehearsalPrompts(texts()).seconds_of)
        self.options = parts

    async def run(self) -> str:
        await self.call.answer()
        self.call.start_recording(Path("recording.wav"))
        session = Session(
            self.call,
            self.menu,
            clock=self.clock,
            prompts=self.prompts,
            ears=self.ears,
            desk=self.desk,
            directory=self.directory,
            duty=self.duty,
            dialer=self.dialer,
            log=self.log,
            estate=self.estate,
            **self.options,
        )
        self.outcome = await session.run()
        return self.outcome

    async def with_caller(self, caller: Callable[[], Awaitable[None]]) -> None:
        """Run the session against a caller; both must end."""
        running = asyncio.ensure_future(self.run())
        await caller()
        await asyncio.wait_for(running, 4000)
        await self.dialer.close()

    async def hear(self, prompt: str, seconds: float = 200.0) -> None:
        waited = 0.0
        while prompt not in self.names():
            assert waited < seconds, f"{prompt} was not heard, but {self.names()[-12:]}"
            assert not self.call.over, f"the call was over before {prompt} was heard"
            waited += 0.1
            await self.clock.sleep(0.1)

    def names(self) -> list[str]:
        return [heard.item.path.name for heard in self.call.heard if isinstance(heard.item, Clip)]


def rehearse(make: Callable[[], Around], caller: Callable[[Around], Awaitable[None]]) -> Around:
    """Make everything inside the loop, run the call, return what is left."""

    async def whole() -> Around:
        around = make()
        await around.with_caller(lambda: caller(around))
        return around

    return run_virtual(whole())


class BrokenEars(RehearsalEars):
    def listen(self, call: Call, question: Question) -> RehearsalHearing:
        raise RuntimeError("the recogniser fell over")


class SlowDesk(RehearsalDesk):
    async def open_ticket(self, new: NewTicket) -> TicketSummary:
        await self._clock.sleep(self.delay)
        return await super().open_ticket(new)

    delay = 3.0


class EndlessDesk(SlowDesk):
    delay = 10_000.0


class NoPrompts(RehearsalPrompts):
    def clips(self, language: str, prompts: Sequence[str]) -> list[Playable]:
        return []


class BrokenDirectory(RehearsalDirectory):
    async def caller(self, estate: str, number: str) -> KnownCaller | None:
        raise OSError("no such table")


async def report_a_repair(around: Around) -> None:
    await around.hear("main_menu")
    around.call.far_presses("1")
    await around.hear("say_problem")
    await around.clock.sleep(12)
    await around.ears.speak(around.call, "灯坏了", score=0.9)
    await around.hear("confirm_details")
    around.call.far_presses("1")


def test_broken_ears_lead_to_an_apology_and_a_way_out() -> None:
    async def caller(around: Around) -> None:
        await around.hear("sorry_fault")
        while not around.call.over:
            await around.clock.sleep(1)

    around = rehearse(lambda: Around(ears=BrokenEars()), caller)
    assert ("FAULT", {"code": "RuntimeError"}) in around.log.events


def test_a_call_without_any_prompt_still_ends_and_takes_keys() -> None:
    async def caller(around: Around) -> None:
        await around.clock.sleep(1)
        around.call.far_presses("5")
        await around.clock.sleep(1)
        around.call.far_hangs_up()

    around = rehearse(lambda: Around(prompts=NoPrompts(texts())), caller)
    assert ("MENU", {"step": "progress"}) in around.log.events


def test_a_slow_command_is_bridged_by_a_filler() -> None:
    async def caller(around: Around) -> None:
        await report_a_repair(around)
        await around.hear("ticket_number")
        around.call.far_hangs_up()

    around = rehearse(lambda: Around(desk=SlowDesk(VirtualClock(), ZONE)), caller)
    names = around.names()
    assert names.index("one_moment") < names.index("ticket_number")


def test_a_quick_command_needs_no_filler() -> None:
    async def caller(around: Around) -> None:
        await report_a_repair(around)
        await around.hear("ticket_number")
        around.call.far_hangs_up()

    assert "one_moment" not in rehearse(Around, caller).names()


def test_a_ticket_that_cannot_be_filed_in_time_is_no_silence() -> None:
    async def caller(around: Around) -> None:
        await report_a_repair(around)
        await around.hear("ticket_failed")
        around.call.far_hangs_up()

    around = rehearse(lambda: Around(desk=EndlessDesk(VirtualClock(), ZONE)), caller)
    assert around.log.present_draft is not None, "the draft stays for the repair at the next start"


@pytest.mark.parametrize(
    "directory", [BrokenDirectory({}, frozenset()), RehearsalDirectory({}, frozenset(), slow=60)]
)
def test_a_directory_that_fails_or_is_slow_does_not_keep_the_caller_waiting(
    directory: RehearsalDirectory,
) -> None:
    async def caller(around: Around) -> None:
        await around.hear("greeting", seconds=2.0)
        around.call.far_hangs_up()

    assert rehearse(lambda: Around(directory=directory), caller).outcome == "abandoned"


def test_the_draft_is_gone_once_the_ticket_is_filed() -> None:
    async def caller(around: Around) -> None:
        await report_a_repair(around)
        await around.hear("ticket_number")
        around.call.far_hangs_up()

    around = rehearse(Around, caller)
    assert [draft.ticket.description for draft in around.log.drafts][-1] == "灯坏了"
    assert len(around.log.drafts) > 1
    assert all(draft.said_something and not draft.ticket.complete for draft in around.log.drafts)
    assert around.log.present_draft is None


@pytest.mark.parametrize("after", [round(0.5 + 1.3 * turn, 1) for turn in range(45)])
def test_the_caller_may_hang_up_at_any_moment_of_a_repair(after: float) -> None:
    async def caller(around: Around) -> None:
        async def speaking() -> None:
            await report_a_repair(around)

        doing = asyncio.ensure_future(speaking())
        await around.clock.sleep(after)
        around.call.far_hangs_up()
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)

    around = rehearse(Around, caller)
    pressed = ("MENU", {"step": "repairs"}) in around.log.events
    assert len(around.desk.filed) == (1 if pressed else 0)
    assert around.log.present_draft is None
    assert around.outcome in ("abandoned", "incomplete", "ticket")


def test_the_emergency_rings_the_roster_the_estate_names() -> None:
    async def caller(around: Around) -> None:
        await around.hear("greeting")
        around.call.far_presses("**")
        await around.hear("emergency_connected")
        around.call.far_hangs_up()

    rosters = {**ROSTERS, "tower": ["8500"]}
    duty = RehearsalDuty(duty_book(), rosters)
    estate = {"emergency_roster": "tower"}
    around = rehearse(lambda: Around(duty=duty, estate=estate, people={"8500": ["accepts"]}), caller)
    assert around.dialer.dialled == ["8500"]


def test_a_cancelled_session_leaves_nobody_on_the_line() -> None:
    async def whole() -> Around:
        around = Around(people={"8001": ["silent"]})
        running = asyncio.ensure_future(around.run())
        await around.hear("greeting")
        around.call.far_presses("**")
        while "8001" not in around.dialer.legs:
            await around.clock.sleep(0.5)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await around.dialer.close()
        return around

    around = run_virtual(whole())
    assert around.dialer.legs["8001"].over
    assert around.call.over


def test_the_person_who_hangs_up_in_the_moment_of_accepting_is_not_bridged() -> None:
    async def caller(around: Around) -> None:
        await around.hear("main_menu")
        around.call.far_presses("0")
        await around.hear("nobody_free")
        around.call.far_hangs_up()

    def make() -> Around:
        duty = RehearsalDuty(duty_book(), {**ROSTERS, "operator": ["8100"]})
        return Around(duty=duty, people={"8100": ["vanishes"]})

    around = rehearse(make, caller)
    assert around.outcome == "abandoned"
    assert not any(kind == "BRIDGE_ENTER" for kind, _ in around.log.events)


def test_words_and_keys_are_in_the_record_but_never_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    async def caller(around: Around) -> None:
        await report_a_repair(around)
        await around.hear("ticket_number")
        around.call.far_hangs_up()

    around = rehearse(lambda: Around(desk=RehearsalDesk(VirtualClock(), ZONE, working=True)), caller)
    assert ("DTMF", {"key": "1", "source": "rtp"}) in around.log.events
    printed = capsys.readouterr()
    for personal in ("13800001111", "灯坏了", "王芳"):
        assert personal not in printed.out + printed.err


def test_the_outcome_of_a_call_that_was_over_before_it_was_answered() -> None:
    async def whole() -> str:
        around = Around()
        around.call.far_hangs_up()
        session = Session(
            around.call,
            around.menu,
            clock=around.clock,
            prompts=around.prompts,
            ears=around.ears,
            desk=around.desk,
            directory=around.directory,
            duty=around.duty,
            dialer=around.dialer,
            log=around.log,
            estate=around.estate,
        )
        return await session.run()

    assert run_virtual(whole()) == "abandoned"


def test_a_menu_that_only_loops_is_an_apology_and_then_the_end() -> None:
    menu = shipped_menu()
    circle = menu.steps["callback"].model_copy(update={"by": None, "cases": {}, "next": "welcome"})
    looping = menu.model_copy(update={"steps": {**menu.steps, "welcome": circle}})

    async def caller(around: Around) -> None:
        await around.hear("sorry_fault")
        around.call.far_hangs_up()

    around = rehearse(lambda: Around(menu=looping), caller)
    assert ("FAULT", {"code": "LoopWithoutInput"}) in around.log.events


class NoRosters(RehearsalDuty):
    def on_duty(self, roster: str, at: datetime) -> tuple[DutyContact, ...]:
        raise KeyError(roster)


class FullDialer(RehearsalDialer):
    """Our own channels are all taken at first."""

    refused = 2

    async def dial(self, order: DialOrder) -> Call:
        if self.refused:
            self.refused -= 1
            raise NoChannel("all channels are taken")
        return await super().dial(order)


async def press_emergency(around: Around) -> None:
    await around.hear("greeting")
    around.call.far_presses("**")


def test_an_emergency_without_any_roster_is_filed_and_the_caller_told_whom_to_call() -> None:
    async def caller(around: Around) -> None:
        await press_emergency(around)
        await around.hear("emergency_public")
        around.call.far_hangs_up()

    around = rehearse(lambda: Around(duty=NoRosters(duty_book(), {})), caller)
    assert around.desk.filed[0].ticket.urgency is Urgency.URGENT
    assert [event for event, _ in around.desk.filed[0].history] == ["unacknowledged"]


def test_an_emergency_waits_for_a_free_channel() -> None:
    async def caller(around: Around) -> None:
        await press_emergency(around)
        await around.hear("emergency_connected")
        around.call.far_hangs_up()

    def make() -> Around:
        return Around(dialer=FullDialer(VirtualClock(), RehearsalPrompts(texts()), {"8001": ["accepts"]}))

    around = rehearse(make, caller)
    results = [detail["result"] for kind, detail in around.log.events if kind == "RING"]
    assert results == ["ringing", "congestion", "ringing", "congestion", "ringing", "accepted"]


def test_when_even_the_apology_fails_the_call_ends_and_the_draft_stays() -> None:
    menu = shipped_menu()
    steps = {name: step for name, step in menu.steps.items() if name not in ("repairs_intro", "fault")}
    torn = menu.model_copy(update={"steps": steps})

    async def caller(around: Around) -> None:
        await around.hear("main_menu")
        around.call.far_presses("1")
        while not around.call.over:
            await around.clock.sleep(0.1)

    around = rehearse(lambda: Around(menu=torn), caller)
    assert around.outcome == "failed"


def test_being_put_on_hold_by_the_caller_is_in_the_record() -> None:
    async def caller(around: Around) -> None:
        await around.hear("greeting")
        around.call.far_holds()
        around.call.far_resumes()
        await around.hear("main_menu")
        around.call.far_hangs_up()

    kinds = [kind for kind, _ in rehearse(Around, caller).log.events]
    assert kinds.index("HELD") < kinds.index("RESUMED")


def test_the_promise_to_the_person_is_written_before_they_are_thanked() -> None:
    class SlowNotes(RehearsalDesk):
        written_at = 0.0

        async def note(self, number: str, event: str, detail: str = "") -> None:
            await self._clock.sleep(1.5)
            SlowNotes.written_at = self._clock.monotonic()
            await super().note(number, event, detail)

    async def caller(around: Around) -> None:
        await press_emergency(around)
        await around.hear("emergency_connected")
        await around.clock.sleep(5)
        around.call.far_hangs_up()

    around = rehearse(
        lambda: Around(desk=SlowNotes(VirtualClock(), ZONE), people={"8001": ["accepts"]}), caller
    )
    thanked = [
        heard.began
        for heard in around.dialer.legs["8001"].heard
        if isinstance(heard.item, Clip) and heard.item.path.name == "whisper_connecting"
    ]
    assert thanked, "the person was never thanked"
    assert thanked[0] >= SlowNotes.written_at
