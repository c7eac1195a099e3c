"""The piece of work from permission to charge: whoever hangs up, the line is free and the call is rated."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from hotline.call.ports import Direction, LegFacts
from hotline.call.scripted import ScriptedCall
from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.ivr import commands, events
from hotline.ivr.items import Prompt
from hotline.ivr.outsidecalls import OutsideCalls
from hotline.ivr.rehearsal import RehearsalDialer, RehearsalLog, RehearsalPrompts
from hotline.ivr.rehearsal_outside import RehearsalOutside
from hotline.ivr.voice import Voice

FAR = "8123456"
TEXTS = {"zh": {"warning": "时间快到了"}}


class Room:
    """A room's telephone that dials out."""

    def __init__(self, deed: str = "silent", **lines: Any) -> None:
        self.clock = VirtualClock()
        prompts = RehearsalPrompts(TEXTS)
        facts = LegFacts(
            leg="c" * 32, linkedid="c" * 32, direction=Direction.INBOUND, caller="8808", dialled="4008",
            offered_at=self.clock.now(),
        )  # fmt: skip
        self.call = ScriptedCall(facts, self.clock, seconds_of=prompts.seconds_of)
        self.call.far_answers()
        self.dialer = RehearsalDialer(self.clock, prompts, {FAR: [deed]})
        self.lines = RehearsalOutside(self.clock, telephones=["8808"], **lines)
        self.fed: list[events.Event] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.work = OutsideCalls(
            self.lines, self.call, estate="default", dialer=self.dialer, clock=self.clock,
            voice=Voice(self.call, prompts, self.clock, "Asia/Shanghai"), record=RehearsalLog(),
            feed=self.fed.append, lasting=self._start,
        )  # fmt: skip

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.append(task)
        return task

    def do(self, command: commands.Command) -> None:
        self.work.performers[type(command)](command)

    def dial(self) -> None:
        warning = (Prompt("warning", "zh"),)
        self.do(commands.CallOutside(request=1, number=FAR, warning=warning, patience=float("inf")))

    @property
    def far(self) -> ScriptedCall:
        return self.dialer.legs[FAR]

    async def result(self) -> events.Event:
        await asyncio.wait_for(asyncio.gather(*self.tasks), 600)
        await self.dialer.close()
        (event,) = self.fed
        return event


def play(scene: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await scene()

    run_virtual(main())


def talk_of(event: events.Event) -> events.OutsideTalk:
    assert isinstance(event, events.Found), event
    assert isinstance(event.value, events.OutsideTalk)
    return event.value


def test_keys_reach_the_far_end_only_while_connected() -> None:
    async def scene() -> None:
        room = Room()
        room.dial()
        room.do(commands.PressOutside(request=1, key="7"))
        await room.clock.sleep(5)
        assert room.call.bridged_with is room.far
        for key in "12#":
            room.do(commands.PressOutside(request=1, key=key))
        await room.clock.sleep(1)
        assert room.far.keys_sent == "12#"
        room.far.far_hangs_up()
        await room.result()

    play(scene)


@pytest.mark.parametrize("leaves", ["caller", "end"])
def test_when_the_caller_has_had_enough_the_far_end_is_hung_up_and_the_call_is_rated(leaves: str) -> None:
    async def scene() -> None:
        room = Room()
        room.dial()
        await room.clock.sleep(33)
        if leaves == "caller":
            room.call.far_hangs_up()
        else:
            room.do(commands.EndOutside(request=1))
        over = talk_of(await room.result())
        assert room.far.over
        assert over.charge.answered
        assert over.charge.seconds == room.lines.talked[0].seconds == 30

    play(scene)


def test_ringing_stops_when_the_caller_is_gone_and_nothing_is_charged() -> None:
    async def scene() -> None:
        room = Room("no_answer")
        room.dial()
        await room.clock.sleep(2)
        room.do(commands.EndOutside(request=1))
        began = room.clock.monotonic()
        over = talk_of(await room.result())
        assert room.clock.monotonic() - began < 1
        assert (over.charge.answered, over.disposition) == (False, "CANCELLED")

    play(scene)


def test_both_are_warned_once_and_cut_off_at_the_longest_duration() -> None:
    async def scene() -> None:
        room = Room(longest=120)
        room.dial()
        over = talk_of(await room.result())
        assert over.charge.seconds == 120
        for leg in (room.call, room.far):
            warned = [heard for heard in leg.heard if "warning" in str(heard.item)]
            assert len(warned) == 1
        assert not room.call.over

    play(scene)


@pytest.mark.parametrize(("deed", "disposition"), [("busy", "BUSY"), ("refuses", "DECLINED")])
def test_whoever_is_not_reached_is_on_the_record_with_why(deed: str, disposition: str) -> None:
    async def scene() -> None:
        room = Room(deed)
        room.dial()
        assert talk_of(await room.result()).disposition == disposition

    play(scene)


def test_a_refusal_dials_nobody() -> None:
    async def scene() -> None:
        room = Room(refuses=["outside-premium"])
        room.dial()
        event = await room.result()
        assert event == events.Refused(request=1, code="outside-premium")
        assert room.dialer.dialled == []

    play(scene)
