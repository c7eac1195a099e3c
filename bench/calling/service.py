"""The hotline under load: started as anybody would start it, asked and read from outside."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import signal
import sqlite3
import sys
import urllib.request
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calling.machine import descendants
from calling.ports import HOST, Ports
from hotline.app.livefeed import follow
from hotline.home import shipped

HOTLINE = Path(sys.executable).with_name("hotline")
CHANNELS = 250
_SIP_SETTINGS = f"""
sip:
  channels: {{total: {CHANNELS}}}
  admission: {{invites_per_minute: 100000, burst: 1000}}
estates:
  - {{id: default, name: 示范物业}}
"""
_KEYS_ONLY = "speech: {live_slots: 0, emergency_slots: 0, batch: []}\n"
"""One source places all calls, and the number of calls is the benchmark's to choose; all else as shipped."""
_STATUS_TRIES = 3
_RECORDED_BYTES_A_SECOND = 2 * 8000


@dataclass
class Service:
    """One running ``hotline run``."""

    home: Path
    ports: Ports
    process: asyncio.subprocess.Process
    log: Path
    ended_at: dict[str, float] = field(default_factory=dict)
    committed: list[float] = field(default_factory=list)
    """Seconds from a call's end on the wire to its record being committed."""

    def processes(self) -> dict[str, list[int]]:
        """Process ids by what they do. The calls process is older than its warm standby."""
        found: dict[str, list[int]] = {"parent": [self.process.pid]}
        for pid, words in descendants(self.process.pid).items():
            role = words[words.index("hotline.app.child") + 1] if "hotline.app.child" in words else "others"
            name = "standby" if role == "calls" and "calls" in found else role
            found.setdefault(name, []).append(pid)
        return found

    def status(self) -> dict[str, Any]:
        """Ask ``/api/status``; raises :class:`OSError` when the calls process stays silent."""
        url = f"http://{HOST}:{self.ports.hotline_http}/api/status"
        for _ in range(_STATUS_TRIES - 1):
            with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:
                return dict(json.loads(answer.read()))
        with urllib.request.urlopen(url, timeout=5) as answer:
            return dict(json.loads(answer.read()))

    async def watch_records(self) -> None:
        """Follow the live feed: ``ended`` is the end of a call's SIP leg, ``closed`` its committed record."""
        loop = asyncio.get_running_loop()
        async for event in follow(self.home / "run"):
            if event["type"] == "ended":
                self.ended_at[event["leg"]] = loop.time()
            elif event["type"] == "closed" and event["leg"] in self.ended_at:
                self.committed.append(loop.time() - self.ended_at.pop(event["leg"]))

    def records(self) -> dict[str, Any]:
        """Count the calls, tickets and recordings on disk; to be asked after the end."""
        with contextlib.closing(sqlite3.connect(self.home / "hotline.db")) as db:
            calls = db.execute("SELECT uniqueid, billsec, disposition FROM calls").fetchall()
            kept = dict(db.execute("SELECT uniqueid, path FROM recordings").fetchall())
            tickets = db.execute("SELECT count(*) FROM tickets").fetchone()[0]
        answered = {leg: seconds for leg, seconds, disposition in calls if disposition == "ANSWERED"}
        lengths = {
            leg: _recorded_seconds(self.home / "recordings" / kept[leg]) for leg in answered if leg in kept
        }
        short = [answered[leg] - seconds for leg, seconds in lengths.items()]
        return {
            "calls": len(calls),
            "answered": len(answered),
            "tickets": tickets,
            "recordings": len(lengths),
            "longest_missing_ms": round(max(short, default=0.0) * 1000),
            "complete": sum(missing < 0.3 for missing in short),
        }

    async def stop(self) -> int | None:
        """End it as systemd would; returns the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 90)


def _recorded_seconds(path: Path) -> float:
    return path.stat().st_size / _RECORDED_BYTES_A_SECOND if path.exists() else 0.0


@contextlib.asynccontextmanager
async def running(
    home: Path, ports: Ports, *, speech: bool, more: Sequence[str] = (), within: float = 60.0
) -> AsyncIterator[Service]:
    """Start a hotline in ``home`` with the shipped menu and residents; ends it whatever happens.

    Without ``speech`` the models this machine may have are not used: a caller who is asked by voice
    would not press the keys that are measured. ``more``: further options of ``hotline run``.
    """
    shutil.copytree(shipped("config"), home / "config")
    (home / "config" / "hotline.yaml").write_text(_SIP_SETTINGS + ("" if speech else _KEYS_ONLY))
    first, last = ports.hotline_rtp
    log = home.parent / "hotline.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            HOTLINE, "run", "--home", home, "--no-models", "--sip", f"{HOST}:{ports.hotline_sip}",
            "--http", f"{HOST}:{ports.hotline_http}", "--rtp", f"{first}-{last}", *more,
            stdout=asyncio.subprocess.PIPE, stderr=errors, start_new_session=True,
        )  # fmt: skip
    service = Service(home, ports, process, log)
    reading = asyncio.create_task(_until_ready(process))
    try:
        await asyncio.wait_for(reading, within)
        await _import_residents(home)
        yield service
    finally:
        with contextlib.suppress(ProcessLookupError):
            if process.returncode is None:
                process.kill()
        await process.wait()


async def _until_ready(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        if b"hotline ready" in line:
            return
    raise RuntimeError("the hotline ended before it was ready; see hotline.log beside its data folder")


async def _import_residents(home: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        HOTLINE, "residents", "import", shipped("config") / "samples" / "residents.csv", "--home", home,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    if await process.wait():
        raise RuntimeError("the sample residents could not be imported")
