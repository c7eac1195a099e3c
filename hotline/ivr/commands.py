"""What the interpreter asks of the session. Values only; the session performs them.

Commands with a ``request`` are answered by exactly one :class:`~hotline.ivr.events.Result` with
the same number: found, nothing, failed or late.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from hotline.call.ports import Deed, NewTicket, Place, Question, Span, TicketKind
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
class FindDuplicate(Request):
    """Is there an open ticket of the same room and kind? Found value: ``TicketSummary``."""

    place: Place
    kind: TicketKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCases(Request):
    """List cases, newest first; found value: their numbers. ``caller``: those of a raw number."""

    caller: str = ""
    topic: str = ""
    assignee: str = ""
    open_only: bool = True
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOwner(Request):
    """Does a telephone registered on the ticket end so? Found, nothing (it does not)."""

    ticket: str
    last_digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterStaff(Request):
    """Let staff in; found value: ``StaffMember``; refused with the code of ``StaffRefused``."""

    number: str = field(repr=False)
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(Request):
    """Work on a ticket; found value: ``TicketSummary``; refused by the rules of tickets.

    ``assignee``: staff number of the person in ``deed``, nothing when nobody has it. ``days``: the
    new promise of a postponement, so many days from today at ``hour``.
    """

    number: str
    deed: Deed
    assignee: str = ""
    days: int = 0
    hour: int = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTo(Request):
    """Add what the call brought to a ticket that is there; found value: ``TicketSummary``."""

    number: str
    ticket: NewTicket


@dataclass(frozen=True, slots=True, kw_only=True)
class Conceal(Command):
    """Which keys are pressed is (not) written down from now on: a PIN is being entered."""

    on: bool


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
class Afterwards:
    """A flow on the leg of the person the caller was connected with."""

    flow: str
    given: tuple[tuple[str, str | Place | Span | datetime], ...]
    key: str
    """Pressed by that person: they and the caller are taken apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge(Request):
    """Connect the caller with the person who accepted ``ringing``; found when they are apart again."""

    ringing: int
    afterwards: Afterwards | None = None
    """What is said to that person when the caller is gone, or when they press its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismiss(Command):
    """Tell the person who accepted ``ringing`` something and hang up: the caller is gone."""

    ringing: int
    items: tuple[Spoken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeTicket(Command):
    """Note that somebody took the matter by accepting the call: the ticket is theirs (签领)."""

    number: str
    who: str


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
