"""G.711 companding (ITU-T G.711) by table lookup.

The decoders follow the recommendation's bit layout; the encoders are the decoders inverted by nearest
value over all 65,536 samples, so ``decode(encode(decode(byte))) == decode(byte)`` for every byte.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

ALAW_SILENCE = 0xD5
"""A-law byte of the smallest positive value."""


@cache
def alaw_decoder() -> NDArray[np.int16]:
    """Return the 256 linear values of A-law bytes (13 bits scaled to 16)."""
    code = np.arange(256) ^ 0x55
    mantissa = (code & 0x0F) * 2 + 1
    segment = (code >> 4) & 0x07
    magnitude = np.where(segment == 0, mantissa, (mantissa + 32) << np.maximum(segment - 1, 0)) << 3
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


@cache
def ulaw_decoder() -> NDArray[np.int16]:
    """Return the 256 linear values of µ-law bytes (14 bits scaled to 16)."""
    code = ~np.arange(256) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 132) << ((code >> 4) & 0x07)) - 132
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


@cache
def alaw_encoder() -> NDArray[np.uint8]:
    """Return 65,536 A-law bytes, indexed by a sample's bits taken as ``uint16``."""
    decoder = alaw_decoder().astype(np.int32)
    order = np.argsort(decoder)
    levels = decoder[order]
    edges = (levels[1:] + levels[:-1] + 1) // 2
    samples = np.arange(65536, dtype=np.uint16).view(np.int16)
    return order[np.searchsorted(edges, samples, side="right")].astype(np.uint8)


def alaw_encode(pcm: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Encode linear samples."""
    return alaw_encoder()[pcm.view(np.uint16)]


def alaw_decode(data: bytes) -> NDArray[np.int16]:
    """Decode A-law bytes."""
    return alaw_decoder()[np.frombuffer(data, np.uint8)]


def ulaw_decode(data: bytes) -> NDArray[np.int16]:
    """Decode µ-law bytes."""
    return ulaw_decoder()[np.frombuffer(data, np.uint8)]
