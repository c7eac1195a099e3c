"""Wake-ups while the calls process is killed again and again, at random points of their attempts."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from hotel import AWAY, Hotel, Manner, Script
from night import Book, Line, Tried, doubled, furnish
from relay import Relay

from hotline.app.options import RunOptions
from hotline.app.prepare import prepare
from hotline.outbound.policy import GHOST_BUSY, GHOST_RETRY, Outcome
from hotline.wakeup.course import State
from hotline.wakeup.repository import KNOCK, WAKEUP

POINTS = ("due", "ringing", "answered", "key", "after")
"""When the process is killed: around the claim of what is due, while it rings, on the answered call,
around the commit of the key, while thanks are said."""
_DELAYS = {
    "due": (-0.05, 0.25), "ringing": (0.0, 0.5), "answered": (0.0, 0.6), "key": (0.0, 0.15),
    "after": (0.15, 3.0),
}  # fmt: skip
_MOMENTS = {"ringing": "invited", "answered": "answered", "key": "keyed", "after": "keyed"}
FLOOR = ("floor1", "floor2", "floor3")
LIVE = 8
"""Wake-ups that are not over, all the time."""
_HABITS: tuple[Callable[[Manner], list[Manner]], ...] = (
    lambda up: [up], lambda up: [up], lambda up: [AWAY], lambda up: [up], lambda up: [AWAY, up],
)  # fmt: skip
"""What guests do in turn: up at once, at the second ring, never."""
KNOCK_AFTER = 6.0
SETTLE = 150.0


@dataclass(slots=True)
class Kill:
    """One kill of the calls process."""

    point: str
    after: float
    """Seconds after that point."""
    back_in: float
    """Seconds until the next process took calls."""


@dataclass(slots=True)
class Morning:
    """What came of it."""

    kills: list[Kill]
    lines: list[Line]
    hotel: Hotel

    def wrong(self) -> list[str]:
        """Return everything that must not be."""
        found = doubled(self.lines, self.hotel)
        for line in self.lines:
            found += _ended_well(line)
            for kind in (WAKEUP, KNOCK):
                found += _by_policy([tried for tried in line.tried if tried.kind == kind], line)
        return found + list(self._ghosts_counted())

    def _ghosts_counted(self) -> Iterator[str]:
        """A telephone that was busy with our own leg of before the crash has not refused."""
        busy = {(ring.user, ring.at) for ring in self.hotel.rings if ring.fate == "busy"}
        for line in self.lines:
            guest = [tried for tried in line.tried if tried.kind == WAKEUP]
            for before, tried in _after_a_crash(guest):
                user = tried.to.removeprefix("sip:").partition("@")[0]
                rang = any(user == name and _within(tried, at) for name, at in busy)
                assert before.ended_at is not None and tried.ended_at is not None
                fresh = tried.ended_at - before.ended_at < GHOST_BUSY
                if rang and fresh and tried.outcome is Outcome.BUSY:
                    yield f"wake-up {line.number}: our own leg was counted as busy: {tried}"

    def summary(self) -> dict[str, Any]:
        """Return figures for a report."""
        outcomes = Counter(str(tried.outcome) for line in self.lines for tried in line.tried)
        return {
            "kills": dict(Counter(kill.point for kill in self.kills)),
            "wakeups": len(self.lines),
            "ended": dict(Counter(line.day.state.value for line in self.lines)),
            "attempts": dict(outcomes),
            "rings": len(self.hotel.rings),
            "rings_by_fate": dict(Counter(ring.fate for ring in self.hotel.rings)),
            "back_in_seconds_max": round(max(kill.back_in for kill in self.kills), 2),
        }


def _after_a_crash(tried: Sequence[Tried]) -> Iterator[tuple[Tried, Tried]]:
    """Yield attempts with the one before them that a crash cut off; busy ones may lie between."""
    crash: Tried | None = None
    for one in tried:
        if crash is not None:
            yield crash, one
        if one.outcome is Outcome.UNKNOWN:
            crash = one
        elif one.outcome is not Outcome.GHOST:
            crash = None


def _within(tried: Tried, at: Any) -> bool:
    return bool(tried.at <= at and (tried.ended_at is None or at <= tried.ended_at))


def _ended_well(line: Line) -> list[str]:
    """Confirmed by the guest, or by who knocked; nothing left under way."""
    wrong = []
    if line.day.state not in (State.CONFIRMED, State.KNOCKED):
        wrong.append(f"wake-up {line.number} was lost: {line.day.state}")
    if not line.over:
        wrong.append(f"wake-up {line.number} is not over: {line.tried}")
    if sum(tried.confirmed_at is not None for tried in line.tried) > 1:
        wrong.append(f"wake-up {line.number} was confirmed twice")
    return wrong


def _by_policy(tried: Sequence[Tried], line: Line) -> list[str]:
    """What a crash cut off is followed by another attempt in its time, unless somebody confirmed."""
    wrong = []
    for before, after in pairwise(tried):
        if before.ended_at is None or after.at < before.ended_at:
            wrong.append(f"wake-up {line.number}: two attempts at once: {before}, {after}")
        elif before.outcome in (Outcome.UNKNOWN, Outcome.GHOST) and after.at - before.ended_at < GHOST_RETRY:
            wrong.append(f"wake-up {line.number}: rung too soon after a crash: {before}, {after}")
    if tried and tried[-1].outcome is Outcome.UNKNOWN and line.day.confirmed_at is None:
        wrong.append(f"wake-up {line.number}: forgotten after a crash: {tried[-1]}")
    return wrong


class Night:
    """Guests who want to be woken all night, and a calls process that dies."""

    def __init__(self, hotel: Hotel, script: Script, book: Book, relay: Relay, seed: int) -> None:
        """Everything random comes from ``seed``."""
        self.kills: list[Kill] = []
        self._hotel, self._script, self._book, self._relay = hotel, script, book, relay
        self._random = random.Random(seed)
        self._guests = random.Random(seed + 1)
        self._rooms = 800
        self._under_way: set[str] = set()

    @classmethod
    @contextlib.asynccontextmanager
    async def begin(cls, home: Path, *, seed: int) -> AsyncIterator[Night]:
        """Furnish a hotel in ``home`` and start its calls process."""
        script = Script()
        async with Hotel.open(script.manner) as hotel:
            furnish(home, floor=[hotel.address(name) for name in FLOOR])
            prepare(RunOptions(home=home, fetch_models=False))
            book = Book(home)
            try:
                async with Relay.running(home) as relay:
                    yield cls(hotel, script, book, relay, seed)
            finally:
                await book.close()

    async def pass_with(self, kills: int) -> Morning:
        """Kill that often, then let everybody be woken; returns what came of it."""
        feeding = asyncio.create_task(self._keep_booking())
        try:
            for number in range(kills):
                await self._kill(POINTS[number % len(POINTS)])
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
        lines = await self._book.all_over(within=SETTLE)
        return Morning(self.kills, lines, self._hotel)

    async def _kill(self, point: str) -> None:
        delay = self._random.uniform(*_DELAYS[point])
        if point == "due":
            await self._booked(2.0)
            await asyncio.sleep(2.0 + delay)
        else:
            await self._hotel.moment(_MOMENTS[point])
            await asyncio.sleep(delay)
        self._relay.kill()
        self.kills.append(Kill(point, delay, await self._relay.take_over()))

    async def _keep_booking(self) -> None:
        while True:
            over = {line.number for line in await self._book.lines() if line.over}
            self._under_way -= over
            for _ in range(LIVE - len(self._under_way)):
                await self._booked(self._guests.uniform(0.5, 3.0))
            await asyncio.sleep(0.5)

    async def _booked(self, seconds: float) -> str:
        self._rooms += 1
        room = str(self._rooms)
        up = Manner(
            rings=self._guests.uniform(0.2, 0.9),
            keys="1",
            key_after=self._guests.uniform(0.1, 1.0),
            patience=self._guests.choice([2.0, 2.0, 15.0]),
        )
        self._script[room] = _HABITS[self._rooms % len(_HABITS)](up)
        number = await self._book.book(room, self._hotel.address(room), seconds=seconds)
        if self._script[room] == [AWAY]:
            await self._book.knock_in(number, seconds + KNOCK_AFTER)
        self._under_way.add(number)
        return number
