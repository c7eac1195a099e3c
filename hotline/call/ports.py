"""Ports: what the slices ask of each other and of the adapters, as Protocols.

Adapters (telephony, speech) and slices implement them; ``hotline.app`` wires them together.
All coroutines run on the process's one event loop and none blocks it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from hotline.call.audio import Playable
from hotline.call.events import CallEvent, HangupBy

# --- a call ---------------------------------------------------------------------------------


class Direction(StrEnum):
    """Who began the leg, seen from the hotline."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFacts:
    """What is known of a leg from its INVITE. Numbers are raw, as they were on the wire."""

    leg: str
    """32 hex digits, ours; also ``uniqueid`` of the call record and name of the recording."""
    linkedid: str
    """The first leg's ``leg``: one value for all legs that belong together."""
    direction: Direction
    caller: str
    """User part of From (or P-Asserted-Identity when the source is trusted)."""
    caller_name: str = ""
    dialled: str
    """User part of To, or the account's user, or the number we dialled."""
    account: str = ""
    """Name of the account (trunk) it came in or went out by; empty for direct calls."""
    offered_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    purpose: str = ""
    """Outbound: ``emergency``, ``manager`` … as in :class:`DialOrder`."""
    emergency: bool = False
    """Caller or dialled number is on the emergency list (lift telephones)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaQuality:
    """What RTCP and the jitter buffer say at the end. Losses in packets, jitter in ms."""

    codec: str
    received_packets: int
    sent_packets: int
    lost: int
    jitter_ms: float
    mos: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LegReport:
    """What became of a leg; complete once :class:`~hotline.call.events.HungUp` was posted.

    ``ring_seconds`` is INVITE (180 sent or received) to answer or end; ``rings`` is the number of
    ring cycles begun in that time (DOMAIN section 2: ring n starts at 5·(n-1) s).
    """

    answered_at: datetime | None
    ended_at: datetime
    ring_seconds: float
    rings: int
    disposition: str
    """``ANSWERED``, ``NO ANSWER``, ``BUSY``, ``DECLINED``, ``FAILED``, ``CANCELLED``, ``CONGESTION``,
    ``LOST``."""
    hangup_by: HangupBy
    hangup_cause: str
    sip_status: int | None = None
    quality: MediaQuality | None = None


PcmSink = Callable[[bytes], None]
"""Takes one frame (20 ms, 320 bytes, 16-bit mono 8 kHz) on the *media thread*: it must only hand
the frame on and return."""


class Call(Protocol):
    """One leg. Owned by one task; methods raise :class:`~hotline.call.errors.CallGone` once it is over.

    ``play``, ``stop_playing``, ``tap`` and ``untap`` never wait and do nothing on a call that is over.
    """

    @property
    def facts(self) -> LegFacts:
        """What the INVITE said."""
        ...

    @property
    def answered(self) -> bool:
        """True from :class:`~hotline.call.events.Answered` on."""
        ...

    @property
    def over(self) -> bool:
        """True once :class:`~hotline.call.events.HungUp` was posted."""
        ...

    async def next_event(self) -> CallEvent:
        """Return the next event in order; the last is ``HungUp``."""
        ...

    def post(self, event: CallEvent) -> None:
        """Put an event of another source (speech, timers) into the same queue. Any thread."""
        ...

    async def answer(self) -> None:
        """Send 200 and wait for the ACK."""
        ...

    async def refuse(self) -> None:
        """Send 486 to a call that was not answered."""
        ...

    async def hangup(self, cause: str = "normal") -> None:
        """End the leg in whatever state it is; returns when ``HungUp`` was posted."""
        ...

    def play(self, items: Sequence[Playable], *, repeat: bool = False) -> int:
        """Queue ``items`` after what is playing; returns the playback's number.

        ``PromptEnded`` follows when its last sample has really been sent, or it was stopped. A clip
        whose file is missing or unreadable is left out and counted, the rest is played.
        """
        ...

    def stop_playing(self) -> None:
        """Barge-in: silence at once; every unfinished playback ends with ``completed=False``."""
        ...

    def start_recording(self, path: Path) -> None:
        """Record both sides from now on into a stereo WAV (left: far end, right: what was sent)."""
        ...

    @property
    def recording(self) -> Path | None:
        """The file, once recording was started."""
        ...

    @property
    def recorded_seconds(self) -> float:
        """Length of the recording so far: the position to note for a :class:`~hotline.call.audio.Clip`."""
        ...

    def tap(self, sink: PcmSink) -> None:
        """Hand every received frame to ``sink`` as well, until :meth:`untap`."""
        ...

    def untap(self, sink: PcmSink) -> None:
        """Stop handing frames to ``sink``; unknown sinks are ignored."""
        ...

    async def bridge(self, other: Call) -> None:
        """Connect the two legs' audio until one ends or :meth:`unbridge`; stops playbacks on both."""
        ...

    async def unbridge(self) -> None:
        """Take the legs apart again; both stay up."""
        ...

    async def send_digits(self, keys: str) -> None:
        """Press keys towards the far end (RFC 4733 or SIP INFO as negotiated)."""
        ...

    def report(self) -> LegReport:
        """What became of the leg; meaningful once :attr:`over`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DialOrder:
    """An outgoing leg to place."""

    to: str
    """A number (sent by the default or named account) or a full ``sip:`` URI."""
    linkedid: str
    """The call it belongs to; empty when it stands alone."""
    purpose: str
    """``emergency``, ``manager``, ``transfer`` …: kept on the leg, decides on reserved channels."""
    timeout: float = 30.0
    """Seconds of ringing before it counts as no answer."""
    caller_id: str = ""
    """Number to present; empty for the account's own."""
    caller_name: str = ""
    account: str = ""


