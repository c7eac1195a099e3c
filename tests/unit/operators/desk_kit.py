"""A desk on virtual time: telephones that answer by script, talks that end on command, a real SQLite file."""

from __future__ import annotations

import asyncio
import itertools
import textwrap
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy import select

from hotline.call.audio import Silence
from hotline.call.errors import (
    CallGone,
    DialBusy,
    DialDeclined,
    DialFailed,
    DialNoAnswer,
    EnvironmentFault,
    OperatorRefused,
)
from hotline.call.events import HungUp, Interrupted
from hotline.call.ports import Direction, LegFacts, Phrase, ServeOrder
from hotline.call.scripted import ScriptedCall
from hotline.call.virtual_time import VirtualClock
from hotline.db.outbox import OutboxEvent
from hotline.operators.attending import Attendance
from hotline.operators.config import OperatorBook
from hotline.operators.desk import Desk
from hotline.operators.seat import TalkEnd, TalkResult
from hotline.operators.talktools import OwnTalks

FAILURES = {"busy": DialBusy, "declined": DialDeclined, "failed": DialFailed}
SECONDS = {
    Phrase.WHISPER: 3.0,
    Phrase.QUESTION: 2.0,
    Phrase.SERVING: 2.0,
    Phrase.CALLER_GONE: 1.5,
    Phrase.AGAIN: 4.0,
    Phrase.OPERATOR_WAITS: 2.5,
    Phrase.CALL_BACK: 3.5,
}
"""What each phrase takes, and how a test knows it again among what was heard."""
PLAIN = """
operators:
  - {number: "01", line: "8001", languages: [zh, en]}
  - {number: "02", line: "8002"}
queues:
  main: {wrap_up: 20}
"""


@dataclass
class Telephone:
    """A line that answers after so many seconds, or is ``busy``, ``declined``, ``failed``, ``silent``."""

    answers: float | str = 2.0
    presses: tuple[tuple[float, str], ...] = ()
    """Seconds after the answer, keys."""
    legs: list[ScriptedCall] = field(default_factory=list)
    orders: list = field(default_factory=list)
    cancelled: int = 0

    @property
    def leg(self) -> ScriptedCall:
        return self.legs[-1]


class PhraseBook:
    """Every phrase is a silence of its own length."""

    def __init__(self):
        self.said = []

    def sounds(self, phrase, facts=None):
        self.said.append((phrase, dict(facts or {})))
        return [Silence(SECONDS[phrase])] if phrase in SECONDS else []


class FakeLog:
    def __init__(self):
        self.events = []

    def event(self, leg, kind, detail=None):
        self.events.append((leg, kind, dict(detail or {})))


class FakeFeed:
    def __init__(self):
        self.shown = []

    def publish(self, kind, **facts):
        self.shown.append((kind, facts))


class PlainTalk:
    """Bridges until the operator's leg is over or a test ends it."""

    def __init__(self, call, seat, order, words):
        self.call, self.seat, self.order = call, seat, order
        self.result = asyncio.get_running_loop().create_future()
        self.over = self.cancelled = False
        self.done, self.heard_by = [], []

    async def run(self):
        try:
            await self.call.bridge(self.seat.leg)
            watching = asyncio.ensure_future(self._operator_leaves())
            done, _ = await asyncio.wait((watching, self.result), return_when=asyncio.FIRST_COMPLETED)
            watching.cancel()
            return done.pop().result()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        finally:
            self.over = True
            await self.seat.leg.hangup()

    async def _operator_leaves(self):
        with suppress(CallGone):
            while True:
                event = await self.seat.leg.next_event()
                if isinstance(event, HungUp):
                    return TalkResult(end=TalkEnd.TALKED)
                if isinstance(event, Interrupted):
                    break
        return TalkResult(end=TalkEnd.OPERATOR_LOST)

    def end(self, end, **more):
        self.result.set_result(TalkResult(end=end, **more))

    async def do(self, action, args):
        if action == "explode":
            raise OperatorRefused("no", code="no")
        self.done.append((action, dict(args)))
        return self.state()

    def state(self):
        return {"held": any(action == "hold" for action, _ in self.done)}

    async def supervise(self, leg, mode):
        if self.over:
            raise OperatorRefused("over", code="no-talk")
        self.heard_by.append((leg, mode))


class InlineDatabase:
    """The database without threads: virtual time waits for none."""

    def __init__(self, db):
        self.db = db
        self.dialect = "sqlite"

    async def write(self, fn):
        with self.db.transaction() as session:
            return fn(session)

    async def read(self, fn):
        with self.db.reading() as session:
            return fn(session)


