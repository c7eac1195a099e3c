"""How long a WAV file really is, whatever its header says: a crash leaves the header behind."""

from __future__ import annotations

import struct
from pathlib import Path

_HEAD = 4096
"""Bytes in which the data chunk of any recorder begins."""


def seconds(path: Path) -> float | None:
    """Return the length in seconds by the file's size; ``None`` when it is missing or no WAV.

    RIFF chunks as in "Multimedia Programming Interface and Data Specifications 1.0": ``fmt `` has
    the bytes a second at offset 8.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        size = path.stat().st_size
    except OSError:
        return None
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    position, rate = 12, 0
    while position + 8 <= len(head):
        name, length = struct.unpack_from("<4sI", head, position)
        position += 8
        if name == b"fmt " and position + 12 <= len(head):
            rate = struct.unpack_from("<I", head, position + 8)[0]
        if name == b"data":
            return (size - position) / rate if rate else None
        position += length + length % 2
    return None