class Dialer(Protocol):
    """Places outgoing legs."""

    async def dial(self, order: DialOrder) -> Call:
        """Ring until answered and return the established leg (``Answered`` was posted).

        Raises a :class:`~hotline.call.errors.DialFailed` otherwise; cancelling the task cancels
        the ringing leg (CANCEL). Every attempt, answered or not, is reported to the leg log.
        """
        ...


class Telephony(Dialer, Protocol):
    """The SIP user agent as the application sees it."""

    def calls(self) -> AsyncIterator[Call]:
        """Yield each incoming call as it rings (180 is out). Ends when draining is over."""
        ...


# --- speech ---------------------------------------------------------------------------------


class QuestionKind(StrEnum):
    """What is asked decides grammar, patience and how the words are understood."""

    CHOICE = "choice"
    YES_NO = "yes_no"
    PLACE = "place"
    DIGITS = "digits"
    PHONE = "phone"
    TIME = "time"
    FREE = "free"
    """The caller's own words: no grammar; kept as recording, transcribed after the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing asked of the caller; the recogniser builds one small grammar from it."""

    kind: QuestionKind
    language: str
    """``zh`` or ``en``."""
    estate: str
    phrases: tuple[str, ...] = ()
    """CHOICE: everything that may be said. Emergency keywords are added to every question."""
    emergency_phrases: tuple[str, ...] = ()
    begin_timeout: float = 6.0
    """Seconds of silence before ``HeardNothing``, counted from ``Hearing.expect``."""
    end_silence: float = 0.8
    """Seconds of silence that end the answer (FREE: 2.0 is usual)."""
    longest: float = 15.0
    """Seconds of speech after which it is cut."""
    urgent: bool = False
    """Emergency intake: may use the reserved recognition slot."""


class Hearing(Protocol):
    """One open question on one call; posts SpeechStarted, then Heard or HeardNothing, once."""

    @property
    def number(self) -> int:
        """The ``hearing`` value of its events."""
        ...

    def expect(self) -> None:
        """The prompt is over: start counting ``begin_timeout`` now."""
        ...

    def close(self) -> None:
        """Stop listening; nothing is posted afterwards."""
        ...


class Ears(Protocol):
    """Live recognition of what callers say."""

    def understands(self, language: str) -> bool:
        """True when an engine for that language is in service (else: voice activity only)."""
        ...

    def listen(self, call: Call, question: Question) -> Hearing:
        """Listen to ``call`` until something was heard. Never waits and never fails: with no engine
        or no free slot only voice activity is judged and ``Heard.text`` stays empty."""
        ...


class PromptBook(Protocol):
    """Prompt ids to sound."""

    def has(self, language: str, prompt: str) -> bool:
        """True when a recording (own or rendered) exists."""
        ...

    def clips(self, language: str, prompts: Sequence[str]) -> list[Playable]:
        """Resolve ids to clips; a missing one is left out, counted and logged once."""
        ...


# --- records, tickets, directory, duty --------------------------------------------------------


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

    async def draft(self, leg: str, draft: IntakeDraft | None) -> None:
        """Keep what an intake has so far; ``None`` once its ticket is filed or it is given up."""
        ...

    async def closed(self, leg: str, report: LegReport, *, outcome: str, recorded_seconds: float) -> None:
        """The leg is over; ``outcome`` says how the menu ended: ``ticket``, ``message``,
        ``transferred``, ``emergency``, ``informed``, ``abandoned`` …"""
        ...
