"""A night at the hotel: its rules in quick time, its book, and what the register says in the morning."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hotel import Hotel, Ring
from ownconfig import furnish_config
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import settings
from hotline.app.desk import open_duty
from hotline.app.wakeups import open_wakeups
from hotline.call.clock import SystemClock
from hotline.call.ports import Place
from hotline.call.ports.wakeups import NewWakeup, WakeTime
from hotline.db.engine import Database
from hotline.db.outbox import OutboxEvent
from hotline.home import Home
from hotline.outbound.models import AttemptRow, CallState, OutboundCallRow
from hotline.outbound.policy import Outcome
from hotline.wakeup.models import OccurrenceRow, WakeupHistoryRow
from hotline.wakeup.repository import KNOCK, WAKEUP

ZONE = ZoneInfo("Asia/Shanghai")
_AHEAD = timedelta(minutes=5)
_RULES = """
ring: {policy: quick_wakeup}
knock: {policy: quick_knock, rounds: 2}
booking: {lead: 0, per_room: 50, apart: 1, interval: 60, per_interval: 2000}
"""
_POLICIES = """policies:
  quick_wakeup:
    ring: 5
    pause: 4
    spacing: {busy: 1, no_key: 1, hung_up: 1, no_channel: 1}
    priority: 10
  quick_knock:
    ring: 5
    pause: 1
    priority: 5
"""
_SETTINGS = """
sip:
  channels: {total: @CHANNELS@}
estates:
  - {id: default, name: 示范酒店}
