"""What the interpreter asks of the session. Values only; the session performs them.

Commands with a ``request`` are answered by exactly one :class:`~hotline.ivr.events.Result` with
the same number: found, nothing, failed or late.
"""

from __future__ import annotations

from dataclasses import dataclass

from hotline.call.ports import NewTicket, Place, Question, Span
from hotline.ivr.items import Spoken


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Base of all commands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(Command):
    """Say ``items`` after what is being said; :class:`~hotline.ivr.events.Played` follows."""

    playback: int
    items: tuple[Spoken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hush(Command):
    """Stop everything that is being said: barge-in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen(Command):
    """Open the ears for one question."""

    hearing: int
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect(Command):
    """The prompt is over: the caller's time to begin speaking starts."""

    hearing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopListening(Command):
    """Close the ears; nothing more comes of this question."""

    hearing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTimer(Command):
    """Feed :class:`~hotline.ivr.events.TimedOut` after ``seconds``."""

    timer: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTimer(Command):
    """Forget a timer."""

    timer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Command):
    """Base of commands that have a result. ``patience``: seconds until it counts as late."""

    request: int
    patience: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FindTicket(Request):
    """Look a ticket up by the number the caller gave; found value: ``TicketSummary``."""

    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRoom(Request):
    """Is there such a room? Found, nothing (no such room); failed or late count as unknown."""

    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHours(Request):
    """Is a window open now? Found value: :class:`~hotline.ivr.events.Hours`."""

    window: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicket(Request):
    """Commit a ticket; found value: ``TicketSummary``. ``due_window``: due when it next opens."""

    ticket: NewTicket
    due_window: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Request):
    """Tell who placed this call what came of it; found once that is committed."""

    outcome: str
    values: tuple[tuple[str, str | Span], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RingPeople(Request):
    """Ring the roster one after another until somebody accepts by key.

    Found value: :class:`~hotline.ivr.events.Acceptance`; nothing: nobody, after all rounds.
    """

    roster: str
    purpose: str
    ring_seconds: float
    rounds: int
    pause_seconds: float
    """Between two rounds."""
    whisper: tuple[Spoken, ...]
    question: tuple[Spoken, ...]
    """Said after the whisper: which key accepts."""
    accepted: tuple[Spoken, ...]
    declined: tuple[Spoken, ...]
    optional: bool
    """A roster that is not configured counts as nobody instead of as a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief(Command):
    """Replace what the people rung by ``request`` are told from now on."""

    request: int
    whisper: tuple[Spoken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRinging(Command):
    """Nobody needs to be rung any more; the request's result no longer matters."""

    request: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge(Request):
    """Connect the caller with the person who accepted ``ringing``; found when that leg has ended."""

    ringing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismiss(Command):
    """Tell the person who accepted ``ringing`` something and hang up: the caller is gone."""

    ringing: int
    items: tuple[Spoken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteTicket(Command):
    """Add a line to a ticket's history."""

    number: str
    event: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveDraft(Command):
    """Keep what the intake has so far (``None``: nothing left to repair after a crash)."""

    ticket: NewTicket | None
    said_something: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Log(Command):
    """Add an event to the call record."""

    kind: str
    detail: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup(Command):
    """End the call."""
