"""sipp calls in: every way a call can begin, go on and end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

import pytest
from keytones import inband_capture, rfc4733_capture
from peers import Sipp
from siphotline import Hotline, StartHotline, to_the_end, wait_for

from hotline.call.audio import Tone, ToneName
from hotline.call.errors import CallGone
from hotline.call.events import Answered, Digit, Held, HungUp, PromptEnded, Resumed
from hotline.call.ports import Call

pytestmark = pytest.mark.peer


async def answered(hotline: Hotline, after: float = 0.2) -> Call:
    call = await hotline.next_call()
    await asyncio.sleep(after)
    await call.answer()
    return call


async def test_a_call_is_answered_and_its_ringing_measured(hotline: Hotline, tmp_path: Path) -> None:
    peer = await Sipp.start("answer", hotline.port, tmp_path)
    call = await answered(hotline, after=0.3)
    events = await to_the_end(call)
    await peer.done()
    report = hotline.book.reports[call.facts.leg]
    assert events[0] == Answered()
    assert events[-1] == HungUp(by="far", cause="normal")
    assert (call.facts.caller, call.facts.caller_name, call.facts.dialled) == (
        "13800001111",
        "Caller",
        "95001",
    )
    assert 0.3 <= report.ring_seconds < 1.0
    assert (report.disposition, report.rings, report.hangup_by) == ("ANSWERED", 1, "far")
    assert hotline.book.answered_legs[call.facts.leg] == (report.ring_seconds, 1)
    assert report.quality is not None
    assert report.quality.codec == "PCMA"
    assert report.quality.sent_packets > 10
    assert report == call.report()


async def test_ring_cycles_are_counted_by_the_configured_cycle(
    start_hotline: StartHotline, tmp_path: Path
) -> None:
    hotline = await start_hotline(ringing={"ring_cycle": 0.2})
    peer = await Sipp.start("answer", hotline.port, tmp_path)
    call = await answered(hotline, after=0.5)
    await to_the_end(call)
    await peer.done()
    assert call.report().rings == 3


async def test_a_prompt_is_played_to_its_end(hotline: Hotline, tmp_path: Path) -> None:
    peer = await Sipp.start("answer", hotline.port, tmp_path)
    call = await answered(hotline)
    number = call.play([Tone(ToneName.BEEP)])
    assert await wait_for(call, PromptEnded) == PromptEnded(playback=number, completed=True)
    await to_the_end(call)
    await peer.done()


async def test_keys_arrive_as_rfc_4733_events(hotline: Hotline, tmp_path: Path) -> None:
    keys = rfc4733_capture(tmp_path / "keys.pcap", "15#")
    peer = await Sipp.start("keys_rfc4733", hotline.port, tmp_path, replace={"@KEYS@": str(keys)})
    events = await to_the_end(await answered(hotline))
    await peer.done()
    assert [event for event in events if isinstance(event, Digit)] == [Digit(key=key) for key in "15#"]


async def test_keys_arrive_by_sip_info(hotline: Hotline, tmp_path: Path) -> None:
    peer = await Sipp.start("keys_info", hotline.port, tmp_path)
    events = await to_the_end(await answered(hotline))
    await peer.done()
    assert [event.key for event in events if isinstance(event, Digit)] == ["7", "#"]


async def test_keys_are_heard_in_the_audio_when_no_telephone_event_was_negotiated(
    hotline: Hotline, tmp_path: Path
) -> None:
    keys = inband_capture(tmp_path / "keys.pcap", "42")
    peer = await Sipp.start("keys_inband", hotline.port, tmp_path, replace={"@KEYS@": str(keys)})
    events = await to_the_end(await answered(hotline))
    await peer.done()
    digits = [event for event in events if isinstance(event, Digit)]
    assert digits == [Digit(key="4", source="inband"), Digit(key="2", source="inband")]


async def test_tones_in_the_audio_are_no_keys_when_telephone_event_was_negotiated(
    hotline: Hotline, tmp_path: Path
) -> None:
    keys = inband_capture(tmp_path / "keys.pcap", "42")
    peer = await Sipp.start("keys_rfc4733", hotline.port, tmp_path, replace={"@KEYS@": str(keys)})
    events = await to_the_end(await answered(hotline))
    await peer.done()
    assert not [event for event in events if isinstance(event, Digit)]


async def test_a_caller_who_gives_up_while_it_rings_leaves_a_cancelled_record(
    hotline: Hotline, tmp_path: Path
) -> None:
    peer = await Sipp.start("cancel", hotline.port, tmp_path)
    call = await hotline.next_call()
    events = await to_the_end(call)
    await peer.done()
    report = call.report()
    assert events == [HungUp(by="far", cause="cancelled")]
    assert (report.disposition, report.answered_at, report.hangup_by) == ("CANCELLED", None, "far")
    assert 0.3 < report.ring_seconds < 2.0
    with pytest.raises(CallGone):
        await call.answer()


async def test_a_caller_who_cancels_during_the_answer_is_gone(hotline: Hotline, tmp_path: Path) -> None:
    peer = await Sipp.start("cancel", hotline.port, tmp_path)
    call = await hotline.next_call()
    await to_the_end(call)
    with pytest.raises(CallGone):
        await call.answer()
    await call.hangup()
    assert call.play([Tone(ToneName.BEEP)]) == 0
    await peer.done()


async def test_a_caller_who_hangs_up_at_once_leaves_a_complete_record(
    hotline: Hotline, tmp_path: Path
) -> None:
    peer = await Sipp.start("early_hangup", hotline.port, tmp_path)
    call = await hotline.next_call()
    with contextlib.suppress(CallGone):
        await call.answer()
    events = await to_the_end(call)
    await peer.done()
    assert [type(event) for event in events] == [Answered, HungUp]
    assert hotline.book.reports[call.facts.leg].disposition == "ANSWERED"


async def test_the_hotline_hangs_up(hotline: Hotline, tmp_path: Path) -> None:
    peer = await Sipp.start("answer_until_bye", hotline.port, tmp_path)
    call = await answered(hotline)
    await call.hangup("menu-ended")
    events = await to_the_end(call)
    await peer.done()
    assert events[-1] == HungUp(by="near", cause="menu-ended")
    assert call.report().disposition == "ANSWERED"


async def test_a_refused_call_gets_486(hotline: Hotline, tmp_path: Path) -> None:
    peer = await Sipp.start("refused", hotline.port, tmp_path)
    call = await hotline.next_call()
    await call.refuse()
    await peer.done()
    assert await to_the_end(call) == [HungUp(by="near", cause="busy")]
    assert (call.report().disposition, call.report().sip_status) == ("BUSY", 486)


async def test_hold_and_resume_by_the_far_end_are_reported(hotline: Hotline, tmp_path: Path) -> None:
    peer = await Sipp.start("hold", hotline.port, tmp_path)
    events = await to_the_end(await answered(hotline))
    await peer.done()
    assert [type(event) for event in events] == [Answered, Held, Resumed, HungUp]


async def test_an_invite_without_offer_is_answered_with_ours(hotline: Hotline, tmp_path: Path) -> None:
    peer = await Sipp.start("late_offer", hotline.port, tmp_path)
    call = await answered(hotline)
    events = await to_the_end(call)
    await peer.done()
    assert [type(event) for event in events] == [Answered, HungUp]
    assert call.report().quality is not None
    assert call.report().quality.codec == "PCMA"


async def test_a_codec_nobody_speaks_gets_488_and_a_record(hotline: Hotline, tmp_path: Path) -> None:
    peer = await Sipp.start("unsupported_codec", hotline.port, tmp_path)
    await peer.done()
    await hotline.until(lambda: bool(hotline.book.reports))
    (report,) = hotline.book.reports.values()
    assert (report.disposition, report.sip_status) == ("FAILED", 488)
    assert hotline.book.opened_legs[0].caller == "13800001111"
    assert hotline.telephony.status().counters.refused_media == 1
    await hotline.no_call(0.1)


async def test_a_caller_whose_sound_lies_beyond_the_bound_address_is_on_the_record_with_why(
    hotline: Hotline,
) -> None:
    body = "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
    body = body.format("198.51.100.7")  # a documentation network (RFC 5737), never on loopback
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        own = f"127.0.0.1:{sock.getsockname()[1]}"
        head = (
            f"INVITE sip:95001@127.0.0.1:{hotline.port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {own};branch=z9hG4bK-far\r\n"
            f"From: <sip:13800001111@{own}>;tag=1\r\nTo: <sip:95001@127.0.0.1>\r\nCall-ID: far\r\n"
            f"CSeq: 1 INVITE\r\nContact: <sip:13800001111@{own}>\r\nMax-Forwards: 70\r\n"
            f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        sock.sendto((head + body).encode(), ("127.0.0.1", hotline.port))
        answer = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(sock, 2000), 3)
    assert answer.startswith(b"SIP/2.0 500")
    await hotline.until(lambda: bool(hotline.book.reports))
    (report,) = hotline.book.reports.values()
    assert (report.disposition, report.hangup_cause) == ("FAILED", "no-way-for-sound")
    assert hotline.book.opened_legs[0].caller == "13800001111"


async def test_repeated_invites_and_a_lost_ack_are_one_call(hotline: Hotline, tmp_path: Path) -> None:
    messages = tmp_path / "messages"
    trace = ["-trace_msg", "-message_file", str(messages)]
    peer = await Sipp.start("retransmission", hotline.port, tmp_path, extra=trace)
    await to_the_end(await answered(hotline))
    await peer.done()
    assert messages.read_text().count("SIP/2.0 200 Answering") >= 2
    assert len(hotline.book.opened_legs) == 1
    assert hotline.telephony.status().counters.invites == 1


async def test_a_peer_may_not_transfer_us(hotline: Hotline, tmp_path: Path) -> None:
    peer = await Sipp.start("refer", hotline.port, tmp_path)
    events = await to_the_end(await answered(hotline))
    await peer.done()
    assert [type(event) for event in events] == [Answered, HungUp]
    assert hotline.book.events == ["TRANSFER_REFUSED"]
    assert len(hotline.book.opened_legs) == 1


async def test_a_call_is_recorded_and_the_recording_closed_before_the_end_is_reported(
    hotline: Hotline, tmp_path: Path
) -> None:
    peer = await Sipp.start("answer", hotline.port, tmp_path)
    call = await answered(hotline)
    file = tmp_path / "call.wav"
    call.start_recording(file)
    await to_the_end(call)
    await peer.done()
    assert call.recording == file
    assert 0.3 < call.recorded_seconds < 2.0
    declared = int.from_bytes(file.read_bytes()[4:8], "little") + 8
    assert declared == file.stat().st_size
