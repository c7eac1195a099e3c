"""The telephones of a hotel: one real SIP peer that answers by script and counts every ring.

Speaks SIP over UDP (RFC 3261) and G.711 A-law with RFC 4733 keys on sockets of its own, without the
hotline's library. A telephone has one line: while it rings or somebody talks on it, another call is busy.
A line whose far end died falls silent, and whoever holds the receiver hangs up.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

HOST = "127.0.0.1"
FRAME = 0.02
SILENCE = b"\xd5" * 160
"""20 ms of G.711 A-law silence."""
KEY_PACKETS, END_PACKETS = 8, 3
"""A key of 100 ms, its end three times (RFC 4733 section 2.5.1.4)."""
LOUD = 8
"""Different sample values in one packet that tell speech from comfort silence."""
RECEIVE_BUFFER = 1 << 20
SO_TIMESTAMPNS = 35
"""socket(7) on Linux: the kernel's time of each datagram; Python names it from 3.13 on."""
_STAMP = struct.Struct("@ll")
_EVENTS = "0123456789*#"
_REASONS = {
    100: "Trying", 180: "Ringing", 200: "OK", 480: "Temporarily Unavailable", 486: "Busy Here",
    487: "Request Terminated", 603: "Decline",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What whoever is called does. Seconds."""

    rings: float = 0.3
    """Until the receiver is lifted."""
    answers: bool = True
    rings_at_most: float = 60.0
    """Unanswered and not cancelled: the telephone falls silent by itself."""
    status: int = 0
    """Refused at once with this: 486 busy, 603 declined."""
    keys: str = ""
    key_after: float = 0.6
    """From the first sound of speech to the key."""
    patience: float = 2.0
    """Silence on the line after which the receiver is put down."""
    talks: float = 120.0
    """The receiver is put down after this in any case."""


UP = Manner(keys="1")
AWAY = Manner(answers=False)
DECLINED = Manner(status=603)


class Script(dict[str, list[Manner]]):
    """What each telephone does in turn, the last for ever; one that is not named is answered by key 1."""

    def manner(self, user: str, _nth: int) -> Manner:
        """Return what ``user`` does now."""
        manners = self.get(user, [UP])
        return manners.pop(0) if len(manners) > 1 else manners[0]


@dataclass(slots=True, eq=False)
class Ring:
    """One call as a telephone saw it: an INVITE with a Call-ID of its own."""

    user: str
    call_id: str
    at: datetime
    nth: int
    """Which ring of this telephone, from 1; busy ones count."""
    fate: str = "ringing"
    """``ringing``, ``busy``, ``refused``, ``cancelled``, ``unanswered``, ``answered``."""
    answered_at: datetime | None = None
    heard_at: datetime | None = None
    """The first sound of speech."""
    keyed_at: datetime | None = None
    """The key's first packet."""
    ended_at: datetime | None = None


@dataclass(slots=True)
class _Message:
    first: str
    headers: list[tuple[str, str]]
    body: str

    @classmethod
    def parse(cls, data: bytes) -> _Message:
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        pairs = [line.partition(":") for line in lines if ":" in line]
        return cls(first, [(name.strip().lower(), value.strip()) for name, _, value in pairs], body)

    def get(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    @property
    def method(self) -> str:
        return self.first.split(" ", 1)[0]


class _Sound(asyncio.DatagramProtocol):
    """One leg's RTP: hears whether somebody speaks, sends silence and keys."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()
        self.last = asyncio.get_running_loop().time()
        self._sequence = self.stamp = 0
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.last = asyncio.get_running_loop().time()
        if data[1] & 0x7F == 8 and len(set(data[12:])) > LOUD:
            self.heard.set()

    def send(self, kind: int, body: bytes, to: tuple[str, int], *, stamp: int | None = None) -> None:
        assert self._transport is not None
        at = self.stamp if stamp is None else stamp
        head = struct.pack(">BBHII", 0x80, kind, self._sequence & 0xFFFF, at & 0xFFFFFFFF, 0x5EED)
        self._transport.sendto(head + body, to)
        self._sequence += 1
        self.stamp += len(SILENCE)


@dataclass(slots=True, eq=False)
class _Leg:
    invite: _Message
    source: tuple[str, int]
    ring: Ring
    manner: Manner
    tag: str = field(default_factory=lambda: uuid.uuid4().hex[:10])
    said: bytes = b""
    acked: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Hotel:
    """All telephones behind one SIP address; ``sip:808@HOST:PORT`` is room 808's.

    A ring's time is when the kernel took the INVITE in, however busy this process is.
    """

    def __init__(self, manner: Callable[[str, int], Manner]) -> None:
        """``manner``: what telephone X does when it rings for the n-th time (from 1)."""
        self.rings: list[Ring] = []
        self.port = 0
        self._manner = manner
        self._legs: dict[str, _Leg] = {}
        self._waiting: list[tuple[frozenset[str], asyncio.Future[tuple[str, Ring]]]] = []
        self._tasks: asyncio.TaskGroup | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, manner: Callable[[str, int], Manner]) -> AsyncIterator[Hotel]:
        """Listen on a free port of loopback until the block is left."""
        hotel = cls(manner)
        loop, sock = asyncio.get_running_loop(), hotel._socket
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        sock.bind((HOST, 0))
        hotel.port = sock.getsockname()[1]
        loop.add_reader(sock, hotel._readable)
        try:
            async with asyncio.TaskGroup() as hotel._tasks:
                yield hotel
                for leg in hotel._legs.values():
                    leg.over.set()
        finally:
            loop.remove_reader(sock)
            sock.close()

    def address(self, user: str) -> str:
        """Where a telephone is rung."""
        return f"sip:{user}@{HOST}:{self.port}"

    def rings_of(self, user: str) -> list[Ring]:
        """All calls of a telephone, in order."""
        return [ring for ring in self.rings if ring.user == user]

    async def moment(self, *kinds: str) -> tuple[str, Ring]:
        """Wait for the next of ``invited``, ``answered``, ``heard``, ``keyed``, ``ended`` anywhere."""
        waiting: asyncio.Future[tuple[str, Ring]] = asyncio.get_running_loop().create_future()
        self._waiting.append((frozenset(kinds), waiting))
        return await waiting

    def _tell(self, kind: str, ring: Ring) -> None:
        waiting, self._waiting = self._waiting, []
        for kinds, future in waiting:
            if future.done():
                continue
            if kind in kinds:
                future.set_result((kind, ring))
            else:
                self._waiting.append((kinds, future))

    # --- SIP -------------------------------------------------------------------------------------

    def _readable(self) -> None:
        data, extra, _, source = self._socket.recvmsg(65535, socket.CMSG_SPACE(_STAMP.size))
        at = datetime.now(UTC)
        for level, kind, stamp in extra:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = _STAMP.unpack(stamp[: _STAMP.size])
                at = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=nanoseconds // 1000)
        self._received(_Message.parse(data), source, at)

    def _received(self, message: _Message, source: tuple[str, int], at: datetime) -> None:
        """Take in a request; responses need no answer."""
        leg = self._legs.get(message.get("call-id"))
        if message.method == "INVITE":
            self._invited(message, source, leg, at)
        elif message.method == "ACK" and leg is not None:
            leg.acked.set()
        elif message.method in ("BYE", "CANCEL", "OPTIONS"):
            self._send(_response(message, 200, leg.tag if leg else "none"), source)
            if leg is not None:
                self._ended(leg, message.method)

    def _invited(self, message: _Message, source: tuple[str, int], leg: _Leg | None, at: datetime) -> None:
        if leg is not None:  # a retransmission: the same ring
            self._send(leg.said, source)
            return
        user = message.first.split(" ")[1].removeprefix("sip:").partition("@")[0]
        nth = len(self.rings_of(user)) + 1
        ring = Ring(user, message.get("call-id"), at, nth)
        leg = _Leg(message, source, ring, self._manner(user, nth))
        taken = any(one.ring.user == user and not one.over.is_set() for one in self._legs.values())
        self.rings.append(ring)
        self._legs[ring.call_id] = leg
        status = 486 if taken else leg.manner.status
        if status:
            ring.fate, ring.ended_at = ("busy" if status == 486 else "refused"), datetime.now(UTC)
            leg.over.set()
            self._say(leg, status)
        else:
            self._say(leg, 180)
            assert self._tasks is not None
            self._tasks.create_task(self._pick_up(leg), name=f"telephone {user}")
        self._tell("invited", ring)

    def _ended(self, leg: _Leg, method: str) -> None:
        if method == "CANCEL" and leg.ring.fate == "ringing":
            leg.ring.fate = "cancelled"
            self._say(leg, 487)
        leg.over.set()

    def _say(self, leg: _Leg, status: int, body: str = "") -> None:
        leg.said = _response(leg.invite, status, leg.tag, contact=self.address(leg.ring.user), body=body)
        self._send(leg.said, leg.source)

    def _send(self, data: bytes, to: tuple[str, int]) -> None:
        with contextlib.suppress(ConnectionError, BlockingIOError):  # SIP over UDP sends again
            self._socket.sendto(data, to)

    # --- one call --------------------------------------------------------------------------------

    async def _pick_up(self, leg: _Leg) -> None:
        manner = leg.manner
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(leg.over.wait(), manner.rings if manner.answers else manner.rings_at_most)
        if leg.over.is_set():
            self._note_end(leg)
        elif manner.answers:
            await self._talk(leg)
        else:
            leg.ring.fate = "unanswered"
            leg.over.set()
            self._say(leg, 480)
            self._note_end(leg)

    async def _talk(self, leg: _Leg) -> None:
        loop = asyncio.get_running_loop()
        transport, sound = await loop.create_datagram_endpoint(_Sound, local_addr=(HOST, 0))
        try:
            leg.ring.fate, leg.ring.answered_at = "answered", datetime.now(UTC)
            port = transport.get_extra_info("sockname")[1]
            self._say(leg, 200, _answer(leg.invite.body, port))
            self._tell("answered", leg.ring)
            assert self._tasks is not None
            self._tasks.create_task(self._repeat_until_acked(leg), name="200")
            await self._hold(leg, sound)
        finally:
            transport.close()
            self._note_end(leg)

    async def _repeat_until_acked(self, leg: _Leg) -> None:
        for _ in range(6):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(leg.acked.wait(), 0.5)
                return
            if leg.over.is_set():
                return
            self._send(leg.said, leg.source)

    async def _hold(self, leg: _Leg, sound: _Sound) -> None:
        """Send a packet every 20 ms, the keys among them, until either side has had enough."""
        loop = asyncio.get_running_loop()
        to, kind = _media(leg.invite.body)
        began = next_at = loop.time()
        press_at, keys = None, list(leg.manner.keys)
        while not leg.over.is_set():
            now = loop.time()
            if press_at is None and sound.heard.is_set():
                leg.ring.heard_at = datetime.now(UTC)
                self._tell("heard", leg.ring)
                press_at = now + leg.manner.key_after
            if keys and press_at is not None and now >= press_at:
                await self._press(leg, sound, keys.pop(0), to, kind)
                press_at = next_at = loop.time()
            sound.send(8, SILENCE, to)
            if now - sound.last > leg.manner.patience or now - began > leg.manner.talks:
                self._send(self._bye(leg), leg.source)
                leg.over.set()
            next_at = max(next_at + FRAME, now)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(next_at):
                    await leg.over.wait()

    async def _press(self, leg: _Leg, sound: _Sound, key: str, to: tuple[str, int], kind: int) -> None:
        stamp = sound.stamp
        leg.ring.keyed_at = datetime.now(UTC)
        self._tell("keyed", leg.ring)
        for step in range(KEY_PACKETS):
            last = step >= KEY_PACKETS - END_PACKETS
            length = len(SILENCE) * min(step + 1, KEY_PACKETS - END_PACKETS + 1)
            event = struct.pack(">BBH", _EVENTS.index(key), (0x80 if last else 0) | 10, length)
            sound.send(kind | (0x80 if step == 0 else 0), event, to, stamp=stamp)
            await asyncio.sleep(FRAME)

    def _bye(self, leg: _Leg) -> bytes:
        contact = re.search(r"<?(sip:[^>;\s]+)", leg.invite.get("contact"))
        uri = contact[1] if contact else f"sip:{leg.source[0]}:{leg.source[1]}"
        lines = [
            f"BYE {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {HOST}:{self.port};branch=z9hG4bK{uuid.uuid4().hex[:12]};rport",
            f"From: {leg.invite.get('to')};tag={leg.tag}",
            f"To: {leg.invite.get('from')}",
            f"Call-ID: {leg.ring.call_id}",
            "CSeq: 1 BYE",
            "Max-Forwards: 70",
            "Content-Length: 0",
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    def _note_end(self, leg: _Leg) -> None:
        leg.over.set()
        leg.ring.ended_at = datetime.now(UTC)
        self._tell("ended", leg.ring)


def _response(request: _Message, status: int, tag: str, *, contact: str = "", body: str = "") -> bytes:
    to = request.get("to")
    lines = [f"SIP/2.0 {status} {_REASONS[status]}"]
    lines += [f"Via: {value}" for name, value in request.headers if name == "via"]
    lines += [f"From: {request.get('from')}", f"To: {to}" + ("" if ";tag=" in to else f";tag={tag}")]
    lines += [f"Call-ID: {request.get('call-id')}", f"CSeq: {request.get('cseq')}"]
    lines += [f"Contact: <{contact}>"] if contact else []
    lines += ["Content-Type: application/sdp"] if body else []
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]).encode()


def _media(offer: str) -> tuple[tuple[str, int], int]:
    """Return where the hotline's sound is to be sent and the payload type of its key events."""
    host, port = re.search(r"c=IN IP4 (\S+)", offer), re.search(r"m=audio (\d+)", offer)
    kind = re.search(r"a=rtpmap:(\d+) telephone-event/8000", offer)
    assert host is not None, offer
    assert port is not None, offer
    return (host[1], int(port[1])), int(kind[1]) if kind else 101


def _answer(offer: str, port: int) -> str:
    _, kind = _media(offer)
    lines = [
        "v=0", f"o=room 1 1 IN IP4 {HOST}", "s=-", f"c=IN IP4 {HOST}", "t=0 0",
        f"m=audio {port} RTP/AVP 8 {kind}", "a=rtpmap:8 PCMA/8000",
        f"a=rtpmap:{kind} telephone-event/8000", f"a=fmtp:{kind} 0-15", "a=ptime:20", "a=sendrecv",
    ]  # fmt: skip
    return "\r\n".join([*lines, ""])
