"""What keeps the line usable: channel limits, strangers, floods, garbage, taken ports, threads alive."""

from __future__ import annotations

import asyncio
import itertools
import socket
from pathlib import Path

import pytest
from peers import HOST, Sipp, free_port
from siphotline import Hotline, StartHotline, to_the_end

from hotline.call.errors import DialFailed, EnvironmentFault, NoChannel
from hotline.call.events import HungUp
from hotline.call.ports import DialOrder

pytestmark = pytest.mark.peer

_SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n"
_numbers = itertools.count(1)


def invite(port: int, *, source: str = HOST) -> bytes:
    """An INVITE from nowhere in particular."""
    number = next(_numbers)
    return (
        f"INVITE sip:95001@{HOST}:{port} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {source}:9;branch=z9hG4bKf{number};rport\r\n"
        f"From: <sip:scan@{source}>;tag=f{number}\r\nTo: <sip:95001@{HOST}>\r\nCall-ID: flood{number}\r\n"
        f"CSeq: 1 INVITE\r\nContact: <sip:scan@{source}:9>\r\nMax-Forwards: 70\r\n"
        f"Content-Type: application/sdp\r\nContent-Length: {len(_SDP)}\r\n\r\n{_SDP}"
    ).encode()


class Raw:
    """A UDP socket that says anything and hears what comes back."""

    def __init__(self, port: int, source: str = HOST) -> None:
        self._target = (HOST, port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((source, 0))
        self._socket.setblocking(False)

    def say(self, message: bytes) -> None:
        self._socket.sendto(message, self._target)

    async def heard(self, within: float = 0.5) -> list[str]:
        """First lines of all that came back."""
        await asyncio.sleep(within)
        lines = []
        while True:
            try:
                lines.append(self._socket.recv(65535).split(b"\r\n")[0].decode())
            except BlockingIOError:
                return lines

    def close(self) -> None:
        self._socket.close()


async def test_beyond_the_limit_a_caller_gets_486_and_a_record(
    start_hotline: StartHotline, tmp_path: Path
) -> None:
    hotline = await start_hotline(channels={"total": 3, "reserved_outgoing": 1, "reserved_emergency": 1})
    first = await Sipp.start("answer_until_bye", hotline.port, tmp_path)
    call = await hotline.next_call()
    await call.answer()
    second = await Sipp.start("refused", hotline.port, tmp_path)
    await second.done()
    await hotline.until(lambda: bool(hotline.book.reports))
    (report,) = hotline.book.reports.values()
    assert (report.disposition, report.sip_status, report.hangup_cause) == ("CONGESTION", 486, "congestion")
    assert hotline.telephony.status().counters.refused_full == 1
    await hotline.no_call(0.1)
    await call.hangup()
    await first.done()


async def test_an_emergency_number_gets_the_channel_kept_for_it(
    start_hotline: StartHotline, tmp_path: Path
) -> None:
    hotline = await start_hotline(
        channels={"total": 3, "reserved_outgoing": 1, "reserved_emergency": 1},
        emergency_numbers=["+86 138 0000 1111"],
        area_code="0539",
    )
    calls = []
    for _ in range(3):
        peer = await Sipp.start("answer_until_bye", hotline.port, tmp_path)
        call = await hotline.next_call()
        assert call.facts.emergency
        await call.answer()
        calls.append((peer, call))
    with pytest.raises(NoChannel):
        await hotline.telephony.dial(DialOrder(to=f"sip:1@{HOST}:9", linkedid="", purpose="manager"))
    for peer, call in calls:
        await call.hangup()
        await peer.done()


async def test_strangers_get_no_answer_at_all_and_are_counted(
    start_hotline: StartHotline, tmp_path: Path
) -> None:
    hotline = await start_hotline(admission={"allow": ["127.0.0.2/32"]})
    stranger = Raw(hotline.port)
    for _ in range(5):
        stranger.say(invite(hotline.port))
    assert await stranger.heard() == []
    stranger.close()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            sock.connect((HOST, hotline.port))
    friend = await Sipp.start("answer", hotline.port, tmp_path, source="127.0.0.2")
    call = await hotline.next_call()
    await call.answer()
    await to_the_end(call)
    await friend.done()
    await hotline.until(lambda: hotline.telephony.status().counters.dropped_not_allowed >= 5)
    assert hotline.telephony.status().counters.invites == 1
    assert len(hotline.book.opened_legs) == 1


async def test_whoever_we_call_may_answer_and_hang_up_though_not_on_the_list(
    start_hotline: StartHotline, tmp_path: Path
) -> None:
    hotline = await start_hotline(admission={"allow": ["127.0.0.2/32"]})
    port = free_port()
    phone = await Sipp.start("uas_answer", None, tmp_path, port=port)
    await asyncio.sleep(0.3)
    call = await hotline.telephony.dial(DialOrder(to=f"sip:1@{HOST}:{port}", linkedid="", purpose="manager"))
    await to_the_end(call)
    await phone.done()
    assert call.report().hangup_by == "far"


async def test_a_flood_is_dropped_and_others_still_get_through(
    start_hotline: StartHotline, tmp_path: Path
) -> None:
    hotline = await start_hotline(admission={"burst": 3, "invites_per_minute": 60})
    flooder = Raw(hotline.port)
    for _ in range(40):
        flooder.say(invite(hotline.port))
        await asyncio.sleep(0.005)
    other = await Sipp.start("answer", hotline.port, tmp_path, source="127.0.0.3")
    async with asyncio.timeout(5):
        while (call := await hotline.next_call()).facts.caller == "scan":
            await call.refuse()
    await call.answer()
    await to_the_end(call)
    await other.done()
    flooder.close()
    counters = hotline.telephony.status().counters
    await hotline.until(lambda: counters.dropped_flood > 20)
    assert counters.refused_flood >= 1
    assert 3 <= len(hotline.book.opened_legs) <= 6


async def test_a_source_may_call_again_once_it_has_calmed_down(
    start_hotline: StartHotline, tmp_path: Path
) -> None:
    hotline = await start_hotline(admission={"burst": 1, "invites_per_minute": 120})
    flooder = Raw(hotline.port)
    flooder.say(invite(hotline.port))
    await (await hotline.next_call()).refuse()
    flooder.say(invite(hotline.port))
    await hotline.until(lambda: hotline.telephony.status().shut_out == (HOST,))
    assert [leg.caller for leg in hotline.book.opened_legs] == ["scan"]
    await hotline.until(lambda: hotline.telephony.status().shut_out == ())
    flooder.say(invite(hotline.port))
    await (await hotline.next_call()).refuse()
    flooder.close()
    assert [leg.caller for leg in hotline.book.opened_legs] == ["scan", "scan"]
    counters = hotline.telephony.status().counters
    assert (counters.refused_flood, counters.dropped_flood) == (1, 0)


async def test_a_trunks_calls_are_never_called_a_flood(start_hotline: StartHotline) -> None:
    trunk = {"name": "trunk", "user": "1", "domain": f"{HOST}:9", "register_every": 0}
    hotline = await start_hotline(admission={"burst": 1, "invites_per_minute": 1}, accounts=[trunk])
    caller = Raw(hotline.port)
    for _ in range(5):
        caller.say(invite(hotline.port))
        await (await hotline.next_call()).refuse()
    caller.close()
    assert hotline.telephony.status().shut_out == ()


async def test_a_record_that_cannot_be_written_ends_no_call(
    hotline: Hotline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    for name in ("opened", "answered", "closed"):
        monkeypatch.setattr(hotline.book, name, fail)
    peer = await Sipp.start("answer", hotline.port, tmp_path)
    call = await hotline.next_call()
    await call.answer()
    await to_the_end(call)
    await peer.done()
    assert hotline.telephony.status().channels.total == 0
    assert await hotline.telephony.ping()


async def test_the_addresses_to_dial_are_those_the_library_really_took(hotline: Hotline) -> None:
    assert hotline.telephony.status().addresses == (f"{HOST}:{hotline.port}",)


async def test_the_same_invite_twice_is_one_call(hotline: Hotline) -> None:
    caller = Raw(hotline.port)
    message = invite(hotline.port)
    caller.say(message)
    caller.say(message)
    call = await hotline.next_call()
    await hotline.no_call(0.3)
    assert [line for line in await caller.heard(0.1) if "180" in line]
    await call.refuse()
    caller.close()
    assert hotline.telephony.status().counters.invites == 1


GARBAGE = [
    b"",
    b"\r\n\r\n",
    b"\x00" * 600,
    bytes(range(256)) * 5,
    b"INVITE sip:x SIP/2.0\r\n\r\n",
    b"INVITE sip:95001@127.0.0.1 SIP/2.0\r\nContent-Length: 99999\r\n\r\n",
    b"INVITE " + b"A" * 8000 + b" SIP/2.0\r\nVia: SIP/2.0/UDP x\r\n\r\n",
    b"SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\nCall-ID: nobody\r\n\r\n",
    b"BYE sip:95001@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKb\r\n"
    b"From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\n"
    b"Call-ID: nocall\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
    b"OPTIONS sip:95001@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKo\r\n"
    b"From: \xff\xfe<sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
    b"Call-ID: o\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
]


async def test_garbage_and_broken_sdp_harm_nobody(hotline: Hotline, tmp_path: Path) -> None:
    hostile = Raw(hotline.port)
    for message in GARBAGE:
        hostile.say(message)
    for sdp in (b"v=0\r\nm=audio x y z\r\n", b"\xff" * 200, b"m=audio 0 RTP/AVP\r\n"):
        whole = invite(hotline.port)
        head = whole.split(b"\r\n\r\n")[0].replace(
            b"Content-Length: %d" % len(_SDP), b"Content-Length: %d" % len(sdp)
        )
        hostile.say(head + b"\r\n\r\n" + sdp)
    await hostile.heard(0.3)
    hostile.close()
    peer = await Sipp.start("answer", hotline.port, tmp_path)
    async with asyncio.timeout(5):
        while (call := await hotline.next_call()).facts.caller == "scan":
            await call.refuse()
    await call.answer()
    await to_the_end(call)
    await peer.done()
    assert await hotline.telephony.ping()


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
async def test_a_taken_port_is_named_with_its_remedy(
    start_hotline: StartHotline, kind: socket.SocketKind
) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind((HOST, 0))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(EnvironmentFault, match=rf"127\.0\.0\.1:{port}.*--sip"):
            await start_hotline(listen=f"{HOST}:{port}")


async def test_an_address_of_another_machine_is_named(start_hotline: StartHotline) -> None:
    with pytest.raises(EnvironmentFault, match=r"192\.0\.2\.77:5060.*no such address"):
        await start_hotline(listen="192.0.2.77:5060")


async def test_the_heartbeat_stops_with_the_media_thread(hotline: Hotline) -> None:
    assert await hotline.telephony.ping()
    hotline.media.stop()
    assert not await hotline.telephony.ping()


async def test_a_caller_whose_sound_stops_is_hung_up(start_hotline: StartHotline, tmp_path: Path) -> None:
    hotline = await start_hotline(rtp_timeout=1)
    peer = await Sipp.start("answer_until_bye", hotline.port, tmp_path)
    call = await hotline.next_call()
    await call.answer()
    events = await to_the_end(call)
    await peer.done()
    assert events[-1] == HungUp(by="network", cause="rtp-timeout")
    assert call.report().disposition == "ANSWERED"


async def test_calls_are_closed_as_lost_when_the_sip_thread_dies(hotline: Hotline, tmp_path: Path) -> None:
    peer = await Sipp.start("answer_until_bye", hotline.port, tmp_path)
    call = await hotline.next_call()
    await call.answer()
    hotline.telephony.runtime_died()
    events = await to_the_end(call)
    await peer.end()
    assert events[-1] == HungUp(by="network", cause="lost")
    assert call.report().disposition == "LOST"
    assert hotline.telephony.status().channels.total == 0


async def test_draining_refuses_new_calls_and_ends_what_does_not_finish(
    hotline: Hotline, tmp_path: Path
) -> None:
    first = await Sipp.start("answer_until_bye", hotline.port, tmp_path)
    call = await hotline.next_call()
    await call.answer()
    draining = asyncio.create_task(hotline.telephony.drain(1.0))
    await asyncio.sleep(0.1)
    second = await Sipp.start("refused", hotline.port, tmp_path)
    await second.done()
    with pytest.raises(DialFailed):
        await hotline.telephony.dial(DialOrder(to=f"sip:1@{HOST}:9", linkedid="", purpose="manager"))
    await draining
    await first.done()
    assert call.report().hangup_cause == "shutdown"
    assert [_ async for _ in hotline.telephony.calls()] == []


async def test_no_number_and_no_key_reaches_the_log(
    hotline: Hotline, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    peer = await Sipp.start("keys_info", hotline.port, tmp_path)
    call = await hotline.next_call()
    await call.answer()
    await to_the_end(call)
    await peer.done()
    await (await Sipp.start("unsupported_codec", hotline.port, tmp_path)).done()
    await hotline.close()
    out = capfd.readouterr()
    logged = out.out + out.err + caplog.text
    assert "13800001111" not in logged
    assert "95001" not in logged
    assert "Signal" not in logged
