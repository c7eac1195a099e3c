"""What every caller of the benchmark does: talk all the time and press keys at known moments.

The whole call is one capture file (pcap) that sipp plays: G.711 A-law with RFC 4733 events in the same
stream - one SSRC, one sequence, as a telephone sends them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hotline.call.audio import Clip
from hotline.telephony.media.clips import decode_clip
from hotline.telephony.media.companding import alaw_encode

KEY_TYPE = 101
FRAME = 160
FRAME_SECONDS = 0.02
KEY_FRAMES, GAP_FRAMES = 5, 5
"""A key lasts 100 ms, 100 ms apart from the next (ITU-T Q.24 wants 40 ms at least)."""
_END_PACKETS = 3
"""RFC 4733 section 2.5.1.4: the final packet is sent three times."""
_EVENTS = "0123456789*#ABCD"
_SSRC = 0x5EED
FIRST_KEY = 2.5
EVERY = 4.0
"""Seconds between keys in the main menu: many times what people do."""
INTAKE = 26.0
"""Seconds at the end of a call in which it files a repair."""


@dataclass(frozen=True, slots=True)
class Press:
    """Keys pressed ``at`` seconds after the first sound; the last one is answered by ``prompt``."""

    at: float
    keys: str
    language: str
    prompt: str

    @property
    def last_key_at(self) -> float:
        """Second at which the last of the keys begins."""
        return self.at + (len(self.keys) - 1) * (KEY_FRAMES + GAP_FRAMES) * FRAME_SECONDS


def walk(seconds: float) -> list[Press]:
    """Return what is pressed in a call of ``seconds``: 9 (repeat), 8 (language) in turns, then a repair."""
    presses: list[Press] = []
    language, at = "zh", FIRST_KEY
    while at + EVERY <= seconds - INTAKE:
        if len(presses) % 3 == 2:
            language = "en" if language == "zh" else "zh"
            presses.append(Press(at, "8", language, "language_changed"))
        else:
            presses.append(Press(at, "9", language, "main_menu"))
        at += EVERY
    intake = (
        (0.0, "1", "repairs_intro"),
        (4.5, "3*2*602#", "say_problem"),
        (14.0, "#", "own_number_is"),
        (17.0, "1", "check_details"),
        (21.0, "1", "ticket_number"),
    )
    begin = seconds - INTAKE
    return presses + [Press(begin + after, keys, language, prompt) for after, keys, prompt in intake]


def write_capture(path: Path, speech: Path, seconds: float, presses: list[Press]) -> None:
    """Write the caller's side of a call of ``seconds`` as a capture file."""
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    packets = (_framed(body, at) for at, body in _rtp_packets(speech, seconds, presses))
    path.write_bytes(head + b"".join(packets))


def _rtp_packets(speech: Path, seconds: float, presses: list[Press]) -> Iterator[tuple[float, bytes]]:
    sound = np.frombuffer(decode_clip(Clip(speech)), np.int16)
    coded = alaw_encode(sound[: len(sound) // FRAME * FRAME]).tobytes()
    keys = _key_frames(presses)
    sequence, talking = 1, False
    for number in range(round(seconds / FRAME_SECONDS)):
        stamp, at = number * FRAME, number * FRAME_SECONDS
        if number not in keys:
            begin = stamp % len(coded)
            yield at, _rtp(8, not talking, sequence, stamp, coded[begin : begin + FRAME])
            sequence, talking = sequence + 1, True
            continue
        key, step = keys[number]
        talking = False
        last = step == KEY_FRAMES - 1
        for _ in range(_END_PACKETS if last else 1):
            event = struct.pack(">BBH", _EVENTS.index(key), (0x80 if last else 0) | 10, FRAME * (step + 1))
            yield at, _rtp(KEY_TYPE, step == 0, sequence, stamp - step * FRAME, event)
            sequence += 1


def _key_frames(presses: list[Press]) -> dict[int, tuple[str, int]]:
    """Return for each frame that belongs to a key: which key, and the how manieth of its frames."""
    frames: dict[int, tuple[str, int]] = {}
    for press in presses:
        first = round(press.at / FRAME_SECONDS)
        for place, key in enumerate(press.keys):
            begin = first + place * (KEY_FRAMES + GAP_FRAMES)
            frames |= {begin + step: (key, step) for step in range(KEY_FRAMES)}
    return frames


def _rtp(kind: int, marker: bool, sequence: int, stamp: int, body: bytes) -> bytes:
    return struct.pack(">BBHII", 0x80, kind | (0x80 if marker else 0), sequence & 0xFFFF, stamp, _SSRC) + body


def _framed(payload: bytes, at: float) -> bytes:
    udp = struct.pack(">HHHH", 6000, 6000, 8 + len(payload), 0) + payload
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, b"\x7f\0\0\1", b"\x7f\0\0\1")
    frame = bytes(12) + b"\x08\x00" + ip + udp
    seconds, fraction = divmod(round(at * 1e6), 1_000_000)
    return struct.pack("<IIII", seconds, fraction, len(frame), len(frame)) + frame
