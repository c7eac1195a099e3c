"""Is this the prompt that was expected? Received sound compared with a prompt's own samples.

Normalised cross-correlation at 8 kHz: what a sample-accurate copy of the prompt scores does not depend
on its level, and G.711 (ITU-T) costs a few hundredths. The prompt is compared in pieces of a quarter of
a second, each of which may have slipped a little: a lost packet or a jitter buffer that adapts shifts
what comes after it, and would spoil a single long comparison. The piece that fits worst does not count:
a packet lost inside it, or a beginning that was cut off, proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hotline.call.audio import RATE

Samples = NDArray[np.float64]

LONGEST = 1.5
"""Seconds of the prompt that are compared: its beginning tells it from every other prompt."""
ALIKE = 0.7
"""Score from which it is the prompt. Measured over the shipped prompts (tests): after G.711 the same one
scores 0.97 and more, with half a second cut off or a tenth of the packets lost still 0.85; those that do
not begin with the same words score 0.59 and less, noise and tones under 0.1."""
_PIECE = RATE // 4
_SLIP = RATE // 50
"""Samples a piece may have moved: one lost or doubled packet of 20 ms, each way."""
_QUIET = 30.0
"""Root mean square of 16-bit samples below which it counts as silence: −61 dBFS."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """The best place for a prompt in received sound."""

    score: float
    """0 to 1."""
    at: float
    """Seconds into the sound at which the prompt began."""

    @property
    def alike(self) -> bool:
        """True when it is the prompt."""
        return self.score >= ALIKE


class PromptTemplate:
    """The beginning of one prompt, ready to be looked for."""

    def __init__(self, pcm: bytes) -> None:
        """Take 16-bit mono PCM at 8 kHz; raises :class:`ValueError` when it has no sound worth it."""
        samples = as_samples(pcm)
        loud = np.flatnonzero(np.abs(samples) > 0.05 * np.abs(samples).max(initial=0.0))
        self._lead = int(loud[0]) if len(loud) else 0
        spoken = samples[self._lead : self._lead + int(LONGEST * RATE)]
        count = len(spoken) // _PIECE
        pieces = [spoken[number * _PIECE : (number + 1) * _PIECE] for number in range(count)]
        self._pieces = [(number, piece) for number, piece in enumerate(pieces) if level(piece) > _QUIET]
        if not self._pieces:
            raise ValueError("the prompt is too short or silent")
        self.seconds = count * _PIECE / RATE
        """Length of what is compared."""

    def look(self, sound: Samples) -> Likeness:
        """Return where in ``sound`` (16-bit scale, 8 kHz) the prompt fits best."""
        room = len(sound) - int(self.seconds * RATE) + 1
        if room <= 0:
            return Likeness(0.0, 0.0)
        total, weakest = np.zeros(room), np.ones(room)
        for number, piece in self._pieces:
            scores = _best_near(_correlation(sound[number * _PIECE :], piece), room)
            total += scores
            np.minimum(weakest, scores, out=weakest)
        spared = len(self._pieces) > 2
        total = (total - weakest if spared else total) / (len(self._pieces) - spared)
        best = int(np.argmax(total))
        return Likeness(float(total[best]), max(0, best - self._lead) / RATE)


def as_samples(pcm: bytes) -> Samples:
    """Return 16-bit little-endian PCM as numbers."""
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float64)


def level(sound: Samples) -> float:
    """Return the root mean square, 0 to 32767."""
    return float(np.sqrt(np.mean(sound * sound))) if len(sound) else 0.0


def silent(sound: Samples) -> bool:
    """True when no half second of it is louder than the noise of a line."""
    half = RATE // 2
    parts = [sound[at : at + half] for at in range(0, max(1, len(sound)), half)]
    return all(level(part) < _QUIET for part in parts)


def _correlation(sound: Samples, piece: Samples) -> Samples:
    """Normalised cross-correlation, its sign left out: analogue lines may turn the polarity."""
    length = len(piece)
    size = 1 << int(np.ceil(np.log2(len(sound) + length)))
    wanted = piece - piece.mean()
    spectrum = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(wanted, size))
    found = np.fft.irfft(spectrum, size)[: len(sound) - length + 1]
    energy = np.concatenate(([0.0], np.cumsum(sound * sound)))
    local = np.maximum(energy[length:] - energy[:-length], length * _QUIET**2)
    scores: Samples = np.abs(found) / np.sqrt(local * float(wanted @ wanted))
    return scores


def _best_near(scores: Samples, room: int) -> Samples:
    """The best score within the slip around each place, for the first ``room`` places."""
    padded = np.pad(scores, _SLIP, constant_values=0.0)
    window = 2 * _SLIP + 1
    # van Herk: the maximum of every window from running maxima of blocks, linear in the length
    blocks = -(-len(padded) // window)
    filled = np.pad(padded, (0, blocks * window - len(padded)), constant_values=0.0).reshape(blocks, window)
    ahead = np.maximum.accumulate(filled, axis=1).ravel()
    behind = np.maximum.accumulate(filled[:, ::-1], axis=1)[:, ::-1].ravel()
    best: Samples = np.maximum(behind[: len(scores)], ahead[window - 1 : window - 1 + len(scores)])
    return best[:room]
