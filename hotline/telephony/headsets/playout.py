"""What came from a headset, in the rhythm of its playing: a small jitter buffer. Pure; time is passed in.

Frames come from a wireless network in heaps. They are kept back as long as the network has shown to be
uneven, at most 100 ms, and handed out one each 20 ms. Delay that is not needed any more
is given back, in pauses of speech if there are any.
"""

from __future__ import annotations

from collections import deque

from hotline.call.audio import FRAME_SECONDS

LEAST = 0.0
"""Seconds: the line that hears the headset keeps a frame in reserve by itself where it needs one."""
MOST = 5 * FRAME_SECONDS
KEPT_FRAMES = 10
"""0.2 s: what is kept at most; of more, the oldest goes, or delay would only ever grow."""
_EARLY = FRAME_SECONDS / 2
CALM_SECONDS = 2.0
"""Seconds in which a frame was always left over: the delay is larger than the network needs."""
SHORTENED_EVERY = 0.2
"""Seconds between frames left out of speech: a tenth faster is hardly heard."""
QUIET = 300
"""Samples below this (-41 dB) are a pause of speech."""


class Playout:
    """One direction of one headset's call."""

    def __init__(self) -> None:
        """Begin empty, with the least delay."""
        self._frames: deque[bytes] = deque()
        self._waits_since = 0.0
        self._playing = False
        self._due = 0.0
        self._spare = KEPT_FRAMES
        self._calm_since = 0.0
        self._shortened_at = 0.0
        self.delay = LEAST
        """Seconds frames are kept back at the beginning and after a gap."""
        self.dropped = 0
        """Frames thrown away: too many at once, or delay given back."""
        self.gaps = 0
        """Times nothing was there when it was due."""

    def put(self, frame: bytes, now: float) -> None:
        """Take in a frame that came at ``now`` (seconds)."""
        if not self._frames and not self._playing:
            self._waits_since = now
        self._frames.append(frame)
        if len(self._frames) > KEPT_FRAMES:
            self._frames.popleft()
            self.dropped += 1

    def take(self, now: float, most: int = KEPT_FRAMES) -> bytes:
        """Return what is due at ``now``, ``most`` frames at most, together."""
        if not self._playing and not self._begins(now):
            return b""
        due: list[bytes] = []
        # whoever takes comes every 20 ms, now a little early, now late: neither costs a frame a whole turn
        while self._due <= now + _EARLY and len(due) < most:
            if not self._frames:
                if self._due <= now:
                    self._ran_dry()
                break
            due.append(self._frames.popleft())
            self._due += FRAME_SECONDS
        if self._playing and due:
            self._catch_up(now)
            self._learn_calm(now)
        return b"".join(due)

    def _begins(self, now: float) -> bool:
        if not self._frames:
            return False
        waited = now - self._waits_since >= self.delay - _EARLY
        if not waited and len(self._frames) * FRAME_SECONDS <= self.delay:
            return False
        self._playing = True
        self._due = self._calm_since = now
        self._spare = KEPT_FRAMES
        return True

    def _ran_dry(self) -> None:
        self._playing = False
        self.gaps += 1
        self.delay = min(self.delay + FRAME_SECONDS, MOST)

    def _catch_up(self, now: float) -> None:
        """Shorten what a stall left waiting: pauses of speech at once, speech by a tenth at most."""
        if len(self._frames) * FRAME_SECONDS <= self.delay + FRAME_SECONDS:
            return
        if _quiet(self._frames[0]) or now - self._shortened_at >= SHORTENED_EVERY:
            self._frames.popleft()
            self.dropped += 1
            self._shortened_at = now

    def _learn_calm(self, now: float) -> None:
        self._spare = min(self._spare, len(self._frames))
        if now - self._calm_since < CALM_SECONDS:
            return
        if self._spare:
            self.delay = max(self.delay - FRAME_SECONDS, LEAST)
        self._calm_since, self._spare = now, KEPT_FRAMES


def _quiet(frame: bytes) -> bool:
    samples = memoryview(frame).cast("h")
    return max(samples) < QUIET and min(samples) > -QUIET
