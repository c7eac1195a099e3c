"""Whole nights on virtual time: the real dispatcher and tables, telephones that answer by script."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from hotline.call.errors import DialBusy, DialDeclined, DialFailed, DialNoAnswer, EnvironmentFault
from hotline.call.ports import Direction, DutyContact, LegFacts, Place
from hotline.call.ports.wakeups import NewWakeup, WakeTime
from hotline.call.scripted import ScriptedCall
from hotline.db.engine import Database
from hotline.db.outbox import OutboxEvent
from hotline.home import shipped
from hotline.outbound import policies as outbound_policies
from hotline.outbound import repository as calls
from hotline.outbound.desk import Desk
from hotline.outbound.dispatcher import Dispatcher
from hotline.outbound.models import AttemptRow, OutboundCallRow
from hotline.wakeup.book import WakeupBook
from hotline.wakeup.calls import KnockCalls, WakeupCalls
from hotline.wakeup.config import WakeupRules
from hotline.wakeup.house import House, Room
from hotline.wakeup.models import OccurrenceRow
from hotline.wakeup.planner import WakeupPlanner
from hotline.wakeup.repository import KNOCK, WAKEUP
from hotline.wakeup.schedule import Schedule

SHANGHAI = ZoneInfo("Asia/Shanghai")
ESTATE = "default"
ROOM = Place("3", "2", "602")
POLICIES = outbound_policies.load(shipped("config")).named


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """``2026-11-23 07:00`` in the estate's zone."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=zone).astimezone(UTC)


def once(clock_time: str, first: str | None = None) -> WakeTime:
    return WakeTime(at=time.fromisoformat(clock_time), first=first and date.fromisoformat(first))


class Weekdays:
    """A calendar without holidays but for those it is given."""

    def __init__(self, holidays=(), adjusted=()):
        self.holidays, self.adjusted = set(holidays), set(adjusted)

    def is_workday(self, day):
        return day in self.adjusted or (day.isoweekday() < 6 and day not in self.holidays)


@dataclass
class Rooms:
    """Rooms with a telephone each: ``8602`` in 602."""

    addresses: dict[str, str] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def room(self, session, estate, place):
        if str(place) in self.unknown:
            return None
        return Room(place, self.addresses.get(str(place), f"8{place.room}"))


@dataclass
class FakeDuty:
    people: dict[str, list[DutyContact]]

    def on_duty(self, roster, at):
        return tuple(self.people[roster])

    def is_open(self, window, at):
        return True


class SettableClock:
    """A clock whose wall may be set; waiting is the loop's."""

    def __init__(self, at: datetime):
        self.start, self.moved = at, timedelta(0)

    def now(self):
        return self.start + self.moved + timedelta(seconds=self.monotonic())

    def monotonic(self):
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds):
        await asyncio.sleep(seconds)


class InlineDatabase:
    """The database without threads: virtual time waits for none. ``dead``: the process was killed."""

    def __init__(self, db: Database):
        self.db, self.dead = db, False
        self.dialect = "sqlite"

    async def write(self, fn):
        if self.dead:
            raise EnvironmentFault("the process is gone")
        with self.db.transaction() as session:
            return fn(session)

    async def read(self, fn):
        if self.dead:
            raise EnvironmentFault("the process is gone")
        with self.db.reading() as session:
            return fn(session)


FAILURES = {
    "no_answer": DialNoAnswer, "busy": DialBusy, "declined": DialDeclined, "failed": DialFailed,
}  # fmt: skip


@dataclass
class Ring:
    """A telephone that rang."""

    at: datetime
    to: str
    deed: str


class Telephones:
    """Every telephone does what its script says next; the last deed is done for ever."""

    def __init__(self, clock: SettableClock):
        self.clock = clock
        self.script: dict[str, list[str]] = {}
        self.rings: list[Ring] = []
        self.at_once = self.most = 0

    async def dial(self, order):
        deeds = self.script.get(order.to, ["no_answer"])
        deed = deeds.pop(0) if len(deeds) > 1 else deeds[0]
        self.rings.append(Ring(self.clock.now(), order.to, deed))
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            if deed == "no_answer":
                await self.clock.sleep(order.timeout)
            if deed in FAILURES:
                raise FAILURES[deed]("not reached")
            await self.clock.sleep(4)
        except BaseException:
            self.at_once -= 1
            raise
        leg = f"leg{len(self.rings)}"
        facts = LegFacts(
            leg=leg, linkedid=leg, direction=Direction.OUTBOUND, caller="", dialled=order.to,
            offered_at=self.clock.now(), purpose=order.purpose, estate=order.estate,
        )  # fmt: skip
        call = ScriptedCall(facts, self.clock)
        call.deed = deed
        await call.answer()
        return call

    async def speak(self, call, row, given, report):
        """``silent``, ``hangs_up``, or words that are reported one after another: ``going+knocked``."""
        try:
            self.said = getattr(self, "said", [])
            self.said.append((row.kind, given))
            await self.clock.sleep(8)
            if call.deed == "silent":
                await self.clock.sleep(40)
                return
            for word in call.deed.split("+"):
                if word == "hangs_up":
                    call.far_hangs_up()
                    return
                await report(word, {})
                await self.clock.sleep(3)
        finally:
            self.at_once -= 1

    def times(self, to: str, zone: ZoneInfo = SHANGHAI) -> list[str]:
        """When a telephone rang, ``07:01:00``."""
        return [f"{ring.at.astimezone(zone):%H:%M:%S}" for ring in self.rings if ring.to == to]


