"""Voice activity on the media thread: the event loop is woken for what changes, not for every frame.

One wake-up a frame and call took half a core at 60 calls (docs/performance.md), and keys waited for it.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from hotline.call.audio import FRAME_SECONDS
from hotline.speech.voice import Change, VoiceActivity

BATCH_FRAMES = 10
"""Frames (0.2 s) of speech that are handed over together."""
LEAD_FRAMES = 20
"""Frames before speech was noticed that belong to it: the onset and 0.24 s of line noise, from which
the engine learns what silence sounds like."""
PAUSE_FRAMES = 8
"""Silent frames (0.16 s) after which the answer so far is worked out."""
COMPLETE_FRAMES = 12
"""Silent frames (0.24 s) that end an answer to which nothing can be added."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A frame and what was known with it."""

    frame: bytes
    change: Change
    silent: int
    """Frames since the last voice."""
    number: int
    """Frames heard, this one included."""


class FrameWatch:
    """Judges one question's frames; :meth:`take` on the media thread, :meth:`judged` on the event loop."""

    def __init__(self, *, end_silence: float, wake: Callable[[], None]) -> None:
        """``wake`` is called on the media thread when there is something to fetch; it must not wait.

        ``end_silence``: seconds of silence that end an answer.
        """
        self._wake = wake
        self._end = math.ceil(end_silence / FRAME_SECONDS)
        self._activity = VoiceActivity()
        self._ready: deque[Judged] = deque(maxlen=LEAD_FRAMES)
        self._waiting = True
        self._asked = False

    def take(self, frame: bytes) -> None:
        """Judge a frame (320 bytes); wakes the loop when that matters now."""
        change = self._activity.take(frame)
        silent = self._activity.silent_frames
        self._ready.append(Judged(frame, change, silent, self._activity.frames))
        if self._waiting and change is not Change.BEGAN:
            return
        if self._waiting:
            self._waiting = False
            self._ready = deque(self._ready)
        if not self._asked and self._matters(change, silent):
            self._asked = True
            self._wake()

    def judged(self) -> list[Judged]:
        """Return the frames not fetched yet, with the first those that led up to the voice."""
        self._asked = False
        ready, found = self._ready, []
        while ready:
            found.append(ready.popleft())
        return found

    def _matters(self, change: Change, silent: int) -> bool:
        return (
            change in (Change.BEGAN, Change.RESUMED)
            or silent in (PAUSE_FRAMES, COMPLETE_FRAMES)
            or silent >= self._end
            or len(self._ready) >= BATCH_FRAMES
        )
