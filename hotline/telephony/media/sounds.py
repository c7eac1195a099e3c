"""Tones of the network and the built-in music on hold, made once as 16-bit PCM at 8 kHz."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from hotline.call.audio import RATE, ToneName

_TONE_LEVEL = 0.1
"""Peak of full scale: about -17 dBm0, within GB/T 3380's -10 ± 5 dBm once the line's loss is added."""
_MUSIC_LEVEL = 0.25
_RAMP_SECONDS = 0.004
"""Edges are rounded so that a tone does not click."""


def _seconds(length: float) -> NDArray[np.float64]:
    return np.arange(round(length * RATE)) / RATE


def _tone(frequency: float, on: float, off: float) -> bytes:
    time = _seconds(on)
    edge = np.clip(np.minimum(time, on - time) / _RAMP_SECONDS, 0.0, 1.0)
    sound = np.sin(2 * np.pi * frequency * time) * edge * _TONE_LEVEL * 32767
    return sound.astype(np.int16).tobytes() + bytes(2 * round(off * RATE))


def _pluck(frequency: float, length: float) -> NDArray[np.float64]:
    """One soft struck note: three partials that fade, the higher ones sooner."""
    time = _seconds(length)
    partials = ((1.0, 1.0, 1.6), (2.0, 0.35, 2.8), (3.0, 0.12, 4.5))
    sound = sum(
        level * np.sin(2 * np.pi * frequency * multiple * time) * np.exp(-fade * time)
        for multiple, level, fade in partials
        if frequency * multiple < 3400
    )
    return np.asarray(sound) * np.minimum(time / 0.01, 1.0)


@cache
def built_in_music() -> bytes:
    """Return a quiet 19-second loop in the pentatonic scale: broken chords under a slow melody."""
    beat = 0.6
    length = 32
    bass = (262, 220, 175, 196)
    broken = (1.0, 1.5, 2.0, 1.5)
    melody = (659, 0, 587, 523, 587, 0, 659, 784, 880, 0, 784, 659, 587, 0, 523, 0)
    loop = np.zeros(round(beat * length * RATE))

    def strike(at: int, frequency: float, level: float, seconds: float) -> None:
        note = _pluck(frequency, seconds) * level
        # Notes that outlast the loop's end sound on at its beginning: no seam.
        np.add.at(loop, (np.arange(len(note)) + round(at * beat * RATE)) % len(loop), note)

    for step in range(length):
        strike(step, bass[step // 8] * broken[step % 4], 0.5, 2.0)
    for step, frequency in enumerate(melody):
        if frequency:
            strike(2 * step, frequency, 0.8, 3.0)
    scaled = loop / np.abs(loop).max() * _MUSIC_LEVEL * 32767
    return np.asarray(scaled, np.int16).tobytes()


@cache
def tone(name: ToneName) -> bytes:
    """Return one period of a tone, to be repeated; music is the built-in loop."""
    match name:
        case ToneName.RINGBACK:
            return _tone(450, 1.0, 4.0)
        case ToneName.BUSY:
            return _tone(450, 0.35, 0.35)
        case ToneName.BEEP:
            return _tone(1000, 0.2, 0.0)
        case ToneName.MUSIC:
            return built_in_music()