class Night:
    """A hotel from booking to morning."""

    def __init__(self, db: Database, start: str, *, rules: WakeupRules | None = None, zone=SHANGHAI):
        self.clock = SettableClock(local(start, zone))
        self.zone = zone
        self.db = InlineDatabase(db)
        self.rules = rules or WakeupRules()
        self.rooms = Rooms()
        self.calendar = Weekdays()
        self.telephones = Telephones(self.clock)
        self.duty = FakeDuty(
            {
                "floor": [DutyContact("甲", "8001"), DutyContact("乙", "8002")],
                "supervisor": [DutyContact("主管", "8009")],
            }
        )
        self.room = 30
        self.processes = 0
        self._tasks: list[asyncio.Task] = []
        self._served: list[InlineDatabase] = []

    def schedule(self):
        return Schedule(lambda: self.rules, {ESTATE: House(self.zone, self.calendar)}, lambda: POLICIES)

    @property
    def book(self) -> WakeupBook:
        return WakeupBook(
            self.db, self.schedule(), rooms=self.rooms, clock=self.clock, normalise=lambda raw: raw
        )

    async def booked(self, at: str = "07:00", room: Place = ROOM, **more):
        when = more.pop("when", None) or once(at)
        return await self.book.book(NewWakeup(estate=ESTATE, place=room, when=when, **more))

    # --- processes ---------------------------------------------------------------------------------

    def begin(self, *, alone: bool = True) -> InlineDatabase:
        """Start a calls process; its database handle is what a kill takes away."""
        self.processes += 1
        db = InlineDatabase(self.db.db)
        owner = f"process {self.processes}"
        schedule = self.schedule()
        desk = Desk(
            owner=owner,
            kinds={
                WAKEUP: WakeupCalls(schedule, self.rooms, self.clock),
                KNOCK: KnockCalls(schedule, self.clock),
            },
            policies=lambda: POLICIES, duty={ESTATE: self.duty}, zones={ESTATE: self.zone}, alone=alone,
        )  # fmt: skip
        dispatcher = Dispatcher(
            db, desk, owner=owner, clock=self.clock, dialer=self.telephones,
            speak=self.telephones.speak, room=lambda: self.room - self.telephones.at_once,
        )  # fmt: skip
        planner = WakeupPlanner(db, schedule, self.clock)

        async def plan():
            while True:
                with suppress(EnvironmentFault):
                    await planner.tick()
                await self.clock.sleep(10)

        self._tasks += [asyncio.create_task(plan()), asyncio.create_task(dispatcher.run())]
        self._served.append(db)
        return db

    async def kill(self) -> None:
        """End every process without a last word."""
        for db in self._served:
            db.dead = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks, self._served = [], []

    async def until(self, text: str) -> None:
        """Let time pass until this time of the clock."""
        left = (local(text, self.zone) - self.clock.now()).total_seconds()
        await self.clock.sleep(max(0.0, left))

    # --- what came of it -------------------------------------------------------------------------

    async def days(self, number: str = "1001") -> list[OccurrenceRow]:
        query = select(OccurrenceRow).where(OccurrenceRow.wakeup == number).order_by(OccurrenceRow.day)
        return await self.db.read(lambda s: list(s.scalars(query)))

    async def day(self, number: str = "1001") -> OccurrenceRow:
        return (await self.days(number))[0]

    async def attempts(self, kind: str = WAKEUP, number: str = "1001") -> list[AttemptRow]:
        def read(session):
            rows = session.scalars(
                select(OutboundCallRow).where(OutboundCallRow.kind == kind, OutboundCallRow.subject == number)
            ).all()
            return [attempt for row in rows for attempt in calls.attempts(session, row.id)]

        return await self.db.read(read)

    async def events(self, kind: str) -> list[dict]:
        query = select(OutboxEvent).where(OutboxEvent.kind == kind).order_by(OutboxEvent.id)
        return await self.db.read(lambda s: [event.detail for event in s.scalars(query)])


Script = Callable[[Night], None]
