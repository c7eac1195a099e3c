"""Paper: tickets, the directory, duty and call records, as calls need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from hotline.call.ports.legs import LegFacts, LegReport


class TicketKind(StrEnum):
    """Kinds of DOMAIN section 4, and messages until their slices exist."""

    REPAIR = "repair"
    COMPLAINT = "complaint"
    REQUEST = "request"
    ENQUIRY = "enquiry"
    SUGGESTION = "suggestion"
    MESSAGE = "message"


class Urgency(StrEnum):
    """How fast: DOMAIN section 4."""

    ORDINARY = "ordinary"
    SERIOUS = "serious"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Place:
    """Building, unit and room as plain numbers or letters: ``Place("3", "2", "602")`` → ``3-2-602``."""

    building: str = ""
    unit: str = ""
    room: str = ""
    note: str = ""
    """A place without a room: “lift 2”, “garage”."""

    def __str__(self) -> str:
        """``3-2-602``; parts that are not known are left out; the note alone if nothing else."""
        return "-".join(part for part in (self.building, self.unit, self.room) if part) or self.note


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a recording, in seconds: the caller's own words."""

    recording: str
    """``leg`` of the recorded call."""
    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """What a call (or a person) files. ``complete=False``: to be called back for the rest."""

    estate: str
    kind: TicketKind
    topic: str = ""
    """Where in the menu it came from: ``repairs``, ``general_manager``, ``fees``, ``emergency`` …"""
    urgency: Urgency = Urgency.ORDINARY
    place: Place = field(default_factory=Place)
    caller_number: str = ""
    callback_number: str = ""
    caller_name: str = ""
    description: str = ""
    words: Span | None = None
    """The caller's own words."""
    name_words: Span | None = None
    """The caller saying their name (names are kept as recordings)."""
    call: str = ""
    """``leg`` of the call it was filed in."""
    language: str = "zh"
    due_at: datetime | None = None
    complete: bool = True
    assignee: str = ""
    note: str = ""
    """Why it is as it is, for the history: ``nobody acknowledged``, ``caller hung up`` …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSummary:
    """A ticket as it is read back to a caller."""

    number: str
    """Digits only, as spoken: year, month, day, then a counter: ``202611210007``."""
    kind: TicketKind
    urgency: Urgency
    state: str
    """A state of DOMAIN section 4: ``registered``, ``assigned`` …"""
    place: Place
    opened_at: datetime
    due_at: datetime | None
    assignee: str
    complete: bool
    topic: str = ""
    words: Span | None = None
    """The caller's own words."""
    next_at: datetime | None = None
    """When the caller hears next: the promise, or the nearest time limit still running."""
    late: bool = False
    """That moment had passed when the ticket was looked up: it is no promise any more."""


class TicketDesk(Protocol):
    """Files and finds tickets."""

    async def open_ticket(self, new: NewTicket) -> TicketSummary:
        """Commit the ticket and return it with its number."""
        ...

    async def find(self, estate: str, number: str) -> TicketSummary | None:
        """Find by number; a short number means today's or the latest with that ending."""
        ...

    async def note(self, number: str, event: str, detail: str = "") -> None:
        """Add a line to a ticket's history (``acknowledged``, ``remark`` …)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCaller:
    """Who a number belongs to."""

    name: str
    place: Place
    callback_number: str
    lift: bool = False
    """A lift telephone: straight to the emergency, its place known."""
    room_telephone: bool = False
    """The telephone that stands in the room itself, not one of a person who lives there."""


class Directory(Protocol):
    """Residents, rooms and lift telephones of an estate."""

    async def caller(self, estate: str, number: str) -> KnownCaller | None:
        """Look a raw caller number up (normalised inside)."""
        ...

    async def room_exists(self, estate: str, place: Place) -> bool | None:
        """True or False by the estate's room list; ``None`` when the estate has no list."""
        ...


@dataclass(frozen=True, slots=True)
class DutyContact:
    """Somebody to ring."""

    name: str
    number: str
    """Number or SIP URI."""


class Duty(Protocol):
    """Windows, holidays and who is to be rung."""

    def is_open(self, window: str, at: datetime) -> bool:
        """True inside the named window; raises ``KeyError`` for a name that is not configured."""
        ...

    def next_opening(self, window: str, at: datetime) -> datetime:
        """When the window next opens (aware, UTC), strictly after ``at`` if open now."""
        ...

    def on_duty(self, roster: str, at: datetime) -> tuple[DutyContact, ...]:
        """Whom to ring, in order; raises ``KeyError`` for a roster that is not configured."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeDraft:
    """What a caller has given so far, kept as it grows: a crash or hang-up turns it into an
    *incomplete* ticket. ``said_something`` is False until a slot, a key choice of kind or speech
    worth a call-back exists."""

    ticket: NewTicket
    said_something: bool


class CallLog(Protocol):
    """Writes call records. ``event`` never waits (batched); the others return once committed."""

    async def opened(self, facts: LegFacts, *, estate: str) -> None:
        """A leg began: its row exists from now on, so that a crash can be closed as lost."""
        ...

    async def answered(self, leg: str, at: datetime, *, ring_seconds: float, rings: int) -> None:
        """The leg was answered."""
        ...

    def event(self, leg: str, kind: str, detail: Mapping[str, str] | None = None) -> None:
        """Add a CEL-like event: ``CHAN_START ANSWER DTMF MENU BRIDGE_ENTER BRIDGE_EXIT HANGUP`` …"""
        ...

    async def recording(self, leg: str, path: Path) -> None:
        """The leg's recording is being written to ``path``."""
        ...

    async def recording_refused(self, leg: str) -> None:
        """The far end does not want to be recorded: its recording is deleted, no transcript is made."""
        ...

    async def draft(self, leg: str, draft: IntakeDraft | None) -> None:
        """Keep what an intake has so far; ``None`` once its ticket is filed or it is given up."""
        ...

    async def closed(self, leg: str, report: LegReport, *, outcome: str, recorded_seconds: float) -> None:
        """The leg is over; ``outcome`` says how the menu ended: ``ticket``, ``message``,
        ``transferred``, ``emergency``, ``informed``, ``abandoned`` …"""
        ...
