"""A process around PortAudio: ``python -m hotline.desktop.soundcard list | record NAME | play NAME``.

PortAudio learns its devices only when it is initialised, and closing a stream whose device is gone may
hang for good (seen with ALSA's pulse plugin). In a process per stream a fresh list is a new process and a
hang is ended by killing it; the call is never touched.

``record`` writes blocks of 20 ms, 16-bit signed, to standard output; ``play`` reads them from standard
input. Lines of JSON on standard error tell what happens: ``open`` (rate, channels, bytes in a block),
``beat`` once a second (blocks, xruns, dropped, depth), ``failed`` and ``lost``; other lines there are noise
of the sound libraries. The process ends when standard input ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from hotline.desktop.playout import BLOCK_SECONDS, PlayoutRing

RATE = 48_000
"""Preferred samples in a second: what Opus uses."""
STALLED_BEATS = 3
"""Beats in a row without a block after which the device counts as gone; most are told at once."""
BEAT = 1.0


def tell(kind: str, **facts: Any) -> None:
    """Write one line of JSON to standard error."""
    os.write(2, json.dumps({"t": kind, **facts}).encode() + b"\n")


class Counts:
    """What a stream counts; written by the callback, read by the beat."""

    def __init__(self) -> None:
        self.blocks = 0
        self.xruns = 0
        self.dropped = 0


def devices(sounddevice: Any) -> list[dict[str, Any]]:
    """Return every device: name, inputs, outputs, and which are the defaults."""
    default_in, default_out = _default(sounddevice, 0), _default(sounddevice, 1)
    return [
        {
            "name": device["name"],
            "inputs": device["max_input_channels"],
            "outputs": device["max_output_channels"],
            "rate": int(device["default_samplerate"]),
            "default_input": index == default_in,
            "default_output": index == default_out,
        }
        for index, device in enumerate(sounddevice.query_devices())
    ]


def _default(sounddevice: Any, side: int) -> int:
    key = ("default_input_device", "default_output_device")[side]
    apis = sounddevice.query_hostapis()
    return next((api[key] for api in apis if api[key] >= 0), -1)


def index_of(sounddevice: Any, name: str, side: int) -> int:
    """Return the index of the device called ``name`` (empty: the default); -1 when there is none."""
    if not name:
        return _default(sounddevice, side)
    channels = ("max_input_channels", "max_output_channels")[side]
    return next(
        (
            index
            for index, device in enumerate(sounddevice.query_devices())
            if device["name"] == name and device[channels] > 0
        ),
        -1,
    )


def formats(native_rate: int) -> Iterator[tuple[int, int]]:
    """Return (rate, channels) in the order they are tried."""
    for rate in dict.fromkeys((RATE, native_rate)):
        yield rate, 1
        yield rate, 2


def block_frames(rate: int) -> int:
    """Return the frames in a block; 11,025 Hz has no whole number of them, the nearest below does."""
    return int(rate * BLOCK_SECONDS)


def record_callback(counts: Counts) -> Callable[..., None]:
    """Return the PortAudio callback that hands blocks to the pipe.

    One system call and no memory: a block is smaller than PIPE_BUF, so it is written whole or, when
    nobody reads, not at all.
    """

    def callback(block: Any, _frames: int, _time: Any, status: Any) -> None:
        counts.blocks += 1
        counts.xruns += bool(status)
        try:
            os.write(1, block)
        except BlockingIOError:
            counts.dropped += 1

    return callback


def play_callback(counts: Counts, ring: PlayoutRing) -> Callable[..., None]:
    """Return the PortAudio callback that plays what has come."""

    def callback(block: Any, _frames: int, _time: Any, status: Any) -> None:
        counts.blocks += 1
        counts.xruns += bool(status)
        ring.take(memoryview(block))

    return callback


def open_stream(sounddevice: Any, mode: str, name: str, counts: Counts) -> tuple[Any, PlayoutRing | None]:
    """Open and start the stream in the first format the device takes; tells ``open`` or ``failed``."""
    side = 0 if mode == "record" else 1
    index = index_of(sounddevice, name, side)
    if index < 0:
        fail("no-device")
    device = sounddevice.query_devices(index)
    problem = ""
    for rate, channels in formats(int(device["default_samplerate"])):
        size = block_frames(rate) * channels * 2
        ring = PlayoutRing(size) if side else None
        callback = play_callback(counts, ring) if ring else record_callback(counts)
        kind = sounddevice.RawOutputStream if side else sounddevice.RawInputStream
        try:
            stream = kind(
                samplerate=rate, blocksize=block_frames(rate), device=index, channels=channels,
                dtype="int16", latency="low", callback=callback,
                finished_callback=lambda: lost("finished"),
            )  # fmt: skip
            stream.start()
        except sounddevice.PortAudioError as error:
            problem = str(error)
            continue
        tell(
            "open", name=device["name"], rate=rate, channels=channels, block=size,
            latency=round(float(stream.latency), 4),
        )  # fmt: skip
        return stream, ring
    fail("cannot-open", detail=problem)
    raise AssertionError


def fail(why: str, **facts: Any) -> None:
    """Say why there is no stream, and end."""
    tell("failed", why=why, **facts)
    os._exit(1)


def lost(why: str) -> None:
    """Say that the device is gone, and end without closing anything: closing may hang."""
    tell("lost", why=why)
    os._exit(1)


def feed(ring: PlayoutRing, size: int) -> None:
    """Put what comes on standard input into the ring until it ends."""
    while len(block := sys.stdin.buffer.read(size)) == size:
        ring.put(block)
    os._exit(0)


def until_end() -> None:
    """End when standard input does."""
    while sys.stdin.buffer.read(4096):
        continue
    os._exit(0)


def beat(counts: Counts, ring: PlayoutRing | None, stopped: threading.Event) -> None:
    """Tell the counts every second; several beats without a block mean that the device is gone."""
    last, stalled = -1, 0
    while not stopped.wait(BEAT):
        # counted in beats of this thread: on a busy machine it gets as little time as the sound does
        stalled = stalled + 1 if counts.blocks == last else 0
        if stalled >= STALLED_BEATS:
            lost("stalled")
        last = counts.blocks
        dropped = counts.dropped + (ring.dropped if ring else 0)
        tell(
            "beat", blocks=counts.blocks, xruns=counts.xruns, dropped=dropped,
            depth=ring.depth if ring else 0, dry=ring.dry if ring else 0,
        )  # fmt: skip


def main(arguments: list[str]) -> None:
    """Do what the arguments say; see the module."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C belongs to whoever started this
    try:
        import sounddevice
    except ImportError:
        fail("no-sounddevice")
    except OSError:  # raised by sounddevice when the library is not found
        fail("no-portaudio")
    mode = arguments[0]
    if mode == "list":
        tell("devices", devices=devices(sounddevice))
        os._exit(0)
    if hasattr(os, "set_blocking"):
        os.set_blocking(1, False)
    counts = Counts()
    stream, ring = open_stream(sounddevice, mode, arguments[1], counts)
    size = block_frames(int(stream.samplerate)) * stream.channels * 2
    target, given = (feed, (ring, size)) if ring else (until_end, ())
    threading.Thread(target=target, args=given, daemon=True).start()
    beat(counts, ring, threading.Event())


if __name__ == "__main__":
    main(sys.argv[1:])
