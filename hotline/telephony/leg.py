"""One leg on the wire: the ``Call`` port over a call of the SIP library.

The library's events arrive on the event loop; sound and the keys heard in it come from the media
thread through :meth:`SipCall.post`. Whatever happens, ``HungUp`` is posted once and last.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable, Iterable
from datetime import datetime

import baresip
import structlog

from hotline.call.clock import Clock
from hotline.call.errors import CallGone, PeerError
from hotline.call.events import Answered, CallEvent, Digit, Held, HungUp, Resumed
from hotline.call.ports import Direction, LegFacts, LegReport, MediaQuality
from hotline.telephony.legs import LegSink
from hotline.telephony.media import MediaEngine, MediaLeg
from hotline.telephony.observed import Observed
from hotline.telephony.outcomes import REFUSED, Dismissal, Ending, how_it_ended
from hotline.telephony.rings import rings_begun
from hotline.telephony.sounding import SoundingLeg
from hotline.telephony.wire import WireMessage

_END_WITHIN = 3.0
"""Seconds for the library to report the end of a call we ended; then it counts as over all the same."""

_MEDIA_ENDS_WITHIN = 2.0
"""Seconds for the recording to be closed before ``HungUp`` is posted all the same."""

_PRACK_WITHIN = 32.0
"""Seconds a caller may take to confirm the 180: 64·T1 (RFC 3262 section 3)."""
_PRACK_LOOK = 0.02

_log = structlog.get_logger(__name__)


class SipCall(SoundingLeg):
    """A leg in either direction. Made by the user agent only."""

    def __init__(
        self,
        native: baresip.Call,
        facts: LegFacts,
        *,
        clock: Clock,
        media: MediaEngine,
        sink: LegSink,
        ring_cycle: float,
        on_over: Callable[[SipCall], None],
        on_transfer_wish: Callable[[SipCall], None],
    ) -> None:
        super().__init__(lambda: self._attach(media))
        self._native = native
        self._facts = facts
        self._clock = clock
        self._sink = sink
        self._ring_cycle = ring_cycle
        self._on_over = on_over
        self._on_transfer_wish = on_transfer_wish
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[CallEvent] = asyncio.Queue()
        self._settled = self._loop.create_future()
        self._ended = self._loop.create_future()
        self._answered_at: datetime | None = None
        self._ring_from = clock.monotonic() if facts.direction is Direction.INBOUND else None
        self._ring_seconds: float | None = None
        self._near: Dismissal | None = None
        self._finishing: LegReport | None = None
        self._report: LegReport | None = None
        self._observed = Observed()
        native.on(self._on_library_event)

    # --- what is known ------------------------------------------------------------------

    @property
    def facts(self) -> LegFacts:
        """What the INVITE said."""
        return self._facts

    @property
    def answered(self) -> bool:
        """True from ``Answered`` on."""
        return self._answered_at is not None

    @property
    def over(self) -> bool:
        """True once ``HungUp`` was posted."""
        return self._report is not None

    @property
    def heard_back(self) -> bool:
        """True once the far end sent any response: it can be reached."""
        return self._observed.heard_back or self._ring_from is not None

    @property
    def native(self) -> baresip.Call:
        """The library's call."""
        return self._native

    def report(self) -> LegReport:
        """What became of the leg.

        Raises:
            RuntimeError: it is not over yet.
        """
        if self._report is None:
            raise RuntimeError("a leg that is not over has no report")
        return self._report

    # --- events -------------------------------------------------------------------------

    async def next_event(self) -> CallEvent:
        """Return the next event in order.

        Raises:
            CallGone: ``HungUp`` was taken already; nothing will ever follow.
        """
        if self.over and self._events.empty():
            raise CallGone("The call is over.")
        return await self._events.get()

    def post(self, event: CallEvent) -> None:
        """Put an event into the queue, from any thread; dropped once the leg is over."""
        try:
            self._loop.call_soon_threadsafe(self._queue, event)
        except RuntimeError:  # the loop is closed: nobody is left to read it
            _log.debug("event after the loop's end", event_kind=type(event).__name__)

    def _queue(self, event: CallEvent) -> None:
        if not self.over:
            self._events.put_nowait(event)

    def _on_library_event(self, event: baresip.StackEvent) -> None:
        kind = event.event
        if kind is baresip.Event.CALL_ESTABLISHED:
            self._on_established()
        elif kind is baresip.Event.CALL_CLOSED:
            self.finish(event.text or "")
        elif kind in (baresip.Event.CALL_RINGING, baresip.Event.CALL_PROGRESS):
            if self._ring_from is None:
                self._ring_from = self._clock.monotonic()
        elif kind is baresip.Event.CALL_DTMF_START and event.text:
            self._queue(Digit(key=event.text.upper(), source=self._observed.key_source()))
        elif kind is baresip.Event.CALL_HOLD:
            self._sound().hold(True)
            self._queue(Held())
        elif kind is baresip.Event.CALL_RESUME:
            self._sound().hold(False)
            self._queue(Resumed())
        elif kind is baresip.Event.CALL_TRANSFER:
            self._on_transfer_wish(self)

    def replay(self, events: Iterable[baresip.StackEvent]) -> None:
        """Take note of events that came before the library's call object was there to hear them."""
        for event in events:
            if self._native.call_id is None and event.call_id:
                self._native.call_id = event.call_id
            self._on_library_event(event)

    def on_wire(self, message: WireMessage) -> None:
        """Take note of a message of this dialog."""
        described = self._observed.note(message)
        if described and self._media is not None:
            self._media.detect_digits(self._observed.keys_are_in_the_audio)

    def _on_established(self) -> None:
        if self.gone or self.answered:
            return
        self._answered_at = self._clock.now()
        self._stop_ringing()
        self._sound().detect_digits(self._observed.keys_are_in_the_audio)
        self._sink.answered(self._facts.leg, self._answered_at, self._ring_seconds or 0.0, self._rings)
        self._queue(Answered())
        if not self._settled.done():
            self._settled.set_result(None)

    def _stop_ringing(self) -> None:
        if self._ring_seconds is None and self._ring_from is not None:
            self._ring_seconds = self._clock.monotonic() - self._ring_from

    @property
    def _rings(self) -> int:
        return rings_begun(self._ring_seconds, cycle=self._ring_cycle)

    # --- beginning and end --------------------------------------------------------------

    async def answer(self) -> None:
        """Send 200 and wait for the ACK.

        Raises:
            CallGone: the caller gave up, before or meanwhile.
        """
        self._still_there()
        try:
            await self._answer_after_prack()
        except baresip.StaleHandleError as error:
            raise CallGone("The caller hung up before the call was answered.") from error
        except baresip.BaresipError as error:
            await self.hangup("failed")
            raise CallGone(f"The call could not be answered: {error}.") from error
        await self.settled()
        self._still_there()

    async def _answer_after_prack(self) -> None:
        """Send 200, again while the library says EAGAIN: its reliable 180 has no PRACK yet.

        No 2xx may be sent before the PRACK (RFC 3262 section 3); a caller's is a round trip away, and
        up to 64·T1 when packets are lost.
        """
        until = self._clock.monotonic() + _PRACK_WITHIN
        while True:
            try:
                await self._native.answer()
            except baresip.StaleHandleError:
                raise
            except baresip.BaresipError as error:
                if os.strerror(errno.EAGAIN) not in str(error) or self._clock.monotonic() > until:
                    raise
                await self._clock.sleep(_PRACK_LOOK)
            else:
                return

    async def settled(self) -> None:
        """Wait until the leg is established or over."""
        await asyncio.shield(self._settled)

    async def refuse(self) -> None:
        """Send 486 to a call that was not answered."""
        await self.dismiss(REFUSED)

    async def hangup(self, cause: str = "normal") -> None:
        """End the leg in whatever state it is; returns when ``HungUp`` was posted."""
        await self.dismiss(Dismissal(cause))

    async def dismiss(self, how: Dismissal) -> None:
        """End the leg and have it recorded as ``how`` says; a leg that is ending stays as it is."""
        if self.gone:
            await asyncio.shield(self._ended)
            return
        self._near = self._near or how
        try:
            await self._native.hangup()
            await asyncio.wait_for(asyncio.shield(self._ended), _END_WITHIN)
        except (baresip.BaresipError, TimeoutError):
            # Gone already, or the library is dead: to everybody else the leg is over either way.
            self.finish("")
            await asyncio.shield(self._ended)

    def finish(self, reason: str) -> None:
        """Close the leg's books; the second time nothing happens.

        ``reason`` is the library's closing line, see :func:`hotline.telephony.outcomes.how_it_ended`.
        The media engine posts what it still has (ended playbacks) and closes the recording; then
        comes ``HungUp``.
        """
        if self.gone:
            return
        ending = how_it_ended(self._facts.direction, answered=self.answered, near=self._near, reason=reason)
        self._native.off(self._on_library_event)
        self._stop_ringing()
        self._finishing = self._make_report(ending)
        if self._media is None:
            self._complete()
            return
        late = self._loop.call_later(_MEDIA_ENDS_WITHIN, self._complete)
        self._media.detach().add_done_callback(lambda _: self._from_media_thread(late))

    def _from_media_thread(self, late: asyncio.TimerHandle) -> None:
        try:
            self._loop.call_soon_threadsafe(late.cancel)
            self._loop.call_soon_threadsafe(self._complete)
        except RuntimeError:  # the loop is closed: nobody is left to read it
            _log.debug("media ended after the event loop", leg=self._facts.leg)

    def _complete(self) -> None:
        if self.over or self._finishing is None:
            return
        self._report = self._finishing
        self._leave_partner()
        self._events.put_nowait(HungUp(by=self._report.hangup_by, cause=self._report.hangup_cause))
        self._sink.closed(self._facts.leg, self._report)
        for waiting in (self._settled, self._ended):
            if not waiting.done():
                waiting.set_result(None)
        self._on_over(self)

    def _make_report(self, ending: Ending) -> LegReport:
        return LegReport(
            answered_at=self._answered_at,
            ended_at=self._clock.now(),
            ring_seconds=self._ring_seconds or 0.0,
            rings=self._rings,
            disposition=ending.disposition,
            hangup_by=ending.by,
            hangup_cause=ending.cause,
            sip_status=ending.sip_status,
            quality=self._quality() if self.answered else None,
        )

    def _quality(self) -> MediaQuality | None:
        stats = self._native.final_stats
        if stats is None:
            return None
        return MediaQuality(
            codec=self._observed.codec,
            received_packets=stats.rx_packets,
            sent_packets=stats.tx_packets,
            lost=stats.rx_lost,
            jitter_ms=stats.rx_jitter_ms,
            mos=stats.mos_estimate,
        )

    def _attach(self, media: MediaEngine) -> MediaLeg:
        wanted = self._observed.keys_are_in_the_audio
        return media.attach(self._native.audio, post=self.post, detect_digits=wanted)

    @property
    def gone(self) -> bool:
        """True from the moment the library reported the end; ``HungUp`` may still be on its way."""
        return self._finishing is not None

    async def send_digits(self, keys: str) -> None:
        """Press keys towards the far end.

        Raises:
            CallGone: the call is over.
            PeerError: the library would not send them.
            ValueError: a character is no key.
        """
        self._still_there()
        try:
            await self._native.send_dtmf(keys)
        except baresip.StaleHandleError as error:
            raise CallGone("The call is over.") from error
        except baresip.BaresipError as error:
            raise PeerError(f"The keys could not be sent: {error}.", code="keys-not-sent") from error
