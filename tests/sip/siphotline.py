"""A hotline on loopback for real peers, and ways to wait for what its calls report."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from hotline import settings
from hotline.call.clock import SystemClock
from hotline.call.events import CallEvent, HungUp
from hotline.call.ports import Call, LegFacts, LegReport
from hotline.telephony.agent import SipTelephony
from hotline.telephony.media import MediaEngine


@dataclass
class Book:
    """A leg sink that remembers."""

    opened_legs: list[LegFacts] = field(default_factory=list)
    answered_legs: dict[str, tuple[float, int]] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)
    reports: dict[str, LegReport] = field(default_factory=dict)

    def opened(self, facts: LegFacts) -> None:
        self.opened_legs.append(facts)

    def answered(self, leg: str, at: datetime, ring_seconds: float, rings: int) -> None:
        self.answered_legs[leg] = (ring_seconds, rings)

    def event(self, leg: str, kind: str) -> None:
        self.events.append(kind)

    def closed(self, leg: str, report: LegReport) -> None:
        assert leg not in self.reports, "a leg is closed once"
        self.reports[leg] = report


class Hotline:
    """The user agent under test."""

    def __init__(self, sip: settings.Sip) -> None:
        self.sip = sip
        self.port = int(sip.listen.rpartition(":")[2])
        self.book = Book()
        self.clock = SystemClock()
        self.media = MediaEngine(clock=self.clock)
        self.telephony = SipTelephony(sip, self.clock, self.media, legs=self.book)

    async def start(self) -> None:
        self.media.start()
        await self.telephony.start()

    async def close(self) -> None:
        await self.telephony.close()
        self.media.stop()

    async def next_call(self, within: float = 5.0) -> Call:
        async with asyncio.timeout(within):
            async for call in self.telephony.calls():
                return call
        raise AssertionError("the hotline takes no more calls")

    async def no_call(self, within: float = 0.6) -> None:
        with pytest.raises(TimeoutError):
            await self.next_call(within)

    async def until(self, holds: Callable[[], bool], within: float = 5.0) -> None:
        async with asyncio.timeout(within):
            while not holds():
                await asyncio.sleep(0.02)


async def to_the_end(call: Call, within: float = 10.0) -> list[CallEvent]:
    """All events of a call up to and with HungUp."""
    events: list[CallEvent] = []
    async with asyncio.timeout(within):
        while not events or not isinstance(events[-1], HungUp):
            events.append(await call.next_event())
    return events


async def wait_for(call: Call, kind: type[CallEvent], within: float = 6.0) -> Any:
    """The next event of that kind; others before it are passed over."""
    async with asyncio.timeout(within):
        while True:
            event = await call.next_event()
            if isinstance(event, kind):
                return event
            assert not isinstance(event, HungUp), f"hung up before {kind.__name__}"


StartHotline = Callable[..., Awaitable[Hotline]]
