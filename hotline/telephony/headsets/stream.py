"""A headset's sound as the media engine wants it: :class:`~hotline.telephony.media.PcmStream`.

The stream belongs to the call, not to a connection: while the network is away it goes on at its pace, what is
sent then is heard by nobody. Three threads meet here under one lock, none of them for long: the media thread
reads and writes, the socket thread brings and takes frames, the event loop asks how long nothing came.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

from baresip.errors import AudioNotActive

from hotline.call.audio import FRAME_BYTES, FRAME_SECONDS, RATE
from hotline.telephony.headsets.playout import Playout

CAPACITY = 4 * RATE
"""Bytes of the transmit buffer: 2 s, of which the engine uses one."""
_MADE_UP = 2 * FRAME_SECONDS
"""What is sent beside the frame that is due when sound comes in a heap after a stall."""
_STALL = 0.2
"""Seconds without sound after which it is a pause and no stall: nothing is made up for."""


@dataclass(frozen=True, slots=True)
class HeadsetStreamInfo:
    """Formats: 16-bit mono 8 kHz both ways, from the first moment."""

    tx_ready: bool = True
    rx_ready: bool = True
    tx_sample_rate: int = RATE
    tx_channels: int = 1
    rx_sample_rate: int = RATE
    rx_channels: int = 1
    tx_capacity: int = CAPACITY


@dataclass(frozen=True, slots=True)
class HeadsetStreamStats:
    """Counters; see :class:`hotline.telephony.media.stream.StreamStats`."""

    tx_buffered: int
    tx_flushed_bytes: int
    tx_starved_frames: int
    tx_high_water: int
    tx_silence_frames: int


_INFO = HeadsetStreamInfo()


class HeadsetStream:
    """One call's PCM."""

    def __init__(self, monotonic: Callable[[], float], wake: Callable[[], None]) -> None:
        """Take the clock's ``monotonic`` seconds, and ``wake``, which has :attr:`next_due` looked at."""
        self._monotonic = monotonic
        self._wake = wake
        self._lock = threading.Lock()
        self._playout = Playout()
        self._unsent = bytearray()
        self._flushed = 0
        self._starved = 0
        self._high_water = 0
        self._open = True
        self.heard_at = monotonic()
        """When a frame last came."""
        self._due = -math.inf
        self._place = 0
        self._silent = 0
        self.received = 0
        self.sent = 0
        """Frames, since the beginning."""

    # --- the media thread ------------------------------------------------------------------------

    def info(self) -> HeadsetStreamInfo:
        """Return the formats, which never change."""
        self._check()
        return _INFO

    def stats(self) -> HeadsetStreamStats:
        """Snapshot the counters."""
        self._check()
        with self._lock:
            silent = self._silent + self._skipped(self._monotonic())
            return HeadsetStreamStats(
                len(self._unsent), self._flushed, self._starved, self._high_water, silent
            )

    def read(self, max_bytes: int) -> bytes:
        """Take what is due, never waiting; what does not fit into ``max_bytes`` comes with the next read."""
        self._check()
        with self._lock:
            return self._playout.take(self._monotonic(), max_bytes // FRAME_BYTES)

    def write(self, pcm: bytes) -> int:
        """Queue PCM for sending; returns the bytes taken."""
        self._check()
        with self._lock:
            dry = not self._unsent
            if dry:
                self._resume(self._monotonic())
            taken = min(len(pcm), CAPACITY - len(self._unsent))
            self._unsent += pcm[:taken]
            self._high_water = max(self._high_water, len(self._unsent))
        if dry and pcm:
            self._wake()
        return taken

    def _resume(self, now: float) -> None:
        """Sound comes after none: say when its first frame is due; time counts what was not sent."""
        skipped = self._skipped(now)
        self._silent += skipped
        self._place += skipped
        late = now - self._due
        self._due = self._due + skipped * FRAME_SECONDS if late < _STALL else now

    def _skipped(self, now: float) -> int:
        """Frames that nothing was there for and that are not made up for any more."""
        if self._unsent or not math.isfinite(self._due):
            return 0
        return max(math.ceil((now - self._due - _MADE_UP) / FRAME_SECONDS), 0)

    def flush_tx(self) -> None:
        """Throw away what was not sent yet, at once."""
        self._check()
        with self._lock:
            self._flushed += len(self._unsent)
            self._unsent.clear()

    # --- the socket thread -----------------------------------------------------------------------

    def came(self, frame: bytes) -> None:
        """Take in a frame from the headset."""
        now = self._monotonic()
        with self._lock:
            self._playout.put(frame, now)
        self.heard_at = now
        self.received += 1

    def due_frames(self, now: float) -> list[tuple[int, bytes]]:
        """Return what is to be sent at ``now``, a frame each 20 ms, each with its place in time.

        Of a heap after a stall more leaves at once, for sound of a bridge that is late would otherwise stay
        late as long as the bridge lasts; the last frame keeps its time, as the reserve for the next stall.
        """
        frames: list[tuple[int, bytes]] = []
        with self._lock:
            while self._unsent and self._due <= now:
                if frames and len(self._unsent) <= FRAME_BYTES:
                    self._due = now + FRAME_SECONDS
                    break
                frames.append((self._place, self._cut()))
                self._place += 1
                self._due += FRAME_SECONDS
        self.sent += len(frames)
        return frames

    def _cut(self) -> bytes:
        frame = bytes(self._unsent[:FRAME_BYTES])
        del self._unsent[:FRAME_BYTES]
        if len(frame) < FRAME_BYTES:
            self._starved += 1
            frame += bytes(FRAME_BYTES - len(frame))
        return frame

    @property
    def next_due(self) -> float | None:
        """When the next frame is to be sent, monotonic seconds; ``None``: there is none."""
        with self._lock:
            return self._due if self._unsent else None

    # --- the event loop --------------------------------------------------------------------------

    @property
    def gaps(self) -> int:
        """Times the headset's sound was not there when it was due."""
        return self._playout.gaps

    def close(self) -> None:
        """The call is over: whoever still asks is told so."""
        self._open = False

    def _check(self) -> None:
        if not self._open:
            raise AudioNotActive("the call is over")
