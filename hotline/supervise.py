"""The small parent: starts the processes, watches them, replaces them (DESIGN sections 1, 4 and 8).

The calls process is pinged; one that is dead or does not answer is killed and its warm standby -
imports done, nothing opened - takes over, so that the telephone is back within two seconds. Other
processes are restarted with back-off. SIGTERM drains, a second one ends at once.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from hotline.app.link import Link
from hotline.call.clock import Clock
from hotline.readiness import notify

log = structlog.get_logger(__name__)

PING_EVERY = 0.25
ANSWER_WITHIN = 0.9
"""Seconds a ping may stay unanswered: with the standby's take-over the replacement stays below 2 s."""
BUSY_ANSWER_WITHIN = 1.3
"""The same for a process that is computing: at its limit of calls it may only be late."""
STARVED_AT_MOST = 3.0
"""Seconds more at most for a process that waited for a processor: to kill it would end its calls and
make the machine no less busy."""
OWN_LAG = 0.4
"""Seconds the parent itself may be late before it blames a child for silence."""
START_WITHIN = 30.0
BACK_OFF = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_AFTER = 60.0
"""Seconds of work after which earlier failures are forgotten."""


@dataclass(slots=True, eq=False)
class Child:
    """One process and what is known of it."""

    role: str
    process: asyncio.subprocess.Process
    link: Link
    started: float
    warm: asyncio.Event = field(default_factory=asyncio.Event)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    fatal: dict[str, Any] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    unanswered_since: float | None = None
    task: asyncio.Task[None] | None = None
    ticks: int = 0
    """Processor time used when :meth:`computed` was last asked, in clock ticks."""
    starved_before: float = 0.0
    """What :func:`_starved_seconds` said when the unanswered ping was sent."""

    async def follow(self) -> None:
        """Take in what the child says until it is gone."""
        async for message in self.link.messages():
            if "pong" in message:
                self.unanswered_since = None
            elif "warm" in message:
                self.warm.set()
                log.info("process is warm and can take over", role=self.role)
            elif "ready" in message:
                self.facts = message["ready"]
                self.ready.set()
            elif "fatal" in message:
                self.fatal = message["fatal"]
        await self.process.wait()
        self.link.close()
        self.gone.set()

    def computed(self) -> bool:
        """True when the process has used processor time since this was last asked."""
        before, self.ticks = self.ticks, _processor_ticks(self.process.pid)
        return self.ticks > before

    def starved(self) -> float:
        """Seconds its event loop has waited for a processor since the unanswered ping was sent."""
        return max(0.0, _starved_seconds(self.process.pid) - self.starved_before)

    def kill(self) -> None:
        """SIGKILL: also ends a stopped or spinning process."""
        if self.process.returncode is None:
            self.process.kill()

    async def first_of(self, *events: asyncio.Event, within: float) -> None:
        """Wait until one of ``events`` or the child's end; gives up after ``within`` seconds."""
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


def _starved_seconds(pid: int) -> float:
    """Seconds the main thread stood in a processor's queue (proc(5), schedstat); 0 where that is unknown."""
    try:
        waited = Path(f"/proc/{pid}/task/{pid}/schedstat").read_text(encoding="ascii").split()[1]
        return int(waited) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


async def spawn(role: str, arguments: Sequence[str], clock: Clock) -> Child:
    """Start one process with its end of the line; its ``follow`` task is part of it."""
    ours, theirs = socket.socketpair()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hotline.app.child",
        role,
        "--link",
        str(theirs.fileno()),
        *arguments,
        pass_fds=(theirs.fileno(),),
        stdin=asyncio.subprocess.DEVNULL,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},  # no threads behind our back
        start_new_session=True,  # Ctrl-C reaches the parent alone, which then drains
    )
    theirs.close()
    child = Child(role, process, await Link.over(ours), clock.monotonic())
    child.task = asyncio.create_task(child.follow(), name=f"follow-{role}-{process.pid}")
    return child


async def run_once(role: str, arguments: Sequence[str], clock: Clock) -> int:
    """Run a process that ends by itself (``prepare``), print what it says, return its exit code."""
    child = await spawn(role, arguments, clock)
    child.link.send({"go": True})
    await child.gone.wait()
    print_lines(child)
    if child.fatal is not None:
        print(child.fatal["sentence"], file=sys.stderr, flush=True)
    return child.process.returncode or 0


def print_lines(child: Child) -> None:
    """Print the lines a process has for the person who started the hotline."""
    for line in child.facts.get("lines", ()):
        print(line, flush=True)


