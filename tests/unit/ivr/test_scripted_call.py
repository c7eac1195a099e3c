"""The call without a telephone keeps the promises of the port."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from hotline.call.audio import Clip, Silence, Tone, ToneName
from hotline.call.errors import CallGone
from hotline.call.events import Answered, BridgeEnded, Digit, HangupBy, HungUp, PromptEnded
from hotline.call.ports import Direction, LegFacts
from hotline.call.scripted import ScriptedCall
from hotline.call.virtual_time import VirtualClock, run_virtual

Script = Callable[[ScriptedCall, VirtualClock], Awaitable[None]]


def leg(clock: VirtualClock) -> ScriptedCall:
    facts = LegFacts(
        leg="a" * 32,
        linkedid="a" * 32,
        direction=Direction.INBOUND,
        caller="1",
        dialled="2",
        offered_at=clock.now(),
    )
    return ScriptedCall(facts, clock)


def scripted(script: Script) -> None:
    async def whole() -> None:
        clock = VirtualClock()
        await script(leg(clock), clock)

    run_virtual(whole())


def test_events_come_in_order_and_hanging_up_is_the_last() -> None:
    async def script(call: ScriptedCall, clock: VirtualClock) -> None:
        await call.answer()
        call.far_presses("12")
        call.far_hangs_up()
        call.far_presses("3")
        got = [await call.next_event() for _ in range(4)]
        assert got == [
            Answered(),
            Digit(key="1"),
            Digit(key="2"),
            HungUp(by=HangupBy.FAR, cause="normal"),
        ]
        with pytest.raises(CallGone):
            await call.next_event()

    scripted(script)


def test_sounds_take_their_time_one_after_another() -> None:
    async def script(call: ScriptedCall, clock: VirtualClock) -> None:
        await call.answer()
        first = call.play([Silence(1.0), Tone(ToneName.BEEP, 0.5)])
        second = call.play([Silence(2.0)])
        await call.next_event()
        assert await call.next_event() == PromptEnded(playback=first, completed=True)
        assert clock.monotonic() == pytest.approx(1.5)
        assert await call.next_event() == PromptEnded(playback=second, completed=True)
        assert clock.monotonic() == pytest.approx(3.5)

    scripted(script)


def test_stopping_ends_everything_that_waits_as_not_completed() -> None:
    async def script(call: ScriptedCall, clock: VirtualClock) -> None:
        await call.answer()
        numbers = [call.play([Tone(ToneName.RINGBACK)]), call.play([Silence(2.0)])]
        await clock.sleep(1)
        call.stop_playing()
        await call.next_event()
        ended = [await call.next_event() for _ in numbers]
        assert ended == [PromptEnded(playback=number, completed=False) for number in numbers]
        assert call.heard[0].cut

    scripted(script)


def test_two_bridged_legs_come_apart_when_one_hangs_up() -> None:
    async def script(call: ScriptedCall, clock: VirtualClock) -> None:
        other = leg(clock)
        await call.answer()
        await other.answer()
        await call.bridge(other)
        other.far_hangs_up()
        await call.next_event()
        assert await call.next_event() == BridgeEnded()
        assert call.bridged_with is None
        assert not call.over

    scripted(script)


def test_a_leg_that_is_over_refuses_and_reports() -> None:
    async def script(call: ScriptedCall, clock: VirtualClock) -> None:
        await clock.sleep(11)
        call.far_hangs_up()
        with pytest.raises(CallGone):
            await call.answer()
        assert call.play([Silence(1)]) > 0
        report = call.report()
        assert (report.disposition, report.rings, report.answered_at) == ("CANCELLED", 3, None)

    scripted(script)


def test_a_recording_counts_its_seconds_and_a_repeated_sound_goes_on() -> None:
    async def script(call: ScriptedCall, clock: VirtualClock) -> None:
        await call.answer()
        assert call.recorded_seconds == 0
        call.start_recording(Path("x.wav"))
        call.play([Clip(Path("missing.wav"), end=1.0)], repeat=True)
        await clock.sleep(3.5)
        assert call.recorded_seconds == pytest.approx(3.5)
        assert len(call.heard) == 4

    scripted(script)
