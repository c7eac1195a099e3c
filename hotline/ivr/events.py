"""What the session feeds the interpreter: facts in the past tense, one result per request.

``at`` is the position on the call's recording in seconds: it turns keys and voice into spans of
the caller's own words without any clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hotline.call.ports import StaffMember, TicketSummary


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
class Hours:
    """State of a window."""

    open: bool
    next_opening: datetime | None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Somebody took the call by key."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Result):
    """It is there, or it was done."""

    value: TicketSummary | StaffMember | Hours | Acceptance | tuple[str, ...] | None = None
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
class Broken(Event):
    """Something failed inside the session: apologise and hand over."""

    code: str
