"""A dispatcher on a real database with a scripted telephone, a kind that remembers, and a roster."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from hotline.call.errors import HotlineError
from hotline.call.ports import Direction, DutyContact, LegFacts
from hotline.call.scripted import ScriptedCall
from hotline.db.outbox import OutboxEvent
from hotline.outbound import repository
from hotline.outbound.desk import Desk
from hotline.outbound.dispatcher import Dispatcher
from hotline.outbound.kinds import Verdict
from hotline.outbound.policy import Policy
from hotline.outbound.repository import NewCall
from tests.unit.conftest import ManualClock


class SettableClock(ManualClock):
    """Time passes on both clocks; the wall's alone may be set."""

    passed = 0.0

    def monotonic(self):
        return 100.0 + self.passed

    def pass_time(self, **span):
        super().pass_time(**span)
        self.passed += timedelta(**span).total_seconds()

    def set_wall(self, at):
        self.at = at


POLICIES = {
    "urgent": Policy(name="urgent", ring=30, pause=1.0, priority=0),
    "calm": Policy(name="calm", pause=1.0, again=20.0),
    "twice": Policy(name="twice", pause=60, attempts=2),
    "decent": Policy(name="decent", window="decent"),
}


@dataclass
class FakeDuty:
    people: dict[str, list[DutyContact]]
    opens_at: object = None

    def is_open(self, window, at):
        return self.opens_at is None or at >= self.opens_at

    def next_opening(self, window, at):
        return self.opens_at

    def on_duty(self, roster, at):
        return tuple(self.people[roster])


@dataclass
class Tickets:
    """A kind that keeps what it was told."""

    open: bool = True
    said: list[tuple[str, str]] = field(default_factory=list)
    rounds: int = 0
    given_up_for: list[str] = field(default_factory=list)

    def wanted(self, session, row):
        return self.open

    def given(self, session, row):
        return {"number": row.subject}

    def reported(self, session, row, attempt, report):
        if report.outcome == "refuse":
            raise HotlineError("That is not allowed.")
        self.said.append((report.outcome, report.who))
        return {"accepted": Verdict.DONE, "passed_on": Verdict.PASS_ON}.get(report.outcome, Verdict.NOTED)

    def round_over(self, session, row, *, at):
        self.rounds += 1

    def given_up(self, session, row, *, at):
        self.given_up_for.append(row.subject)


class Telephone:
    """Answers by script: an exception, or what the person reports."""

    def __init__(self, clock):
        self.clock = clock
        self.script: dict[str, list] = {}
        self.rung: list[str] = []
        self.calls: list[ScriptedCall] = []

    async def dial(self, order):
        self.rung.append(order.to)
        deed = self.script[order.to].pop(0)
        if isinstance(deed, Exception):
            raise deed
        leg = f"leg{len(self.calls)}"
        facts = LegFacts(
            leg=leg, linkedid=leg, direction=Direction.OUTBOUND, caller="", dialled=order.to,
            offered_at=self.clock.now(), purpose=order.purpose, estate=order.estate,
        )  # fmt: skip
        call = ScriptedCall(facts, self.clock)
        call.deed = deed
        await call.answer()
        self.calls.append(call)
        return call


async def speak(call, row, given, report):
    if callable(call.deed):
        await call.deed(report)
        return
    for word in call.deed:
        await report(word, {})


@dataclass
class Scene:
    db: object
    clock: object
    duty: FakeDuty
    kind: Tickets
    telephone: Telephone
    room: int = 5

    def dispatcher(self, owner="one", alone=True):
        desk = Desk(
            owner=owner, kinds={"dispatch": self.kind}, policies=lambda: POLICIES,
            duty={"default": self.duty}, zones={"default": ZoneInfo("Asia/Shanghai")}, alone=alone,
        )  # fmt: skip
        return Dispatcher(
            self.db, desk, owner=owner, clock=self.clock, dialer=self.telephone, speak=speak,
            room=lambda: self.room,
        )  # fmt: skip

    async def schedule(self, subject="T1", **given):
        facts = {"roster": "emergency", "policy": "urgent", "due_at": self.clock.now()} | given
        new = NewCall(estate="default", kind="dispatch", subject=subject, flow="dispatch", **facts)
        return await self.db.write(lambda s: repository.schedule(s, new, now=self.clock.now()))

    async def row(self, subject="T1"):
        return await self.db.read(lambda s: repository.find(s, "dispatch", subject))

    async def attempts(self, subject="T1"):
        row = await self.row(subject)
        found = await self.db.read(lambda s: list(repository.attempts(s, row.id)))
        return [(attempt.to, attempt.outcome) for attempt in found]

    async def events(self):
        return await self.db.read(lambda s: [e.kind for e in s.scalars(select(OutboxEvent)).all()])


async def tick(dispatcher):
    async with asyncio.TaskGroup() as tasks:
        return await dispatcher.tick(tasks)
