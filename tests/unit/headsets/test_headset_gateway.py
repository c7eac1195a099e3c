"""The gateway between a real line and headsets made of aiortc: sound both ways, breaks, take-overs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from headset_fakes import Switch, event_of, order, strength
from webrtc_fakes import PATIENCE, ProgramHeadset

from hotline.call.audio import Tone, ToneName
from hotline.call.clock import SystemClock
from hotline.call.events import Digit, HangupBy, HungUp, Interrupted, Restored
from hotline.call.ports import Call
from hotline.headsets import protocol
from hotline.headsets.gateway import Gateway

Begin = Callable[..., Awaitable[ProgramHeadset]]


@pytest.fixture
async def switch(tmp_path: Path) -> AsyncIterator[Switch]:
    async with Switch(tmp_path, grace=5.0) as made:
        yield made


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    made = Gateway(tmp_path, SystemClock(), addresses=["127.0.0.1"], most=2)
    running = asyncio.create_task(made.run())
    await made.serving.wait()
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def begin(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Begin]:
    made: list[ProgramHeadset] = []

    async def one(operator: str = "8", **more: object) -> ProgramHeadset:
        made.append(await ProgramHeadset.begin(tmp_path, operator, **more))  # type: ignore[arg-type]
        return made[-1]

    yield one
    for headset in made:
        await headset.end()


async def present(switch: Switch, operator: str = "8", *, there: bool = True) -> None:
    async with asyncio.timeout(PATIENCE):
        while switch.line.present(operator) is not there:
            await asyncio.sleep(0.02)


async def talking(switch: Switch, headset: ProgramHeadset, operator: str = "8") -> Call:
    await present(switch, operator)
    dialling = asyncio.create_task(switch.line.dial(order(operator, notice_silence=1.5)))
    ring = await headset.told(protocol.Ring)
    assert ring.card == {"topic": "漏水", "place": "3-2-602"}
    headset.page.send(protocol.PickUp())
    await headset.told(protocol.Connected)
    return await dialling


async def heard_by(call: Call, seconds: float) -> bytes:
    """What the hotline hears of the headset in the next seconds."""
    loop, frames, done = asyncio.get_running_loop(), [], asyncio.Event()

    def sink(frame: bytes) -> None:
        frames.append(frame)
        if len(frames) * 0.02 >= seconds:
            loop.call_soon_threadsafe(done.set)

    call.tap(sink)
    async with asyncio.timeout(PATIENCE):
        await done.wait()
    call.untap(sink)
    return b"".join(frames)


async def tone_from(listen: Callable[[float], Awaitable[bytes]], hertz: float) -> None:
    """Wait for 0.3 s of a pure tone: a connection's beginning is uneven, and so is a busy machine."""
    async with asyncio.timeout(PATIENCE):
        while strength(await listen(0.3), hertz) < 0.9:
            pass


async def test_a_tone_at_either_end_arrives_at_the_other(switch: Switch, begin: Begin) -> None:
    headset = await begin()
    call = await talking(switch, headset)
    call.play([Tone(ToneName.RINGBACK, 0.9)], repeat=True)
    await tone_from(partial(heard_by, call), 440)
    await tone_from(headset.hears, 450)
    headset.page.send(protocol.Key(key="5"))
    assert (await event_of(call, Digit)).key == "5"  # type: ignore[attr-defined]
    headset.page.send(protocol.HangUp())
    ended = await event_of(call, HungUp)
    assert ended.by is HangupBy.FAR  # type: ignore[attr-defined]
    await headset.told(protocol.Over)
    quality = call.report().quality
    assert quality is not None
    assert quality.received_packets > 20
    assert quality.lost == 0


async def test_two_headsets_talk_to_each_other(switch: Switch, begin: Begin) -> None:
    one, other = await begin("8", hertz=440), await begin("9", hertz=1000)
    left, right = await talking(switch, one, "8"), await talking(switch, other, "9")
    await left.bridge(right)
    await asyncio.gather(tone_from(one.hears, 1000), tone_from(other.hears, 440))


async def test_a_browser_that_closes_is_noticed_within_two_seconds(switch: Switch, begin: Begin) -> None:
    headset = await begin()
    call = await talking(switch, headset)
    began = asyncio.get_running_loop().time()
    await headset.end()
    await event_of(call, Interrupted)
    assert asyncio.get_running_loop().time() - began < 2.0
    assert not call.over


