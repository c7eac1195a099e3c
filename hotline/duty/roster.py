"""What rosters are made of: lines of people, rotations, changes; and somebody's turn. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from hotline.call.ports import DutyContact
from hotline.duty.hours import Calendar, DayKind, Window, is_among


class Reason(StrEnum):
    """Why somebody is on duty."""

    STANDING = "standing"
    """On a plain list, or among those who follow, on every day."""
    WEEKLY = "weekly"
    """By the weekly lines or the rotation."""
    HOLIDAY = "holiday"
    """By the roster of public holidays."""
    CHANGE = "change"
    """By a change of this date: a swap, an absence, an addition."""


@dataclass(frozen=True, slots=True)
class Line:
    """People in the order they are rung, on the hours of a shift, on certain days."""

    people: tuple[DutyContact, ...]
    shift: str = ""
    """What the hours are called: the window's name, or the hours themselves; empty for the whole day."""
    window: Window | None = None
    """The whole day without."""
    days: DayKind | frozenset[int] = DayKind.EVERY_DAY
    first: date | None = None
    """Only from this date on."""
    last: date | None = None

    def applies(self, day: date, calendar: Calendar) -> bool:
        """True when ``day`` is one of the line's days."""
        if (self.first and day < self.first) or (self.last and day > self.last):
            return False
        return is_among(day, self.days, calendar)


@dataclass(frozen=True, slots=True)
class Rotation:
    """Rounds of weeks (or days) that follow each other from ``start`` on, and before it backwards."""

    start: date
    days_each: int
    """7 for weeks, 1 for days (one on, two off 上一休二)."""
    rounds: tuple[tuple[Line, ...], ...]

    def lines(self, day: date) -> tuple[Line, ...]:
        """Return the lines of the round that ``day`` lies in."""
        return self.rounds[(day - self.start).days // self.days_each % len(self.rounds)]


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is rung for a matter. A plain list of people is one line for each, on every day."""

    lines: tuple[Line, ...] = ()
    rotation: Rotation | None = None
    holidays: tuple[Line, ...] = ()
    """On a public holiday to which one of these applies they alone count."""
    after: tuple[DutyContact, ...] = ()
    """Rung after those on duty, at any time; they do not fill a gap."""
    must_cover: bool = False
    """A gap is a mistake, not merely worth a warning."""
    plain: bool = False
    """A plain list: that several of it are on at once is meant."""

    def people(self) -> tuple[DutyContact, ...]:
        """Everybody who is on this roster at some time, each once."""
        rounds = self.rotation.rounds if self.rotation else ()
        lines = [*self.lines, *(line for round_ in rounds for line in round_), *self.holidays]
        found = [contact for line in lines for contact in line.people]
        return tuple(dict.fromkeys([*found, *self.after]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Somebody taken off, put on, or put in another's place, on some dates or between two instants.

    By dates it concerns the shifts that begin on them; an addition is then on from midnight to midnight.
    """

    roster: str
    first: date | None = None
    last: date | None = None
    begin: datetime | None = None
    """Aware, as ``end``; used when there are no dates."""
    end: datetime | None = None
    remove: str = ""
    """Name of who is not there; empty for an addition."""
    put: DutyContact | None = None
    """Who is there instead; ``None`` for a mere absence."""
    why: str = ""
    ref: int | None = None
    """Its number in the database; ``None`` for one that stands in roster.yaml."""

    def stretch(self, turn: Turn) -> tuple[datetime, datetime] | None:
        """Return the part of ``turn`` that the change concerns."""
        if self.first is not None and self.last is not None:
            return (turn.begin, turn.end) if self.first <= turn.day <= self.last else None
        if self.begin is None or self.end is None:
            return None
        begin, end = max(turn.begin, self.begin), min(turn.end, self.end)
        return (begin, end) if begin < end else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Somebody's time on duty, ``begin`` inclusive, ``end`` exclusive, in UTC."""

    contact: DutyContact
    reason: Reason
    begin: datetime
    end: datetime
    day: date
    """The day the shift belongs to, in the estate's zone."""
    shift: str = ""
    after: bool = False
    """Only follows those on duty."""
    instead_of: str = ""
    why: str = ""
    """The change's reason."""
    rank: tuple[int, int, int] = (0, 0, 0)
    """Order of ringing on one roster: those who follow last, then line, then place in the line."""
