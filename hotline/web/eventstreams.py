"""What happens, for programs that follow it: one reader of the outbox a web process, many streams.

Events of the database come from the outbox and are not lost: a follower that was away names the last it
has and gets what came since. What happens on calls from moment to moment is told as it happens and
only then.
A follower that does not read is dropped, never waited for.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault
from hotline.db.engine import Database
from hotline.db.outbox import OutboxEvent

log = structlog.get_logger(__name__)

LOOK_EVERY = 0.5
"""Seconds between two looks at the outbox while somebody follows."""
BACKLOG = 1000
"""Events that wait for a follower before it is dropped."""
MOST_STREAMS = 200
BATCH = 500
_MOST_LEGS = 5000
TOPICS: Mapping[str, tuple[Scope, frozenset[str]]] = MappingProxyType(
    {
        "calls": (Scope.LIVE, frozenset({"call", "transcript"})),
        "operators": (Scope.LIVE, frozenset({"operators"})),
        "alarms": (Scope.LIVE, frozenset({"alarm"})),
        "tickets": (Scope.TICKETS_READ, frozenset({"ticket"})),
        "wakeups": (Scope.WAKEUPS_READ, frozenset({"wakeup"})),
        "messages": (Scope.MESSAGES_READ, frozenset({"message"})),
        "confirmations": (Scope.CONFIRMATIONS_READ, frozenset({"confirmation"})),
        "fees": (Scope.FEES_READ, frozenset({"bill", "promise"})),
        "campaigns": (Scope.CAMPAIGNS_READ, frozenset({"campaign", "outbound"})),
        "duty": (Scope.DUTY_READ, frozenset({"duty", "shift"})),
        "outside": (Scope.OUTSIDE_READ, frozenset({"outside"})),
    }
)
"""What may be followed: the right it needs, and the families of kinds it has."""
_OF_FAMILY = {family: topic for topic, (_, families) in TOPICS.items() for family in families}
_LIVE = {
    "leg": "call.started", "answered": "call.answered", "event": "call.event", "says": "call.says",
    "ended": "call.ended", "closed": "call.outcome_known", "desk": "operator.changed",
    "queues": "queue.changed",
}  # fmt: skip
"""Live events by their type; others are nobody's."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event, not yet masked."""

    kind: str
    topic: str
    estate: str
    """Empty or ``*``: of no single estate."""
    facts: Mapping[str, Any]
    id: int | None = None
    """Place in the outbox; live events have none."""


@dataclass(eq=False, slots=True)
class Follower:
    """One stream."""

    topics: frozenset[str]
    estate: str
    """Empty: every estate."""
    waiting: asyncio.Queue[Told] = field(default_factory=lambda: asyncio.Queue(BACKLOG))
    dropped: asyncio.Event = field(default_factory=asyncio.Event)
    """It was too slow, or may not stay."""

    def wants(self, told: Told) -> bool:
        """Whether it asked for this and may have it."""
        return told.topic in self.topics and (not self.estate or told.estate == self.estate)

    def take(self, told: Told) -> None:
        """Keep an event for it; never waits."""
        if not self.wants(told) or self.dropped.is_set():
            return
        try:
            self.waiting.put_nowait(told)
        except asyncio.QueueFull:
            log.warning("a follower of events was too slow and was dropped")
            self.dropped.set()


