"""One leg on the wire: the ``Call`` port over a call of the SIP library.

The library's events arrive on the event loop; sound and the keys heard in it come from the media
thread through :meth:`SipCall.post`. Whatever happens, ``HungUp`` is posted once and last.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable, Iterable

import baresip
import structlog

from hotline.call.clock import Clock
from hotline.call.errors import CallGone, PeerError
from hotline.call.events import Digit, Held, Resumed
from hotline.call.ports import DialOrder, Direction, LegFacts, MediaQuality
from hotline.telephony.booked import BookedLeg
from hotline.telephony.legs import LegSink
from hotline.telephony.media import MediaEngine, MediaLeg
from hotline.telephony.observed import Observed
from hotline.telephony.outcomes import REFUSED, Dismissal, how_it_ended
from hotline.telephony.transfers import TRANSFERRED, TransferKey
from hotline.telephony.wire import WireMessage

_END_WITHIN = 3.0
"""Seconds for the library to report the end of a call we ended; then it counts as over all the same."""

_PRACK_WITHIN = 32.0
"""Seconds a caller may take to confirm the 180: 64·T1 (RFC 3262 section 3)."""
_PRACK_LOOK = 0.02

_KEY_HELD = 4.0
"""Seconds a key may be down: its events come in place of sound (RFC 4733 section 2.5.1.2)."""

_log = structlog.get_logger(__name__)


class SipCall(BookedLeg):
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
        on_transfer_declined: Callable[[SipCall], None],
        order: DialOrder | None = None,
    ) -> None:
        inbound = facts.direction is Direction.INBOUND
        super().__init__(
            facts,
            lambda: self._attach(media),
            clock=clock,
            sink=sink,
            ring_cycle=ring_cycle,
            ring_from=clock.monotonic() if inbound else None,
        )
        self._native = native
        self._on_over = on_over
        self._notice_silence = order.notice_silence if order is not None else 0.0
        self._transfer_key = TransferKey(
            native,
            allowed=order is not None and order.may_transfer,
            post=self._queue,
            decline=lambda: on_transfer_declined(self),
        )
        self._settled = self._loop.create_future()
        self._near: Dismissal | None = None
        self._observed = Observed()
        self._held_by_direction = False
        self._held = False
        native.on(self._on_library_event)

    # --- what is known ------------------------------------------------------------------

    @property
    def heard_back(self) -> bool:
        """True once the far end sent any response: it can be reached."""
        return self._observed.heard_back or self._ring_from is not None

    @property
    def native(self) -> baresip.Call:
        """The library's call."""
        return self._native

    # --- events -------------------------------------------------------------------------

    def _on_library_event(self, event: baresip.StackEvent) -> None:
        kind = event.event
        if kind is baresip.Event.CALL_ESTABLISHED:
            self._on_established()
        elif kind is baresip.Event.CALL_CLOSED:
            self.finish(event.text or "")
        elif kind in (baresip.Event.CALL_RINGING, baresip.Event.CALL_PROGRESS):
            if self._ring_from is None:
                self._ring_from = self._clock.monotonic()
        else:
            self._on_far_end(kind, event.text or "")

    def _on_far_end(self, kind: baresip.Event, text: str) -> None:
        """The far end did something in an established call."""
        if kind is baresip.Event.CALL_DTMF_START and text:
            self._sound().excuse_silence(_KEY_HELD)
            self._queue(Digit(key=text.upper(), source=self._observed.key_source()))
        elif kind is baresip.Event.CALL_DTMF_END:
            self._sound().excuse_silence(0)
        elif kind in (baresip.Event.CALL_HOLD, baresip.Event.CALL_RESUME):
            self._held_by_direction = kind is baresip.Event.CALL_HOLD
            self._look_for_hold()
        elif kind is baresip.Event.CALL_RTCP:
            if self._notice_silence:
                self._sound().sign_of_life()
        elif kind is baresip.Event.CALL_TRANSFER:
            self._transfer_key.pressed(text)
        elif kind is baresip.Event.CALL_TRANSFER_FAILED:
            self._transfer_key.lapsed()

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
        if described:
            self._look_for_hold()

    def _look_for_hold(self) -> None:
        """Hold is a direction, which the library reports, or an address, which it does not."""
        held = self.answered and (self._held_by_direction or self._observed.far_is_nowhere)
        if held != self._held and not self.gone:
            self._held = held
            self._sound().hold(held)
            self._queue(Held() if held else Resumed())

    def _on_established(self) -> None:
        if self.gone or self.answered:
            return
        self._book_answer()
        self._sound().detect_digits(self._observed.keys_are_in_the_audio)
        if self._notice_silence:
            self._sound().notice_silence(self._notice_silence)
        self._tell_answer()
        self._look_for_hold()
        if not self._settled.done():
            self._settled.set_result(None)

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
        """
        if self.gone:
            return
        ending = how_it_ended(self._facts.direction, answered=self.answered, near=self._near, reason=reason)
        self._native.off(self._on_library_event)
        self._close(
            by=ending.by, cause=ending.cause, disposition=ending.disposition, sip_status=ending.sip_status
        )

    def _completed(self) -> None:
        if not self._settled.done():
            self._settled.set_result(None)
        self._on_over(self)

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

    async def settle_transfer(self, *, accepted: bool) -> None:
        """Answer the far end's ``TransferAsked``; the second time, or unasked, nothing happens.

        Accepted, its part in the call is over and so is this leg; refused, it is told 603.

        Raises:
            CallGone: the call is over.
        """
        self._still_there()
        if not self._transfer_key.pending:
            return
        self._transfer_key.pending = False
        if accepted:
            await self.dismiss(TRANSFERRED)
        else:
            await self.refuse_transfer()

    async def refuse_transfer(self) -> None:
        """Tell the far end that nobody is connected elsewhere at its wish."""
        await self._transfer_key.refuse()