class Visitor:
    """A caller on the line; the menu's part in it is only to remember what it was told."""

    def __init__(self, scene, call, order):
        self.scene, self.call, self.order = scene, call, order
        self.news, self.words = [], PhraseBook()
        self.task = asyncio.ensure_future(scene.desk.serve(call, order, self.words, self.news.append))

    async def hangs_up(self):
        self.call.far_hangs_up()
        await self.chooses_otherwise()

    async def chooses_otherwise(self):
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task

    @property
    def lengths(self):
        return [sound.item.seconds for sound in self.call.heard if isinstance(sound.item, Silence)]


class Scene:
    """The desk, its telephones, its callers."""

    def __init__(self, db, folder, yaml=PLAIN):
        self.clock = VirtualClock()
        self.db = InlineDatabase(db)
        self.folder = folder
        (folder / "operators.yaml").write_text(textwrap.dedent(yaml), encoding="utf-8")
        self.telephones: dict[str, Telephone] = {}
        self.ringing: Counter[str] = Counter()
        self.talks: list[PlainTalk] = []
        self.log, self.feed, self.words = FakeLog(), FakeFeed(), PhraseBook()
        self.names = (f"{number:032x}" for number in itertools.count(1))
        self.open_desk()

    def open_desk(self):
        self.own = OwnTalks()
        self.desk = Desk(
            OperatorBook(self.folder), dialer=self, db=self.db, clock=self.clock, log=self.log,
            feed=self.feed, make_talk=self.make_talk, attendance=Attendance(words=lambda order: self.words),
            outside=self.outside, own=self.own,
        )  # fmt: skip
        self.running = asyncio.ensure_future(self.desk.run())

    async def close(self):
        self.running.cancel()
        with suppress(asyncio.CancelledError):
            await self.running

    async def crash(self):
        """Everything is gone at once, nothing is written any more."""
        written, self.db.write = self.db.write, self._nothing
        await self.close()
        self.db.write = written
        self.talks.clear()

    async def _nothing(self, fn):
        return None

    async def refuse(self, fn):
        raise EnvironmentFault("the database is locked", code="database-locked")

    def make_talk(self, call, seat, order, words):
        self.talks.append(PlainTalk(call, seat, order, words))
        return self.talks[-1]

    async def outside(self, operator, line, action, args):
        return {"outside": (operator.number, line, action, dict(args))}

    # --- telephones ----------------------------------------------------------------------------------

    def telephone(self, address) -> Telephone:
        return self.telephones.setdefault(address, Telephone())

    async def dial(self, order):
        telephone = self.telephone(order.to)
        telephone.orders.append(order)
        self.ringing[order.to] += 1
        assert self.ringing[order.to] == 1, "a line is rung for two callers"
        try:
            await asyncio.sleep(0.2)
            if telephone.answers in FAILURES:
                raise FAILURES[telephone.answers]("no")
            if telephone.answers == "silent" or telephone.answers > order.timeout:
                await asyncio.sleep(order.timeout)
                raise DialNoAnswer("nobody")
            await asyncio.sleep(telephone.answers)
        except asyncio.CancelledError:
            telephone.cancelled += 1
            raise
        finally:
            self.ringing[order.to] -= 1
        leg = self.leg(Direction.OUTBOUND, order.to, linkedid=order.linkedid)
        leg.far_answers()
        telephone.legs.append(leg)
        for after, keys in telephone.presses:
            asyncio.get_running_loop().call_later(after, leg.far_presses, keys)
        return leg

    def leg(self, direction, number, linkedid=""):
        name = next(self.names)
        facts = LegFacts(
            leg=name, linkedid=linkedid or name, direction=direction, caller=number, dialled="88880000",
            offered_at=self.clock.now(),
        )  # fmt: skip
        return ScriptedCall(facts, self.clock)

    # --- people --------------------------------------------------------------------------------------

    def calls(self, number="13800001111", **order) -> Visitor:
        call = self.leg(Direction.INBOUND, number)
        call.far_answers()
        order = {"queue": "main", "estate": "default"} | order
        return Visitor(self, call, ServeOrder(**order))

    async def ready(self, *numbers):
        for number in numbers:
            await self.desk.ready("default", number)

    def presence(self, number):
        found = self.desk.find("default", number)
        return found.presence.value, found.reason

    async def passes(self, seconds):
        await asyncio.sleep(seconds)

    # --- paper ---------------------------------------------------------------------------------------

    def kinds(self, leg):
        return [kind for at, kind, _detail in self.log.events if at == leg]

    def details(self, kind):
        return [detail for _leg, at, detail in self.log.events if at == kind]

    async def rows(self, model, order=None):
        query = select(model) if order is None else select(model).order_by(order)
        return await self.db.read(lambda session: session.scalars(query).all())

    async def told(self, kind):
        rows = await self.rows(OutboxEvent)
        return [(row.subject, row.detail) for row in rows if row.kind == kind]

    async def told_in(self, kind):
        """The estates whose routes hear of it."""
        return [row.estate for row in await self.rows(OutboxEvent) if row.kind == kind]