class EventStreams:
    """Hands events to followers. :meth:`run` must run, :meth:`live` gets what the calls process tells."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Nothing is read while nobody follows."""
        self._db = db
        self._clock = clock
        self._followers: set[Follower] = set()
        self._estates: OrderedDict[str, str] = OrderedDict()
        """Estate by leg: only the first event of a leg names it."""
        self._seen = 0

    @property
    def followers(self) -> int:
        """How many follow."""
        return len(self._followers)

    def live(self, event: Mapping[str, Any] | None) -> None:
        """Take an event of the calls process; ``None``: it is another one, what was known may be over."""
        if event is None:
            self._tell(Told("calls.reset", "calls", "", {}))
            return
        for leg in event.get("legs", ()) if event.get("type") == "live" else ():
            self._remember(str(leg.get("leg", "")), str(leg.get("estate", "")))
        kind = _LIVE.get(str(event.get("type")))
        if kind is None:
            return
        leg = str(event.get("leg", ""))
        if event.get("estate") and leg:
            self._remember(leg, str(event["estate"]))
        topic = "operators" if kind.startswith(("operator", "queue")) else "calls"
        estate = str(event.get("estate") or self._estates.get(leg, ""))
        self._tell(Told(kind, topic, estate, event))

    def _remember(self, leg: str, estate: str) -> None:
        self._estates[leg] = estate
        while len(self._estates) > _MOST_LEGS:
            self._estates.popitem(last=False)

    def _tell(self, told: Told) -> None:
        for follower in tuple(self._followers):
            follower.take(told)

    async def run(self) -> None:
        """Read the outbox while somebody follows, until cancelled."""
        while True:
            if self._followers:
                try:
                    await self._look()
                except EnvironmentFault as fault:
                    log.warning("events wait for the database", reason=fault.code)
            await self._clock.sleep(LOOK_EVERY)

    async def _look(self) -> None:
        while rows := await self._after(self._seen):
            self._seen = rows[-1].id
            for row in rows:
                self._tell(_of(row))
            if len(rows) < BATCH:
                return

    # --- one stream ----------------------------------------------------------------------------------

    @asynccontextmanager
    async def following(self, follower: Follower, last: int | None) -> AsyncIterator[AsyncIterator[Told]]:
        """Yield the events of one stream: what came after ``last``, then what comes.

        ``None``: from now on. When rows after ``last`` are forgotten already the first event is ``reset``.
        """
        begin = await self._db.read(_newest) if last is None else last
        try:
            yield self._events(follower, begin, resumed=last is not None)
        finally:
            self._followers.discard(follower)

    async def _events(self, follower: Follower, begin: int, *, resumed: bool) -> AsyncIterator[Told]:
        at = begin
        oldest, newest = await self._db.read(_span)
        if resumed and (begin > newest or begin + 1 < oldest):
            yield Told("reset", "", "", {"oldest": oldest, "newest": newest})
            at = newest if begin > newest else oldest - 1
        while len(rows := await self._after(at)) == BATCH:
            for row in rows:
                at = row.id
                if follower.wants(told := _of(row)):
                    yield told
        if not self._followers:
            self._seen = at
        self._followers.add(follower)
        for row in await self._after(at):  # whatever was committed until it was among the followers
            at = row.id
            if follower.wants(told := _of(row)):
                yield told
        async for told in self._waiting(follower):
            if told.id is None or told.id > at:
                yield told

    async def _waiting(self, follower: Follower) -> AsyncIterator[Told]:
        gone = asyncio.ensure_future(follower.dropped.wait())
        try:
            while not follower.dropped.is_set():
                one = asyncio.ensure_future(follower.waiting.get())
                try:
                    await asyncio.wait({one, gone}, return_when=asyncio.FIRST_COMPLETED)
                    if not one.done():
                        return
                    yield one.result()
                finally:
                    one.cancel()
        finally:
            gone.cancel()

    async def _after(self, place: int) -> Sequence[OutboxEvent]:
        query = select(OutboxEvent).where(OutboxEvent.id > place).order_by(OutboxEvent.id).limit(BATCH)
        return await self._db.read(lambda session: session.scalars(query).all())


def _of(row: OutboxEvent) -> Told:
    topic = _OF_FAMILY.get(row.kind.partition(".")[0], "")
    facts = {"subject": row.subject, "at": row.at, **row.detail}
    return Told(row.kind, topic, row.estate, facts, id=row.id)


def _newest(session: Session) -> int:
    return session.scalar(select(func.max(OutboxEvent.id))) or 0


def _span(session: Session) -> tuple[int, int]:
    oldest, newest = session.execute(select(func.min(OutboxEvent.id), func.max(OutboxEvent.id))).one()
    return oldest or 1, newest or 0
