"""Telephones for the bridge benches: they answer, send a numbered frame every 20 ms and read the others'.

    .venv/bin/python bench/bridge_phones.py COUNT SILENT_FROM JITTER_MS    # run by the two benches

Every frame carries its number in the sound itself, as the signs of sixteen blocks of ten samples, so each
frame that comes out of a bridge names the packet that went in: delay and loss of all of it, not of a few
clicks. Plain UDP sockets without a jitter buffer: what is measured is the hotline alone. Prints its SIP
port; a line on standard input ends it and prints the figures as JSON.
"""

from __future__ import annotations

import json
import random
import re
import select
import socket
import struct
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field

import numpy as np

HOST = "127.0.0.1"
FRAME = 0.02
SLOTS = 10
"""Telephones send at ten different moments of a frame."""
BLOCKS, BLOCK = 16, 10
_MARK, _MARK_BITS, _NUMBER_BITS = 0b1011, 4, 12
NUMBERS = 1 << _NUMBER_BITS
_PLUS, _MINUS = 0xB5, 0x35
"""A-law bytes of about +5,500 and -5,500."""
_SILENCE = bytes([0xD5]) * BLOCKS * BLOCK
_LOUD = 0x20


def stamped(number: int) -> bytes:
    """A-law bytes of one frame that says its number."""
    value = _MARK << _NUMBER_BITS | number % NUMBERS
    return b"".join(
        bytes([_PLUS if value >> (BLOCKS - 1 - place) & 1 else _MINUS]) * BLOCK for place in range(BLOCKS)
    )


