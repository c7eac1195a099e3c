"""Speech samples for the telephone: resampled, trimmed, brought to one level. Pure numpy."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from hotline.call.audio import RATE

Samples = NDArray[np.float32]
"""Mono, -1..1."""

TARGET_DBFS: Final = -20.0
"""RMS of the speech itself, pauses left out; 0 dBFS is a full-scale square wave."""
PEAK_DBFS: Final = -3.0
"""No sample above this: codecs and bridges add a little."""

_FRAME = RATE // 100
_ACTIVE_BELOW_LOUDEST_DB = 30.0
_SILENT_BELOW_LOUDEST_DB = 38.0
_PASS_HZ = 3400.0
_STOP_HZ = 4000.0
_ATTENUATION_DB = 70.0
_FADE_SECONDS = 0.004


def to_telephone_rate(samples: Samples, rate: int) -> Samples:
    """Resample to 8 kHz by a polyphase windowed sinc: flat to 3.4 kHz, -70 dB from 4 kHz on."""
    if rate == RATE:
        return samples
    divisor = int(np.gcd(rate, RATE))
    up, down = RATE // divisor, rate // divisor
    taps = _low_pass(rate * up) * up
    spread = np.zeros(len(samples) * up, np.float64)
    spread[::up] = samples
    delay = len(taps) // 2
    size = 1 << int(len(spread) + len(taps) - 1).bit_length()
    filtered = np.fft.irfft(np.fft.rfft(spread, size) * np.fft.rfft(taps, size), size)
    return filtered[delay : delay + len(spread) : down].astype(np.float32)


def _low_pass(rate: int) -> NDArray[np.float64]:
    """Kaiser's design formulas for the transition from 3.4 to 4 kHz."""
    width = 2 * np.pi * (_STOP_HZ - _PASS_HZ) / rate
    half = int(np.ceil((_ATTENUATION_DB - 8) / (2.285 * width))) // 2 + 1
    beta = 0.1102 * (_ATTENUATION_DB - 8.7)
    cutoff = (_PASS_HZ + _STOP_HZ) / 2 / rate
    at = np.arange(-half, half + 1)
    taps: NDArray[np.float64] = 2 * cutoff * np.sinc(2 * cutoff * at) * np.kaiser(2 * half + 1, beta)
    return np.asarray(taps / taps.sum())


def _powers(samples: Samples) -> NDArray[np.float64]:
    count = len(samples) // _FRAME
    frames = samples[: count * _FRAME].astype(np.float64).reshape(count, _FRAME)
    return np.asarray(np.square(frames).mean(axis=1))


def active_level(samples: Samples) -> float:
    """Return the RMS in dBFS of the frames in which somebody speaks; ``-inf`` for silence."""
    powers = _powers(samples)
    loudest = powers.max(initial=0.0)
    if loudest <= 0.0:
        return float("-inf")
    active = powers[powers > loudest * 10 ** (-_ACTIVE_BELOW_LOUDEST_DB / 10)]
    return float(10 * np.log10(active.mean()))


def peak(samples: Samples) -> float:
    """Return the highest sample in dBFS; ``-inf`` for silence."""
    highest = float(np.abs(samples).max(initial=0.0))
    return float(20 * np.log10(highest)) if highest > 0 else float("-inf")


def trim(samples: Samples, *, before: float, after: float) -> Samples:
    """Leave ``before`` and ``after`` seconds of margin around the speech, faded in and out."""
    powers = _powers(samples)
    loud = np.flatnonzero(powers > powers.max(initial=0.0) * 10 ** (-_SILENT_BELOW_LOUDEST_DB / 10))
    if loud.size == 0:
        return samples
    start = loud[0] * _FRAME - int(before * RATE)
    end = (loud[-1] + 1) * _FRAME + int(after * RATE)
    body = samples[max(0, start) : end]
    padded = np.pad(body, (max(0, -start), max(0, end - len(samples)))).astype(np.float32)
    fade = np.linspace(0.0, 1.0, int(_FADE_SECONDS * RATE), dtype=np.float32)
    padded[: len(fade)] *= fade
    padded[-len(fade) :] *= fade[::-1]
    return padded


def levelled(samples: Samples) -> Samples:
    """Bring the speech to :data:`TARGET_DBFS`; peaks above :data:`PEAK_DBFS` are held down smoothly."""
    level = active_level(samples)
    if not np.isfinite(level):
        return samples
    return _limited((samples * np.float32(10 ** ((TARGET_DBFS - level) / 20))).astype(np.float32))


def _limited(samples: Samples) -> Samples:
    """Turn down 10 ms around every peak above the limit: no sample passes it, none is cut flat."""
    limit = 10 ** (PEAK_DBFS / 20)
    half = _FRAME // 2
    wide = np.pad(np.abs(samples), 2 * half)
    loudest = np.lib.stride_tricks.sliding_window_view(wide, 2 * half + 1).max(axis=1)
    gain = np.minimum(1.0, limit / np.maximum(loudest, limit))
    window = np.hanning(2 * half + 3)[1:-1]
    smooth = np.convolve(gain, window / window.sum(), "valid")
    return (samples * smooth).astype(np.float32)


def to_pcm(samples: Samples) -> NDArray[np.int16]:
    """Return 16-bit samples, rounded; what is louder than full scale is cut."""
    return np.asarray(np.clip(np.rint(samples * 32767.0), -32768, 32767), np.int16)
