"""What every ``Call`` does, on the real telephone and on the scripted one alike."""

from __future__ import annotations

import asyncio
import uuid
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from peers import HOST, Baresip, free_port
from siphotline import Hotline, to_the_end, wait_for

from hotline import settings
from hotline.call.audio import Silence, Tone, ToneName
from hotline.call.clock import SystemClock
from hotline.call.errors import CallGone
from hotline.call.events import Answered, BridgeEnded, Digit, HangupBy, Held, HungUp, PromptEnded, Resumed
from hotline.call.ports import Call, Direction, LegFacts
from hotline.call.scripted import ScriptedCall

pytestmark = [pytest.mark.peer, pytest.mark.timely]


class FarEnd(ABC):
    """The other party of one call: what it can do."""

    call: Call

    @abstractmethod
    async def presses(self, key: str) -> None: ...

    @abstractmethod
    async def hangs_up(self) -> None: ...

    @abstractmethod
    async def holds(self) -> None: ...

    @abstractmethod
    async def resumes(self) -> None: ...


class Scripted(FarEnd):
    def __init__(self) -> None:
        clock = SystemClock()
        leg = uuid.uuid4().hex
        facts = LegFacts(
            leg=leg,
            linkedid=leg,
            direction=Direction.INBOUND,
            caller="peer",
            dialled="95001",
            offered_at=clock.now(),
        )
        self.scripted = ScriptedCall(facts, clock)
        self.call = self.scripted

    async def presses(self, key: str) -> None:
        self.scripted.far_presses(key)

    async def hangs_up(self) -> None:
        self.scripted.far_hangs_up()

    async def holds(self) -> None:
        self.scripted.far_holds()

    async def resumes(self) -> None:
        self.scripted.far_resumes()


class Telephone(FarEnd):
    """baresip on the other side of a real SIP call."""

    def __init__(self, peer: Baresip, call: Call) -> None:
        self.peer = peer
        self.call = call

    async def presses(self, key: str) -> None:
        self.peer.press(key)

    async def hangs_up(self) -> None:
        await self.peer.command("hangup")

    async def holds(self) -> None:
        await self.peer.command("hold")

    async def resumes(self) -> None:
        await self.peer.command("resume")


class Exchange(ABC):
    """Where calls come from."""

    @abstractmethod
    async def rings(self) -> FarEnd:
        """A call that rings."""

    async def answered(self) -> FarEnd:
        """A call that was answered; ``Answered`` has been taken."""
        far = await self.rings()
        await far.call.answer()
        await wait_for(far.call, Answered)
        return far

    @abstractmethod
    async def close(self) -> None:
        """End everything."""


class ScriptedExchange(Exchange):
    async def close(self) -> None: ...

    async def rings(self) -> FarEnd:
        return Scripted()


class SipExchange(Exchange):
    def __init__(self, hotline: Hotline, folder: Path) -> None:
        self._hotline = hotline
        self._folder = folder
        self._peers: list[Baresip] = []

    async def rings(self) -> FarEnd:
        peer = await Baresip.start(self._folder)
        self._peers.append(peer)
        await peer.command("dial", f"sip:95001@{HOST}:{self._hotline.port}")
        return Telephone(peer, await self._hotline.next_call())

    async def close(self) -> None:
        await self._hotline.close()
        for peer in self._peers:
            await peer.end()


@pytest.fixture(params=["scripted", "sip"])
async def exchange(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Exchange]:
    made: Exchange = ScriptedExchange()
    if request.param == "sip":
        listen = f"{HOST}:{free_port(pair=True)}"
        channels = {"total": 20, "reserved_outgoing": 0, "reserved_emergency": 0}
        hotline = Hotline(
            settings.Sip.model_validate({"listen": listen, "rtp_ports": "31000-31999", "channels": channels})
        )
        await hotline.start()
        made = SipExchange(hotline, tmp_path)
    yield made
    await made.close()


async def test_a_ringing_call_is_neither_answered_nor_over(exchange: Exchange) -> None:
    call = (await exchange.rings()).call
    assert (call.answered, call.over) == (False, False)
    assert (call.facts.caller, call.facts.direction) == ("peer", Direction.INBOUND)
    await call.refuse()


async def test_answering_is_confirmed_by_an_event(exchange: Exchange) -> None:
    call = (await exchange.rings()).call
    await call.answer()
    assert call.answered
    assert await asyncio.wait_for(call.next_event(), 2) == Answered()
    await call.hangup()


async def test_a_refused_call_is_busy(exchange: Exchange) -> None:
    call = (await exchange.rings()).call
    await call.refuse()
    assert call.over
    assert await to_the_end(call) == [HungUp(by=HangupBy.NEAR, cause="busy")]
    assert (call.report().disposition, call.report().answered_at) == ("BUSY", None)


async def test_a_caller_who_gives_up_while_it_rings_cancels(exchange: Exchange) -> None:
    far = await exchange.rings()
    await far.hangs_up()
    assert await to_the_end(far.call) == [HungUp(by=HangupBy.FAR, cause="cancelled")]
    assert far.call.report().disposition == "CANCELLED"
    with pytest.raises(CallGone):
        await far.call.answer()


async def test_a_pressed_key_is_an_event(exchange: Exchange) -> None:
    far = await exchange.answered()
    await far.presses("5")
    assert await wait_for(far.call, Digit) == Digit(key="5")
    await far.call.hangup()


