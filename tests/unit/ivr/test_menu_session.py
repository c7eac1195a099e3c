"""Sessions when something is missing, slow or broken: nobody is left in silence, nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from ivr_kit import ZONE, shipped_menu, texts
from session_kit import Around, rehearse, report_a_repair

from hotline.call.audio import Playable
from hotline.call.ports import Call, KnownCaller, NewTicket, Question, TicketSummary
from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.ivr.rehearsal import (
    RehearsalDesk,
    RehearsalDirectory,
    RehearsalEars,
    RehearsalHearing,
    RehearsalPrompts,
)


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
        return await around.session().run()

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
