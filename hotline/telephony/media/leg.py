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
from hotline.telephony.media.resample import Rates
from hotline.telephony.media.silence import SilenceWatch
from hotline.telephony.media.stream import PcmStream, StreamInfo
from hotline.telephony.media.talk import Talk
from hotline.telephony.media.transmit import BRIDGE_BACKLOG, Transmitter

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
        self._unrecorded = False
        self._receiver = Receiver(detect_digits=detect_digits)
        self._talk = Talk(
            on_first_listener=self._first_listener, on_source_ended=lambda: self._post(BridgeEnded())
        )
        self._silence = SilenceWatch()
        self._bound = False
        self._all_ready = False
        self._hears = False
        self._probed = 0.0
        self._turn = next(engine.turns)
        self._rates = Rates()
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
        """Pause while the far end has us on hold and hears nothing; then go on with what it did not hear."""
        self._engine.submit(lambda: self._hold(on))

    def notice_silence(self, seconds: float) -> None:
        """From now on post ``Interrupted`` when nothing was received for so long, ``Restored`` when it is
        again; not while the far end has us on hold, and later where it suppresses silence. 0 ends it."""
        self._engine.submit(lambda: self._silence.begin(seconds, self._engine.now()))

    def excuse_silence(self, seconds: float) -> None:
        """The far end has a reason to send no sound for so long."""
        self._engine.submit(lambda: self._silence.excuse(self._engine.now() + seconds))

    def sign_of_life(self) -> None:
        """The far end is there, be it that it sends no sound in pauses of speech."""
        self._engine.submit(lambda: self._silence.alive(self._engine.now()))

    def start_recording(self, path: Path) -> None:
        """Record both sides from now on; a second request while one is running is ignored."""
        if self._recording is None and self._detached is None and not self._unrecorded:
            self._recording = self._engine.open_recording(path)

    def discard_recording(self) -> None:
        """Delete what was recorded; nothing of this leg is recorded any more, whoever asks."""
        self._unrecorded = True
        recording, self._recording = self._recording, None
        if recording is not None:
            recording.discard()

    @property
    def recording(self) -> Path | None:
        """The file; ``None`` before recording was started and when not even its beginning was written."""
        return None if self._recording is None else self._recording.file

    @property
    def recorded_seconds(self) -> float:
        """Length of the recording so far, on the wall clock; what was written when the disk gave up."""
        return 0.0 if self._recording is None else self._recording.seconds(self._engine.now())

    def tap(self, sink: PcmSink) -> None:
        """Hand every received 20 ms frame (320 bytes) to ``sink`` on the media thread; silence frames
        while none is received."""
        self._engine.submit(lambda: self._receiver.tap(sink))

    def untap(self, sink: PcmSink) -> None:
        """Stop that; the frame on its way may still come."""
        self._engine.submit(lambda: self._receiver.untap(sink))

    def hear(self, *others: MediaLeg) -> None:
        """Hear exactly ``others``, mixed; playbacks of this leg are stopped.

        The leg itself and repetitions are left out. A playback that is begun afterwards has the line to
        itself until it is over. ``BridgeEnded`` follows for each of ``others`` that ends, or has ended.
        """
        self._engine.submit(lambda: self._listen_to(others))

    def bridge(self, other: MediaLeg) -> None:
        """Have the two hear each other and nobody else, and nobody else hear them."""
        self._engine.submit(lambda: self._bridge(other))

    def unbridge(self) -> None:
        """Hear nobody and be heard by nobody; all stay up and no event is posted."""
        self._engine.submit(self._talk.part)

    def detect_digits(self, on: bool) -> None:
        """Look for DTMF in the audio: for calls without telephone-event (RFC 4733)."""
        self._engine.submit(lambda: self._receiver.detect_digits(on))

    def detach(self) -> Future[None]:
        """Let go of the call; safe when its stream is gone, and again.

        Playbacks end with ``completed=False``, legs that heard it get ``BridgeEnded``. The future is done
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
        if not self._bound or not self._all_ready or now - self._probed > _PROBE_SECONDS:
            self._guarded(lambda: self._probe(now))
        self._take(now, between=False)
        if self._transmitter.flushing or (self._transmitter.active and not self._settles_later):
            self._guarded(lambda: self._settle(now))

    def transmit(self, now: float) -> None:
        """Second half of a tick: pass on what was heard of others, write ahead; pass the recording on."""
        ears = self._talk.ears
        if ears.ready or ears.mixes:
            if self._settles_later and self._transmitter.active:
                self._guarded(lambda: self._settle(now))
            self._relay(now)
        self.pump(now)
        if (recording := self._recording) is not None and self._turn % CALM_TICKS == 0:
            recording.advance(now)

    def receive_between(self, now: float) -> None:
        """Between two ticks: take what was received if others hear it."""
        if self._talk.heard:
            self._take(now, between=True)

    def relay_between(self, now: float) -> None:
        """Between two ticks: pass on what has just come. A mix waits for the tick, and for the others."""
        if self._talk.ears.ready:
            if self._transmitter.active:
                self._guarded(lambda: self._settle(now))
            self._relay(now)

    def _take(self, now: float, *, between: bool) -> None:
        pcm = b""
        if self._bound and self._hears:
            try:
                pcm = self._receiver.look(self._stream, between=between, heard=self._talk.heard)
            except AudioRestarted:
                self._bound = False
            except AudioNotActive:
                self._lost()
        if pcm:
            self._hear(pcm, now)
        elif not between:
            self._receiver.silent(now)
        if self._silence.on and (event := self._silence.judge(now, pcm)):
            self._post(event)

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
    def _settles_later(self) -> bool:
        """True in ticks in which only what is passed on needs to know what was sent, and asks by itself."""
        return bool(self._talk.ears) and not self._transmitter.playlist and self._turn % CALM_TICKS != 0

    @property
    def _rests(self) -> bool:
        """True in ticks in which nothing would be noticed that cannot wait for the next but one."""
        transmitter = self._transmitter
        return not (
            self._turn % CALM_TICKS == 0
            or self._talk.active
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

    @property
    def trimmed_samples(self) -> int:
        """Bridged samples dropped because more than 60 ms were waiting."""
        return self._transmitter.trimmed_samples + self._talk.ears.trimmed_samples

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
        self._talk.end()
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
        ratio = self._rates.ratio(info.tx_sample_rate) if info.tx_ready else None
        if ratio is None:
            transmitter.unbind()
            return
        if transmitter.fits(ratio, info.tx_channels) and transmitter.survives(self._stream.stats()):
            if rebound:
                transmitter.resume(self._stream)
        else:
            transmitter.bind(self._stream, ratio, info.tx_channels, info.tx_capacity, now)

    def _probe_receiving(self, info: StreamInfo) -> bool:
        ratio = self._rates.ratio(info.rx_sample_rate)
        if ratio is not None:
            self._receiver.bind(ratio, info.rx_channels)
        return ratio is not None

    def _settle(self, now: float) -> None:
        if self._bound and not self._transmitter.settle(self._stream.stats(), now):
            self._transmitter.unbind()
            self._bound = False

    def _hear(self, pcm: bytes, now: float) -> None:
        receiver = self._receiver
        receiver.heard(now)
        if (recording := self._recording) is not None:
            recording.heard(pcm, now)
        if not self._talk.heard and not receiver.wanted:
            return
        for frame in receiver.frames(pcm):
            self._talk.say(frame)
            if key := receiver.deliver(frame):
                self._post(Digit(key=key, source="inband"))

    def _relay(self, now: float) -> None:
        """Send what was heard of others; while something is announced, held or flushed it is let go."""
        transmitter = self._transmitter
        if not self._bound or not transmitter.takes_live:
            self._talk.ears.forget()
        elif pcm := self._talk.ears.take(transmitter.in_flight, BRIDGE_BACKLOG):
            self._guarded(lambda: transmitter.relay(self._stream, pcm, now))

    def _on_sent(self, pcm: bytes, now: float, after_pause: bool) -> None:
        if (recording := self._recording) is not None:
            recording.sent(pcm, now, after_pause)

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

    def _hold(self, on: bool) -> None:
        self._silence.pause(on, self._engine.now())
        self._guarded(lambda: self._transmitter.hold(self._stream, on))

    def _bridge(self, other: MediaLeg) -> None:
        if not self._talk.is_with(other._talk):
            self._talk.part()
            other._talk.part()
        self._listen_to((other,))
        other._listen_to((self,))

    def _listen_to(self, others: Sequence[MediaLeg]) -> None:
        if self.gone:
            return
        if self._transmitter.announcing:
            self._guarded(self._stop)
        self._talk.hear([other._talk for other in others])

    def _first_listener(self) -> None:
        if not self._receiver.wanted:
            # Nobody took frames lately: the rest of a frame is older than what comes now.
            self._receiver.restart()
