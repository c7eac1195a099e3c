"""Opus (RFC 6716) in blocks of 20 ms, 48 kHz, mono."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
from av import CodecContext, Packet

from hotline.desktop.pcm import BLOCK_FRAMES, RATE, SILENCE, faded, mono_frame

BIT_RATE = 24_000
"""Wide-band voice; the call behind it is a telephone call."""
MOST_FILLED = 5
"""Lost blocks (100 ms) that are filled with the last one, fading; then it is silent."""
FADE = 0.6


class OpusVoice:
    """Encodes the microphone. aiortc's own encoder is stereo at 96 kbit/s behind a resampler."""

    def __init__(self) -> None:
        """Make an encoder of one stream."""
        codec = CodecContext.create("libopus", "w")
        codec.bit_rate = BIT_RATE
        codec.format, codec.layout, codec.sample_rate = "s16", "mono", RATE
        codec.time_base = Fraction(1, RATE)
        codec.options = {"application": "voip", "frame_duration": "20", "fec": "1", "packet_loss": "5"}
        self._codec = codec
        self._encoded = 0

    def encode(self, block: bytes) -> list[Packet[Any]]:
        """Return the packets of one block, stamped in samples from the first on."""
        stamp = self._encoded * BLOCK_FRAMES
        self._encoded += 1
        packets = list(self._codec.encode(mono_frame(block, stamp)))
        for packet in packets:
            packet.time_base = Fraction(1, RATE)
            packet.pts = packet.dts = stamp
        return packets


class OpusHearing:
    """Decodes what the hotline sends."""

    def __init__(self) -> None:
        """Make a decoder of one stream."""
        codec = CodecContext.create("libopus", "r")
        codec.format, codec.layout, codec.sample_rate = "s16", "mono", RATE
        self._codec = codec
        self._last = SILENCE
        self._missing = 0

    def decode(self, payload: bytes | None) -> bytes:
        """Return the sound of a packet, of a lost one (``None``) what stands in for it; maybe nothing."""
        if payload is None:
            self._missing += 1
            self._last = faded(self._last, FADE)
            return self._last if self._missing <= MOST_FILLED else b""
        try:
            sound = b"".join(
                bytes(part.planes[0])[: 2 * part.samples] for part in self._codec.decode(Packet(payload))
            )
        except (av.FFmpegError, ValueError):
            return b""  # no Opus, or empty: what some peers send to keep a path open
        self._missing, self._last = 0, sound or self._last
        return sound
