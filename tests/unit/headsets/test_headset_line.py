"""Ringing headsets, and what happens to a call when its headset comes and goes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from headset_fakes import PATIENCE, Switch, event_of, order, picks_up, strength

from hotline.call.audio import Tone, ToneName
from hotline.call.errors import CallGone, DialBusy, DialDeclined, DialFailed, DialNoAnswer, PeerError
from hotline.call.events import (
    Answered,
    Digit,
    HangupBy,
    HungUp,
    Interrupted,
    PromptEnded,
    Restored,
)
from hotline.headsets.wire import pack_control


@pytest.fixture
async def switch(tmp_path: Path) -> AsyncIterator[Switch]:
    async with Switch(tmp_path) as made:
        yield made


async def test_a_headset_rings_with_its_card_and_is_a_call_once_picked_up(switch: Switch) -> None:
    gateway = await switch.headset()
    call, ring = await asyncio.gather(switch.line.dial(order()), picks_up(gateway))
    assert ring["card"] == {"topic": "漏水", "place": "3-2-602"}
    assert ring["call"] == call.facts.leg
    assert (await gateway.told("connected"))["call"] == call.facts.leg
    assert isinstance(await call.next_event(), Answered)
    assert call.answered
    assert not call.over
    assert switch.legs.answers == [call.facts.leg]
    assert switch.legs.facts[0].linkedid == "c" * 32
    assert switch.legs.facts[0].purpose == "operator"


async def test_what_is_played_reaches_the_headset_at_the_speed_of_sound(switch: Switch) -> None:
    gateway, call = await switch.talking()
    began = asyncio.get_running_loop().time()
    call.play([Tone(ToneName.RINGBACK, 1.0)])
    ended = await event_of(call, PromptEnded)
    took = asyncio.get_running_loop().time() - began
    assert isinstance(ended, PromptEnded)
    assert ended.completed
    assert 0.9 < took < 1.6
    assert 48 <= len(gateway.frames) <= 54
    assert max(strength(b"".join(gateway.frames[n : n + 15]), 450) for n in range(5, 30, 5)) > 0.9


async def test_a_page_whose_sound_is_on_its_way_is_waited_for(switch: Switch) -> None:
    gateway = await switch.headset(media=False)
    dialling = asyncio.create_task(switch.line.dial(order()))
    await asyncio.sleep(0.2)
    assert not dialling.done()
    gateway.say("media", up=True)
    await picks_up(gateway)
    assert (await dialling).answered


async def test_stopping_what_is_played_is_heard_at_once(switch: Switch) -> None:
    gateway, call = await switch.talking()
    call.play([Tone(ToneName.MUSIC, 10.0)])
    await gateway.until(lambda: len(gateway.frames) >= 10, "sound")
    call.stop_playing()
    ended = await event_of(call, PromptEnded)
    heard = len(gateway.frames)
    assert isinstance(ended, PromptEnded)
    assert not ended.completed
    await asyncio.sleep(0.2)
    assert len(gateway.frames) <= heard + 3


async def test_two_headsets_in_a_bridge_hear_each_other(switch: Switch) -> None:
    one, left = await switch.talking("8")
    other = await switch.headset("9")
    right, _ = await asyncio.gather(switch.line.dial(order("9")), picks_up(other))
    other.talk(1000)
    await left.bridge(right)
    await one.until(lambda: strength(b"".join(one.frames[-15:]), 1000) > 0.9, "the other's tone")
    await other.until(lambda: strength(b"".join(other.frames[-15:]), 440) > 0.9, "the other's tone")


async def test_the_recording_has_both_sides(switch: Switch, tmp_path: Path) -> None:
    _, call = await switch.talking()
    call.start_recording(tmp_path / "leg.wav")
    call.play([Tone(ToneName.RINGBACK, 0.6)])
    await event_of(call, PromptEnded)
    await call.hangup()
    assert call.recording == tmp_path / "leg.wav"
    assert (tmp_path / "leg.wav").stat().st_size > 8000
    assert call.recorded_seconds > 0.5


async def test_keys_arrive_and_nonsense_does_not(switch: Switch) -> None:
    gateway, call = await switch.talking()
    for key in ("5", "12", "x", "", "#"):
        gateway.say("key", key=key)
    first, second = await event_of(call, Digit), await event_of(call, Digit)
    assert [first.key, second.key] == ["5", "#"]  # type: ignore[attr-defined]
    assert switch.line.status.refused_messages == 3


async def test_a_microphone_switched_off_is_on_the_record_once_each_time(switch: Switch) -> None:
    gateway, call = await switch.talking()
    for on in (True, True, False, True):
        gateway.say("mute", on=on)
    gateway.say("key", key="1")
    await event_of(call, Digit)
    leg = call.facts.leg
    assert switch.legs.events == [(leg, "MUTE"), (leg, "UNMUTE"), (leg, "MUTE")]
    await call.hangup()
    again, _ = await asyncio.gather(switch.line.dial(order("8")), picks_up(gateway))
    assert switch.legs.events[3:] == [(again.facts.leg, "MUTE")], "still switched off when they pick up"


async def test_no_headset_no_ringing(switch: Switch) -> None:
    with pytest.raises(DialFailed) as refused:
        await switch.line.dial(order("77"))
    assert refused.value.code == "headset-away"
    assert "hotline headset" in refused.value.sentence
    assert switch.legs.last.disposition == "FAILED"
    assert switch.legs.last.hangup_cause == "headset-away"


async def test_a_page_without_sound_cannot_be_rung(switch: Switch) -> None:
    gateway = await switch.headset(media=False)
    with pytest.raises(DialFailed) as refused:
        await switch.line.dial(order())
    assert refused.value.code == "headset-away"
    gateway.say("media", up=True)
    call, _ = await asyncio.gather(_dial_when_present(switch), picks_up(gateway))
    assert call.answered


async def _dial_when_present(switch: Switch):  # type: ignore[no-untyped-def]
    async with asyncio.timeout(PATIENCE):
        while not switch.line.present("8"):
            await asyncio.sleep(0.01)
    return await switch.line.dial(order())


async def test_who_does_not_pick_up_in_time_is_no_answer(switch: Switch) -> None:
    gateway = await switch.headset()
    with pytest.raises(DialNoAnswer):
        await switch.line.dial(order(timeout=0.2))
    assert (await gateway.told("stop_ring"))["why"] == "no_answer"
    assert switch.legs.last.disposition == "NO ANSWER"
    assert switch.legs.last.rings == 1


async def test_hanging_up_while_it_rings_declines(switch: Switch) -> None:
    gateway = await switch.headset()
    dialling = asyncio.create_task(switch.line.dial(order()))
    ring = await gateway.told("ring")
    gateway.say("hang_up", call=ring["call"])
    with pytest.raises(DialDeclined):
        await dialling
    assert switch.legs.last.disposition == "DECLINED"
    assert switch.legs.last.hangup_by is HangupBy.FAR


async def test_a_click_meant_for_the_call_before_does_nothing(switch: Switch) -> None:
    gateway = await switch.headset()
    dialling = asyncio.create_task(switch.line.dial(order()))
    ring = await gateway.told("ring")
    gateway.say("hang_up", call="another")
    gateway.say("pick_up", call="another")
    gateway.say("pick_up", call=ring["call"])
    assert (await dialling).answered


async def test_giving_up_stops_the_ringing(switch: Switch) -> None:
    gateway = await switch.headset()
    dialling = asyncio.create_task(switch.line.dial(order()))
    await gateway.told("ring")
    dialling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dialling
    assert (await gateway.told("stop_ring"))["why"] == "gave_up"
    assert switch.legs.last.disposition == "CANCELLED"
    assert (await _talks_again(switch, gateway)).answered


async def _talks_again(switch: Switch, gateway):  # type: ignore[no-untyped-def]
    call, _ = await asyncio.gather(switch.line.dial(order()), picks_up(gateway))
    return call


async def test_one_call_at_a_time(switch: Switch) -> None:
    await switch.talking()
    with pytest.raises(DialBusy):
        await switch.line.dial(order())
    assert switch.legs.last.disposition == "BUSY"


async def test_hanging_up_ends_the_call_from_either_side(switch: Switch) -> None:
    gateway, call = await switch.talking()
    gateway.say("hang_up", call=call.facts.leg)
    ended = await event_of(call, HungUp)
    assert isinstance(ended, HungUp)
    assert ended.by is HangupBy.FAR
    assert (await gateway.told("over"))["why"] == "normal"
    with pytest.raises(CallGone):
        await call.next_event()

    await gateway.fall_silent()
    again = await _talks_again(switch, gateway)
    await again.hangup("transferred")
    assert again.over
    assert again.report().hangup_by is HangupBy.NEAR
    assert (await gateway.told("over"))["why"] == "transferred"
    assert again.report().disposition == "ANSWERED"


async def test_a_call_that_is_over_does_nothing_more(switch: Switch) -> None:
    _, call = await switch.talking()
    await call.hangup()
    await call.hangup()
    assert call.play([Tone(ToneName.BEEP)]) == 0
    with pytest.raises(CallGone):
        await call.send_digits("1")
    with pytest.raises(CallGone):
        await call.hear()


async def test_a_person_takes_no_keys(switch: Switch) -> None:
    _, call = await switch.talking()
    with pytest.raises(PeerError, match="no keys"):
        await call.send_digits("1")


async def test_a_closed_browser_is_noticed_and_its_call_ends_after_the_grace(switch: Switch) -> None:
    gateway, call = await switch.talking()
    await call.next_event()
    began = asyncio.get_running_loop().time()
    await gateway.break_off()
    assert isinstance(await call.next_event(), Interrupted)
    assert asyncio.get_running_loop().time() - began < 0.5
    ended = await call.next_event()
    took = asyncio.get_running_loop().time() - began
    assert isinstance(ended, HungUp)
    assert ended.by is HangupBy.NETWORK
    assert 0.9 < took < 2.0
    assert switch.legs.last.hangup_cause == "network"
    assert switch.line.status.connections == 0


async def test_silence_is_an_interruption_and_sound_ends_it(switch: Switch) -> None:
    gateway, call = await switch.talking()
    await call.next_event()
    await gateway.fall_silent()
    assert isinstance(await call.next_event(), Interrupted)
    gateway.talk()
    assert isinstance(await call.next_event(), Restored)
    assert not call.over


async def test_the_same_call_goes_on_over_a_new_connection(switch: Switch) -> None:
    gateway, call = await switch.talking()
    call.play([Tone(ToneName.RINGBACK)], repeat=True)
    await gateway.break_off()
    await event_of(call, Interrupted)
    back = await switch.headset()
    back.talk()
    assert isinstance(await event_of(call, Restored), Restored)
    heard = len(back.frames)
    await back.until(lambda: len(back.frames) > heard + 10, "sound on the new connection")
    back.say("hang_up")
    ended = await event_of(call, HungUp)
    assert isinstance(ended, HungUp)
    assert ended.by is HangupBy.FAR


async def test_a_headset_that_comes_back_is_told_how_things_stand(switch: Switch) -> None:
    gateway, call = await switch.talking()
    await gateway.break_off()
    sock = await switch.headset()
    assert not [m for m in sock.messages if m["t"] == "ring"]
    await call.hangup()
    assert (await sock.told("over"))["call"] == call.facts.leg


async def test_another_operator_does_not_get_the_call(switch: Switch) -> None:
    gateway, call = await switch.talking()
    await gateway.break_off()
    stranger = await switch.headset("9")
    stranger.talk()
    assert isinstance(await event_of(call, HungUp), HungUp)
    assert not stranger.frames


async def test_a_second_headset_of_an_operator_takes_over(switch: Switch) -> None:
    first, call = await switch.talking()
    second = await switch.headset()
    await first.told("taken")
    async with asyncio.timeout(PATIENCE):
        await first.ended.wait()
    second.talk()
    call.play([Tone(ToneName.RINGBACK, 0.5)])
    await second.until(lambda: len(second.frames) > 10, "the call's sound")
    assert not call.over
    assert switch.line.status.connections == 1


async def test_a_headset_that_leaves_while_it_rings_is_away(switch: Switch) -> None:
    gateway = await switch.headset()
    dialling = asyncio.create_task(switch.line.dial(order()))
    await gateway.told("ring")
    await gateway.break_off()
    with pytest.raises(DialFailed) as failed:
        await dialling
    assert failed.value.code == "headset-away"


async def test_estates_do_not_ring_each_others_headsets(switch: Switch) -> None:
    here, there = await switch.headset(estate="north"), await switch.headset(estate="south")
    call, _ = await asyncio.gather(switch.line.dial(order(estate="south")), picks_up(there))
    assert call.answered
    assert not here.messages
    with pytest.raises(DialFailed):
        await switch.line.dial(order(estate=""))  # two of that number: whose is meant?


async def test_an_operator_of_all_estates_is_rung_for_each(switch: Switch) -> None:
    gateway = await switch.headset(estate="")
    call, _ = await asyncio.gather(switch.line.dial(order(estate="south")), picks_up(gateway))
    assert call.answered


@pytest.mark.parametrize(
    "packet",
    [b"", b"Z", b"A" + bytes(10), b"A" + bytes(400), b"J{", b"J[]", b'J{"t": 5}', pack_control("unheard-of")],
)
async def test_a_malformed_packet_disturbs_no_call(switch: Switch, packet: bytes) -> None:
    gateway, call = await switch.talking()
    if packet:
        gateway.send_raw(packet)
    gateway.say("key", key="7")
    heard = await event_of(call, Digit)
    assert heard.key == "7"  # type: ignore[attr-defined]
    assert not call.over


async def test_a_gateway_that_only_talks_nonsense_is_cut_off(switch: Switch) -> None:
    gateway = await switch.headset()
    with contextlib.suppress(OSError):
        for _ in range(30):
            gateway.send_raw(b"Z")
    async with asyncio.timeout(PATIENCE):
        await gateway.ended.wait()


@pytest.mark.parametrize("first", [{"t": "pick_up"}, {"t": "hello", "operator": "", "estate": "default"}])
async def test_who_does_not_introduce_themselves_is_sent_away(switch: Switch, first: dict[str, str]) -> None:
    gateway = await switch.stranger()
    gateway.say(first.pop("t"), **first)
    async with asyncio.timeout(PATIENCE):
        await gateway.ended.wait()
    assert switch.line.status.refused_messages == 1


async def test_the_socket_is_for_its_user_only(switch: Switch) -> None:
    assert (switch.folder / "headsets-audio.sock").stat().st_mode & 0o777 == 0o600


async def test_the_line_closes_with_a_call_up(tmp_path: Path) -> None:
    async with Switch(tmp_path) as switch:
        _, call = await switch.talking()
    assert call.over
    assert call.report().hangup_cause == "lost"


async def test_what_the_gateway_counted_is_on_the_record(switch: Switch) -> None:
    gateway, call = await switch.talking()
    gateway.say("quality", received=950, sent=1000, lost=50, jitter_ms=12.5)
    gateway.say("quality", received="many")
    gateway.say("hang_up")
    await event_of(call, HungUp)
    quality = call.report().quality
    assert quality is not None
    assert (quality.codec, quality.received_packets, quality.lost) == ("opus", 950, 50)
    assert 2.5 < quality.mos < 4
