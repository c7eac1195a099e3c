"""How much bridged sound waits on the line: as little as it gets by with.

The line takes a frame every 20 ms whether or not one is there. Where what others say comes in time for
each, nothing needs to wait, and every frame in reserve is 20 ms of delay; where it does not, a frame in
reserve is what keeps each late packet from being heard as a gap.
"""

from __future__ import annotations

import numpy as np

from hotline.call.audio import FRAME_BYTES, FRAME_SAMPLES

_PAUSE = 0.2
"""Seconds without anything after which what follows is a new beginning and no lateness."""
FIRST_LOOK = 4.0
"""Seconds in which a frame must never have been needed before it is given up."""
LONGEST_LOOK = 64.0
_WAITS_FOR_QUIET = 2.0
"""Seconds to wait for a quiet frame to leave out; then any is."""
_QUIET = 300
"""Of 32,767: leaving such a frame out is not heard."""

_UNSEEN = 1 << 30


class Reserve:
    """Judges one line. Times are the clock's monotonic seconds, amounts samples."""

    def __init__(self) -> None:
        """Nothing was sent yet."""
        self._silent: int | None = None
        """The line's count of silent frames when sound was last written; ``None``: not known."""
        self._counts = False
        self._wrote = float("-inf")
        self._lowest = _UNSEEN
        self._look_ends = 0.0
        self._look = FIRST_LOOK
        self._given_up = float("-inf")
        self._drop_by: float | None = None
        """A frame is to be left out, at the latest then."""
        self._dry = False

    def counted(self, silent: int | None) -> None:
        """The line's count of frames it filled with silence; ``None`` when it does not count."""
        self._counts = silent is not None
        if silent is not None:
            if self._silent is not None and silent > self._silent:
                self._dry = True
            self._silent = silent

    def fit(self, pcm: bytes, in_flight: int, now: float) -> bytes:
        """Return what to write of ``pcm``, whole frames, while ``in_flight`` samples wait before it."""
        if now - self._wrote > _PAUSE:
            pcm = self._begin(pcm, now)
        elif not in_flight and self._ran_dry:
            pcm = self._fill_up(pcm, now)
        else:
            pcm = self._lessen(pcm, in_flight, now)
        self._wrote = now
        self._dry = False
        return pcm

    @property
    def _ran_dry(self) -> bool:
        return self._dry or not self._counts

    def _begin(self, pcm: bytes, now: float) -> bytes:
        self._silent = None
        self._watch(now)
        return pcm if self._counts else _cushioned(pcm)

    def _fill_up(self, pcm: bytes, now: float) -> bytes:
        if now - self._given_up < self._look:
            self._look = min(2 * self._look, LONGEST_LOOK)
        self._watch(now)
        return _cushioned(pcm)

    def _lessen(self, pcm: bytes, in_flight: int, now: float) -> bytes:
        self._lowest = min(self._lowest, in_flight)
        if self._lowest < FRAME_SAMPLES:
            self._drop_by = None
        if self._drop_by is not None and (_is_quiet(pcm[:FRAME_BYTES]) or now >= self._drop_by):
            self._given_up = now
            self._watch(now)
            return pcm[FRAME_BYTES:]
        if self._drop_by is None and now >= self._look_ends:
            spare = self._counts and self._lowest >= FRAME_SAMPLES
            self._watch(now)
            self._drop_by = now + _WAITS_FOR_QUIET if spare else None
        return pcm

    def _watch(self, now: float) -> None:
        self._lowest = _UNSEEN
        self._drop_by = None
        self._look_ends = now + self._look


def _cushioned(pcm: bytes) -> bytes:
    """One frame alone is preceded by silence: two are reserve enough."""
    return bytes(FRAME_BYTES) + pcm if len(pcm) < 2 * FRAME_BYTES else pcm


def _is_quiet(frame: bytes) -> bool:
    return int(np.abs(np.frombuffer(frame, np.int16).astype(np.int32)).max()) < _QUIET