class Supervisor:
    """Runs the roles until told to stop."""

    def __init__(self, arguments: Sequence[str], roles: Sequence[str], clock: Clock) -> None:
        """``arguments`` are handed to every process (``--home`` …); ``roles``: calls, web, work."""
        self._arguments = list(arguments)
        self._roles = list(roles)
        self._clock = clock
        self._stopping = asyncio.Event()
        self._abort = asyncio.Event()
        self._children: set[Child] = set()
        self.exit_code = 0
        self.replacements = 0

    def stop(self) -> None:
        """First call drains, second ends at once. Bound to SIGTERM and SIGINT."""
        if self._stopping.is_set():
            self._abort.set()
        notify("STOPPING=1")
        self._stopping.set()

    async def run(self) -> int:
        """Supervise until stopped; returns the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        try:
            async with asyncio.TaskGroup() as tasks:
                for role in self._roles:
                    tasks.create_task(self._keep(role))
                tasks.create_task(self._end_at_once())
        finally:
            for child in self._children:
                child.kill()
        return self.exit_code

    async def _end_at_once(self) -> None:
        """On the second signal kill whatever is left; ends with the last child otherwise."""
        await self._stopping.wait()
        while self._children and not self._abort.is_set():
            waits = [asyncio.ensure_future(child.gone.wait()) for child in self._children]
            waits.append(asyncio.ensure_future(self._abort.wait()))
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            await asyncio.sleep(0)
        for child in list(self._children):
            child.kill()

    # --- one role ---------------------------------------------------------------------------

    async def _keep(self, role: str) -> None:
        failures, first = 0, True
        standby: Child | None = None
        while not self._stopping.is_set():
            child = standby or await self._spawn(role)
            child.started = self._clock.monotonic()
            child.link.send({"go": True})
            standby = None
            await child.first_of(child.ready, self._stopping, within=START_WITHIN)
            if child.ready.is_set() and not child.gone.is_set():
                self._announce(child, first)
                first = False
                standby = await self._spawn(role) if role == "calls" else None
                await self._watch(child)
            worked = self._clock.monotonic() - child.started
            await self._bury(child)
            if self._stopping.is_set() or self._is_hopeless(child, first):
                break
            failures = 0 if worked > STEADY_AFTER else failures + 1
            self.replacements += 1
            log.error("a process ended and is replaced", role=role, worked_seconds=round(worked, 1))
            await self._pause(BACK_OFF[min(failures - 1, len(BACK_OFF) - 1)] if failures else 0.0)
        if standby is not None:
            await self._bury(standby)

    def _is_hopeless(self, child: Child, first: bool) -> bool:
        """A process that cannot even start for the first time stops the whole hotline."""
        if child.fatal is not None:
            print(child.fatal["sentence"], file=sys.stderr, flush=True)
        if not first:
            return False
        if child.fatal is None:
            print(f"The {child.role} process ended before it was ready; see the log above.", file=sys.stderr)
        self.exit_code = int((child.fatal or {}).get("exit", 1))
        self.stop()
        return True

    async def _watch(self, child: Child) -> None:
        """Return when the child is to be buried: gone, silent, or drained after a stop."""
        pinging = child.role == "calls"
        last = self._clock.monotonic()
        count = 0
        drained = False
        while not child.gone.is_set():
            if self._stopping.is_set() and not drained:
                child.link.send({"drain": True})
                drained = True
            now = self._clock.monotonic()
            own_lag, last = now - last - PING_EVERY, now
            if pinging and not drained:
                notify("WATCHDOG=1")
                busy = child.computed()
                if self._is_silent(child, now, own_lag, busy=busy):
                    log.error("the calls process does not answer and is killed")
                    return
                count += 1
                child.link.send({"ping": count})
                if child.unanswered_since is None:
                    child.unanswered_since = now
                    child.starved_before = _starved_seconds(child.process.pid)
            waits = () if drained else (self._stopping,)
            await child.first_of(*waits, within=PING_EVERY)

    @staticmethod
    def _is_silent(child: Child, now: float, own_lag: float, *, busy: bool) -> bool:
        if child.unanswered_since is None:
            return False
        if own_lag > OWN_LAG:  # the whole machine stood still: ask again before blaming the child
            child.unanswered_since = None
            return False
        allowed = BUSY_ANSWER_WITHIN if busy else ANSWER_WITHIN
        return now - child.unanswered_since >= allowed + min(child.starved(), STARVED_AT_MOST)

    async def _spawn(self, role: str) -> Child:
        child = await spawn(role, self._arguments, self._clock)
        self._children.add(child)
        return child

    async def _bury(self, child: Child) -> None:
        child.kill()
        await child.gone.wait()
        if child.task is not None:
            await child.task
        self._children.discard(child)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    def _announce(self, child: Child, first: bool) -> None:
        if child.role != "calls":
            return
        if first:
            print_lines(child)
        notify("READY=1")
        print("hotline ready" if first else "hotline ready again", flush=True)
