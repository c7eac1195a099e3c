"""A real hotline in processes of its own, for black-box tests: started, called, killed, restarted."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ownconfig import furnish_config
from typer.testing import CliRunner

from hotline.cli.main import app
from hotline.db.migrate import upgrade

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


class CommandFailed(AssertionError):
    """A command did not end well."""


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

    async def web_answers(self, *, within: float = 60.0) -> None:
        """Wait until pages are served: calls do not wait for that."""
        async with asyncio.timeout(within):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.http)
                    writer.close()
                    return
                await asyncio.sleep(0.2)

    def _reading(self) -> bool:
        out = self.process.stdout
        return out is not None and not out.at_eof()

    async def cli(self, *arguments: str) -> Any:
        """Run a ``hotline`` command on this home with ``--json`` and return what it printed.

        In this process: commands are asked again and again until something holds, and a new process
        takes a second of a processor each time that the hotline under test needs.
        """
        words = [*arguments, "--home", str(self.home), "--json"]
        found = await asyncio.to_thread(CliRunner().invoke, app, words)
        if found.exit_code != 0:
            raise CommandFailed(arguments, found.output, found.exception)
        return json.loads(found.stdout)

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


@functools.cache
def _empty_database() -> Path:
    """A database as the first start leaves it."""
    path = Path(tempfile.mkdtemp(prefix="hotline-empty-")) / "hotline.db"
    upgrade(f"sqlite:///{path}")
    return path


def _furnish(home: Path, *, listens: bool) -> None:
    home.mkdir(exist_ok=True)
    if not (home / "hotline.db").exists():
        shutil.copy(_empty_database(), home / "hotline.db")
    if not (home / "config").exists():
        furnish_config(home, listens=listens)


@contextlib.asynccontextmanager
async def running(
    home: Path,
    *extra: str,
    sip: int = 0,
    http: int = 0,
    ready: bool = True,
    rtp_ports: int = 200,
    roles: str = "calls",
    standby: bool = False,
    listens: bool = False,
) -> AsyncIterator[Service]:
    """Start ``hotline run --no-models`` on loopback; ends it whatever happens.

    Only what the test needs: every process takes seconds of a processor to begin. ``roles`` empty: all.
    The database is set up already, which takes another two, and no recogniser is begun unless it ``listens``,
    which takes two more; a configuration that is there stays as it is.
    """
    _furnish(home, listens=listens)
    sip = sip or free_port()
    http = http or free_port(socket.SOCK_STREAM)
    rtp = 20000 + (sip * 7) % 20000 // 2 * 2
    process = await asyncio.create_subprocess_exec(
        HOTLINE, "run", "--home", home, "--sip", f"127.0.0.1:{sip}", "--http", f"127.0.0.1:{http}",
        "--rtp", f"{rtp}-{rtp + rtp_ports - 2}", "--no-models", *extra,
        *(("--roles", roles) if roles else ()), *(() if standby else ("--no-standby",)),
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
        if ready and (not roles or "web" in roles.split(",")):
            await service.web_answers()
        yield service
    finally:
        with contextlib.suppress(ProcessLookupError):
            if process.returncode is None:
                os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        await asyncio.wait_for(asyncio.gather(*pumps), 20)
