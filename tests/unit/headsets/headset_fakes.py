"""The gateway's end of a headset's connection, a leg log and a line with a real media thread."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import struct
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from hotline.call.audio import FRAME_BYTES, FRAME_SAMPLES, RATE
from hotline.call.clock import SystemClock
from hotline.call.events import CallEvent
from hotline.call.ports import Call, DialOrder, LegFacts, LegReport
from hotline.headsets.wire import AUDIO_SOCKET, pack_audio, pack_control, socket_path, unpack
from hotline.telephony.headsets import HeadsetLine
from hotline.telephony.media import MediaEngine

PATIENCE = 5.0


class FakeGateway:
    """One headset's connection, as the gateway holds it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.messages: list[dict[str, Any]] = []
        self.frames: list[bytes] = []
        self.ended = asyncio.Event()
        self._news = asyncio.Event()
        self._reading = asyncio.create_task(self._read())
        self._talking: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, folder: Path, operator: str = "8", estate: str = "default", **more: Any) -> Self:
        gateway = cls.stranger(folder)
        facts = {"operator": operator, "estate": estate, "media": True} | more
        gateway.say("hello", **facts)
        await gateway.told("state")
        return gateway

    @classmethod
    def stranger(cls, folder: Path) -> Self:
        """A connection that has not said who it is."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        with socket_path(folder, AUDIO_SOCKET) as path:
            sock.connect(path)
        return cls(sock)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ConnectionError):
            while packet := await loop.sock_recv(self.sock, 20_000):
                content = unpack(packet)
                if isinstance(content, dict):
                    self.messages.append(content)
                else:
                    self.frames.append(content.pcm)
                self._news.set()
        self.ended.set()
        self._news.set()

    def say(self, kind: str, **facts: Any) -> None:
        self.sock.send(pack_control(kind, **facts))

    def send_raw(self, packet: bytes) -> None:
        self.sock.send(packet)

    def talk(self, hertz: float = 440.0) -> None:
        """Send a tone, a frame every 20 ms, until :meth:`fall_silent`."""
        self._talking = asyncio.create_task(self._talk(hertz))

    async def _talk(self, hertz: float) -> None:
        loop = asyncio.get_running_loop()
        began, sent = loop.time(), 0
        while True:
            self.sock.send(pack_audio(sent, tone_frame(hertz, sent)))
            sent += 1
            await asyncio.sleep(max(0.0, began + sent * 0.02 - loop.time()))

    async def fall_silent(self) -> None:
        if self._talking is not None:
            self._talking.cancel()
            await asyncio.gather(self._talking, return_exceptions=True)
            self._talking = None

    async def told(self, kind: str) -> dict[str, Any]:
        """Wait for the next message of a kind, and take it away."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            found[:] = [message for message in self.messages if message["t"] == kind][:1]
            return bool(found)

        await self.until(there, f"a message {kind}; there are {[m['t'] for m in self.messages]}")
        self.messages.remove(found[0])
        return found[0]

    async def until(self, there: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not there():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"waited in vain for {what}") from None

    async def break_off(self) -> None:
        """The connection is gone, as when the gateway dies."""
        await self.fall_silent()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        self.sock.close()


class LegBook:
    """A ``LegSink`` that keeps everything."""

    def __init__(self) -> None:
        self.facts: list[LegFacts] = []
        self.answers: list[str] = []
        self.reports: dict[str, LegReport] = {}
        self.events: list[tuple[str, str]] = []

    def opened(self, facts: LegFacts) -> None:
        self.facts.append(facts)

    def answered(self, leg: str, at: datetime, ring_seconds: float, rings: int) -> None:
        self.answers.append(leg)

    def event(self, leg: str, kind: str) -> None:
        self.events.append((leg, kind))

    def closed(self, leg: str, report: LegReport) -> None:
        assert leg not in self.reports, "a leg was closed twice"
        self.reports[leg] = report

    @property
    def last(self) -> LegReport:
        return self.reports[self.facts[-1].leg]


class Switch:
    """A line and its media engine in a folder of their own."""

    def __init__(self, folder: Path, *, grace: float = 1.0) -> None:
        self.folder = folder
        self.clock = SystemClock()
        self.media = MediaEngine(clock=self.clock)
        self.legs = LegBook()
        self.line = HeadsetLine(folder, self.clock, self.media, legs=self.legs, ring_cycle=5.0, grace=grace)
        self._gateways: list[FakeGateway] = []

    async def __aenter__(self) -> Self:
        self.media.start()
        await self.line.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.line.close()
        for gateway in self._gateways:
            await gateway.break_off()
        await asyncio.to_thread(self.media.stop)

    async def headset(self, operator: str = "8", estate: str = "default", **more: Any) -> FakeGateway:
        gateway = await FakeGateway.connect(self.folder, operator, estate, **more)
        self._gateways.append(gateway)
        return gateway

    async def stranger(self) -> FakeGateway:
        gateway = FakeGateway.stranger(self.folder)
        self._gateways.append(gateway)
        return gateway

    async def talking(self, operator: str = "8") -> tuple[FakeGateway, Call]:
        """A headset in a call, sending a tone."""
        gateway = await self.headset(operator)
        call, _ = await asyncio.gather(self.line.dial(order(operator)), picks_up(gateway))
        gateway.talk()
        return gateway, call


def order(operator: str = "8", **more: Any) -> DialOrder:
    facts: dict[str, Any] = {
        "to": f"headset:{operator}",
        "linkedid": "c" * 32,
        "purpose": "operator",
        "estate": "default",
        "timeout": 5.0,
        "notice_silence": 0.3,
        "card": {"topic": "漏水", "place": "3-2-602"},
    }
    return DialOrder(**(facts | more))


async def picks_up(gateway: FakeGateway) -> dict[str, Any]:
    ring = await gateway.told("ring")
    gateway.say("pick_up", call=ring["call"])
    return ring


async def event_of(call: Call, kind: type[CallEvent]) -> CallEvent:
    """Take events until one of ``kind``."""
    async with asyncio.timeout(PATIENCE):
        while True:
            event = await call.next_event()
            if isinstance(event, kind):
                return event


def tone_frame(hertz: float, number: int, level: int = 8000) -> bytes:
    first = number * FRAME_SAMPLES
    return struct.pack(
        f"={FRAME_SAMPLES}h",
        *(
            round(level * math.sin(2 * math.pi * hertz * n / RATE))
            for n in range(first, first + FRAME_SAMPLES)
        ),
    )


def strength(pcm: bytes, hertz: float) -> float:
    """Return which share of the sound's energy is a tone of ``hertz``, 0 to 1."""
    samples = struct.unpack(f"={len(pcm) // 2}h", pcm)
    energy = sum(s * s for s in samples)
    if not energy:
        return 0.0
    angle = 2 * math.pi * hertz / RATE
    real = sum(s * math.cos(angle * n) for n, s in enumerate(samples))
    imaginary = sum(s * math.sin(angle * n) for n, s in enumerate(samples))
    return 2 * (real * real + imaginary * imaginary) / len(samples) / energy


SILENT = bytes(FRAME_BYTES)
