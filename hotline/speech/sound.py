"""Reading WAV files as 16-bit 8 kHz sound, one channel at a time."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hotline.call.audio import RATE
from hotline.call.errors import EnvironmentFault

_PCM, _ALAW, _MULAW = 1, 6, 7
_STREAMING = 0xFFFFFFFF
"""Data length of a file whose writer died: the rest of the file is sound."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Sound of a file. ``channels``: one array of 16-bit samples each."""

    channels: tuple[NDArray[np.int16], ...]

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.channels[0]) / RATE

    def pcm(self, channel: int = 0) -> bytes:
        """One channel as little-endian 16-bit PCM."""
        return bytes(self.channels[channel].astype("<i2").tobytes())


def read_wav(path: Path) -> Sound:
    """Read PCM, A-law or µ-law at 8 kHz, mono or stereo, finished or not.

    Raises :class:`~hotline.call.errors.EnvironmentFault` saying what is wrong with the file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be read ({error.strerror}).") from error
    try:
        return _parsed(content)
    except (struct.error, ValueError) as error:
        raise EnvironmentFault(
            f"{path} is no recording ({error}): WAV at 8,000 Hz, 16-bit, A-law or µ-law is needed."
        ) from error


def _parsed(content: bytes) -> Sound:
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise ValueError("no RIFF/WAVE header")
    at, layout = 12, None
    while at + 8 <= len(content):
        name, length = content[at : at + 4], struct.unpack_from("<I", content, at + 4)[0]
        if name == b"fmt ":
            layout = struct.unpack_from("<HHIIHH", content, at + 8)
        elif name == b"data":
            if layout is None:
                raise ValueError("sound before its format")
            end = len(content) if length in (0, _STREAMING) else at + 8 + length
            return _decoded(content[at + 8 : end], layout)
        at += 8 + length + length % 2
    raise ValueError("no sound in it")


def _decoded(data: bytes, layout: tuple[int, int, int, int, int, int]) -> Sound:
    form, channels, rate, _, _, bits = layout
    if rate != RATE or channels not in (1, 2):
        raise ValueError(f"{rate} Hz, {channels} channels")
    if form == _PCM and bits == 16:
        samples = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2").astype(np.int16)
    elif form in (_ALAW, _MULAW) and bits == 8:
        table = _ALAW_TABLE if form == _ALAW else _MULAW_TABLE
        samples = table[np.frombuffer(data, dtype=np.uint8)]
    else:
        raise ValueError(f"format {form} with {bits} bits")
    whole = samples[: len(samples) // channels * channels].reshape(-1, channels)
    return Sound(tuple(whole[:, channel] for channel in range(channels)))


def _alaw_table() -> NDArray[np.int16]:
    """ITU-T G.711 table 1a, expanded to 16 bits."""
    values = np.zeros(256, dtype=np.int16)
    for code in range(256):
        bits = code ^ 0x55
        exponent, mantissa = (bits >> 4) & 7, bits & 15
        magnitude = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
        values[code] = magnitude if bits & 0x80 else -magnitude
    return values


def _mulaw_table() -> NDArray[np.int16]:
    """ITU-T G.711 table 2a, expanded to 16 bits."""
    values = np.zeros(256, dtype=np.int16)
    for code in range(256):
        bits = ~code & 0xFF
        magnitude = (((bits & 15) << 3) + 0x84 << ((bits >> 4) & 7)) - 0x84
        values[code] = -magnitude if bits & 0x80 else magnitude
    return values


_ALAW_TABLE = _alaw_table()
_MULAW_TABLE = _mulaw_table()
