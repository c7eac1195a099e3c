"""A leg, and how legs are placed: what telephony offers to the slices."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from hotline.call.audio import Playable
from hotline.call.events import CallEvent, HangupBy

TEST_CALL = "test"
"""``purpose`` of both halves of a call that an operator makes to the hotline itself, and its outcome: it is
kept like any other and no figure counts it."""


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
    """Outbound: ``emergency``, ``manager`` … as in :class:`DialOrder`; :data:`TEST_CALL` both ways."""
    estate: str = ""
    """Outbound: as ordered; empty otherwise."""
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

    def discard_recording(self) -> None:
        """Delete the recording; from now on nothing of this leg is recorded, whoever asks."""
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

    async def hear(self, *others: Call) -> None:
        """From now on this leg hears exactly ``others``, mixed; nobody when none is given.

        One-sided: ``a.bridge(b)`` is ``a.hear(b)`` and ``b.hear(a)``. A listening supervisor hears both
        and is heard by none; whispering, the operator hears the caller and the supervisor. Playbacks of
        this leg are stopped. ``BridgeEnded`` follows when one of ``others`` ends.
        """
        ...

    async def settle_transfer(self, *, accepted: bool) -> None:
        """Answer the far end's :class:`~hotline.call.events.TransferAsked`, once."""
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
    estate: str = ""
    """Whose call it is when it stands alone; a leg of a caller's call belongs to the caller's estate."""
    may_transfer: bool = False
    """The far end's own transfer key counts: ``TransferAsked`` is posted instead of refusing."""
    replaces: str = ""
    """A Replaces header (RFC 3891) for the INVITE: it takes the place of a call the target already has."""
    notice_silence: float = 0.0
    """Seconds without any RTP after which ``Interrupted`` is posted; 0: never."""
    card: Mapping[str, str] = field(default_factory=dict)
    """What a headset shows while it rings; personal data."""


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
