"""Capture files (pcap) of keys for sipp: RFC 4733 events and tones in G.711 A-law."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from hotline.telephony.media.companding import alaw_encode

_EVENTS = "0123456789*#ABCD"
_LOW = (697, 770, 852, 941)
_HIGH = (1209, 1336, 1477, 1633)
_PAD = "123A456B789C*0#D"
_STEP = 160


def _packet(payload: bytes, at: float) -> bytes:
    udp = struct.pack(">HHHH", 6000, 6000, 8 + len(payload), 0) + payload
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, b"\x7f\0\0\1", b"\x7f\0\0\1")
    frame = bytes(12) + b"\x08\x00" + ip + udp
    seconds, fraction = divmod(at, 1.0)
    return struct.pack("<IIII", int(seconds), int(fraction * 1e6), len(frame), len(frame)) + frame


def _rtp(kind: int, marker: bool, sequence: int, stamp: int, body: bytes) -> bytes:
    return struct.pack(">BBHII", 0x80, kind | (0x80 if marker else 0), sequence, stamp, 0x4711) + body


def _write(path: Path, packets: list[tuple[float, bytes]]) -> Path:
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    path.write_bytes(head + b"".join(_packet(body, at) for at, body in packets))
    return path


def rfc4733_capture(path: Path, keys: str, *, payload_type: int = 101) -> Path:
    """Each key 100 ms, its end packet three times (RFC 4733 section 2.5.1.4), 100 ms apart."""
    packets: list[tuple[float, bytes]] = []
    sequence, at = 1, 0.0
    for number, key in enumerate(keys):
        stamp = 8000 + number * 2 * 5 * _STEP
        for step in range(8):
            last = step >= 5
            duration = _STEP * min(step + 1, 6)
            event = struct.pack(">BBH", _EVENTS.index(key), (0x80 if last else 0) | 10, duration)
            packets.append((at, _rtp(payload_type, step == 0, sequence, stamp, event)))
            sequence += 1
            at += 0.02
        at += 0.1
    return _write(path, packets)


def inband_capture(path: Path, keys: str) -> Path:
    """Each key as its two tones, 100 ms at -10 dBm0 or so, then 100 ms of silence."""
    sound = [np.zeros(800)]
    time = np.arange(800) / 8000
    for key in keys:
        row, column = divmod(_PAD.index(key), 4)
        tones = np.sin(2 * np.pi * _LOW[row] * time) + np.sin(2 * np.pi * _HIGH[column] * time)
        sound += [tones * 7000, np.zeros(800)]
    coded = alaw_encode(np.concatenate(sound).astype(np.int16)).tobytes()
    packets = [
        (number * 0.02, _rtp(8, number == 0, number + 1, number * _STEP, coded[at : at + _STEP]))
        for number, at in enumerate(range(0, len(coded), _STEP))
    ]
    return _write(path, packets)
