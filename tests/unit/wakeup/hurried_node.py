"""One node in a process of its own, ten times as fast: dispatcher and planner on a shared database.

A lease of 30 s runs out after 3 real ones. The telephones are imagined, but every ring is written down
with the attempt it was made for.
"""

from __future__ import annotations

import asyncio
import os
import random
import selectors
import time
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.app.desk import open_duty
from hotline.app.wakeups import open_wakeups
from hotline.call.errors import DialNoAnswer, EnvironmentFault
from hotline.call.ports import Direction, LegFacts
from hotline.call.scripted import ScriptedCall
from hotline.db.engine import Database
from hotline.home import Home
from hotline.outbound import policies
from hotline.outbound.desk import Desk
from hotline.outbound.dispatcher import Dispatcher
from hotline.settings import Settings
from hotline.wakeup.repository import WAKEUP

SPEED = 10.0
CHANNELS = 10


class _Hurried(selectors.DefaultSelector):
    """Waits a tenth of what it is asked to."""

    def select(self, timeout=None):
        return super().select(timeout if timeout is None else timeout / SPEED)


class HurriedLoop(asyncio.SelectorEventLoop):
    """An event loop whose seconds are tenths."""

    def __init__(self):
        super().__init__(_Hurried())

    def time(self):
        return time.monotonic() * SPEED


@dataclass(frozen=True)
class HurriedClock:
    """A wall clock that began with the others at ``began`` (real, Unix) and is wrong by ``skew`` seconds."""

    began: float
    skew: float = 0.0

    def now(self):
        passed = (time.time() - self.began) * SPEED
        return datetime.fromtimestamp(self.began, UTC) + timedelta(seconds=passed + self.skew)

    def monotonic(self):
        return time.monotonic() * SPEED

    async def sleep(self, seconds):
        await asyncio.sleep(seconds)


ATTEMPT: ContextVar[int] = ContextVar("attempt")


class Telling(Dispatcher):
    """Tells the telephones which attempt they ring for."""

    async def _attempt(self, placing):
        ATTEMPT.set(placing.attempt)  # each call has a task, and a context, of its own
        return await super()._attempt(placing)


class Telephones:
    """Ring for a while and are answered more often than not."""

    def __init__(self, clock, rings: Path):
        self.clock, self.rings = clock, rings
        self.random = random.Random(os.getpid())

    async def dial(self, order):
        with self.rings.open("a", encoding="ascii") as file:  # one short write: whole lines only
            file.write(f"{order.to} {ATTEMPT.get()} {self.clock.now().timestamp()} {os.getpid()}\n")
        await self.clock.sleep(self.random.uniform(1, 6))
        if self.random.random() < 0.3:
            raise DialNoAnswer("nobody")
        leg = os.urandom(16).hex()
        facts = LegFacts(
            leg=leg, linkedid=leg, direction=Direction.OUTBOUND, caller="", dialled=order.to,
            offered_at=self.clock.now(), purpose=order.purpose, estate=order.estate,
        )  # fmt: skip
        call = ScriptedCall(facts, self.clock)
        await call.answer()
        return call

    async def speak(self, call, row, given, report):
        await self.clock.sleep(self.random.uniform(0, 4))
        await report("awake" if row.kind == WAKEUP else "knocked", {})
        await self.clock.sleep(self.random.uniform(0, 6))


def run_node(url: str, home: str, rings: str, began: float, skew: float) -> None:
    """Work until killed."""
    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        runner.run(_work(url, Path(home), Path(rings), HurriedClock(began, skew)))


async def _work(url: str, home: Path, rings: Path, clock: HurriedClock) -> None:
    db = Database(url, clock=clock)
    place, settings = Home(home), Settings()
    named = policies.load(place.config).named
    duty = open_duty(place, settings)
    wakeups = open_wakeups(place, settings, db, clock, duty, policies=lambda: named)
    owner = f"{os.getpid()}-{time.monotonic_ns()}"
    desk = Desk(
        owner=owner, kinds=wakeups.kinds, policies=lambda: named, duty=duty,
        zones={"default": ZoneInfo("Asia/Shanghai")}, alone=False,
    )  # fmt: skip
    telephones = Telephones(clock, rings)
    dispatcher = Telling(
        db, desk, owner=owner, clock=clock, dialer=telephones, speak=telephones.speak,
        room=lambda: CHANNELS - dispatcher.under_way,
    )  # fmt: skip
    (rings.parent / f"up-{os.getpid()}").touch()

    async def plan():
        while True:
            try:
                await wakeups.planner.tick()
            except EnvironmentFault:
                await clock.sleep(1)
            await clock.sleep(1)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(plan())
        tasks.create_task(dispatcher.run())
