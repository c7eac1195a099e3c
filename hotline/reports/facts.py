"""What figures are counted from: one small fact a call, wait, ticket … Pure.

Whoever reads the tables makes them (:class:`Source`); a fact says what it is about, never who it was. They
are tuples: of a month's hundred thousands the garbage collector soon keeps no book.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol


class Source(StrEnum):
    """What a figure is counted from."""

    CALLS = "calls"
    WAITS = "waits"
    TALKS = "talks"
    MISSES = "misses"
    TRANSFERS = "transfers"
    TICKETS = "tickets"
    CHANGES = "changes"
    LIMITS = "limits"
    WAKEUPS = "wakeups"
    REMINDERS = "reminders"
    PROMISES = "promises"
    REVIEWS = "reviews"


class Leads(StrEnum):
    """What kind of thing a row's id names."""

    CALL = "call"
    """``uniqueid`` of a leg."""
    TICKET = "ticket"
    WAKEUP = "wakeup"
    REMINDER = "reminder"
    """A person on a list of reminders: ``CAMPAIGN/PERSON``."""
    PROMISE = "promise"
    """A room's promise to pay."""


class Fact(Protocol):
    """What every fact has."""

    @property
    def id(self) -> str:
        """Of what it is about."""
        ...

    @property
    def at(self) -> datetime:
        """By which it belongs to the period; in the estate's zone."""
        ...


class CallFact(NamedTuple):
    """A call that came in."""

    id: str
    at: datetime
    answered: bool
    ring_seconds: float | None
    """From the first ring to the answer, or to the end of a call nobody answered."""
    late_after: float
    """Seconds after which the third ring's tone is over (DOMAIN section 2: 11 s with a 5 s ring cycle)."""
    seconds: float
    """From the answer to the end."""
    outcome: str
    choice: str
    """Step the caller's first choice in the menu led to; empty: none."""
    emergency: bool


class WaitFact(NamedTuple):
    """A caller who waited for an operator, from the first queue to the last."""

    id: str
    at: datetime
    queue: str
    """The last one."""
    how: str
    """A word of ``Leave``."""
    waited: float
    in_time: bool
    """Left, answered or not, within the queue's service level."""
    short: bool
    talked: float


class TalkFact(NamedTuple):
    """A caller an operator talked with."""

    id: str
    at: datetime
    operator: str
    talked: float
    score: int | None
    """1 to 5, what the caller keyed in the survey after it."""


class MissFact(NamedTuple):
    """A ring an operator did not take."""

    id: str
    at: datetime
    operator: str


class TransferFact(NamedTuple):
    """A caller who was connected with somebody else, or was to be."""

    id: str
    at: datetime
    how: str
    """``blind``, ``attended``, ``menu``, ``failed``."""


class TicketFact(NamedTuple):
    """A ticket that was opened."""

    id: str
    at: datetime
    kind: str
    department: str
    building: str
    public: bool
    """Of no room."""
    urgent: bool
    complete: bool
    operator: str
    """Number of the operator who owns it or in whose call it was filed; empty: nobody's."""


class ChangeFact(NamedTuple):
    """Something that happened to a ticket."""

    id: str
    at: datetime
    event: str
    """``completed``, ``closed``, ``postponed``, ``reopened``, ``followed_up`` …"""
    score: int | None
    """1 to 5, of a follow-up in which the caller said."""
    kind: str
    department: str
    operator: str


class LimitFact(NamedTuple):
    """A time limit that ran out, or would have."""

    id: str
    at: datetime
    """When it was due."""
    name: str
    kept: bool
    missed: bool
    """Neither: still open, or the matter ended before."""
    kind: str
    department: str


class WakeFact(NamedTuple):
    """A wake-up of one day."""

    id: str
    at: datetime
    state: str
    woken: bool
    """Known to be awake: by key, or by who knocked."""
    over: bool
    ring_delay: float | None
    """Seconds from the booked time to the first ring; ``None``: not rung."""
    attempts: int
    """To ring the guest."""
    escalated: bool
    minutes_late: int | None
    gone_wrong: bool = False
    """Sent to the door or alarmed, whatever was done with it then."""


class ReminderFact(NamedTuple):
    """A room's person who was called about unpaid bills."""

    id: str
    at: datetime
    """When it was clear that nobody calls them again."""
    reached: bool
    result: str


class PromiseFact(NamedTuple):
    """A promise to pay that was given on a call."""

    id: str
    at: datetime
    fen: int
    state: str


class ReviewFact(NamedTuple):
    """A call of an operator that was listened to and scored."""

    id: str
    at: datetime
    """When the call was."""
    operator: str
    percent: float
