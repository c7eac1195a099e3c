"""The shipped menu and the real desk together: what the caller hears from key 0 to the end."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from desk_kit import Telephone

from hotline.call.audio import Clip, Tone
from hotline.call.ports import Direction, Phrase
from hotline.call.scripted import ScriptedCall
from hotline.duty.service import DutyBook
from hotline.ivr.equipment import Equipment
from hotline.ivr.loader import load_menu
from hotline.ivr.rehearsal import (
    RehearsalDesk,
    RehearsalDirectory,
    RehearsalDuty,
    RehearsalEars,
    RehearsalLog,
    RehearsalPrompts,
)
from hotline.ivr.session import Session
from hotline.ivr.texts import load_texts
from hotline.settings import Estate

ROOT = Path(__file__).parents[3]
ZONE = ZoneInfo("Asia/Shanghai")


@cache
def texts():
    return load_texts(ROOT / "prompts")


@cache
def main_menu():
    return load_menu(ROOT / "config" / "menus" / "main.yaml")


class MenuCaller:
    """Somebody who calls the hotline and is led through the shipped menu to the desk."""

    def __init__(self, scene, number="13800001111"):
        self.scene, self.clock = scene, scene.clock
        prompts = RehearsalPrompts(texts())
        facts = scene.leg(Direction.INBOUND, number).facts
        self.call = ScriptedCall(facts, self.clock, seconds_of=prompts.seconds_of)
        self.log = RehearsalLog()
        self.menu = Session(
            self.call,
            main_menu(),
            Equipment(
                clock=self.clock,
                prompts=prompts,
                ears=RehearsalEars(),
                desk=RehearsalDesk(self.clock, ZONE),
                directory=RehearsalDirectory({}, frozenset()),
                duty=RehearsalDuty(DutyBook(ROOT / "config", ZONE), {"operator": ["9999"]}),
                dialer=scene,
                log=self.log,
                estate=Estate(id="default", name="物业"),
                operators=scene.desk,
            ),
        )
        self.talking = asyncio.ensure_future(self.menu.run())

    async def hear(self, name, seconds=120.0):
        """Wait until it was said to its end; return how."""
        waited = 0.0
        while True:
            said = [one for one in self.call.heard if name_of(one.item) == name]
            if said and (said[-1].ended is not None or said[-1].cut):
                return said[-1]
            assert waited < seconds, f"{name} was not heard, but {self.names()[-10:]}"
            waited += 0.1
            await self.clock.sleep(0.1)

    def names(self):
        return [name_of(one.item) for one in self.call.heard]

    async def asks_for_a_human(self):
        await self.hear("main_menu")
        self.call.far_presses("0")

    async def leaves(self):
        """Hang up, if nobody has; return the outcome."""
        if not self.call.over:
            self.call.far_hangs_up()
        outcome = await asyncio.wait_for(self.talking, 600)
        await self.scene.passes(10)  # the desk lets everybody go
        return outcome


def name_of(item):
    match item:
        case Clip(path=path):
            return path.name
        case Tone(name=name):
            return name.value
        case _:
            return ""


def test_a_free_operator_is_introduced_whole_and_then_connected(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        caller = MenuCaller(scene)
        await caller.asks_for_a_human()
        assert not (await caller.hear("operator_serves")).cut
        await scene.passes(12)  # the same words last longer on scripted telephones
        leg = scene.telephone("8001").leg
        assert caller.call.bridged_with is leg
        assert name_of(leg.heard[0].item) == "whisper_call"
        heard = caller.names()
        await scene.passes(60)
        assert caller.names() == heard, "the menu spoke into the talk"
        leg.far_hangs_up()
        await caller.hear("thanks_goodbye")
        assert await caller.leaves() == "transferred"

    at_the_desk(story)


def test_who_waits_hears_music_and_is_taken_as_soon_as_somebody_is_ready(at_the_desk):
    async def story(scene):
        await scene.desk.sign_in("default", "01")
        caller = MenuCaller(scene)
        await caller.asks_for_a_human()
        await caller.hear("queue_first")
        await scene.passes(30)
        assert caller.names()[-1] == "music"
        await scene.ready("01")
        assert not (await caller.hear("operator_serves")).cut
        assert (await caller.hear("music")).cut
        assert await caller.leaves() == "transferred"

    at_the_desk(story)


def test_a_lost_operator_is_replaced_and_the_caller_hears_why_they_wait(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        await scene.desk.sign_in("default", "02")
        caller = MenuCaller(scene)
        await caller.asks_for_a_human()
        await caller.hear("operator_serves")
        await scene.passes(20)
        scene.telephone("8001").leg.far_falls_silent()
        assert not (await caller.hear("desk_again")).cut
        await scene.passes(20)
        assert caller.names()[-1] == "music"
        await scene.ready("02")
        await scene.passes(15)
        assert caller.call.bridged_with is scene.telephone("8002").leg
        assert await caller.leaves() == "transferred"

    at_the_desk(story)


def test_with_the_only_operator_lost_a_message_is_offered_at_once(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        caller = MenuCaller(scene)
        await caller.asks_for_a_human()
        await caller.hear("operator_serves")
        await scene.passes(20)
        scene.telephone("8001").leg.far_falls_silent()
        await caller.hear("nobody_free", 30)
        await caller.hear("leave_message", 10)
        await caller.leaves()

    at_the_desk(story)


def test_a_caller_who_hangs_up_while_it_rings_leaves_no_line_ringing(at_the_desk):
    async def story(scene):
        scene.telephones["8001"] = Telephone(answers=12.0)
        await scene.ready("01")
        caller = MenuCaller(scene)
        await caller.asks_for_a_human()
        await caller.hear("to_human")
        assert await caller.leaves() == "abandoned"
        await scene.passes(1)
        assert scene.ringing["8001"] == 0

    at_the_desk(story)


def test_a_call_back_booked_in_the_menu_is_placed_when_it_is_their_turn(at_the_desk):
    async def story(scene):
        await scene.desk.sign_in("default", "01")
        caller = MenuCaller(scene)
        await caller.asks_for_a_human()
        await caller.hear("queue_press_call_back")
        caller.call.far_presses("2")
        await caller.hear("callback_own")
        caller.call.far_presses("1")
        await caller.hear("call_back_booked")
        assert await caller.leaves() == "call_back"
        await scene.ready("01")
        await scene.passes(30)
        assert len(scene.telephone("13800001111").orders) == 1
        assert Phrase.CALL_BACK in [phrase for phrase, _ in scene.words.said]

    at_the_desk(story)


@pytest.mark.parametrize("signed_in", [False, True])
def test_the_roster_is_rung_only_where_no_operator_is_signed_in(at_the_desk, signed_in):
    async def story(scene):
        if signed_in:
            await scene.desk.sign_in("default", "01")
        caller = MenuCaller(scene)
        await caller.asks_for_a_human()
        await scene.passes(40)
        assert bool(scene.telephone("9999").orders) is not signed_in
        await caller.leaves()

    at_the_desk(story)


def test_after_the_longest_wait_a_message_is_offered_and_no_roster_rung(at_the_desk):
    async def story(scene):
        await scene.desk.sign_in("default", "01")
        caller = MenuCaller(scene)
        await caller.asks_for_a_human()
        await caller.hear("nobody_free", 400)
        assert "queue_comfort" in caller.names()
        assert scene.telephone("9999").orders == []
        await caller.leaves()

    at_the_desk(story)