speech: {live_slots: 0, emergency_slots: 0, batch: []}
"""


def furnish(home: Path, *, floor: Sequence[str], supervisor: Sequence[str] = (), channels: int = 60) -> None:
    """Put the shipped configuration there with quick spacing and these people on the roster."""
    config = furnish_config(home)
    (config / "wakeup.yaml").write_text(_RULES, encoding="utf-8")
    policies = (config / "outbound.yaml").read_text(encoding="utf-8")
    (config / "outbound.yaml").write_text(policies.replace("policies:\n", _POLICIES, 1), encoding="utf-8")
    (config / "hotline.yaml").write_text(_SETTINGS.replace("@CHANNELS@", str(channels)), encoding="utf-8")
    rosters = {"floor": floor, "supervisor": supervisor}
    lines = ["rosters:", "  emergency: []", "  general_manager: []", "  operator: []", "  duty_manager: []"]
    for name, people in rosters.items():
        lines.append(f"  {name}:" + ("" if people else " []"))
        lines += [f"    - {{name: {name}{n}, number: '{to}'}}" for n, to in enumerate(people, start=1)]
    (config / "roster.yaml").write_text("\n".join([*lines, ""]), encoding="utf-8")


@dataclass(slots=True)
class Tried:
    """One attempt as it was written."""

    kind: str
    wakeup: str
    to: str
    at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    confirmed_at: datetime | None


@dataclass(slots=True)
class Line:
    """One wake-up of the register with its calls' attempts, in the order they were made."""

    number: str
    day: OccurrenceRow
    calls: list[OutboundCallRow] = field(default_factory=list)
    tried: list[Tried] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Nobody is rung any more, and nothing is under way."""
        told = all(call.ended_at for call in self.calls) and all(tried.outcome for tried in self.tried)
        return told and not self.day.standing.live

    def outcomes(self, kind: str = WAKEUP) -> list[str]:
        """How the attempts of a kind ended."""
        return [str(tried.outcome) for tried in self.tried if tried.kind == kind]


class Book:
    """The wake-ups of a data folder, booked and read beside the running hotline."""

    def __init__(self, home: Path, *, url: str = "") -> None:
        """Open the database that ``home`` uses; it has been migrated."""
        self.clock = SystemClock()
        place = Home(home)
        self.db = Database(url or place.database_url, clock=self.clock)
        chosen = settings.load(home / "config" / "hotline.yaml")
        wakeups = open_wakeups(place, chosen, self.db, self.clock, open_duty(place, chosen))
        self._book = wakeups.book

    async def book(self, room: str, to: str, *, seconds: float = 2.0) -> str:
        """Book a wake-up of a room so many seconds from now; returns its number.

        Wake-ups are booked to the minute: it is booked some minutes ahead, then the time goes by.
        """
        number = await self.book_ahead(room, to)
        await self.due_at(number, self.clock.now() + timedelta(seconds=seconds))
        return number

    async def book_ahead(self, room: str, to: str) -> str:
        """Book a wake-up some minutes from now; returns its number."""
        ahead = (self.clock.now() + _AHEAD).astimezone(ZONE)
        new = NewWakeup(
            estate="default", place=Place("1", "", room), when=WakeTime(at=ahead.time(), first=ahead.date()),
            to=to, requested_by="前台",
        )  # fmt: skip
        return (await self._book.book(new)).number

    async def due_at(self, number: str, at: datetime) -> None:
        """Let the time go by so that a wake-up is due at this instant."""
        line = await self.line(number)
        await self.let_pass(line.day.due_at - at, number)

    async def knock_in(self, number: str, seconds: float) -> None:
        """Send for the floor staff so many seconds from now instead of minutes later."""
        at = self.clock.now() + timedelta(seconds=seconds)

        def write(session: Session) -> None:
            day = session.scalars(select(OccurrenceRow).where(OccurrenceRow.wakeup == number)).one()
            day.escalate_at = at
            for call in _calls(session, number):
                if call.kind == KNOCK and call.state is CallState.WAITING:
                    call.next_at = call.due_at = at

        await self.db.write(write)

    async def let_pass(self, span: timedelta, number: str = "") -> None:
        """Move what is written (about one wake-up) into the past, as if the time had gone by."""

        def write(session: Session) -> None:
            days = select(OccurrenceRow)
            calls = select(OutboundCallRow)
            if number:
                days = days.where(OccurrenceRow.wakeup == number)
                calls = calls.where(OutboundCallRow.subject == number)
            for day in session.scalars(days):
                for name in ("due_at", "turn_at", "until", "escalate_at", "knock_until"):
                    setattr(day, name, getattr(day, name) - span)
            for call in session.scalars(calls):
                call.due_at, call.next_at = call.due_at - span, call.next_at - span
                if call.expires_at is not None:
                    call.expires_at -= span

        await self.db.write(write)

    async def lines(self) -> list[Line]:
        """Return the whole register."""
        return await self.db.read(_lines)

    async def line(self, number: str) -> Line:
        """Return one wake-up."""
        return next(line for line in await self.lines() if line.number == number)

    async def until(self, number: str, holds: Callable[[Line], bool], *, within: float = 30.0) -> Line:
        """Look until a wake-up is as wanted."""
        deadline = time.monotonic() + within
        while not holds(line := await self.line(number)):
            assert time.monotonic() < deadline, (line.day.state, line.tried)
            await asyncio.sleep(0.2)
        return line

    async def all_over(self, *, within: float) -> list[Line]:
        """Wait until nobody is to be rung any more; returns the register."""
        deadline = time.monotonic() + within
        while True:
            lines = await self.lines()
            if all(line.over for line in lines):
                return lines
            left = [(line.number, line.day.state.value, line.tried[-2:]) for line in lines if not line.over]
            assert time.monotonic() < deadline, left
            await asyncio.sleep(0.3)

    async def events(self, kind: str) -> list[dict[str, str]]:
        """Return what was told to other parts, oldest first."""
        query = select(OutboxEvent).where(OutboxEvent.kind == kind).order_by(OutboxEvent.id)
        return await self.db.read(lambda session: [event.detail for event in session.scalars(query)])

    async def history(self, number: str) -> list[tuple[str, str, str]]:
        """Return event, who and why of everything done to a wake-up."""
        query = (
            select(WakeupHistoryRow).where(WakeupHistoryRow.wakeup == number).order_by(WakeupHistoryRow.id)
        )
        return await self.db.read(lambda s: [(row.event, row.who, row.why) for row in s.scalars(query)])

    async def close(self) -> None:
        """Disconnect."""
        await self.db.aclose()


def _calls(session: Session, number: str) -> Sequence[OutboundCallRow]:
    query = select(OutboundCallRow).where(OutboundCallRow.subject == number)
    return session.scalars(query.order_by(OutboundCallRow.due_at)).all()


def _lines(session: Session) -> list[Line]:
    found = {
        day.wakeup: Line(day.wakeup, day)
        for day in session.scalars(select(OccurrenceRow).order_by(OccurrenceRow.id))
    }
    query = select(OutboundCallRow).where(OutboundCallRow.kind.in_([WAKEUP, KNOCK]))
    calls = {call.id: call for call in session.scalars(query)}
    for call in calls.values():
        found[call.subject].calls.append(call)
    for row in session.scalars(select(AttemptRow).order_by(AttemptRow.at, AttemptRow.id)):
        if (its := calls.get(row.call)) is not None:
            tried = Tried(its.kind, its.subject, row.to, row.at, row.ended_at, row.outcome, row.confirmed_at)
            found[its.subject].tried.append(tried)
    return list(found.values())


def doubled(lines: Sequence[Line], hotel: Hotel) -> list[str]:
    """Return what must not be: rings without an attempt of their own, rings after a confirmation.

    Every INVITE belongs to one attempt that was written before it and not over by then; no attempt has
    two. Attempts without a ring there may be: the process died before it rang.
    """
    wrong: list[str] = []
    for user in sorted({ring.user for ring in hotel.rings}):
        to = hotel.address(user)
        tried = sorted((t for line in lines for t in line.tried if t.to == to), key=lambda t: t.at)
        wrong += _unmatched(user, hotel.rings_of(user), tried)
    for line in lines:
        confirmed = line.day.confirmed_at
        late = [tried for tried in line.tried if confirmed is not None and tried.at > confirmed]
        wrong += [f"wake-up {line.number} was rung after it was confirmed: {tried}" for tried in late]
    return wrong


def _unmatched(user: str, rings: Sequence[Ring], tried: Sequence[Tried]) -> list[str]:
    left, wrong = list(tried), []
    for ring in rings:
        mine = [
            one for one in left if one.at <= ring.at and (one.ended_at is None or ring.at <= one.ended_at)
        ]
        if not mine:
            wrong.append(f"{user} rang at {ring.at} without an attempt of its own")
            continue
        # the earliest to end: later rings may still have the others
        left.remove(min(mine, key=lambda one: (one.ended_at is None, one.ended_at, one.at)))
    return wrong
