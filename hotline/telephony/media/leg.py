"""One call's media: what :class:`MediaEngine` does for it every 20 ms, and what its owner may ask."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from baresip.errors import AudioNotActive, AudioRestarted

from hotline.call.audio import RATE, Playable
from hotline.call.events import BridgeEnded, CallEvent, Digit, PromptEnded
from hotline.call.ports import PcmSink
from hotline.telephony.media.playlist import Source
from hotline.telephony.media.receive import Receiver
from hotline.telephony.media.recorder import Recording
from hotline.telephony.media.resample import ratio_of
from hotline.telephony.media.stream import PcmStream, StreamInfo
from hotline.telephony.media.transmit import Transmitter

if TYPE_CHECKING:
    from hotline.telephony.media.engine import MediaEngine

log = structlog.get_logger(__name__)

CALM_TICKS = 3
"""A leg that nobody listens to live is read, settled and recorded every 60 ms instead of every 20: each
call into the library gives up the interpreter lock, and to get it back takes up to a switch interval."""
_NEARLY_SENT = RATE // 5
"""Samples in flight (0.2 s) below which the end of a playback is near and looked for at every tick."""
_PROBE_SECONDS = 1.0
"""Formats are looked at again this often, should a change have slipped between two operations."""


class MediaLeg:
    """A call's media. All public methods may be called from the event loop and return at once."""

    def __init__(
        self,
        engine: MediaEngine,
        stream: PcmStream,
        post: Callable[[CallEvent], None],
        *,
        detect_digits: bool,
    ) -> None:
        """Use :meth:`MediaEngine.attach`."""
        self._engine = engine
        self._stream = stream
        self._post_event = post
        self._numbers = itertools.count(1)
        self._transmitter = Transmitter(self._on_sent, self._on_ended)
        self._recording: Recording | None = None
        self._receiver = Receiver(detect_digits=detect_digits)
        self._partner: MediaLeg | None = None
        self._bound = False
        self._all_ready = False
        self._hears = False
        self._probed = 0.0
        self._turn = next(engine.turns)
        self._unsupported = False
        self._detached: Future[None] | None = None
        self.failed = False
        """A fault of ours hit it; the engine lets go of it (media thread)."""
        self.gone = False
        """True once the engine has let go of it (media thread)."""

    # --- asked by the call's owner, any thread ---------------------------------------------------

    def play(self, items: Sequence[Playable], *, repeat: bool = False) -> int:
        """Queue ``items``; see :meth:`hotline.call.ports.Call.play`."""
        number = next(self._numbers)
        sources = [self._engine.source(item, self) for item in items]
        self._engine.submit(lambda: self._play(number, sources, repeat))
        return number

    def stop_playing(self) -> None:
        """Barge-in: silence within about 20 ms; unfinished playbacks end with ``completed=False``."""
        self._engine.submit(lambda: self._guarded(self._stop))

    def hold(self, on: bool) -> None:
        """Pause while the far end has us on hold, where sound would be swallowed; then go on with what
        it did not hear. Nothing of it is lost or reported as sent."""
        self._engine.submit(lambda: self._guarded(lambda: self._transmitter.hold(self._stream, on)))

    def start_recording(self, path: Path) -> None:
        """Record both sides from now on; a second request while one is running is ignored."""
        if self._recording is None and self._detached is None:
            self._recording = self._engine.open_recording(path)

    @property
    def recording(self) -> Path | None:
        """The file; ``None`` before recording was started and when not even its beginning was written."""
        recording = self._recording
        if recording is None or (recording.failed and not recording.written):
            return None
        return recording.path

    @property
    def recorded_seconds(self) -> float:
        """Length of the recording so far, on the wall clock; what was written when the disk gave up."""
        recording = self._recording
        if recording is None:
            return 0.0
        return recording.seconds(self._engine.now())

    def tap(self, sink: PcmSink) -> None:
        """Hand every received 20 ms frame (320 bytes) to ``sink`` on the media thread; silence frames
        while none is received."""
        self._engine.submit(lambda: self._receiver.tap(sink))

    def untap(self, sink: PcmSink) -> None:
        """Stop that; the frame on its way may still come."""
        self._engine.submit(lambda: self._receiver.untap(sink))

    def bridge(self, other: MediaLeg) -> None:
        """Connect both legs' audio; playbacks on both are stopped, bridges with others end."""
        self._engine.submit(lambda: self._bridge(other))

    def unbridge(self) -> None:
        """Take the legs apart; both stay up and no event is posted."""
        self._engine.submit(self._unbridge)

    def detect_digits(self, on: bool) -> None:
        """Look for DTMF in the audio: for calls without telephone-event (RFC 4733)."""
        self._engine.submit(lambda: self._receiver.detect_digits(on))

    def detach(self) -> Future[None]:
        """Let go of the call; safe when its stream is gone, and again.

        Playbacks end with ``completed=False``, a bridged leg gets ``BridgeEnded``. The future is done
        when all events were posted and the recording is closed.
        """
        if self._detached is None:
            self._detached = Future()
            self._engine.submit(self.release)
        return self._detached

    # --- media thread ----------------------------------------------------------------------------

    def receive(self, now: float) -> None:
        """First half of a tick: take what was received, account for what was sent."""
        self._turn += 1
        if self._rests:
            return
        try:
            if not self._bound or not self._all_ready or now - self._probed > _PROBE_SECONDS:
                self._probe(now)
            pcm = self._receiver.read(self._stream) if self._hears else b""
            if self._transmitter.active or self._transmitter.flushing:
                self._settle(now)
        except AudioRestarted:
            self._bound = False
            pcm = b""
        except AudioNotActive:
            self._lost()
            pcm = b""
        if pcm:
            self._hear(pcm, now)
        else:
            self._receiver.silent(now)

    def transmit(self, now: float) -> None:
        """Second half of a tick: write ahead; pass the recording on."""
        self.pump(now)
        if self._recording is not None and self._turn % CALM_TICKS == 0:
            self._recording.advance(now)

    def pump(self, now: float) -> None:
        """Write ahead if there is something to play and room for it."""
        if self._bound and self._transmitter.playlist:
            self._guarded(lambda: self._transmitter.feed(self._stream, now))

    def poll_flush(self, now: float) -> bool:
        """Between ticks: see whether a barge-in is through; returns False when none is pending."""
        if not self._transmitter.flushing:
            return False
        self._guarded(lambda: self._settle(now))
        self.pump(now)
        return self._transmitter.flushing

    @property
    def _rests(self) -> bool:
        """True in ticks in which nothing would be noticed that cannot wait for the next but one."""
        transmitter = self._transmitter
        return not (
            self._turn % CALM_TICKS == 0
            or self._partner is not None
            or self._receiver.wanted
            or not self._bound
            or not self._all_ready
            or transmitter.flushing
            or 0 < transmitter.in_flight < _NEARLY_SENT
        )

    @property
    def flushing(self) -> bool:
        """True while a barge-in is on its way."""
        return self._transmitter.flushing

    @property
    def transmitter(self) -> Transmitter:
        """Its counters."""
        return self._transmitter

    def release(self) -> None:
        """Carry out :meth:`detach`; also at the engine's end."""
        if self._detached is None:
            self._detached = Future()
        if self.gone:
            return
        self.gone = True
        now = self._engine.now()
        self._engine.forget(self)
        self._receiver.untap_all()
        self._end_bridge()
        try:
            self._guarded(lambda: self._settle(now))
            self._guarded(self._stop)
        finally:
            self._finish_recording(self._detached, now)

    def _finish_recording(self, detached: Future[None], now: float) -> None:
        recording = self._recording
        if recording is None:
            detached.set_result(None)
        else:
            recording.closed.add_done_callback(lambda _: detached.set_result(None))
            recording.finish(now)

    def _guarded(self, action: Callable[[], object]) -> None:
        """Run something that touches the stream; a stream that is gone or new is no failure."""
        try:
            action()
        except AudioRestarted:
            self._bound = False
        except AudioNotActive:
            self._lost()

    def _lost(self) -> None:
        self._bound = False
        self._all_ready = False
        self._transmitter.unbind()

    def _probe(self, now: float) -> None:
        """Take up the stream's formats, at the start and after a change."""
        info = self._stream.info()
        self._probed = now
        rebound, self._bound = not self._bound, True
        self._all_ready = info.tx_ready and info.rx_ready
        self._hears = info.rx_ready and self._probe_receiving(info)
        transmitter = self._transmitter
        ratio = ratio_of(info.tx_sample_rate) if info.tx_ready else None
        if ratio is None:
            if info.tx_ready:
                self._report_rate(info.tx_sample_rate)
            transmitter.unbind()
            return
        if transmitter.fits(ratio, info.tx_channels) and transmitter.survives(self._stream.stats()):
            if rebound:
                transmitter.resume(self._stream)
        else:
            transmitter.bind(self._stream, ratio, info.tx_channels, info.tx_capacity, now)

    def _probe_receiving(self, info: StreamInfo) -> bool:
        ratio = ratio_of(info.rx_sample_rate)
        if ratio is None:
            self._report_rate(info.rx_sample_rate)
            return False
        self._receiver.bind(ratio, info.rx_channels)
        return True

    def _report_rate(self, rate: int) -> None:
        if not self._unsupported:
            self._unsupported = True
            log.warning(
                "A call runs at a sample rate that is no multiple of 8000 Hz and stays silent; "
                "offer only G.711, G.722 and Opus (sip.codecs).",
                rate=rate,
            )

    def _settle(self, now: float) -> None:
        if self._bound and not self._transmitter.settle(self._stream.stats(), now):
            self._transmitter.unbind()
            self._bound = False

    def _hear(self, pcm: bytes, now: float) -> None:
        receiver = self._receiver
        receiver.heard(now)
        if self._recording is not None:
            self._recording.heard(pcm, now)
        if self._partner is None and not receiver.wanted:
            return
        for frame in receiver.frames(pcm):
            if self._partner is not None:
                self._partner.relay(frame, now)
            if key := receiver.deliver(frame):
                self._post(Digit(key=key, source="inband"))

    def relay(self, frame: bytes, now: float) -> None:
        """Send a frame of the bridged leg."""
        if self._bound:
            self._guarded(lambda: self._transmitter.relay(self._stream, frame, now))

    def _on_sent(self, pcm: bytes, now: float, after_pause: bool) -> None:
        if self._recording is not None:
            self._recording.sent(pcm, now, after_pause)

    def _on_ended(self, playback: int, completed: bool) -> None:
        self._post(PromptEnded(playback=playback, completed=completed))

    def _post(self, event: CallEvent) -> None:
        try:
            self._post_event(event)
        except RuntimeError:
            # The event loop is closed: the process is ending and nobody waits for the event.
            log.debug("event after the end of the event loop", kind=type(event).__name__)

    def _play(self, number: int, sources: Sequence[Source], repeat: bool) -> None:
        if self.gone:
            self._on_ended(number, False)
            return
        self._transmitter.playlist.add(number, sources, repeat=repeat)
        self.pump(self._engine.now())

    def _stop(self) -> None:
        self._transmitter.stop(self._stream)

    def _bridge(self, other: MediaLeg) -> None:
        if self.gone or other.gone:
            for leg in (self, other):
                if not leg.gone:
                    leg._post(BridgeEnded())
            return
        if self._partner is other or self is other:
            return
        for leg in (self, other):
            leg._end_bridge()
            leg._guarded(leg._stop)
            leg._receiver.restart()
        self._partner, other._partner = other, self

    def _unbridge(self) -> None:
        partner = self._partner
        if partner is not None:
            self._partner = partner._partner = None

    def _end_bridge(self) -> None:
        partner = self._partner
        if partner is not None:
            self._unbridge()
            partner._post(BridgeEnded())
