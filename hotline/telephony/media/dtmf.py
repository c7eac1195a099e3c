"""Keys in the audio band: DTMF (ITU-T Q.23) by Goertzel filters, judged along ITU-T Q.24.

Windows of 20 ms every 10 ms. A key is a low and a high tone that together carry nearly all the energy,
of about equal level, without speech's harmonics, over three windows; it is over after four windows
without it. So tones of 40 ms and pauses of 40 ms are taken, interruptions up to 20 ms (one lost packet)
do not double a key, and tones below 25 ms are no key.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hotline.call.audio import RATE

_LOW = (697.0, 770.0, 852.0, 941.0)
_HIGH = (1209.0, 1336.0, 1477.0, 1633.0)
_KEYS = ("123A", "456B", "789C", "*0#D")
_WINDOW = 160
_HOP = 80
_SPREAD = (0.988, 1.0, 1.012)
"""Each filter is three, 1.2 % apart: Q.24 wants ±1.5 % accepted, which one 50 Hz wide filter misses."""

_LEAST_ENERGY = 2 * (250.0**2 / 2)
"""Both tones at 250 of 32,768 peak: about -39 dBm0 each; Q.24 asks for -25 dBm."""
_SHARE = 0.72
"""Part of a window's energy that must lie in the two tones: speech spreads wider (talk-off)."""
_TWIST_HIGH = 10 ** (5 / 10)
"""High tone at most 5 dB above the low one (Q.24, Table A-1: 4 dB)."""
_TWIST_LOW = 10 ** (9 / 10)
"""Low tone at most 9 dB above the high one (8 dB)."""
_PEAK = 10 ** (6 / 10)
"""A tone stands 6 dB above the other three of its group."""
_HARMONIC = 10 ** (-12 / 10)
"""Second harmonics stay 12 dB below: voiced speech has them, keys do not."""
_HITS = 3
_MISSES = 4


def _goertzel_bank(frequencies: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return cosine and sine columns: one matrix product evaluates every Goertzel filter at once.

    Scaled so that the sum of both squares is a tone's energy in the window.
    """
    phase = 2 * np.pi * np.outer(np.arange(_WINDOW), frequencies) / RATE
    scale = np.sqrt(2 / _WINDOW)
    return np.asarray(np.hstack((np.cos(phase), np.sin(phase))) * scale, np.float32)


_TONES = np.array([tone * spread for tone in _LOW + _HIGH for spread in _SPREAD])
_HARMONICS = np.array([2 * tone for tone in _LOW + _HIGH])
_FILTERS = len(_TONES) + len(_HARMONICS)
_BANK = _goertzel_bank(np.concatenate((_TONES, _HARMONICS)))


class DtmfDetector:
    """Finds the keys of one call. About 40 µs a frame, so it runs only where it is needed."""

    def __init__(self) -> None:
        """Begin in silence."""
        self._buffer = np.zeros(_WINDOW - _HOP, np.float32)
        self._candidate = ""
        self._hits = 0
        self._pressed = ""
        self._misses = 0

    def feed(self, frame: bytes) -> str:
        """Take 20 ms of 8 kHz PCM; return the key whose press became certain in it, or ``""``.

        A press is reported once, some 40 ms after it began, however long it lasts.
        """
        samples = np.concatenate((self._buffer, np.frombuffer(frame, np.int16).astype(np.float32)))
        found = ""
        position = 0
        while position + _WINDOW <= len(samples):
            found = self._step(_key_in(samples[position : position + _WINDOW])) or found
            position += _HOP
        self._buffer = samples[position:]
        return found

    def _step(self, key: str) -> str:
        """Take one window's verdict; return a key that is now certain."""
        if key and key == self._candidate:
            self._hits += 1
        else:
            self._candidate, self._hits = key, 1
        if self._pressed:
            self._misses = 0 if key == self._pressed else self._misses + 1
            if self._misses >= _MISSES:
                self._pressed = ""
        if not key or self._hits < _HITS or key == self._pressed:
            return ""
        self._pressed, self._misses = key, 0
        return key


def _key_in(window: NDArray[np.float32]) -> str:
    """Return the key one window shows, ``""`` for none."""
    energy = float(window @ window)
    if energy < _LEAST_ENERGY * _WINDOW:
        return ""
    parts = window @ _BANK
    power = parts[:_FILTERS] ** 2 + parts[_FILTERS:] ** 2
    tones = power[: len(_TONES)].reshape(8, 3).max(axis=1)
    low, high = tones[:4], tones[4:]
    row, column = int(low.argmax()), int(high.argmax())
    low_peak, high_peak = float(low[row]), float(high[column])
    if low_peak + high_peak < _SHARE * energy:
        return ""
    if high_peak > low_peak * _TWIST_HIGH or low_peak > high_peak * _TWIST_LOW:
        return ""
    if not (_stands_out(low, row) and _stands_out(high, column)):
        return ""
    harmonics = power[len(_TONES) :]
    if harmonics[row] > low_peak * _HARMONIC or harmonics[4 + column] > high_peak * _HARMONIC:
        return ""
    return _KEYS[row][column]


def _stands_out(group: NDArray[np.float32], peak: int) -> bool:
    return bool((np.delete(group, peak) * _PEAK < group[peak]).all())
