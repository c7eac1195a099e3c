"""What can be played to a call. Sound inside Hotline is 16-bit mono PCM at 8,000 Hz."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

RATE = 8000
"""Samples a second of all sound handed to or taken from a call."""
FRAME_SECONDS = 0.02
"""Length of one frame: the RTP packet time of G.711."""
FRAME_SAMPLES = 160
FRAME_BYTES = 320
"""One frame of 16-bit mono PCM."""


class ToneName(StrEnum):
    """Tones of the Chinese network (GB/T 3380: 450 Hz), and the music."""

    RINGBACK = "ringback"
    """450 Hz, 1 s on, 4 s off."""
    BUSY = "busy"
    """450 Hz, 0.35 s on, 0.35 s off."""
    MUSIC = "music"
    """Music on hold: the estate's file, or the built-in one."""
    BEEP = "beep"
    """“Speak after the tone”: 0.2 s of 1,000 Hz."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A stretch of a sound file; WAV, 8 kHz, PCM or A-law, mono or stereo.

    ``start``/``end`` are seconds (``None``: to the end). ``channel`` picks one side of a stereo
    file: 0 is the caller's side of a recording. A file that is still being written may be played
    up to what was written.
    """

    path: Path
    start: float = 0.0
    end: float | None = None
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Tone:
    """A tone or music; ``seconds=None`` goes on until it is stopped."""

    name: ToneName
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """A pause."""

    seconds: float


Playable = Clip | Tone | Silence
