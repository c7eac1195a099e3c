"""What no live event tells and open pages show all the same: what is red, and how the day goes so far.

One question a process, whoever looks: :data:`RED_EVERY` seconds apart for what is red, :data:`DAY_EVERY` for
the day's counts and the state of the trunks, and none while nobody looks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.ports import Direction, Urgency
from hotline.callrecords.models import TESTS, CallRow
from hotline.db.engine import Database
from hotline.language import masking
from hotline.notifications import alarms
from hotline.settings import Settings
from hotline.tickets.life import ENDED
from hotline.tickets.models import TicketRow, TicketState
from hotline.wakeup.course import State
from hotline.wakeup.models import OccurrenceRow
from hotline.web.console.livehub import LiveHub

RED_EVERY = 1.0
DAY_EVERY = 5.0
MOST = 12
"""Red lines of a kind that are shown; their number is always whole."""
_UNCONFIRMED_FOR = timedelta(hours=12)
"""How long a wake-up nobody confirmed stays red."""
_KNOCKING = (State.KNOCKING, State.CANNOT_ENTER)

Status = Callable[[], Awaitable[dict[str, Any] | None]]


def red(estate: str) -> str:
    """Return the topic of what is red in an estate."""
    return f"red:{estate}"


def day(estate: str) -> str:
    """Return the topic of an estate's day so far."""
    return f"day:{estate}"


@dataclass(frozen=True, slots=True)
class RedLine:
    """Something people must see to."""

    kind: str
    """``ticket``, ``wakeup``, ``alarm``."""
    id: str
    """Number of the ticket or wake-up; kind of the alarm."""
    text: str
    """Place of a ticket or wake-up, subject of an alarm."""
    state: str
    at: float
    """Since when, or when it was due; epoch seconds."""


