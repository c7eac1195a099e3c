"""What both bridge benches share: a real user agent and media engine, and telephones in another process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import socket
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from calling.machine import machine, versions

from hotline import settings
from hotline.call.clock import SystemClock
from hotline.call.ports import Call, DialOrder
from hotline.telephony.agent import SipTelephony
from hotline.telephony.media import MediaEngine

HOST = "127.0.0.1"
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
RESULTS = Path(__file__).parent / "results"


class Phones:
    """The other process."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process = process
        self.port = port

    @classmethod
    async def start(
        cls, count: int, *, core: int | None = None, silent_from: int = 1000, jitter_ms: float = 0
    ) -> Phones:
        """Run that many telephones, pinned to ``core`` if one is given; those from ``silent_from`` on are
        there but say nothing. Packets are late by up to ``jitter_ms``."""
        process = await asyncio.create_subprocess_exec(
            *(["taskset", "-c", str(core)] if core is not None else []),
            sys.executable, str(Path(__file__).with_name("bridge_phones.py")),
            str(count), str(silent_from), str(jitter_ms),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 28,
        )  # fmt: skip
        assert process.stdout is not None
        return cls(process, int(await process.stdout.readline()))

    async def figures(self) -> list[dict[str, Any]]:
        """End it; what each direction was like."""
        out, _ = await self._process.communicate(b"end\n")
        return list(json.loads(out))

    async def call(self, telephony: SipTelephony, number: int) -> Call:
        """Have the hotline call one of them."""
        order = DialOrder(to=f"sip:{number}@{HOST}:{self.port}", linkedid="", purpose="bench", timeout=10)
        return await telephony.dial(order)


@contextlib.asynccontextmanager
async def hotline(calls: int) -> AsyncIterator[tuple[SipTelephony, MediaEngine]]:
    """A user agent with the shipped settings, and its media engine."""
    sip = settings.Sip.model_validate(
        {
            "listen": f"{HOST}:{_free_port()}",
            "rtp_ports": "40000-41999",
            "channels": {"total": calls + 4, "reserved_outgoing": 1, "reserved_emergency": 1},
        }
    )
    clock = SystemClock()
    engine = MediaEngine(clock=clock)
    telephony = SipTelephony(sip, clock, engine)
    engine.start()
    try:
        await telephony.start()
        yield telephony, engine
    finally:
        await telephony.close()
        engine.stop()


async def drain(call: Call) -> None:
    """Take a call's events until it is over, as its owner would."""
    while not call.over:
        await call.next_event()


def cpu_seconds() -> float:
    """Processor time of this process so far, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def cpu_by_thread() -> dict[str, float]:
    """Processor time of this process so far by the name of the thread, as far as the system tells."""
    names = {thread.native_id: thread.name for thread in threading.enumerate()}
    found: dict[str, float] = {}
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # it has ended meanwhile
            head, _, rest = (task / "stat").read_text().rpartition(")")
            fields = rest.split()
            name = names.get(int(task.name)) or head.partition("(")[2]
            found[name] = found.get(name, 0.0) + (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND
    return found


def counters(engine: MediaEngine) -> dict[str, float]:
    """The engine's, as a mapping."""
    return asdict(engine.counters)


def spread(delays: Sequence[float]) -> dict[str, float]:
    """Count, median, p95, p99 and maximum."""
    values = np.asarray(delays)
    return {
        "count": len(values),
        **{f"p{part}": round(float(np.percentile(values, part)), 1) for part in (50, 95, 99)},
        "max": round(float(values.max()), 1),
    }


def report(bench: str, figures: dict[str, object], *, keep: bool, out: Path | None = None) -> None:
    """Print the result; with ``keep`` write it to ``bench/results`` too, with ``out`` there."""
    at = datetime.now(UTC)
    whole = {
        "bench": bench,
        "at": at.isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": versions(),
        "scheduling": "real-time (FIFO)" if os.sched_getscheduler(0) == os.SCHED_FIFO else "normal",
        "load_average": [round(value, 2) for value in os.getloadavg()],
        **figures,
    }
    text = json.dumps(whole, indent=2)
    print(text)
    if out is not None:
        out.write_text(text + "\n")
    if keep:
        (RESULTS / f"{bench.replace('_', '-')}-{at.date()}.json").write_text(text + "\n")


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1]) & ~1