async def test_playbacks_end_in_their_order(exchange: Exchange) -> None:
    call = (await exchange.answered()).call
    first = call.play([Tone(ToneName.BEEP, 0.1), Silence(0.1)])
    second = call.play([Silence(0.1)])
    assert first != second
    ended = [await wait_for(call, PromptEnded) for _ in range(2)]
    assert ended == [
        PromptEnded(playback=first, completed=True),
        PromptEnded(playback=second, completed=True),
    ]
    await call.hangup()


async def test_an_empty_playback_ends_at_once(exchange: Exchange) -> None:
    call = (await exchange.answered()).call
    number = call.play([])
    assert await wait_for(call, PromptEnded) == PromptEnded(playback=number, completed=True)
    await call.hangup()


async def test_stopping_ends_every_unfinished_playback(exchange: Exchange) -> None:
    call = (await exchange.answered()).call
    numbers = [call.play([Tone(ToneName.MUSIC)]), call.play([Silence(1)], repeat=True)]
    await asyncio.sleep(0.1)
    call.stop_playing()
    ended = [await wait_for(call, PromptEnded) for _ in numbers]
    assert ended == [PromptEnded(playback=number, completed=False) for number in numbers]
    await call.hangup()


async def test_our_hangup_is_the_last_event_and_comes_once(exchange: Exchange) -> None:
    call = (await exchange.answered()).call
    await call.hangup("menu-ended")
    await call.hangup("again")
    call.post(Digit(key="1"))
    assert await to_the_end(call) == [HungUp(by=HangupBy.NEAR, cause="menu-ended")]
    assert (call.over, call.report().disposition) == (True, "ANSWERED")
    with pytest.raises(CallGone):
        await asyncio.wait_for(call.next_event(), 0.5)


async def test_the_far_end_hangs_up_in_a_prompt(exchange: Exchange) -> None:
    far = await exchange.answered()
    number = far.call.play([Tone(ToneName.MUSIC)])
    await asyncio.sleep(0.1)
    await far.hangs_up()
    assert await to_the_end(far.call) == [
        PromptEnded(playback=number, completed=False),
        HungUp(by=HangupBy.FAR, cause="normal"),
    ]
    assert far.call.report().hangup_by is HangupBy.FAR


async def test_hold_and_resume_are_reported(exchange: Exchange) -> None:
    far = await exchange.answered()
    await far.holds()
    assert await wait_for(far.call, Held) == Held()
    assert not far.call.over
    await far.resumes()
    assert await wait_for(far.call, Resumed) == Resumed()
    number = far.call.play([Silence(0.05)])
    assert await wait_for(far.call, PromptEnded) == PromptEnded(playback=number, completed=True)
    await far.call.hangup()
    assert await to_the_end(far.call) == [HungUp(by=HangupBy.NEAR, cause="normal")]


async def test_events_of_others_come_through_the_same_queue(exchange: Exchange) -> None:
    call = (await exchange.answered()).call
    call.post(Digit(key="1", source="test"))
    call.post(Digit(key="2", source="test"))
    assert [await wait_for(call, Digit) for _ in range(2)] == [
        Digit(key="1", source="test"),
        Digit(key="2", source="test"),
    ]
    await call.hangup()


async def test_the_end_of_one_bridged_leg_leaves_the_other_up(exchange: Exchange) -> None:
    one, two = await exchange.answered(), await exchange.answered()
    await one.call.bridge(two.call)
    await asyncio.sleep(0.1)
    await two.hangs_up()
    await wait_for(one.call, BridgeEnded)
    assert not one.call.over
    number = one.call.play([Silence(0.05)])
    assert await wait_for(one.call, PromptEnded) == PromptEnded(playback=number, completed=True)
    await one.call.hangup()


async def test_legs_taken_apart_both_stay_up_without_an_event(exchange: Exchange) -> None:
    one, two = await exchange.answered(), await exchange.answered()
    await one.call.bridge(two.call)
    await one.call.unbridge()
    await one.call.hangup()
    assert await to_the_end(one.call) == [HungUp(by=HangupBy.NEAR, cause="normal")]
    assert not two.call.over
    await two.call.hangup()
    assert await to_the_end(two.call) == [HungUp(by=HangupBy.NEAR, cause="normal")]


async def test_a_recording_tells_its_file_and_length(exchange: Exchange, tmp_path: Path) -> None:
    call = (await exchange.answered()).call
    assert (call.recording, call.recorded_seconds) == (None, 0.0)
    call.start_recording(tmp_path / "call.wav")
    await asyncio.sleep(0.3)
    assert call.recording == tmp_path / "call.wav"
    assert 0.2 < call.recorded_seconds < 2.0
    await call.hangup()


async def test_a_call_that_is_over_refuses_what_waits_and_ignores_what_does_not(exchange: Exchange) -> None:
    far, other = await exchange.answered(), await exchange.answered()
    await far.call.hangup()
    for attempt in (far.call.answer, lambda: far.call.send_digits("1"), lambda: far.call.bridge(other.call)):
        with pytest.raises(CallGone):
            await attempt()
    far.call.play([Silence(1)])
    far.call.stop_playing()
    far.call.tap(len)
    far.call.untap(len)
    await far.call.hangup()
    await other.call.hangup()