@dataclass(frozen=True, slots=True)
class Red:
    """Everything red of an estate."""

    count: int = 0
    lines: tuple[RedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """An estate's day so far; calls that came in."""

    calls: int = 0
    answered: int = 0
    in_time: int = 0
    """Answered before the third ring was over (DOMAIN section 2)."""
    counted: int = 0
    """Answered, or left ringing for longer than that: who hung up earlier is not counted."""
    abandoned: int = 0
    """Given up before they were answered."""
    tickets: int = 0

    @property
    def share(self) -> float | None:
        """Share answered in time, as reports count it (``calls.in_three_rings``); ``None`` without any."""
        return None if not self.counted else self.in_time / self.counted


@dataclass(slots=True)
class LiveFigures:
    """The last answers; pages read them when the hub says that they changed."""

    db: Database
    clock: Clock
    settings: Settings
    status: Status
    red: dict[str, Red] = field(default_factory=dict)
    day: dict[str, Day] = field(default_factory=dict)
    trunks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    channels: Mapping[str, Any] = field(default_factory=dict)

    def begin(self, hub: LiveHub) -> None:
        """Let the hub ask while somebody looks."""
        hub.keep("red", RED_EVERY, self._ask_red)
        hub.keep("day", DAY_EVERY, self._ask_day)

    async def _ask_red(self, estates: frozenset[str]) -> Collection[str]:
        now = self.clock.now()
        found = await self.db.read(lambda session: {one: _red(session, one, now) for one in estates})
        changed = [one for one in estates if self.red.get(one) != found[one]]
        self.red.update(found)
        return changed

    async def _ask_day(self, estates: frozenset[str]) -> Collection[str]:
        begins = {one.id: _midnight(self.clock.now(), one.timezone) for one in self.settings.estates}
        late = 2 * self.settings.sip.ringing.ring_cycle + 1.0
        wanted = [one for one in estates if one in begins]
        found = await self.db.read(lambda s: {one: _day(s, one, begins[one], late) for one in wanted})
        before = (self.trunks, self.channels)
        status = await self.status() or {}
        self.trunks, self.channels = status.get("trunks", {}), status.get("calls", {})
        anew = before != (self.trunks, self.channels)
        changed = [one for one in wanted if anew or self.day.get(one) != found[one]]
        self.day.update(found)
        return changed


def _midnight(now: datetime, zone: str) -> datetime:
    return now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def red_counts(session: Session, estate: str, now: datetime) -> dict[str, int]:
    """Return how many tickets, wake-ups and alarms of an estate are red."""
    standing = sum(row.estate in ("", estate) for row in alarms.standing(session))
    return {
        "tickets": _tickets(session, estate, now)[0],
        "wakeups": _wakeups(session, estate, now)[0],
        "alarms": standing,
    }


def _red(session: Session, estate: str, now: datetime) -> Red:
    counted = 0
    lines: list[RedLine] = []
    for count, some in (_tickets(session, estate, now), _wakeups(session, estate, now)):
        counted += count
        lines += some
    for row in alarms.standing(session):
        if row.estate in ("", estate):
            counted += 1
            lines.append(RedLine("alarm", row.kind, row.subject, row.state.value, row.first_at.timestamp()))
    return Red(counted, tuple(lines))


def _tickets(session: Session, estate: str, now: datetime) -> tuple[int, Sequence[RedLine]]:
    """Overdue by a limit still to be met, or urgent and in nobody's hands."""
    condition = (
        TicketRow.estate == estate,
        TicketRow.state.not_in(ENDED),
        or_(
            TicketRow.next_due_at < now,
            (TicketRow.urgency == Urgency.URGENT) & (TicketRow.state == TicketState.REGISTERED),
        ),
    )
    rows = session.scalars(
        select(TicketRow).where(*condition).order_by(TicketRow.opened_at).limit(MOST)
    ).all()
    count = len(rows)
    if count == MOST:
        count = session.scalar(select(func.count()).select_from(TicketRow).where(*condition)) or 0
    return count, [
        RedLine(
            "ticket", row.number, _place(row), row.state.value, (row.next_due_at or row.opened_at).timestamp()
        )
        for row in rows
    ]


def _place(row: TicketRow) -> str:
    """Return where; everybody who sees live things reads it, so no number that was written there."""
    rooms = (row.building, row.unit, row.room)
    return "-".join(part for part in rooms if part) or masking.masked(row.place_note)


def _wakeups(session: Session, estate: str, now: datetime) -> tuple[int, Sequence[RedLine]]:
    """Somebody is sent to knock, or nobody could confirm it."""
    day = OccurrenceRow
    condition = (
        day.estate == estate,
        day.due_at >= now - _UNCONFIRMED_FOR,
        day.due_at <= now,
        day.state.in_((*_KNOCKING, State.UNCONFIRMED)),
    )
    rows = session.scalars(select(day).where(*condition).order_by(day.due_at)).all()
    lines = [
        RedLine("wakeup", row.wakeup, row.place, row.state.value, row.due_at.timestamp()) for row in rows
    ]
    return len(rows), lines[:MOST]


def _day(session: Session, estate: str, begin: datetime, late: float) -> Day:
    answered = CallRow.answer.is_not(None)
    query = select(
        func.count(),
        func.count().filter(answered),
        func.count().filter(answered & (CallRow.ring_seconds <= late)),
        func.count().filter(answered | (CallRow.ring_seconds > late)),
        func.count().filter(CallRow.answer.is_(None) & CallRow.end.is_not(None)),
    ).where(
        CallRow.estate == estate, CallRow.start >= begin, CallRow.direction == Direction.INBOUND,
        CallRow.outcome.not_in(TESTS),
    )  # fmt: skip
    calls, taken, in_time, counted, abandoned = session.execute(query).one()
    tickets = select(func.count()).where(TicketRow.estate == estate, TicketRow.opened_at >= begin)
    return Day(calls, taken, in_time, counted, abandoned, session.scalar(tickets) or 0)
