"""The receiving half of a leg: the call's PCM as 8 kHz frames, handed to whoever listens."""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from hotline.call.audio import FRAME_BYTES
from hotline.call.ports import PcmSink
from hotline.telephony.media.dtmf import DtmfDetector
from hotline.telephony.media.resample import Downsampler
from hotline.telephony.media.stream import PcmStream

log = structlog.get_logger(__name__)

_SILENCE = bytes(FRAME_BYTES)
_SILENT_AFTER = 0.1
"""Seconds without received audio after which sinks get silence frames, 50 a second: whoever counts
silence (end of speech, begin timeouts) must go on counting when the far end stops sending RTP."""
_READ_FRAMES = 4
_LOOKS_AFRESH = 100
"""Looks, 50 a second each way, after which both are made again."""
_CATCH_UP_READS = 20
"""Reads in one tick at most: 1.6 s, all that the stream keeps of a reader that was away."""


class Receiver:
    """Reads, resamples, cuts into frames. Used on the media thread only."""

    def __init__(self, *, detect_digits: bool) -> None:
        """Expect 8 kHz mono until :meth:`bind`."""
        self._read_bytes = _READ_FRAMES * FRAME_BYTES
        self._downsampler: Downsampler | None = None
        self._rest = b""
        self._comes_between: bool | None = None
        """When sound comes: between two ticks, or not; ``None``: not known."""
        self._looked_between = False
        self._looks = 0
        self._heard_at: float | None = None
        self._sinks: tuple[PcmSink, ...] = ()
        self._detector = DtmfDetector() if detect_digits else None

    @property
    def wanted(self) -> bool:
        """True while anybody wants frames."""
        return bool(self._sinks) or self._detector is not None

    def bind(self, ratio: int, channels: int) -> None:
        """Take up the stream's format: ``8 kHz * ratio``."""
        size = _READ_FRAMES * FRAME_BYTES * ratio * channels
        if size != self._read_bytes:
            self._read_bytes = size
            self._downsampler = Downsampler(ratio, channels) if ratio * channels > 1 else None

    def look(self, stream: PcmStream, *, between: bool, heard: bool) -> bytes:
        """Take what was received, in a tick or ``between`` two of them.

        Of a leg that is ``heard`` by others both looks in 20 ms are made until it is known at which of them
        sound has always just come, and anew every second; one that was left out is made up for.
        """
        self._looks += 1
        looked, self._looked_between = self._looked_between, between
        known = self._comes_between is not None and self._looks % _LOOKS_AFRESH > 1
        if heard and known and self._comes_between is not between and (between or looked):
            return b""
        pcm = self.read(stream)
        self._comes_between = between if pcm else None
        return pcm

    def read(self, stream: PcmStream) -> bytes:
        """Take everything that was received, as 8 kHz mono."""
        size = self._read_bytes
        data = stream.read(size)
        if len(data) == size:
            parts = [data]
            while len(parts[-1]) == size and len(parts) < _CATCH_UP_READS:
                parts.append(stream.read(size))
            data = b"".join(parts)
        return self._downsampler.process(data) if data and self._downsampler else data

    def frames(self, pcm: bytes) -> Iterator[bytes]:
        """Cut received PCM into 20 ms frames; a rest waits for the next portion."""
        if self._rest:
            pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % FRAME_BYTES
        self._rest = pcm[whole:]
        for start in range(0, whole, FRAME_BYTES):
            yield pcm[start : start + FRAME_BYTES]

    def restart(self) -> None:
        """Forget the rest: what follows does not continue it."""
        self._rest = b""

    def deliver(self, frame: bytes) -> str:
        """Hand a received frame to the sinks; return the key it made certain, or ``""``."""
        self._hand_out(frame)
        return self._detector.feed(frame) if self._detector is not None else ""

    def heard(self, now: float) -> None:
        """Audio came just now."""
        self._heard_at = now

    def silent(self, now: float) -> None:
        """No audio came in this tick: give the sinks silence once that lasts."""
        if self._sinks:
            if self._heard_at is None:
                self._heard_at = now
            if now - self._heard_at > _SILENT_AFTER:
                self._hand_out(_SILENCE)

    def tap(self, sink: PcmSink) -> None:
        """Add a sink."""
        self._sinks = (*self._sinks, sink)

    def untap(self, sink: PcmSink) -> None:
        """Remove a sink; an unknown one is ignored. Bound methods are told apart by equality."""
        self._sinks = tuple(kept for kept in self._sinks if kept != sink)

    def untap_all(self) -> None:
        """Remove every sink."""
        self._sinks = ()

    def detect_digits(self, on: bool) -> None:
        """Switch the detector; it begins anew when switched on."""
        if on != (self._detector is not None):
            self._detector = DtmfDetector() if on else None

    def _hand_out(self, frame: bytes) -> None:
        for sink in self._sinks:
            try:
                sink(frame)
            except Exception:
                log.exception("A listener to a call failed and is taken off; the call goes on.")
                self.untap(sink)
