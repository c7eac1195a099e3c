"""Capturing what is sent on loopback, and reading capture files (pcap).

Two captures, both by tcpdump: SIP whole, sound only as far as it is needed, since 150 calls are 7,500
packets a second each way. Of the callers' sound only keys and a few calls are taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import struct
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from calling.ports import Ports
from calling.walk import KEY_TYPE

PAYLOAD = 64
"""Bytes of sound kept of each packet: 8 ms, enough to tell one recording from another."""
_HEADERS = 14 + 20 + 8 + 12
_KERNEL_BUFFER_KB = 65_536
_HEAD, _RECORD = struct.Struct("<IHHiIII"), struct.Struct("<IIII")
_MICRO, _NANO = 0xA1B2C3D4, 0xA1B23C4D


@dataclass(slots=True)
class Flow:
    """Packets of one direction of one call."""

    times: list[float] = field(default_factory=list)
    """Seconds, monotonic with the other flows of a capture."""
    sequence: list[int] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    """RTP payload types."""
    stamps: list[int] = field(default_factory=list)
    sounds: list[bytes] = field(default_factory=list)
    """The first :data:`PAYLOAD` bytes of each packet's payload."""


@dataclass(frozen=True, slots=True)
class SipPacket:
    """One SIP message as it was seen."""

    at: float
    source: int
    text: str


def sound_filter(ports: Ports) -> str:
    """Return what of the sound is captured, as tcpdump's language has it."""
    ours, sampled = ports.hotline_rtp, ports.sampled_callers
    callers = ports.caller_rtp
    return (
        f"udp and (src portrange {ours[0]}-{ours[1]}"
        f" or (src portrange {callers[0]}-{callers[1]} and udp[9] & 0x7f = {KEY_TYPE})"
        f" or src portrange {sampled[0]}-{sampled[1]})"
    )


class Dropped(RuntimeError):
    """The capture missed packets: its figures would blame the hotline for them.

    tcpdump runs before others and needs a hundredth of a core; it happens on a machine without any to spare.
    """


@contextlib.asynccontextmanager
async def capturing(path: Path, expression: str, snap: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """Capture until the block is left; raises :class:`Dropped` when packets were missed."""
    process = await asyncio.create_subprocess_exec(
        "nice", "-n", "-10", "tcpdump", "-i", "lo", "-n", "-s", str(snap), "-B", str(_KERNEL_BUFFER_KB),
        "-w", str(path), expression,
        stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    said = b""
    try:
        async with asyncio.timeout(10):
            while b"listening on" not in said:
                line = await process.stderr.readline()
                if not line:
                    raise RuntimeError(f"tcpdump did not start: {said.decode()}")
                said += line
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        _, rest = await process.communicate()
    missed = re.search(rb"(\d+) packets dropped by kernel", rest)
    if missed is None or int(missed[1]):
        raise Dropped(rest.decode())


def sound_capture(
    path: Path, ports: Ports
) -> contextlib.AbstractAsyncContextManager[asyncio.subprocess.Process]:
    """Capture the hotline's sound and the callers' keys."""
    return capturing(path, sound_filter(ports), _HEADERS + PAYLOAD)


def sip_capture(
    path: Path, ports: Ports
) -> contextlib.AbstractAsyncContextManager[asyncio.subprocess.Process]:
    """Capture the SIP messages of both sides."""
    return capturing(path, f"udp port {ports.hotline_sip}", 0)


def datagrams(path: Path) -> Iterator[tuple[float, int, int, bytes]]:
    """Yield (seconds, source port, destination port, payload) of each UDP packet of a capture file."""
    data = memoryview(path.read_bytes())
    fraction = {_MICRO: 1e-6, _NANO: 1e-9}[_HEAD.unpack_from(data)[0]]
    at = _HEAD.size
    while at + _RECORD.size <= len(data):
        seconds, part, kept, _ = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        begin = at + 14 + 4 * (data[at + 14] & 0x0F)
        source, destination = struct.unpack_from(">HH", data, begin)
        yield seconds + part * fraction, source, destination, bytes(data[begin + 8 : at + kept])
        at += kept


def flows(path: Path) -> dict[tuple[int, int], Flow]:
    """Return the RTP packets of a capture by source and destination port."""
    found: dict[tuple[int, int], Flow] = defaultdict(Flow)
    for at, source, destination, packet in datagrams(path):
        if len(packet) < 12 or packet[0] >> 6 != 2 or 72 <= packet[1] & 0x7F <= 76:  # RTCP: RFC 5761
            continue
        flow = found[source, destination]
        flow.times.append(at)
        flow.kinds.append(packet[1] & 0x7F)
        flow.sequence.append(int.from_bytes(packet[2:4], "big"))
        flow.stamps.append(int.from_bytes(packet[4:8], "big"))
        flow.sounds.append(packet[12:])
    return dict(found)


def messages(path: Path) -> list[SipPacket]:
    """Return the SIP messages of a capture."""
    return [
        SipPacket(at, source, packet.decode(errors="replace")) for at, source, _, packet in datagrams(path)
    ]