def number_in(payload: bytes) -> int | None:
    """Read a frame's number; ``None`` for silence and for what is no whole frame."""
    if len(payload) != BLOCKS * BLOCK:
        return None
    middles = payload[BLOCK // 2 :: BLOCK]
    if any((byte ^ 0x55) & 0x70 < _LOUD for byte in middles):
        return None
    value = 0
    for byte in middles:
        value = value << 1 | byte >> 7
    return value % NUMBERS if value >> _NUMBER_BITS == _MARK else None


@dataclass(slots=True)
class Phone:
    """One telephone."""

    rtp: socket.socket
    slot: int
    silent: bool = False
    far: tuple[str, int] | None = None
    sent: int = 0
    sent_at: dict[int, float] = field(default_factory=dict)
    heard: list[tuple[float, int]] = field(default_factory=list)
    """When, and which number."""
    planned: deque[float] = field(default_factory=deque)
    strange: int = 0
    """Frames that were sound but no whole frame of the other side."""

    def plan(self, now: float, jitter: float) -> None:
        """A frame is ready at ``now``; the network brings it a little later, after those before it."""
        at = now + jitter * random.random() ** 3
        self.planned.append(max(at, self.planned[-1]) if self.planned else at)

    def send_planned(self, now: float) -> None:
        """Send what is due."""
        while self.planned and self.planned[0] <= now:
            self.planned.popleft()
            self.send()

    def send(self) -> None:
        """Send the next frame."""
        if self.far is None:
            return
        head = struct.pack(
            "!BBHII", 0x80, 8, self.sent & 0xFFFF, self.sent * 160 & 0xFFFFFFFF, id(self) & 0xFFFF
        )
        self.sent_at[self.sent % NUMBERS] = time.monotonic()
        self.rtp.sendto(head + (_SILENCE if self.silent else stamped(self.sent)), self.far)
        self.sent += 1

    def take(self) -> None:
        """Read what came."""
        now = time.monotonic()
        packet = self.rtp.recv(2048)
        if len(packet) < 12 or packet[1] & 0x7F != 8:
            return
        payload = packet[12:]
        number = number_in(payload)
        if number is not None:
            self.heard.append((now, number))
        elif max((byte ^ 0x55) & 0x70 for byte in payload) >= _LOUD:
            self.strange += 1


class Phones:
    """All of them, on three threads."""

    def __init__(self, count: int, silent_from: int, jitter: float) -> None:
        """Open the sockets; telephones from ``silent_from`` on send silence.

        ``jitter``: seconds a packet may be late, most of them by little; none overtakes another.
        """
        self._jitter = jitter
        self.sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sip.bind((HOST, 0))
        self.phones = [Phone(_bound(), number * 7 % SLOTS, number >= silent_from) for number in range(count)]
        self.over = False

    def run(self) -> None:
        """Serve until a line comes on standard input."""
        threads = [threading.Thread(target=work) for work in (self._signal, self._speak, self._listen)]
        for thread in threads:
            thread.start()
        print(self.sip.getsockname()[1], flush=True)
        sys.stdin.readline()
        self.over = True
        for thread in threads:
            thread.join()

    def _signal(self) -> None:
        while not self.over:
            if select.select([self.sip], [], [], 0.1)[0]:
                data, source = self.sip.recvfrom(8192)
                reply = self._reply(data.decode())
                if reply:
                    self.sip.sendto(reply.encode(), source)

    def _reply(self, text: str) -> str:
        method = text.partition(" ")[0]
        if method in ("ACK", "SIP/2.0"):
            return ""
        found = re.match(r"\w+ sip:(\d+)@", text)
        phone = self.phones[int(found[1])] if found else None
        kept = "".join(re.findall(r"^(?:Via|From|Call-ID|CSeq|Record-Route): .*\r\n", text, re.M))
        to = re.search(r"^To: (.*?)\r$", text, re.M)
        assert to is not None
        tag = "" if ";tag=" in to[1] else ";tag=phone"
        head = f"SIP/2.0 200 OK\r\n{kept}To: {to[1]}{tag}\r\n"
        body = ""
        if method == "INVITE" and phone is not None:
            port = re.search(r"^m=audio (\d+)", text, re.M)
            assert port is not None
            phone.far = (HOST, int(port[1]))
            body = (
                f"v=0\r\no=phone 1 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\n"
                f"m=audio {phone.rtp.getsockname()[1]} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
                "a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n"
            )
            user = self.phones.index(phone)
            head += f"Contact: <sip:{user}@{HOST}:{self.sip.getsockname()[1]}>\r\n"
            head += "Content-Type: application/sdp\r\n"
        elif method == "BYE" and phone is not None:
            phone.far = None
        return f"{head}Content-Length: {len(body)}\r\n\r\n{body}"

    def _speak(self) -> None:
        due = time.monotonic()
        slot = 0
        while not self.over:
            pause = due - time.monotonic()
            if pause > 0:
                threading.Event().wait(pause)
            now = time.monotonic()
            for phone in self.phones:
                if phone.slot == slot:
                    phone.plan(now, self._jitter)
                phone.send_planned(now)
            slot = (slot + 1) % SLOTS
            due += FRAME / SLOTS

    def _listen(self) -> None:
        poll = select.epoll()
        by_descriptor = {phone.rtp.fileno(): phone for phone in self.phones}
        for descriptor in by_descriptor:
            poll.register(descriptor, select.EPOLLIN)
        while not self.over:
            for descriptor, _ in poll.poll(0.1):
                by_descriptor[descriptor].take()

    def figures(self) -> list[dict[str, object]]:
        """Of each bridge direction, phones 0 and 1, 2 and 3 … being connected."""
        pairs = [(number, number ^ 1) for number in range(len(self.phones) & ~1)]
        return [direction(self.phones[one], self.phones[other]) for one, other in pairs]


def direction(speaker: Phone, listener: Phone, skip: int = 50) -> dict[str, object]:
    """Delay of every frame in ms, and how many were missing; the first second is left out."""
    heard = listener.heard[skip:]
    delays = [(at - speaker.sent_at[number]) * 1000 for at, number in heard if number in speaker.sent_at]
    steps = np.diff([number for _, number in heard]) % NUMBERS
    return {
        "frames": len(heard),
        "missing": int((steps[steps < NUMBERS // 2] - 1).clip(min=0).sum()) if len(heard) > 1 else 0,
        "repeated": int((steps == 0).sum()),
        "strange": listener.strange,
        "delays": [round(delay, 2) for delay in delays],
    }


def _bound() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((HOST, 0))
    return sock


if __name__ == "__main__":
    made = Phones(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000)
    made.run()
    print(json.dumps(made.figures()), flush=True)
