"""What every leg keeps of itself, whatever carries it: its events, its answer, its end and its report.

The carrier says what happens (:class:`~hotline.telephony.leg.SipCall`,
:class:`~hotline.telephony.headsets.call.HeadsetCall`). Whatever it says, ``HungUp`` is posted once and last.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable
from datetime import datetime

import structlog

from hotline.call.clock import Clock
from hotline.call.errors import CallGone
from hotline.call.events import Answered, CallEvent, HangupBy, HungUp
from hotline.call.ports import LegFacts, LegReport, MediaQuality
from hotline.telephony.legs import LegSink
from hotline.telephony.media import MediaLeg
from hotline.telephony.rings import rings_begun
from hotline.telephony.sounding import SoundingLeg

_MEDIA_ENDS_WITHIN = 2.0
"""Seconds for the recording to be closed before ``HungUp`` is posted all the same."""

_log = structlog.get_logger(__name__)


class BookedLeg(SoundingLeg):
    """A leg with its books. All methods belong to the event loop; :meth:`post` to any thread."""

    def __init__(
        self,
        facts: LegFacts,
        attach: Callable[[], MediaLeg],
        *,
        clock: Clock,
        sink: LegSink,
        ring_cycle: float,
        ring_from: float | None,
    ) -> None:
        """Open the books; ``ring_from`` is when it began to ring (monotonic seconds), if it has."""
        super().__init__(attach)
        self._facts = facts
        self._clock = clock
        self._sink = sink
        self._ring_cycle = ring_cycle
        self._ring_from = ring_from
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[CallEvent] = asyncio.Queue()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._answered_at: datetime | None = None
        self._ring_seconds: float | None = None
        self._finishing: LegReport | None = None
        self._report: LegReport | None = None

    # --- what is known ---------------------------------------------------------------------------

    @property
    def facts(self) -> LegFacts:
        """What the INVITE, or whoever placed it, said."""
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
    def gone(self) -> bool:
        """True from the moment the end is known; ``HungUp`` may still be on its way."""
        return self._finishing is not None

    def report(self) -> LegReport:
        """What became of the leg.

        Raises:
            RuntimeError: it is not over yet.
        """
        if self._report is None:
            raise RuntimeError("a leg that is not over has no report")
        return self._report

    # --- events ----------------------------------------------------------------------------------

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

    # --- answer and end --------------------------------------------------------------------------

    def _book_answer(self) -> None:
        self._answered_at = self._clock.now()
        self._stop_ringing()

    def _tell_answer(self) -> None:
        assert self._answered_at is not None, "booked before it is told"
        self._sink.answered(self._facts.leg, self._answered_at, self._ring_seconds or 0.0, self._rings)
        self._queue(Answered())

    def _stop_ringing(self) -> None:
        if self._ring_seconds is None and self._ring_from is not None:
            self._ring_seconds = self._clock.monotonic() - self._ring_from

    @property
    def _rings(self) -> int:
        return rings_begun(self._ring_seconds, cycle=self._ring_cycle)

    def _close(self, *, by: HangupBy, cause: str, disposition: str, sip_status: int | None = None) -> None:
        """Close the books: the media engine posts what it has and closes the recording; then ``HungUp``."""
        self._stop_ringing()
        self._finishing = LegReport(
            answered_at=self._answered_at,
            ended_at=self._clock.now(),
            ring_seconds=self._ring_seconds or 0.0,
            rings=self._rings,
            disposition=disposition,
            hangup_by=by,
            hangup_cause=cause,
            sip_status=sip_status,
            quality=self._quality() if self.answered else None,
        )
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
        self._events.put_nowait(HungUp(by=self._report.hangup_by, cause=self._report.hangup_cause))
        self._sink.closed(self._facts.leg, self._report)
        if not self._ended.done():
            self._ended.set_result(None)
        self._completed()

    @abstractmethod
    def _quality(self) -> MediaQuality | None:
        """How the sound was, as far as the carrier has counted it."""

    @abstractmethod
    def _completed(self) -> None:
        """The leg is over and everybody was told; the carrier lets go of it."""
