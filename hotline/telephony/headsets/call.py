"""A headset's leg: the ``Call`` port without SIP.

It is placed by :class:`~hotline.telephony.headsets.line.HeadsetLine`, outlives a break of the network and is
over at the latest when the headset stayed away for the grace period.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from hotline.call.clock import Clock
from hotline.call.errors import PeerError
from hotline.call.events import HangupBy, Interrupted, Restored
from hotline.call.ports import LegFacts, MediaQuality
from hotline.telephony.booked import BookedLeg
from hotline.telephony.headsets.stream import HeadsetStream
from hotline.telephony.legs import LegSink
from hotline.telephony.media import MediaEngine, MediaLeg

MUTE, UNMUTE = "MUTE", "UNMUTE"
"""Events of the operator's leg."""


@dataclass(frozen=True, slots=True)
class Transport:
    """What the gateway counted of the WebRTC connection. Packets, and jitter in ms."""

    received: int = 0
    sent: int = 0
    lost: int = 0
    jitter_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class CallEnd:
    """How the leg ends, in the words of call records."""

    by: HangupBy
    cause: str
    disposition: str
    """Of a leg that was not answered; an answered one is ``ANSWERED`` however it ends."""


class HeadsetCall(BookedLeg):
    """One call on a headset. All methods belong to the event loop; :meth:`post` to any thread."""

    def __init__(
        self,
        facts: LegFacts,
        *,
        clock: Clock,
        media: MediaEngine,
        sink: LegSink,
        ring_cycle: float,
        notice_silence: float,
        wake: Callable[[], None],
        on_hangup: Callable[[HeadsetCall, str], None],
    ) -> None:
        """A leg that begins to ring now.

        ``wake`` has the socket thread look for what is due; ``on_hangup`` tells the headset that the call
        is over, and why.
        """
        self.stream = HeadsetStream(clock.monotonic, wake)
        super().__init__(
            facts,
            lambda: self._attach(media),
            clock=clock,
            sink=sink,
            ring_cycle=ring_cycle,
            ring_from=clock.monotonic(),
        )
        self._notice_silence = notice_silence
        self._on_hangup = on_hangup
        self._away_since: float | None = None
        self._interrupted = False
        self.transport = Transport()
        """The latest the gateway said."""

    # --- beginning and end -----------------------------------------------------------------------

    def picked_up(self) -> None:
        """The operator took the call."""
        if self.gone or self.answered:
            return
        self._book_answer()
        self.stream.heard_at = self._clock.monotonic()
        self._sound()
        self._tell_answer()

    def note_mute(self, on: bool) -> None:
        """Write down that the operator has switched the microphone off, or on again: silence has a reason."""
        self._sink.event(self.facts.leg, MUTE if on else UNMUTE)

    async def answer(self) -> None:
        """Do nothing: a leg that we placed is answered by the far end."""
        self._still_there()

    async def refuse(self) -> None:
        """End it; we placed it ourselves."""
        await self.hangup()

    async def hangup(self, cause: str = "normal") -> None:
        """End the leg in whatever state it is; returns when ``HungUp`` was posted."""
        self.finish(CallEnd(HangupBy.NEAR, cause, "CANCELLED"))
        await asyncio.shield(self._ended)

    def finish(self, end: CallEnd) -> None:
        """Close the leg's books; the second time nothing happens."""
        if self.gone:
            return
        self._on_hangup(self, end.cause)
        self._close(by=end.by, cause=end.cause, disposition="ANSWERED" if self.answered else end.disposition)

    def _completed(self) -> None:
        self.stream.close()

    def _quality(self) -> MediaQuality:
        seen, stream = self.transport, self.stream
        received = max(seen.received, stream.received)  # the gateway's figures are some seconds old
        return MediaQuality(
            codec="opus",
            received_packets=received,
            sent_packets=max(seen.sent, stream.sent),
            lost=seen.lost,
            jitter_ms=seen.jitter_ms,
            mos=estimated_mos(received, seen.lost),
        )

    def _attach(self, media: MediaEngine) -> MediaLeg:
        return media.attach(self.stream, post=self.post)

    # --- breaks of the network -------------------------------------------------------------------

    def look(self, now: float, *, reachable: bool, grace: float) -> None:
        """Judge the connection at ``now`` (monotonic seconds).

        ``reachable`` is False when the gateway said that the headset is away, or is away itself: nobody
        waits for silence then. A headset that stays away for ``grace`` seconds has ended its call.
        """
        if not self.answered or self.gone:
            return
        quiet = now - self.stream.heard_at
        if reachable and quiet <= max(self._notice_silence, _QUIET_AT_LEAST):
            self._back()
            return
        if self._away_since is None:
            self._away_since = now
        if self._notice_silence and not self._interrupted:
            self._interrupted = True
            self._queue(Interrupted())
        if now - self._away_since >= grace:
            self.finish(CallEnd(HangupBy.NETWORK, "network", "FAILED"))

    def _back(self) -> None:
        self._away_since = None
        if self._interrupted:
            self._interrupted = False
            self._queue(Restored())

    async def send_digits(self, keys: str) -> None:
        """Refuse: a headset is a person, there is nothing that takes keys.

        Raises:
            CallGone: the call is over.
            PeerError: always otherwise.
        """
        self._still_there()
        raise PeerError("A headset takes no keys.", code="keys-not-sent")


_QUIET_AT_LEAST = 0.5
"""Seconds without sound that say nothing: the first frames after picking up take their time."""


def estimated_mos(received: int, lost: int) -> float:
    """Return the listening quality, 1 to 4.5, by losses alone (ITU-T G.107, Opus in frames of 20 ms)."""
    share = 100 * lost / (received + lost) if received + lost else 0.0
    rating = 93.2 - 95 * share / (share + 10)  # Ie-eff with Ie = 0 and a robustness Bpl of 10
    if rating <= 0:
        return 1.0
    return round(min(1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6, 4.5), 2)