async def test_the_same_call_goes_on_when_the_browser_comes_back(switch: Switch, begin: Begin) -> None:
    headset = await begin()
    call = await talking(switch, headset)
    await headset.end()
    await event_of(call, Interrupted)
    back = await begin(hertz=1000)
    await back.told(protocol.Connected)
    await event_of(call, Restored)
    await tone_from(partial(heard_by, call), 1000)
    call.play([Tone(ToneName.MUSIC)])
    assert any(await back.hears(0.3))


async def test_a_page_that_breaks_alone_leaves_the_sound_alone(switch: Switch, begin: Begin) -> None:
    headset = await begin()
    call = await talking(switch, headset)
    headset.leave_page()
    await tone_from(partial(heard_by, call), 440)
    again = await begin(offer=False)
    assert (await again.told(protocol.Connected)).call == call.facts.leg
    again.page.send(protocol.HangUp())
    assert isinstance(await event_of(call, HungUp), HungUp)
    assert headset.connection is not None
    assert headset.connection.connectionState == "connected"


async def test_sound_that_breaks_alone_is_offered_again(switch: Switch, begin: Begin) -> None:
    headset = await begin()
    call = await talking(switch, headset)
    await headset.drop_sound()
    await event_of(call, Interrupted)
    assert (await headset.told(protocol.Error)).code == "media-lost"
    await headset.offer()
    await event_of(call, Restored)


async def test_a_new_calls_process_finds_the_headset_again(
    tmp_path: Path, gateway: Gateway, begin: Begin
) -> None:
    async with Switch(tmp_path) as first:
        headset = await begin()
        await talking(first, headset)
    assert (await headset.told(protocol.Over)).why == "lost"
    async with Switch(tmp_path) as second:
        call = await talking(second, headset)
        await tone_from(partial(heard_by, call), 440)


async def test_another_device_of_the_operator_takes_over(switch: Switch, begin: Begin) -> None:
    first = await begin(device="desk")
    call = await talking(switch, first)
    second = await begin(device="laptop", hertz=1000)
    assert (await first.told(protocol.Error)).code == "taken-over"
    await asyncio.wait_for(first.page_ended.wait(), PATIENCE)
    await second.told(protocol.Connected)
    await tone_from(partial(heard_by, call), 1000)


async def test_no_page_no_ringing_and_after_a_while_no_headset(switch: Switch, begin: Begin) -> None:
    headset = await begin()
    await present(switch)
    headset.leave_page()
    await present(switch, there=False)


async def test_no_more_headsets_than_there_is_room_for(begin: Begin) -> None:
    await begin("1", offer=False)
    await begin("2", offer=False)
    third = await begin("3", offer=False)
    assert (await third.told(protocol.Error)).code == "headsets-full"
    await asyncio.wait_for(third.page_ended.wait(), PATIENCE)


_SDP = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
_OPUS = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n"


@pytest.mark.parametrize(
    ("sdp", "code"),
    [
        ("nonsense", "headset-no-opus"),
        (_SDP + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=rtpmap:0 PCMU/8000\r\n", "headset-no-opus"),
        (_SDP + _OPUS, "headset-offer"),
        (_SDP + _OPUS + "a=fingerprint:sha-256\r\na=candidate:x\r\n", "headset-offer"),
        (_SDP + _OPUS + "a=extmap:x y\r\na=ssrc:\r\n", "headset-offer"),
    ],
)
async def test_an_offer_that_cannot_be_answered_is_explained(begin: Begin, sdp: str, code: str) -> None:
    headset = await begin(offer=False)
    headset.page.send(protocol.Offer(sdp=sdp))
    assert (await headset.told(protocol.Error)).code == code
    await headset.offer()  # and the next is taken


async def test_messages_that_are_none_are_answered_and_the_page_stays(begin: Begin) -> None:
    headset = await begin(offer=False)
    headset.page.send(protocol.Do(id=1, action="ready"))
    assert (await headset.told(protocol.Error)).code == "headset-message"
    headset.page.send(protocol.Pong())
    assert (await headset.told(protocol.Error)).code == "headset-message"
    await headset.offer()
