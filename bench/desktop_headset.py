"""Measure the desktop headset on PulseAudio null sinks: delay both ways, CPU, xruns.

    .venv/bin/python bench/desktop_headset.py [--clicks 40] [--out bench/results/desktop-headset.json]

A click is written to the microphone's card and looked for at the peer, and sent by the peer and looked for on
the earpiece's card. `baseline` is how long the first kind of click takes to a recorder on the microphone's
card itself: what the sound server and the measuring add. The peer decodes as aiortc does, without its jitter
buffer. Everything on loopback.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "service"))

import headsetpeer
from headsetpeer import TOKEN, HeadsetPeer
from soundcards import RATE, SoundCards, sine, soundcards

BLOCK = RATE // 100
CLICK = 0.1
"""Seconds of tone."""
EVERY = 0.7
LOUD = 2_000
HERTZ = os.sysconf("SC_CLK_TCK")


class Clicks:
    """Clicks every 0.7 s; knows when the last one began."""

    def __init__(self) -> None:
        self.began: list[float] = []
        self._next = time.monotonic() + EVERY
        self._until = 0.0
        self._hz = 700.0

    def block(self, frames: int) -> bytes:
        """Return the next samples."""
        now = time.monotonic()
        if now >= self._next:
            self.began.append(now)
            self._next, self._until = now + EVERY, now + CLICK
        return sine(self._hz, 0, frames) if now < self._until else bytes(2 * frames)


class Onsets:
    """When sound begins after quiet."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self._quiet_since = 0.0

    def take(self, samples: np.ndarray) -> None:
        """Look at the newest samples."""
        now = time.monotonic()
        if np.abs(samples).max(initial=0) > LOUD:
            if now - self._quiet_since > CLICK * 2:
                position = int(np.argmax(np.abs(samples) > LOUD))
                # the block is whole only now: its first sample is as old as it is long
                self.at.append(now - (len(samples) - position) / RATE)
            self._quiet_since = now


async def click_into(cards: SoundCards, name: str, clicks: Clicks) -> None:
    """Play clicks on a card, 10 ms at a time, in time."""
    process = await cards._pipe("pacat", "--playback", f"--device={name}", "--latency-msec=10")
    assert process.stdin is not None
    try:
        due = time.monotonic()
        while True:
            process.stdin.write(clicks.block(BLOCK))
            await process.stdin.drain()
            due += BLOCK / RATE
            await asyncio.sleep(due - time.monotonic())
    finally:
        process.kill()
        await process.wait()


async def listen_to(cards: SoundCards, name: str, onsets: Onsets) -> None:
    """Look for clicks on a card's monitor."""
    process = await cards._pipe("pacat", "--record", f"--device={name}.monitor", "--latency-msec=10")
    assert process.stdout is not None
    try:
        while True:
            onsets.take(np.frombuffer(await process.stdout.readexactly(BLOCK * 2), dtype=np.int16))
    finally:
        process.kill()
        await process.wait()


class ClickingPeer(HeadsetPeer):
    """Sends clicks instead of a hum and notes when clicks come."""

    def __init__(self, clicks: Clicks, onsets: Onsets) -> None:
        super().__init__()
        headsetpeer.sine = lambda _hz, _start, count: clicks.block(count)  # type: ignore[assignment]
        self.on_sound = onsets.take


def delays(began: list[float], heard: list[float]) -> list[float]:
    """Return for each click how long it took, in ms; clicks that never arrived are left out."""
    found = []
    for start in began:
        after = [at - start for at in heard if 0 <= at - start < EVERY]
        if after:
            found.append(after[0] * 1000)
    return found


def summary(values: list[float], sent: int) -> dict[str, Any]:
    """Median, 95th percentile and largest, and how many did not arrive."""
    ordered = sorted(values)
    return {
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
        "max_ms": round(ordered[-1], 1),
        "clicks": sent,
        "lost": sent - len(ordered),
    }


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and its children that run."""
    total, pids = 0.0, [pid]
    while pids:
        one = pids.pop()
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / HERTZ
        for task in Path(f"/proc/{one}/task").iterdir():
            pids += [int(child) for child in (task / "children").read_text().split()]
    return total


async def during(seconds: float, *work: Any) -> None:
    """Run ``work`` for that long."""
    tasks = [asyncio.ensure_future(one) for one in work]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def measure(count: int) -> dict[str, Any]:
    """Do all of it; see the module."""
    seconds = count * EVERY + 2
    async with soundcards("headset", "mic") as cards:
        from_peer, at_peer = Clicks(), Onsets()
        peer = ClickingPeer(from_peer, at_peer)
        async with peer.serving():
            process = await asyncio.create_subprocess_exec(
                str(Path(sys.executable).with_name("hotline")), "headset", "--plain", "--language", "en",
                "--url", f"http://127.0.0.1:{peer.port}", "--input", "mic", "--output", "headset",
                env=cards.environment | {"HOTLINE_TOKEN": TOKEN},
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            assert process.stdin is not None and process.stdout is not None
            await peer.connected(1)
            await peer.connect()
            await asyncio.sleep(3)
            at_mic, at_monitor, at_ear = Clicks(), Onsets(), Onsets()
            from_peer.began.clear()
            before, start = cpu_seconds(process.pid), time.monotonic()
            await during(
                seconds,
                click_into(cards, "mic", at_mic),
                listen_to(cards, "mic", at_monitor),
                listen_to(cards, "headset", at_ear),
            )
            share = (cpu_seconds(process.pid) - before) / (time.monotonic() - start)
            sent = list(from_peer.began)
            process.stdin.write(b"counts\nquit\n")
            said = (await process.stdout.read()).decode()
            await process.wait()
    return {
        "baseline": summary(delays(at_mic.began[1:-1], at_monitor.at), len(at_mic.began) - 2),
        "microphone_to_peer": summary(delays(at_mic.began[1:-1], at_peer.at), len(at_mic.began) - 2),
        "peer_to_earpiece": summary(delays(sent[1:-1], at_ear.at), len(sent) - 2),
        "cpu_share_of_one_core": round(share, 3),
        "counts": [line for line in said.splitlines() if "CardCounts" in line],
    }


def main(report: Callable[[str], None] = print) -> None:
    """Measure and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=40)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    found = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load": [round(one, 1) for one in os.getloadavg()],
        **asyncio.run(measure(options.clicks)),
    }
    text = json.dumps(found, indent=2)
    report(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
