"""A process of the hotline as its parent sees it: begun, spoken to over its line, watched, ended."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from hotline.app.link import Link
from hotline.call.clock import Clock

log = structlog.get_logger(__name__)

SURROUNDINGS = {
    "OPENBLAS_NUM_THREADS": "1",  # no threads behind our back
    "OMP_NUM_THREADS": "1",
    "PYDANTIC_DISABLE_PLUGINS": "__all__",  # to look for some, every installed package would be read
}


@dataclass(slots=True, eq=False)
class Child:
    """One process and what is known of it."""

    role: str
    process: asyncio.subprocess.Process
    link: Link
    started: float
    warm: asyncio.Event = field(default_factory=asyncio.Event)
    prepared: asyncio.Event = field(default_factory=asyncio.Event)
    """It has made the data folder ready for a start, as it was begun to do."""
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    fatal: dict[str, Any] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    """What it found while it prepared, for the person who started the hotline."""
    unanswered_since: float | None = None
    task: asyncio.Task[None] | None = None
    ticks: int = 0
    """Processor time used when :meth:`computed` was last asked, in clock ticks."""
    to_replace: asyncio.Event = field(default_factory=asyncio.Event)
    """It leaves, when its work allows, for one started with the settings now in service."""
    successor: Child | None = None
    """The one that takes over then: warm before this one leaves."""
    leaving: bool = False
    """It was told to leave when its work allows."""
    ending: bool = False
    """It does, and answers no more."""
    wishes: Callable[[Sequence[str]], None] | None = None
    """Takes the roles it wants replaced."""
    on_trial: bool = False
    """It was started for settings that were edited."""
    starved_before: float = 0.0
    """What :func:`starved_seconds` said when the unanswered ping was sent."""

    async def follow(self) -> None:
        """Take in what the child says until it is gone."""
        async for message in self.link.messages():
            if "pong" in message:
                self.unanswered_since = None
            elif "warm" in message:
                self.warm.set()
                log.info("process is warm and can take over", role=self.role)
            elif "prepared" in message:
                self.lines = message["prepared"]
                self.prepared.set()
            elif "ready" in message:
                self.facts = message["ready"]
                self.ready.set()
            elif "fatal" in message:
                self.fatal = message["fatal"]
            elif "leaving" in message:
                self.ending = True
            elif "replace" in message and self.wishes is not None:
                self.wishes(message["replace"])
        await self.process.wait()
        self.link.close()
        self.gone.set()

    def computed(self) -> bool:
        """True when the process has used processor time since this was last asked."""
        before, self.ticks = self.ticks, _processor_ticks(self.process.pid)
        return self.ticks > before

    def starved(self) -> float:
        """Seconds its event loop has waited for a processor since the unanswered ping was sent."""
        return max(0.0, starved_seconds(self.process.pid) - self.starved_before)

    def kill(self) -> None:
        """SIGKILL: also ends a stopped or spinning process."""
        if self.process.returncode is None:
            self.process.kill()

    async def first_of(self, *events: asyncio.Event, within: float | None = None) -> None:
        """Wait until one of ``events`` or the child's end; gives up after ``within`` seconds, if given."""
        waits = [asyncio.ensure_future(event.wait()) for event in (*events, self.gone)]
        try:
            await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


def _processor_ticks(pid: int) -> int:
    """User and system time of a process in clock ticks (proc(5), fields 14 and 15); 0 when it is gone."""
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        )
        return int(fields[11]) + int(fields[12])
    except (OSError, IndexError, ValueError):
        return 0


def starved_seconds(pid: int) -> float:
    """Seconds the main thread stood in a processor's queue (proc(5), schedstat); 0 where that is unknown."""
    try:
        waited = Path(f"/proc/{pid}/task/{pid}/schedstat").read_text(encoding="ascii").split()[1]
        return int(waited) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


async def spawn(role: str, arguments: Sequence[str], clock: Clock, *, prepares: bool = False) -> Child:
    """Start one process with its end of the line; its ``follow`` task is part of it.

    One that ``prepares`` first makes the data folder ready for a start and says what it found.
    """
    ours, theirs = socket.socketpair()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hotline.app.child",
        role,
        "--link",
        str(theirs.fileno()),
        *(["--prepare"] if prepares else []),
        *arguments,
        pass_fds=(theirs.fileno(),),
        stdin=asyncio.subprocess.DEVNULL,
        env=os.environ | SURROUNDINGS,
        start_new_session=True,  # Ctrl-C reaches the parent alone, which then drains
    )
    theirs.close()
    child = Child(role, process, await Link.over(ours), clock.monotonic())
    child.task = asyncio.create_task(child.follow(), name=f"follow-{role}-{process.pid}")
    return child


async def run_once(role: str, arguments: Sequence[str], clock: Clock) -> int:
    """Run a process that ends by itself (``check``), print what it says, return its exit code."""
    child = await spawn(role, arguments, clock)
    child.link.send({"go": True})
    await child.gone.wait()
    print_lines(child.lines)
    if child.fatal is not None:
        print(child.fatal["sentence"], file=sys.stderr, flush=True)
    return child.process.returncode or 0


def print_lines(lines: Iterable[str]) -> None:
    """Print what a process has to say to the person who started the hotline."""
    for line in lines:
        print(line, flush=True)
