"""What the session feeds the interpreter: facts in the past tense, one result per request.

``at`` is the position on the call's recording in seconds: it turns keys and voice into spans of
the caller's own words without any clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hotline.call.ports import (
    BillSummary,
    OutsideBooking,
    OutsideCharge,
    StaffMember,
    TicketSummary,
    WakeupSummary,
)
from hotline.call.ports.enquiries import Listing, TimeThere
from hotline.call.ports.messages import MessageSummary
from hotline.call.ports.operators import OperatorSummary, QueueNews, Served


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of everything the interpreter is fed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Event):
    """The call is answered: the first event, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed(Event):
    """The caller pressed one key (0-9 A-D * #)."""

    key: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Played(Event):
    """A playback is over, to its end or cut off."""

    playback: int
    completed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceBegan(Event):
    """The caller began to speak."""

    hearing: int
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsHeard(Event):
    """The caller stopped speaking. ``text`` is empty when no words came out."""

    hearing: int
    text: str
    score: float
    started: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceHeard(Event):
    """The caller did not begin to speak."""

    hearing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut(Event):
    """A timer ran out."""

    timer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerGone(Event):
    """The caller's leg is over. No sound can be played any more."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Event):
    """Base of results."""

    request: int
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Entries:
    """Who or what may be asked for."""

    phrases: Mapping[str, str]
    """What may be said → id."""
    codes: Mapping[str, str]
    """Keys → id."""


@dataclass(frozen=True, slots=True)
class Hours:
    """State of a window."""

    open: bool
    next_opening: datetime | None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Somebody took the call by key."""

    name: str


@dataclass(frozen=True, slots=True)
class LocalTime:
    """The time by the clocks of the estate."""

    now: datetime


@dataclass(frozen=True, slots=True)
class Wakeups:
    """Bookings of one room, the next first."""

    bookings: tuple[WakeupSummary, ...]


@dataclass(frozen=True, slots=True)
class OutsideTalk:
    """An outside call that is over, or never came about."""

    charge: OutsideCharge
    disposition: str
    """Why nobody was reached, in the words of call records."""


@dataclass(frozen=True, slots=True)
class Bills:
    """Unpaid bills of one room, the oldest first."""

    unpaid: tuple[BillSummary, ...]
    known: bool
    """Bills of this room, paid or not, are known at all."""


Value = (
    TicketSummary
    | StaffMember
    | Hours
    | Acceptance
    | LocalTime
    | Wakeups
    | Bills
    | Served
    | OperatorSummary
    | OutsideTalk
    | OutsideBooking
    | Entries
    | Listing
    | TimeThere
    | MessageSummary
    | tuple[str, ...]
    | None
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Result):
    """It is there, or it was done."""

    value: Value = None
    who: str = ""
    """With a ticket: the staff number of the person it is assigned to, as far as one is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing(Result):
    """There is no such thing, or nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Result):
    """A rule does not allow it; ``code`` names the rule. Nothing was changed."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Result):
    """It could not be done; ``code`` is the error's stable code."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Late(Result):
    """It took longer than the command's patience; a later result is dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTold(Event):
    """The operators' desk says how the caller's place stands, or that an operator takes the call."""

    request: int
    """Of :class:`~hotline.ivr.commands.EnterQueue`."""
    news: QueueNews
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken(Event):
    """Something failed inside the session: apologise and hand over."""

    code: str
