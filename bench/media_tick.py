"""Time one media tick with many calls that all play, are recorded and are heard by a tap.

    .venv/bin/python bench/media_tick.py --calls 150 --seconds 20

The streams are simulated in this process (a Python object instead of the native buffer, about as dear
as the native calls: 4.5 µs for stats, 1.6 µs for a read, measured on baresip-python 0.5.2a3); engine,
recorder thread and files are the real ones. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
import tempfile
import threading
import time
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from baresip._native import ffi, lib

from hotline.call.audio import FRAME_BYTES, FRAME_SECONDS, Clip, Silence
from hotline.call.clock import SystemClock
from hotline.telephony.media import MediaEngine
from hotline.telephony.media.resample import Downsampler  # noqa: F401 - loads numpy's parts before timing


@dataclass
class Info:
    """What ``baresip.AudioInfo`` would say."""

    tx_ready: bool = True
    rx_ready: bool = True
    tx_sample_rate: int = 8000
    tx_channels: int = 1
    rx_sample_rate: int = 8000
    rx_channels: int = 1
    tx_capacity: int = 32768


@dataclass(frozen=True)
class Stats:
    """As many fields as matter, to cost as much as ``baresip.AudioStats``."""

    tx_silence_frames: int
    tx_starved_frames: int
    tx_rejected_bytes: int
    tx_flushed_bytes: int
    tx_buffered: int
    tx_high_water: int


class Stream:
    """A call whose far end talks all the time; its buffers move by wall time."""

    def __init__(self, ratio: int, channels: int, begun: float) -> None:
        self.frame = FRAME_BYTES * ratio * channels
        self.format = Info(
            tx_sample_rate=8000 * ratio,
            rx_sample_rate=8000 * ratio,
            tx_channels=channels,
            rx_channels=channels,
        )
        self.voice = np.random.default_rng(1).integers(-8000, 8000, 8 * self.frame // 2, np.int16).tobytes()
        self.begun = begun
        self.probe = ffi.new("struct bp_audio_info *")
        self.done = 0
        self.buffered = self.high = self.received = 0

    def advance(self) -> None:
        """Let the wall time since the last look pass."""
        lib.bp_audio_probe(0, self.probe)  # as the native calls do, lets other threads have the interpreter
        due = int((time.monotonic() - self.begun) / FRAME_SECONDS)
        if due > self.done:
            self.buffered = max(self.buffered - (due - self.done) * self.frame, 0)
            self.received += (due - self.done) * self.frame
            self.done = due

    def info(self) -> Info:
        """As the port."""
        return self.format

    def stats(self) -> Stats:
        """As the port."""
        self.advance()
        return Stats(0, 0, 0, 0, self.buffered, self.high)

    def read(self, max_bytes: int) -> bytes:
        """As the port."""
        self.advance()
        size = min(self.received, max_bytes)
        self.received -= size
        return self.voice[:size]

    def write(self, pcm: bytes) -> int:
        """As the port."""
        self.buffered += len(pcm)
        self.high = max(self.high, self.buffered)
        return len(pcm)

    def flush_tx(self) -> None:
        """As the port."""
        self.buffered = 0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=150)
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--ratio", type=int, default=1, help="1: G.711, 2: G.722, 6: Opus")
    options.add_argument("--channels", type=int, default=1)
    options.add_argument("--inband", action="store_true", help="look for DTMF in the audio of every call")
    options.add_argument("--busy", type=float, default=0, help="share of time another thread computes")
    options.add_argument("--switch-ms", type=float, help="the interpreter's thread switch interval")
    options.add_argument(
        "--bridged", action="store_true", help="bridge the calls in pairs instead of playing"
    )
    arguments = options.parse_args()
    if arguments.switch_ms:
        sys.setswitchinterval(arguments.switch_ms / 1000)
    if arguments.busy:
        threading.Thread(target=compute, args=(arguments.busy,), daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(arguments, Path(folder)), indent=2))


def compute(share: float) -> None:
    """Be an event loop with work: chunks of pure Python with waits between them."""
    while True:
        until = time.perf_counter() + 0.005
        while time.perf_counter() < until:
            pass
        if share < 1:
            time.sleep(0.005 / share - 0.005)


def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, object]:
    prompt = folder / "prompt.wav"
    with wave.open(str(prompt), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(np.random.default_rng(2).integers(-8000, 8000, 20000, np.int16).tobytes())
    engine = MediaEngine(clock=SystemClock())
    ticks: list[float] = []
    tick = engine.tick

    def timed_tick() -> None:
        began = time.perf_counter()
        tick()
        ticks.append(time.perf_counter() - began)

    engine.tick = timed_tick  # type: ignore[method-assign]
    engine.start()
    frames = [0]

    def sink(_: bytes) -> None:
        frames[0] += 1

    begun = time.monotonic()
    legs = []
    for number in range(arguments.calls):
        stream = Stream(arguments.ratio, arguments.channels, begun + number * FRAME_SECONDS / arguments.calls)
        leg = engine.attach(stream, post=lambda _: None, detect_digits=arguments.inband)
        leg.start_recording(folder / f"{number}.wav")
        leg.tap(sink)
        if not arguments.bridged:
            leg.play([Clip(prompt), Silence(0.3)], repeat=True)
        legs.append(leg)
    if arguments.bridged:
        for one, other in zip(legs[::2], legs[1::2], strict=True):
            one.bridge(other)
    time.sleep(1)
    ticks.clear()
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    time.sleep(arguments.seconds)
    after, ended = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    counters = engine.counters
    engine.stop()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    milliseconds = np.array(ticks) * 1000
    return {
        "machine": f"{os.cpu_count()} × {_processor()}, {platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "calls": arguments.calls,
        "rate": 8000 * arguments.ratio,
        "channels": arguments.channels,
        "inband_digits": arguments.inband,
        "bridged": arguments.bridged,
        "busy": arguments.busy,
        "switch_ms": round(sys.getswitchinterval() * 1000, 2),
        "tick_ms": {
            "mean": round(float(milliseconds.mean()), 3),
            "p50": round(float(np.percentile(milliseconds, 50)), 3),
            "p99": round(float(np.percentile(milliseconds, 99)), 3),
            "max": round(float(milliseconds.max()), 3),
        },
        "ticks": len(ticks),
        "late_ticks": counters.late_ticks,
        "process_cpu_percent": round(100 * cpu / (ended - began), 1),
        "frames_tapped": frames[0],
        "load_average": os.getloadavg()[0],
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    main()
