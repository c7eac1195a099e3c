"""A real hotline in processes of its own, for black-box tests: started, called, killed, restarted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOTLINE = Path(sys.executable).with_name("hotline")


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    """A port that was free a moment ago, for UDP and TCP alike."""
    while True:
        with socket.socket(socket.AF_INET, kind) as one:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            other = socket.SOCK_STREAM if kind is socket.SOCK_DGRAM else socket.SOCK_DGRAM
            with socket.socket(socket.AF_INET, other) as two, contextlib.suppress(OSError):
                two.bind(("127.0.0.1", port))
                return port


@dataclass
class Service:
    """One running ``hotline run``."""

    home: Path
    sip: int
    http: int
    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    heard: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def line(self, text: str, *, within: float = 60.0, after: int = 0) -> int:
        """Wait for a line of standard output that contains ``text``; returns the position after it."""
        deadline = time.monotonic() + within
        while True:
            for position, line in enumerate(self.lines):
                if position >= after and text in line:
                    return position + 1
            left = deadline - time.monotonic()
            if left <= 0 or (self.process.returncode is not None and not self._reading()):
                raise AssertionError(
                    f"no line {text!r} within {within} s\nout: {self.lines}\nerr: {self.errors[-30:]}"
                )
            async with self.heard:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.heard.wait(), min(left, 0.5))

    def _reading(self) -> bool:
        out = self.process.stdout
        return out is not None and not out.at_eof()

    async def cli(self, *arguments: str) -> Any:
        """Run a ``hotline`` command on this home with ``--json`` and return what it printed."""
        process = await asyncio.create_subprocess_exec(
            HOTLINE, *arguments, "--home", self.home, "--json", stdout=asyncio.subprocess.PIPE
        )
        out, _ = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0, out
        return json.loads(out)

    def children(self, role: str) -> list[int]:
        """Process ids of a role, oldest first."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                if (
                    b"hotline.app.child" in words
                    and role.encode() in words
                    and int(stat[1]) == self.process.pid
                ):
                    found.append((int(stat[19]), int(entry.name)))
        return [pid for _, pid in sorted(found)]

    async def stop(self, number: signal.Signals = signal.SIGTERM, *, within: float = 20.0) -> int:
        """Send a signal and wait for the end; returns the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), within)


@contextlib.asynccontextmanager
async def running(
    home: Path, *extra: str, sip: int = 0, http: int = 0, ready: bool = True
) -> AsyncIterator[Service]:
    """Start ``hotline run --no-models`` on loopback; ends it whatever happens."""
    sip = sip or free_port()
    http = http or free_port(socket.SOCK_STREAM)
    rtp = 20000 + (sip * 7) % 20000 // 2 * 2
    process = await asyncio.create_subprocess_exec(
        HOTLINE, "run", "--home", home, "--sip", f"127.0.0.1:{sip}", "--http", f"127.0.0.1:{http}",
        "--rtp", f"{rtp}-{rtp + 198}", "--no-models", *extra,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    service = Service(home, sip, http, process)

    async def pump(stream: asyncio.StreamReader | None, into: list[str]) -> None:
        assert stream is not None
        while line := await stream.readline():
            into.append(line.decode().rstrip("\n"))
            async with service.heard:
                service.heard.notify_all()

    pumps = [
        asyncio.create_task(pump(process.stdout, service.lines)),
        asyncio.create_task(pump(process.stderr, service.errors)),
    ]
    try:
        if ready:
            await service.line("hotline ready")
        yield service
    finally:
        with contextlib.suppress(ProcessLookupError):
            if process.returncode is None:
                os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        await asyncio.wait_for(asyncio.gather(*pumps), 20)
