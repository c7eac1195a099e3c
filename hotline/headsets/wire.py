"""Between the calls process and the gateway: one connection a headset on ``run/headsets-audio.sock``.

The socket is ``SOCK_SEQPACKET``: each packet is a whole message, in order, none lost, so there is nothing to
cut apart. The first byte tells what it is: :data:`AUDIO`, the frame's place in time (a number of 4 bytes, big
endian, that grows by one each 20 ms, also while nothing is sent) and the frame (20 ms, 320 bytes, 16-bit mono
8 kHz), or :data:`CONTROL` and a JSON object with ``t``:

gateway to calls  ``hello`` (operator, estate, media, attended), ``media`` (up: sound arrives; attended: the
                  page is there to be rung), ``pick_up`` (call), ``hang_up`` (call), ``key`` (key),
                  ``mute`` (on), ``quality`` (received, sent, lost, jitter_ms), ``bye``
calls to gateway  ``state`` (call, ringing, card, seconds: how things stand, after ``hello``), ``ring`` (call,
                  card, seconds), ``stop_ring`` (call, why), ``connected`` (call, card), ``over`` (call, why),
                  ``taken`` (another connection of this operator has begun)

Sound is only sent while a call is up. Both sides count and leave alone what they do not understand.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotline.call.audio import FRAME_BYTES
from hotline.call.errors import PeerError

AUDIO_SOCKET = "headsets-audio.sock"
"""Served by the calls process."""
SIGNAL_SOCKET = "headsets.sock"
"""Served by the gateway for the web process: JSON lines, see :mod:`hotline.headsets.signalling`."""

AUDIO = 0x41
CONTROL = 0x4A
LARGEST_PACKET = 16_384
PLACES = 1 << 32
_AUDIO_HEAD = bytes([AUDIO])
_CONTROL_HEAD = bytes([CONTROL])


class BadPacket(PeerError):
    """A packet that is none of these; it is counted and left alone."""

    code = "headset-packet"


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms of sound."""

    place: int
    """In time, in frames; 0 to 2³² - 1."""
    pcm: bytes


def pack_audio(place: int, pcm: bytes) -> bytes:
    """Return the packet of one frame of 320 bytes."""
    return _AUDIO_HEAD + (place % PLACES).to_bytes(4, "big") + pcm


def pack_control(kind: str, **facts: Any) -> bytes:
    """Return the packet of a message."""
    return _CONTROL_HEAD + json.dumps({"t": kind, **facts}, ensure_ascii=False).encode()


def unpack(packet: bytes) -> Frame | dict[str, Any]:
    """Return a frame of sound, or a message with its ``t``; raises :class:`BadPacket`."""
    if not packet or len(packet) > LARGEST_PACKET:
        raise BadPacket(f"A packet of {len(packet)} bytes is none of a headset's.")
    if packet[0] == AUDIO:
        if len(packet) != FRAME_BYTES + 5:
            raise BadPacket(f"A frame has {FRAME_BYTES} bytes, not {len(packet) - 5}.")
        return Frame(int.from_bytes(packet[1:5], "big"), packet[5:])
    if packet[0] != CONTROL:
        raise BadPacket("The packet is neither sound nor a message.")
    try:
        said = json.loads(packet[1:])
    except ValueError as error:
        raise BadPacket("The message is no JSON.") from error
    if not isinstance(said, dict) or not isinstance(said.get("t"), str):
        raise BadPacket("The message has no kind.")
    return said


@contextmanager
def socket_path(folder: Path, name: str) -> Iterator[str]:
    """A path to a socket that fits ``sockaddr_un`` (108 bytes) however deep ``folder`` lies."""
    fd = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{fd}/{name}"
    finally:
        os.close(fd)
