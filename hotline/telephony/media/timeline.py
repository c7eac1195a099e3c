"""Placing what was heard and what was sent on the wall time of one recording.

Audio comes in uneven portions: packets jitter, the far end falls silent without RTP, the media thread
is late. A track takes portions as they come as long as they keep up with the wall within
:data:`SLACK`; where they do not, silence fills the gap and the next portion is put where it belongs.
"""

from __future__ import annotations

from hotline.call.audio import RATE

SLACK = RATE // 5
"""0.2 s: how far a track may lag before the gap counts as silence; also how long audio is held back
from the file, so that a burst after a stall still finds its place."""
AHEAD = RATE // 5
"""0.2 s: how far a track may run ahead (a burst after a filled gap, a fast far-end clock)."""


class Track:
    """One channel, 16-bit mono. Positions are samples since the recording began."""

    __slots__ = ("_cut", "_end", "_gap", "_parts")

    def __init__(self) -> None:
        """Begin empty at position 0."""
        self._parts: list[bytes] = []
        self._cut = 0
        self._end = 0
        self._gap = True

    @property
    def end(self) -> int:
        """Position after the last sample placed."""
        return self._end

    def place(self, pcm: bytes, now: int, *, after_pause: bool = False) -> None:
        """Add samples of which the last belongs to position ``now``.

        ``after_pause``: nothing came since the last portion because there was nothing, so a lag,
        however small, is silence and no lateness.
        """
        samples = len(pcm) // 2
        lag = now - samples - self._end
        if lag > SLACK or ((self._gap or after_pause) and lag > 0):
            self._pad(lag)
        self._gap = False
        too_many = self._end + samples - now - AHEAD
        if too_many > 0:
            samples = max(samples - too_many, 0)
            pcm = pcm[: 2 * samples]
        self._parts.append(pcm)
        self._end += samples

    def cut(self, upto: int) -> bytes:
        """Take everything before position ``upto`` out, missing samples as silence."""
        if self._end < upto:
            self._pad(upto - self._end)
            self._gap = True
        data = b"".join(self._parts)
        size = 2 * max(upto - self._cut, 0)
        self._parts = [data[size:]] if len(data) > size else []
        self._cut = max(upto, self._cut)
        return data[:size]

    def _pad(self, samples: int) -> None:
        self._parts.append(bytes(2 * samples))
        self._end += samples
