"""The shape of a recording: how loud each side was in each stretch, for drawing a waveform.

Kept beside the recording as ``<leg>.peaks.json`` so that an hour of sound is read once; retention deletes
it with the recording (:func:`beside`).
"""

from __future__ import annotations

import json
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from hotline.call.errors import HotlineError

BUCKETS = 1200
"""Stretches of the drawing that is kept: a wide screen's pixels."""
MOST_BUCKETS = 4000
SIDES = ("caller", "hotline")
"""Left and right."""
_HEAD = 4096
_PCM, _ALAW, _ULAW = 1, 6, 7
_WIDTHS = {(_PCM, 16): 2, (_ALAW, 8): 1, (_ULAW, 8): 1}
"""Bytes a sample of what is drawn: recordings are A-law, others come from earlier versions and elsewhere."""


class NoSound(HotlineError):
    """A recording whose file cannot be read as sound."""

    code = "recording-unreadable"


def peaks(path: Path, buckets: int = BUCKETS) -> dict[str, Any]:
    """Return the least and the greatest sample of every stretch, per channel, from -1 to 1.

    ``{"seconds": 12.5, "rate": 8000, "buckets": 1200, "channels": [{"side": "caller", "min": [...],
    "max": [...]}, ...]}``. A recording shorter than ``buckets`` samples has fewer stretches. Reads the
    whole file the first time: not on an event loop. Raises :class:`NoSound`.
    """
    kept = beside(path)
    stamp = _stamp(path)
    if buckets == BUCKETS:
        with suppress(OSError, ValueError, KeyError):
            found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
            if found.pop("of") == stamp:
                return found
    shape = _shape(path, buckets)
    if buckets == BUCKETS:
        _keep(kept, {"of": stamp} | shape)
    return shape


def beside(recording: Path) -> Path:
    """Return where the shape of a recording is kept."""
    return recording.with_suffix(".peaks.json")


def _stamp(path: Path) -> list[int]:
    try:
        status = path.stat()
    except OSError as error:
        raise NoSound("The file of this recording is not there any more.", code="recording-gone") from error
    return [status.st_size, status.st_mtime_ns]


def _keep(path: Path, shape: dict[str, Any]) -> None:
    """Write it whole or not at all; a full disk only means that it is computed again."""
    draft = path.with_suffix(".part")
    with suppress(OSError):
        draft.write_text(json.dumps(shape, separators=(",", ":")), encoding="utf-8")
        draft.replace(path)


def _shape(path: Path, buckets: int) -> dict[str, Any]:
    encoding, channels, rate, offset = _layout(path)
    width = 2 if encoding == _PCM else 1
    frames = max(0, (path.stat().st_size - offset) // (width * channels))
    shape: dict[str, Any] = {
        "seconds": round(frames / rate, 3), "rate": rate, "buckets": min(buckets, frames), "channels": []
    }  # fmt: skip
    sides = SIDES if channels == len(SIDES) else ("both",)
    if not frames:
        return shape | {"channels": [{"side": side, "min": [], "max": []} for side in sides]}
    samples = np.memmap(path, "<i2" if width == 2 else "u1", "r", offset=offset, shape=(frames, channels))
    if encoding != _PCM:
        samples = _table(encoding)[samples]
    starts = np.linspace(0, frames, min(buckets, frames), endpoint=False).astype(np.int64)
    least, greatest = np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)
    for number, side in enumerate(sides):
        shape["channels"].append(
            {"side": side, "min": _unit(least[:, number]), "max": _unit(greatest[:, number])}
        )
    return shape


def _table(encoding: int) -> np.ndarray:
    """Return what each byte of A-law or mu-law is as 16-bit sample (ITU-T G.711, tables 1 and 2)."""
    code = np.arange(256, dtype=np.int32)
    if encoding == _ULAW:
        code = ~code & 0xFF
        size = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
        return np.where(code & 0x80, -size, size).astype(np.int16)
    code ^= 0x55
    exponent, mantissa = (code & 0x70) >> 4, (code & 0x0F) << 4
    size = np.where(exponent == 0, mantissa + 8, (mantissa + 0x108) << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, size, -size).astype(np.int16)


def _unit(samples: np.ndarray) -> list[float]:
    found: list[float] = np.round(samples / 32768, 3).tolist()
    return found


def _layout(path: Path) -> tuple[int, int, int, int]:
    """Return encoding, channels, rate and where the samples begin; raises :class:`NoSound`."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise NoSound("The file of this recording cannot be read.") from error
    position, layout = 12, (0, 0, 0, 0)
    while head[:4] == b"RIFF" and position + 8 <= len(head):
        name, length = struct.unpack_from("<4sI", head, position)
        position += 8
        if name == b"fmt " and position + 16 <= len(head):
            encoding, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", head, position)
            layout = (encoding, channels, rate, bits)
        if name == b"data":
            encoding, channels, rate, bits = layout
            if (encoding, bits) in _WIDTHS and channels in (1, 2) and rate:
                return encoding, channels, rate, position
            break
        position += length + length % 2
    raise NoSound("The file of this recording is no WAV sound that can be drawn.")
