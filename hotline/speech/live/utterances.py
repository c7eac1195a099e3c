"""Cuts what one speaker says into utterances, on the media thread, for as long as they talk.

A question ends with its answer (:mod:`hotline.speech.live.watch`); a talk goes on: the line's noise stays
known from one utterance to the next, and the event loop is woken for pieces of 0.2 s at most.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from hotline.call.audio import FRAME_SECONDS
from hotline.speech.live.watch import BATCH_FRAMES, LEAD_FRAMES
from hotline.speech.voice import Change, VoiceActivity

END_SILENCE = 0.5
"""Seconds of silence that end an utterance: a line is on the screen within a second of its last word."""
LONGEST = 12.0
"""Seconds after which an utterance is cut, pause or not."""
MOST_PIECES = 50
"""Pieces (10 s) that wait for an event loop that does not come; what follows is dropped."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some sound of an utterance."""

    utterance: int
    pcm: bytes
    last: bool
    """The utterance is over."""


class UtteranceWatch:
    """One speaker's sound; :meth:`take` on the media thread, :meth:`pieces` on the event loop."""

    def __init__(self, wake: Callable[[], None]) -> None:
        """``wake`` is called on the media thread when there is something to fetch; it must not wait."""
        self._wake = wake
        self._activity = VoiceActivity()
        self._lead: deque[bytes] = deque(maxlen=LEAD_FRAMES)
        self._frames: list[bytes] = []
        self._ready: deque[Piece] = deque()
        self._end = math.ceil(END_SILENCE / FRAME_SECONDS)
        self._longest = round(LONGEST / FRAME_SECONDS)
        self._lasted = 0
        self._utterance = 0
        self.dropped = 0
        """Pieces nobody fetched in time."""

    def take(self, frame: bytes) -> None:
        """Judge a frame (320 bytes)."""
        change = self._activity.take(frame)
        if not self._utterance_open:
            self._lead.append(frame)
            if change is not Change.BEGAN:
                return
            self._utterance += 1
            self._frames, self._lasted = list(self._lead), 0
            self._lead.clear()
        else:
            self._frames.append(frame)
        self._lasted += 1
        over = self._activity.silent_frames >= self._end or self._lasted >= self._longest
        if over or len(self._frames) >= BATCH_FRAMES:
            self._hand_over(last=over)

    @property
    def _utterance_open(self) -> bool:
        return self._lasted > 0

    def pieces(self) -> list[Piece]:
        """Return what was not fetched yet, the oldest first."""
        found = []
        while self._ready:
            found.append(self._ready.popleft())
        return found

    def _hand_over(self, *, last: bool) -> None:
        piece = Piece(self._utterance, b"".join(self._frames), last)
        self._frames = []
        if last:
            self._lasted = 0
            self._activity.speaking = False
        if len(self._ready) >= MOST_PIECES and not last:  # an utterance's end is always told
            self.dropped += 1
            return
        self._ready.append(piece)
        self._wake()
