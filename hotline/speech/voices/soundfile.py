"""Prompt files: WAV read with every encoding that can be played, written as 16-bit PCM."""

from __future__ import annotations

import struct
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hotline.call.audio import RATE
from hotline.speech.voices.levels import Samples, to_pcm

PLAYABLE_RATES = (8000, 16_000, 24_000, 32_000, 48_000)
"""Whole multiples of 8 kHz: what the telephone side resamples as it plays."""
_PCM, _ALAW, _ULAW, _EXTENSIBLE = 1, 6, 7, 0xFFFE
_ENCODINGS = {(_PCM, 16): 2, (_ALAW, 8): 1, (_ULAW, 8): 1}
_REMEDY = "save it as 16-bit mono WAV with 8000 Hz (sox IN -r 8000 -c 1 -b 16 OUT.wav)"
_HEAD_BYTES = 1 << 16


class Unplayable(ValueError):
    """A file that cannot be played; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class SoundFormat:
    """What a WAV file's header says."""

    encoding: int
    channels: int
    rate: int
    width: int
    """Bytes a sample."""
    offset: int
    """Where the sound begins."""
    frames: int
    """Samples a channel."""

    @property
    def seconds(self) -> float:
        """Length."""
        return self.frames / self.rate


def sound_format(path: Path) -> SoundFormat:
    """Read the header of ``path``; raises :class:`Unplayable`, also when it cannot be opened."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            size = file.seek(0, 2)
    except OSError as error:
        raise Unplayable(f"cannot be read: {error.strerror}") from error
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise Unplayable(f"is not a WAV file; {_REMEDY}")
    layout: tuple[int, int, int, int] | None = None
    at = 12
    while at + 8 <= len(head):
        name, length = struct.unpack_from("<4sI", head, at)
        if name == b"fmt " and at + 24 <= len(head):
            layout = _layout(head, at + 8, length)
        if name == b"data" and layout is not None:
            return _checked(layout, at + 8, min(length, size - at - 8))
        at += 8 + length + length % 2
    raise Unplayable(f"has no sound in it; {_REMEDY}")


def _layout(head: bytes, at: int, length: int) -> tuple[int, int, int, int]:
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", head, at)
    if tag == _EXTENSIBLE and length >= 26 and at + 26 <= len(head):
        tag = struct.unpack_from("<H", head, at + 24)[0]
    return int(tag), int(channels), int(rate), int(bits)


def _checked(layout: tuple[int, int, int, int], offset: int, length: int) -> SoundFormat:
    tag, channels, rate, bits = layout
    width = _ENCODINGS.get((tag, bits))
    if width is None:
        raise Unplayable(f"is neither 16-bit PCM nor A-law or µ-law; {_REMEDY}")
    if channels not in (1, 2):
        raise Unplayable(f"has {channels} channels; {_REMEDY}")
    if rate not in PLAYABLE_RATES:
        rates = ", ".join(str(playable) for playable in PLAYABLE_RATES)
        raise Unplayable(f"has {rate} samples a second, which is none of {rates}; {_REMEDY}")
    frames = length // (width * channels)
    if frames <= 0:
        raise Unplayable(f"has no sound in it; {_REMEDY}")
    return SoundFormat(tag, channels, rate, width, offset, frames)


def read_sound(path: Path) -> tuple[Samples, int]:
    """Return the left channel's samples (-1..1) and their rate; raises :class:`Unplayable`."""
    form = sound_format(path)
    data = path.read_bytes()[form.offset : form.offset + form.frames * form.width * form.channels]
    if form.encoding == _PCM:
        samples = np.frombuffer(data, "<i2").astype(np.float32)
    else:
        table = _alaw_table() if form.encoding == _ALAW else _ulaw_table()
        samples = table[np.frombuffer(data, np.uint8)]
    return (samples[:: form.channels] / np.float32(32768)).astype(np.float32), form.rate


def write_sound(path: Path, samples: Samples) -> None:
    """Write 8 kHz mono 16-bit WAV, whole or not at all (renamed into place)."""
    part = path.with_suffix(".part")
    with wave.open(str(part), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(to_pcm(samples).astype("<i2").tobytes())
    part.replace(path)


def _alaw_table() -> NDArray[np.float32]:
    """ITU-T G.711 table 1a: sign, three bits of segment, four of step, even bits inverted."""
    code = np.arange(256) ^ 0x55
    segment, step = (code >> 4) & 7, code & 15
    low = (step << 4) + 8
    value = np.where(segment == 0, low, (low + 256) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, value, -value).astype(np.float32)


def _ulaw_table() -> NDArray[np.float32]:
    """ITU-T G.711 table 2a: all bits inverted, bias 132."""
    code = ~np.arange(256) & 0xFF
    value = ((((code & 15) << 3) + 132) << ((code >> 4) & 7)) - 132
    return np.where(code & 0x80, -value, value).astype(np.float32)
