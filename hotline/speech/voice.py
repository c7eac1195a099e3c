"""Voice activity: which 20 ms frames are speech. Pure; time is counted in frames.

webrtcvad alone takes line noise and music for speech now and then, so a frame also has to rise
above the line's own noise. Silence never becomes speech, whatever the classifier says of it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import webrtcvad

from hotline.call.audio import FRAME_BYTES, RATE

AGGRESSIVENESS = 2
"""Of webrtcvad, 0 (anything is speech) to 3."""
QUIETEST = 50.0
"""Root mean square of 16-bit samples (−56 dBFS) below which nothing is speech: A-law's own noise on
an idle line is 8 to 25, a whispered word over a bad line about 100."""
ABOVE_NOISE = 1.8
"""Times the noise a frame must be (5 dB)."""
ONSET = (5, 8)
"""Speech begins with 5 voiced frames among 8 (0.1 s within 0.16 s): no click does that."""
RESUME = 3
"""Voiced frames in a row (0.06 s) that end a pause inside an answer."""
_NOISE_BLOCK = 5
_NOISE_BLOCKS = 30
"""The noise is the quietest tenth of a second of the last three seconds."""


class Change(StrEnum):
    """What a frame changed."""

    NONE = "none"
    BEGAN = "began"
    """Speech began; it started ``ONSET`` frames ago at the earliest."""
    PAUSED = "paused"
    """First frame without voice."""
    RESUMED = "resumed"
    """Voice again within the answer."""


@dataclass(slots=True)
class _Noise:
    """Follows the line's noise by the minimum of short means."""

    total: float = 0.0
    frames: int = 0
    quiet: deque[float] | None = None

    def follow(self, loudness: float) -> None:
        self.total += loudness
        self.frames += 1
        if self.frames == _NOISE_BLOCK:
            if self.quiet is None:
                self.quiet = deque(maxlen=_NOISE_BLOCKS)
            self.quiet.append(self.total / self.frames)
            self.total, self.frames = 0.0, 0

    @property
    def level(self) -> float:
        if self.quiet:
            return min(self.quiet)
        return self.total / self.frames if self.frames else 0.0


class VoiceActivity:
    """Follows one call's sound from frame to frame."""

    def __init__(self) -> None:
        """Begin in silence."""
        self._classifier = webrtcvad.Vad(AGGRESSIVENESS)
        self._noise = _Noise()
        self._recent: deque[bool] = deque(maxlen=ONSET[1])
        self._run = 0
        self.speaking = False
        """True from the beginning of speech on."""
        self.silent_frames = 0
        """Frames since the last voice; 0 while there is voice."""
        self.frames = 0
        """Frames taken."""

    def take(self, frame: bytes) -> Change:
        """Judge one frame (320 bytes); frames of another length count as silence."""
        self.frames += 1
        voiced = self._voiced(frame)
        self._run = self._run + 1 if voiced else 0
        self._recent.append(voiced)
        if not self.speaking:
            return self._waiting()
        return self._within(voiced)

    def _waiting(self) -> Change:
        if sum(self._recent) < ONSET[0]:
            return Change.NONE
        self.speaking = True
        self.silent_frames = 0
        return Change.BEGAN

    def _within(self, voiced: bool) -> Change:
        if not voiced:
            self.silent_frames += 1
            return Change.PAUSED if self.silent_frames == 1 else Change.NONE
        if self.silent_frames == 0:
            return Change.NONE
        if self._run >= RESUME or self.silent_frames < RESUME:
            self.silent_frames = 0
            return Change.RESUMED
        # A single voiced frame in a pause is a click: the pause goes on.
        self.silent_frames += 1
        return Change.NONE

    def _voiced(self, frame: bytes) -> bool:
        if len(frame) != FRAME_BYTES:
            return False
        samples = np.frombuffer(frame, dtype="<i2").astype(np.float32)
        loudness = float(np.sqrt(np.dot(samples, samples) / len(samples)))
        self._noise.follow(loudness)
        if loudness < max(QUIETEST, ABOVE_NOISE * self._noise.level):
            return False
        return bool(self._classifier.is_speech(frame, RATE))


def speech_spans(pcm: bytes, *, end_silence: int = 40, margin: int = 10) -> list[tuple[int, int]]:
    """Cut sound at its pauses: the frames ``(first, behind the last)`` of every stretch of speech.

    ``end_silence`` frames of silence end a stretch, ``margin`` frames are kept around it.
    """
    activity = VoiceActivity()
    spans: list[tuple[int, int]] = []
    begin = 0
    count = len(pcm) // FRAME_BYTES
    for number in range(count):
        change = activity.take(pcm[number * FRAME_BYTES : (number + 1) * FRAME_BYTES])
        if change is Change.BEGAN:
            begin = number - ONSET[1]
        if activity.speaking and activity.silent_frames >= end_silence:
            _append(spans, begin - margin, number - end_silence + margin)
            activity.speaking = False
    if activity.speaking:
        _append(spans, begin - margin, count - activity.silent_frames + margin)
    return [(max(0, first), min(count, last)) for first, last in spans]


def _append(spans: list[tuple[int, int]], first: int, last: int) -> None:
    if spans and first <= spans[-1][1]:
        spans[-1] = (spans[-1][0], last)
    else:
        spans.append((first, last))
