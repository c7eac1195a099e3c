"""Between the hotline's 8 kHz and the call's rate: windowed-sinc FIR with state across frames.

Flat to 3,400 Hz and 75 dB down from 4,600 Hz (Kaiser window, 32 taps a phase), 2 ms of delay each way.
Only whole multiples of 8 kHz occur: G.722 runs at 16 kHz, Opus at 48 kHz.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import structlog
from numpy.typing import NDArray

from hotline.call.audio import RATE

log = structlog.get_logger(__name__)

TAPS = 32
"""Taps a phase, at 8 kHz."""
_STOPBAND_DB = 75.0


def ratio_of(rate: int) -> int | None:
    """Return how many times 8 kHz ``rate`` is; ``None`` when it is no whole multiple."""
    ratio, rest = divmod(rate, RATE)
    return ratio if ratio >= 1 and rest == 0 else None


class Rates:
    """The rates of one call's streams; one that cannot be used is said to the log once."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self._said = False

    def ratio(self, rate: int) -> int | None:
        """Return :func:`ratio_of` ``rate``."""
        found = ratio_of(rate)
        if found is None and not self._said:
            self._said = True
            log.warning(
                "A call runs at a sample rate that is no multiple of 8000 Hz and stays silent; "
                "offer only G.711, G.722 and Opus (sip.codecs).",
                rate=rate,
            )
        return found


@cache
def _prototype(ratio: int) -> NDArray[np.float32]:
    """Return the low-pass of ``TAPS * ratio`` taps with unit gain and its edge at 4 kHz."""
    length = TAPS * ratio
    position = np.arange(length) - (length - 1) / 2
    taps = np.sinc(position / ratio) * np.kaiser(length, 0.1102 * (_STOPBAND_DB - 8.7))
    return np.asarray(taps / taps.sum(), np.float32)


def _to_int16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)


def _windows(samples: NDArray[np.float32], length: int, step: int) -> NDArray[np.float32]:
    """Return overlapping windows as a matrix of their own.

    BLAS refuses overlapping rows, and the plain product numpy then falls back to costs four times this
    copy; the array constructor makes the view in a tenth of ``sliding_window_view``'s time.
    """
    rows = (len(samples) - length) // step + 1
    size = samples.itemsize
    view: NDArray[np.float32] = np.ndarray((rows, length), np.float32, samples.data, 0, (step * size, size))
    return view.copy()


class Upsampler:
    """8 kHz mono to ``8 kHz * ratio`` with ``channels`` equal channels."""

    def __init__(self, ratio: int, channels: int) -> None:
        """Begin in silence."""
        self._channels = channels
        self._history = np.zeros(TAPS - 1, np.float32)
        # Column p holds phase p, newest tap last, as the window slides over old to new samples.
        self._phases = np.ascontiguousarray(_prototype(ratio).reshape(TAPS, ratio)[::-1] * ratio)

    def process(self, pcm: bytes) -> bytes:
        """Return ``ratio * channels`` times as many bytes as ``pcm``."""
        if not pcm:
            return b""
        samples = np.concatenate((self._history, np.frombuffer(pcm, np.int16).astype(np.float32)))
        self._history = samples[-(TAPS - 1) :]
        out = _to_int16((_windows(samples, TAPS, 1) @ self._phases).reshape(-1))
        return (out if self._channels == 1 else np.repeat(out, self._channels)).tobytes()


class Downsampler:
    """``8 kHz * ratio``, ``channels`` averaged, to 8 kHz mono; an odd rest waits for the next call."""

    def __init__(self, ratio: int, channels: int) -> None:
        """Begin in silence."""
        self._ratio = ratio
        self._channels = channels
        self._taps = _prototype(ratio)
        self._mix = np.full(channels, 1 / channels, np.float32)
        self._history = np.zeros((TAPS - 1) * ratio, np.float32)
        self._rest = b""

    def process(self, pcm: bytes) -> bytes:
        """Return the 8 kHz samples that ``pcm`` completes."""
        data = self._rest + pcm
        whole = len(data) - len(data) % (2 * self._channels)
        self._rest = data[whole:]
        samples = np.frombuffer(data[:whole], np.int16).astype(np.float32)
        if self._channels > 1:
            samples = samples.reshape(-1, self._channels) @ self._mix
        samples = np.concatenate((self._history, samples))
        count = (len(samples) - len(self._taps)) // self._ratio + 1
        if count <= 0:
            self._history = samples
            return b""
        windows = _windows(samples, len(self._taps), self._ratio)
        self._history = samples[count * self._ratio :]
        return _to_int16(windows @ self._taps).tobytes()
