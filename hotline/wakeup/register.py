"""叫醒登记表: what was due, rung, confirmed and knocked for; it goes with the handover (DOMAIN section 7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.outbound.models import AttemptRow, OutboundCallRow
from hotline.outbound.policy import Outcome
from hotline.wakeup import repository
from hotline.wakeup.course import AT_THE_DOOR, LIVE, State
from hotline.wakeup.models import OccurrenceRow, WakeupHistoryRow, WakeupRow
from hotline.wakeup.repository import KNOCK, WAKEUP

DONE = frozenset({State.CONFIRMED, State.KNOCKED})
_CHUNK = 400
"""Numbers asked for at once: SQLite takes so many parameters in one statement."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One telephone rung for a wake-up."""

    to_guest: bool
    """False: floor staff."""
    name: str
    """Who of the floor staff; the room for the guest."""
    at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    """``None`` while under way."""
    pressed: str
    """What a key reported: ``awake``, ``knocked`` …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One wake-up of one day. Instants are UTC."""

    number: str
    day: date
    place: str
    due_at: datetime
    state: State
    requested_by: str
    confirmed_at: datetime | None
    confirmed_by: str
    minutes_late: int | None
    snoozes: int
    reason: str
    alarmed_at: datetime | None
    attempts: tuple[Attempt, ...]

    @property
    def escalated(self) -> bool:
        """True when floor staff were rung, or had to be."""
        return self.state in AT_THE_DOOR or any(not one.to_guest for one in self.attempts)

    @property
    def gone_wrong(self) -> bool:
        """True when somebody had to go there or the console was alarmed: cancelling it takes nothing back."""
        return self.escalated or self.alarmed_at is not None

    @property
    def first_ring_delay(self) -> float | None:
        """Seconds from the booked time to the guest's first ring; ``None``: not rung."""
        first = next((one.at for one in self.attempts if one.to_guest), None)
        return None if first is None else (first - self.due_at).total_seconds()

    @property
    def late(self) -> bool:
        """True when the guest was up a full minute or more after the booked time."""
        return bool(self.minutes_late)


@dataclass(frozen=True, slots=True)
class Register:
    """The lines of a shift or day, in the order of their times."""

    lines: tuple[Line, ...]

    @property
    def still_due(self) -> int:
        """Wake-ups somebody is still to be rung for."""
        return sum(line.state in LIVE for line in self.lines)

    @property
    def done(self) -> int:
        """Wake-ups with a guest known to be awake."""
        return sum(line.state in DONE for line in self.lines)

    @property
    def escalated(self) -> int:
        """Wake-ups the floor staff were rung for."""
        return sum(line.escalated for line in self.lines)

    @property
    def late(self) -> int:
        """Guests up late."""
        return sum(line.late for line in self.lines)


def register(session: Session, estate: str, begin: datetime, end: datetime) -> Register:
    """Return the wake-ups booked for ``begin`` up to, not including, ``end`` with all their attempts."""
    rows = _days(session, estate, begin, end)
    attempts = _attempts(session, sorted({day.wakeup for day, _ in rows}))
    return Register(tuple(_line(day, by, attempts.get((day.wakeup, day.day), ())) for day, by in rows))


def due_between(session: Session, estate: str, begin: datetime, end: datetime) -> list[Line]:
    """Return the wake-ups still to be looked after from ``begin`` to ``end``, for the handover of a shift.

    Those that a shift before has begun and not ended are among them. Days further ahead than a day and a
    bit have no line yet: they are found by the booking's next ring.
    """
    query = (
        select(OccurrenceRow, WakeupRow.requested_by)
        .join(WakeupRow, WakeupRow.number == OccurrenceRow.wakeup)
        .where(OccurrenceRow.estate == estate, OccurrenceRow.state.in_(LIVE), OccurrenceRow.due_at < end)
        .order_by(OccurrenceRow.due_at, OccurrenceRow.id)
    )
    found = [
        (day, by) for day, by in session.execute(query) if day.due_at >= begin or day.state is not State.DUE
    ]
    attempts = _attempts(session, sorted({day.wakeup for day, _ in found}))
    return [_line(day, by, attempts.get((day.wakeup, day.day), ())) for day, by in found]


def of_booking(session: Session, number: str) -> Register:
    """Return the filed days of one booking with all their attempts, oldest first."""
    query = (
        select(OccurrenceRow, WakeupRow.requested_by)
        .join(WakeupRow, WakeupRow.number == OccurrenceRow.wakeup)
        .where(OccurrenceRow.wakeup == number)
        .order_by(OccurrenceRow.day)
    )
    attempts = _attempts(session, [number])
    return Register(
        tuple(_line(day, by, attempts.get((number, day.day), ())) for day, by in session.execute(query))
    )


def history(session: Session, number: str) -> Sequence[WakeupHistoryRow]:
    """Return who did what to a booking and its days, oldest first."""
    return repository.history(session, number)


def _days(session: Session, estate: str, begin: datetime, end: datetime) -> list[tuple[OccurrenceRow, str]]:
    query = (
        select(OccurrenceRow, WakeupRow.requested_by)
        .join(WakeupRow, WakeupRow.number == OccurrenceRow.wakeup)
        .where(OccurrenceRow.estate == estate, OccurrenceRow.due_at >= begin, OccurrenceRow.due_at < end)
        .order_by(OccurrenceRow.due_at, OccurrenceRow.id)
    )
    return [(day, by) for day, by in session.execute(query)]


def _attempts(session: Session, numbers: Sequence[str]) -> dict[tuple[str, date], list[Attempt]]:
    found: dict[tuple[str, date], list[Attempt]] = defaultdict(list)
    for begin in range(0, len(numbers), _CHUNK):
        query = (
            select(AttemptRow, OutboundCallRow.kind, OutboundCallRow.subject, OutboundCallRow.occurrence)
            .join(OutboundCallRow, OutboundCallRow.id == AttemptRow.call)
            .where(
                OutboundCallRow.subject.in_(numbers[begin : begin + _CHUNK]),
                OutboundCallRow.kind.in_([WAKEUP, KNOCK]),
            )
            .order_by(AttemptRow.at, AttemptRow.id)
        )
        for row, kind, subject, occurrence in session.execute(query):
            attempt = Attempt(kind == WAKEUP, row.to_name, row.at, row.ended_at, row.outcome, row.confirmed)
            found[subject, repository.day_in(occurrence)].append(attempt)
    return found


def _line(day: OccurrenceRow, requested_by: str, attempts: Sequence[Attempt]) -> Line:
    return Line(
        number=day.wakeup,
        day=day.day,
        place=day.place,
        due_at=day.due_at,
        state=day.state,
        requested_by=requested_by,
        confirmed_at=day.confirmed_at,
        confirmed_by=day.confirmed_by,
        minutes_late=day.minutes_late,
        snoozes=day.snoozes,
        reason=day.reason,
        alarmed_at=day.alarmed_at,
        attempts=tuple(attempts),
    )
