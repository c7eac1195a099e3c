"""WAV as far as telephony needs it: headers of recordings, reading files that are still being written.

RIFF/WAVE: Microsoft/IBM "Multimedia Programming Interface and Data Specifications 1.0"; format tags
1 (PCM), 6 (A-law), 7 (µ-law) and 0xFFFE (the tag is in the sub-format) from RFC 2361.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import BinaryIO

from hotline.call.audio import RATE


class Tag(IntEnum):
    """Sample encodings that are read."""

    PCM = 1
    ALAW = 6
    ULAW = 7


_EXTENSIBLE = 0xFFFE
_HEAD_LIMIT = 1 << 16
"""Chunks before the sound (LIST, bext …) may take this many bytes."""
_STREAMED = 0xFFFFFFFF
_LONGEST_HEAD = 64


class NotWav(ValueError):
    """The bytes are no WAV that can be read; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class WavLayout:
    """Where the sound lies in a file and how it is encoded."""

    tag: Tag
    channels: int
    rate: int
    sample_bytes: int
    data_offset: int
    declared_bytes: int
    """Size of the sound by the header; not to be trusted while, or after, the file is written."""

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return self.channels * self.sample_bytes


def recording_header(tag: Tag, data_bytes: int) -> bytes:
    """Return the header of a stereo 8 kHz recording holding ``data_bytes`` bytes of sound.

    Other than PCM needs the long format chunk and a ``fact`` chunk with the number of samples. Beyond
    4 GB (74 hours of A-law) the size stays at its limit: readers go by the file.
    """
    data_bytes = min(data_bytes, _STREAMED - _LONGEST_HEAD)
    sample_bytes = 2 if tag is Tag.PCM else 1
    frame = 2 * sample_bytes
    fmt = struct.pack("<HHIIHH", tag, 2, RATE, RATE * frame, frame, 8 * sample_bytes)
    fact = b""
    if tag is not Tag.PCM:
        fmt += struct.pack("<H", 0)
        fact = struct.pack("<4sII", b"fact", 4, data_bytes // frame)
    body = struct.pack("<4s4sI", b"WAVE", b"fmt ", len(fmt)) + fmt + fact
    body += struct.pack("<4sI", b"data", data_bytes)
    return struct.pack("<4sI", b"RIFF", len(body) + data_bytes) + body


def read_layout(file: BinaryIO) -> WavLayout:
    """Read a file's header; raises :class:`NotWav`. Sizes in RIFF and data chunks are not believed."""
    file.seek(0)
    head = file.read(_HEAD_LIMIT)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise NotWav("it does not begin like a WAV file")
    fmt: bytes | None = None
    position = 12
    while position + 8 <= len(head):
        name, size = struct.unpack_from("<4sI", head, position)
        position += 8
        if name == b"data":
            return _layout(fmt, position, size)
        if name == b"fmt ":
            fmt = head[position : position + size]
        position += size + (size & 1)
    raise NotWav("it has no sound chunk")


def _layout(fmt: bytes | None, offset: int, declared: int) -> WavLayout:
    if fmt is None or len(fmt) < 16:
        raise NotWav("it does not say how the sound is encoded")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", fmt)
    if tag == _EXTENSIBLE and len(fmt) >= 26:
        tag = struct.unpack_from("<H", fmt, 24)[0]
    expected_bits = 16 if tag == Tag.PCM else 8
    if tag not in list(Tag) or bits != expected_bits:
        raise NotWav(f"its encoding (format {tag}, {bits} bits) is not 16-bit PCM, A-law or µ-law")
    if channels not in (1, 2):
        raise NotWav(f"it has {channels} channels, not one or two")
    return WavLayout(Tag(tag), channels, rate, bits // 8, offset, declared)


def sound_bytes(file: BinaryIO, layout: WavLayout) -> int:
    """Return how many bytes of sound the file really holds, in whole frames.

    A file being written has a header older than its sound, so the size is what lies on disk; only
    where the declared size is followed by well-formed chunks up to the very end, it is believed.
    """
    end = file.seek(0, 2)
    size = layout.declared_bytes if ends_in_chunks(file, layout) else max(end - layout.data_offset, 0)
    return size - size % layout.frame_bytes


def ends_in_chunks(file: BinaryIO, layout: WavLayout) -> bool:
    """True when the declared sound is followed by other chunks up to the very end: a finished file."""
    end = file.seek(0, 2)
    after = layout.data_offset + layout.declared_bytes + (layout.declared_bytes & 1)
    return layout.declared_bytes > 0 and after < end and _chunks_reach(file, after, end)


def _chunks_reach(file: BinaryIO, position: int, end: int) -> bool:
    """True when a chain of chunks leads from ``position`` exactly to ``end`` (a pad byte may lack)."""
    while position < end:
        file.seek(position)
        head = file.read(8)
        if len(head) < 8 or not all(0x20 <= byte < 0x7F for byte in head[:4]):
            return False
        size = struct.unpack_from("<I", head, 4)[0]
        position += 8 + size + (size & 1)
    return position in (end, end + 1)
