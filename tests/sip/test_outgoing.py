"""The hotline calls out: every outcome is a kind of its own, every attempt leaves a record."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from peers import HOST, Baresip, Linphone, Sipp, ended, free_port
from siphotline import Hotline, StartHotline, to_the_end, wait_for

from hotline.call.audio import Tone, ToneName
from hotline.call.errors import DialBusy, DialDeclined, DialFailed, DialNoAnswer, NoChannel
from hotline.call.events import Answered, BridgeEnded, Digit, Held, HungUp, PromptEnded, Resumed
from hotline.call.ports import DialOrder

pytestmark = pytest.mark.peer


def order(port: int, *, patience: float = 5.0, user: str = "8001", purpose: str = "manager") -> DialOrder:
    return DialOrder(to=f"sip:{user}@{HOST}:{port}", linkedid="", purpose=purpose, timeout=patience)


async def telephone(scenario: str, folder: Path, **replace: str) -> tuple[Sipp, int]:
    port = free_port()
    marks = {f"@{name.upper()}@": value for name, value in replace.items()}
    peer = await Sipp.start(scenario, None, folder, port=port, replace=marks)
    await asyncio.sleep(0.3)
    return peer, port


async def test_an_answered_leg_is_returned_established(hotline: Hotline, tmp_path: Path) -> None:
    peer, port = await telephone("uas_answer", tmp_path)
    call = await hotline.telephony.dial(order(port))
    assert call.answered
    assert (call.facts.dialled, call.facts.purpose) == (f"sip:8001@{HOST}:{port}", "manager")
    events = await to_the_end(call)
    await peer.done()
    report = hotline.book.reports[call.facts.leg]
    assert [type(event) for event in events] == [Answered, HungUp]
    assert (report.disposition, report.hangup_by, report.rings) == ("ANSWERED", "far", 1)
    assert 0.2 < report.ring_seconds < 1.0
    assert report.quality is not None
    assert report.quality.codec == "PCMA"


@pytest.mark.parametrize(
    ("status", "error", "disposition"),
    [
        ("486 Busy Here", DialBusy, "BUSY"),
        ("600 Busy Everywhere", DialBusy, "BUSY"),
        ("603 Decline", DialDeclined, "DECLINED"),
        ("480 Temporarily Unavailable", DialNoAnswer, "NO ANSWER"),
        ("404 Not Found", DialFailed, "FAILED"),
    ],
)
async def test_every_refusal_has_its_own_outcome(
    hotline: Hotline, tmp_path: Path, status: str, error: type[DialFailed], disposition: str
) -> None:
    peer, port = await telephone("uas_status", tmp_path, status=status)
    with pytest.raises(DialFailed) as raised:
        await hotline.telephony.dial(order(port))
    await peer.done()
    (report,) = hotline.book.reports.values()
    assert type(raised.value) is error
    assert raised.value.sip_status == int(status[:3])
    assert (report.disposition, report.sip_status, report.hangup_by) == (disposition, int(status[:3]), "far")
    assert hotline.telephony.status().channels.total == 0


async def test_nobody_answering_in_time_is_cancelled(hotline: Hotline, tmp_path: Path) -> None:
    peer, port = await telephone("uas_cancelled", tmp_path)
    with pytest.raises(DialNoAnswer):
        await hotline.telephony.dial(order(port, patience=0.6))
    await peer.done()
    (report,) = hotline.book.reports.values()
    assert (report.disposition, report.hangup_by, report.hangup_cause) == ("NO ANSWER", "near", "no-answer")
    assert report.rings == 1


async def test_a_cancelled_task_cancels_the_ringing_leg(hotline: Hotline, tmp_path: Path) -> None:
    peer, port = await telephone("uas_cancelled", tmp_path)
    dialling = asyncio.create_task(hotline.telephony.dial(order(port)))
    await asyncio.sleep(0.4)
    dialling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dialling
    await peer.done()
    await hotline.until(lambda: bool(hotline.book.reports))
    (report,) = hotline.book.reports.values()
    assert (report.disposition, report.hangup_by) == ("CANCELLED", "near")
    assert hotline.telephony.status().channels.total == 0


async def test_a_dialler_cancelled_at_once_leaves_no_ringing_leg(hotline: Hotline, tmp_path: Path) -> None:
    peer, port = await telephone("uas_cancelled", tmp_path)
    dialling = asyncio.create_task(hotline.telephony.dial(order(port)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    dialling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dialling
    await hotline.until(lambda: hotline.telephony.status().channels.total == 0)
    await peer.end()


async def test_an_unreachable_destination_is_a_failure_not_a_missing_answer(hotline: Hotline) -> None:
    with pytest.raises(DialFailed) as raised:
        await hotline.telephony.dial(order(free_port(), patience=1.0))
    (report,) = hotline.book.reports.values()
    assert type(raised.value) is DialFailed
    assert (report.disposition, report.rings) == ("FAILED", 0)


async def test_no_channel_left_is_told_before_anything_is_sent(start_hotline: StartHotline) -> None:
    hotline = await start_hotline(channels={"total": 1, "reserved_outgoing": 0, "reserved_emergency": 0})
    first = asyncio.create_task(hotline.telephony.dial(order(free_port(), patience=2.0)))
    await asyncio.sleep(0.1)
    with pytest.raises(NoChannel):
        await hotline.telephony.dial(order(free_port()))
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert "CONGESTION" in {report.disposition for report in hotline.book.reports.values()}


async def test_two_legs_are_bridged_and_the_end_of_one_is_told_to_the_other(
    hotline: Hotline, tmp_path: Path
) -> None:
    caller = await Sipp.start("answer_until_bye", hotline.port, tmp_path)
    incoming = await hotline.next_call()
    await incoming.answer()
    phone, port = await telephone("uas_answer", tmp_path)
    outgoing = await hotline.telephony.dial(order(port))
    await incoming.bridge(outgoing)
    await to_the_end(outgoing)
    await wait_for(incoming, BridgeEnded)
    assert not incoming.over
    await incoming.hangup()
    await caller.done()
    await phone.done()


@pytest.mark.parametrize(
    ("direction", "address"),
    [
        ("sendonly", "[media_ip]"),
        ("inactive", "[media_ip]"),
        ("sendrecv", "0.0.0.0"),
        ("inactive", "0.0.0.0"),
    ],
)
async def test_every_way_of_holding_is_reported_on_a_leg_we_placed_and_what_we_play_waits(
    hotline: Hotline, tmp_path: Path, direction: str, address: str
) -> None:
    phone, port = await telephone("uas_hold", tmp_path, direction=direction, address=address)
    call = await hotline.telephony.dial(order(port))
    await wait_for(call, Held)
    call.play([Tone(ToneName.BEEP)])
    events = await to_the_end(call)
    await phone.done()
    assert [type(event) for event in events] == [Resumed, PromptEnded, HungUp]
    assert events[1] == PromptEnded(playback=1, completed=True)


async def test_baresip_is_called_and_gets_the_keys_we_send(hotline: Hotline, tmp_path: Path) -> None:
    async with ended(await Baresip.start(tmp_path)) as peer:
        call = await hotline.telephony.dial(order(peer.port, user="peer"))
        await peer.event("CALL_ESTABLISHED")
        await call.send_digits("5")
        digit = await peer.event("CALL_DTMF_START")
        assert digit["param"] == "5"
        await call.hangup()
        await peer.event("CALL_CLOSED")
        assert call.report().hangup_by == "near"


async def test_linphone_is_called_and_refuses(hotline: Hotline, tmp_path: Path) -> None:
    async with ended(await Linphone.start(tmp_path)) as peer:
        dialling = asyncio.create_task(hotline.telephony.dial(order(peer.port, user="peer")))
        await asyncio.sleep(1.0)
        await peer.command("terminate")
        with pytest.raises(DialFailed):
            await dialling


async def test_baresip_calls_in_and_presses_a_key(hotline: Hotline, tmp_path: Path) -> None:
    async with ended(await Baresip.start(tmp_path)) as peer:
        await peer.command("dial", f"sip:95001@{HOST}:{hotline.port}")
        call = await hotline.next_call()
        await call.answer()
        await peer.event("CALL_ESTABLISHED")
        peer.press("7")
        assert await wait_for(call, Digit) == Digit(key="7")
        await asyncio.sleep(0.4)
        await peer.command("hangup")
        await to_the_end(call)
    report = call.report()
    assert call.facts.caller == "peer"
    assert report.quality is not None
    assert report.quality.received_packets > 5
    assert report.quality.mos > 3.5


@pytest.mark.parametrize(
    ("codec", "name"), [("PCMA/8000/1", "PCMA"), ("G722/16000/1", "G722"), ("opus/48000/2", "opus")]
)
async def test_every_offered_codec_carries_sound_both_ways(
    hotline: Hotline, tmp_path: Path, codec: str, name: str
) -> None:
    async with ended(await Baresip.start(tmp_path, account=f"audio_codecs={codec};")) as peer:
        await peer.command("dial", f"sip:95001@{HOST}:{hotline.port}")
        call = await hotline.next_call()
        loudness: list[int] = []
        call.tap(lambda frame: loudness.append(int(np.abs(np.frombuffer(frame, np.int16)).max())))
        await call.answer()
        number = call.play([Tone(ToneName.BEEP)])
        assert await wait_for(call, PromptEnded) == PromptEnded(playback=number, completed=True)
        await hotline.until(lambda: max(loudness, default=0) > 1000)
        await call.hangup()
    quality = call.report().quality
    assert quality is not None
    assert (quality.codec, quality.sent_packets > 5) == (name, True)


async def test_linphone_calls_in_presses_a_key_and_hangs_up(hotline: Hotline, tmp_path: Path) -> None:
    async with ended(await Linphone.start(tmp_path)) as peer:
        await peer.command(f"call sip:95001@{HOST}:{hotline.port}")
        call = await hotline.next_call()
        await call.answer()
        await asyncio.sleep(0.3)
        await peer.command("5")
        assert await wait_for(call, Digit) == Digit(key="5")
        await peer.command("terminate")
        events = await to_the_end(call)
    assert events[-1] == HungUp(by="far", cause="normal")
    assert call.report().quality is not None
