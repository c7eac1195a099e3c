"""The small parent: starts the processes, watches them, replaces them (DESIGN sections 1, 4 and 8).

The first of them prepares the data folder while the others are still importing; all take up work when
that is done. The calls process is pinged; one that is dead or does not answer is killed and its warm
standby - imports done, nothing opened - takes over, so that the telephone is back within two seconds.
Other processes are restarted with back-off. SIGTERM drains, a second one ends at once.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Sequence

import structlog

from hotline.call.clock import Clock
from hotline.children import Child, print_lines, spawn, starved_seconds
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
WARM_WITHIN = 120.0
"""Seconds for its imports: on a machine that is busy, or slow, a console takes half a minute."""
START_WITHIN = 30.0
BACK_OFF = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
PREPARERS = ("calls", "work", "web")
"""Which role prepares the data folder: the first of these there is."""
OPTIONAL = frozenset({"headsets"})
"""Roles without which the hotline works all the same: they are tried again and never stop it."""
TRIAL = 20.0
"""Seconds of work in which a process that ends is taken to have been ended by the settings it was given."""
STEADY_AFTER = 60.0
"""Seconds of work after which earlier failures are forgotten."""


class Supervisor:
    """Runs the roles until told to stop."""

    def __init__(
        self, arguments: Sequence[str], roles: Sequence[str], clock: Clock, *, standby: bool = True,
        take_back: Callable[[str], bool] = lambda _: False,
    ) -> None:  # fmt: skip
        """``arguments`` are handed to every process (``--home`` …); ``roles``: calls, web, work.

        Without a ``standby`` a calls process that dies is replaced in some seconds instead of two.
        ``take_back`` puts the settings before in service again when a process ends that was started for
        edited ones; it is told why and returns whether there were any.
        """
        self._take_back = take_back
        self._with_standby = standby
        self._arguments = list(arguments)
        self._roles = list(roles)
        self._clock = clock
        self._preparer = next((role for role in PREPARERS if role in roles), roles[0])
        self._prepared = asyncio.Event()
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
        failures, first, trial = 0, True, False
        standby: Child | None = None
        child: Child | None = None
        while not self._stopping.is_set():
            child = standby or await self._spawn(role)
            child.on_trial, trial = trial, False
            await self._preparing(child)
            child.started = self._clock.monotonic()
            if self._prepared.is_set() and not self._stopping.is_set():
                child.link.send({"go": True})
            standby = None
            await child.first_of(child.warm, self._stopping, within=WARM_WITHIN)
            await child.first_of(child.ready, self._stopping, within=START_WITHIN)
            if child.ready.is_set() and not child.gone.is_set():
                self._announce(child, first)
                first = False
                standby = await self._spawn(role) if role == "calls" and self._with_standby else None
                await self._watch(child)
            worked = self._clock.monotonic() - child.started
            await self._bury(child)
            if child.to_replace.is_set() and not self._stopping.is_set():
                await self._without(standby)
                standby, trial = child.successor, True
                log.info("a process is started anew: the settings changed", role=role)
                continue
            if self._stopping.is_set() or self._is_hopeless(child, first):
                break
            if self._failed_its_trial(child, worked) and self._went_back(child):
                await self._without(standby)
                standby = None
                continue
            failures = 0 if worked > STEADY_AFTER else failures + 1
            self.replacements += 1
            log.error("a process ended and is replaced", role=role, worked_seconds=round(worked, 1))
            await self._pause(BACK_OFF[min(failures - 1, len(BACK_OFF) - 1)] if failures else 0.0)
        await self._without(standby)
        await self._without(child.successor if child is not None else None)

    async def _preparing(self, child: Child) -> None:
        """Before the first start: return when the data folder is ready, or when it cannot be made so.

        Migrating a large database may take as long as it likes.
        """
        if self._prepared.is_set():
            return
        if child.role != self._preparer:
            await child.first_of(self._prepared, self._stopping)
            return
        await child.first_of(child.prepared)  # a stop waits, too: nobody cuts a migration short
        if child.prepared.is_set():
            print_lines(child.lines)
            self._prepared.set()

    async def _without(self, standby: Child | None) -> None:
        """Bury a standby that is not needed, or that was made with other settings."""
        if standby is not None:
            await self._bury(standby)

    def _replace(self, roles: Sequence[str]) -> None:
        """Have the processes of these roles drained and started anew."""
        for child in self._children:
            if child.role in roles and child.ready.is_set():
                child.to_replace.set()

    @staticmethod
    def _failed_its_trial(child: Child, worked: float) -> bool:
        return child.on_trial and (worked < TRIAL or not child.ready.is_set())

    def _went_back(self, child: Child) -> bool:
        """Have the settings before serve again after ``child`` ended with the new ones, everywhere."""
        said = child.fatal["sentence"] if child.fatal is not None else "see the log"
        if not self._take_back(f"The {child.role} process ended with the new settings: {said}"):
            return False
        log.error("the new settings end a process, those before are in service again", role=child.role)
        for other in self._children:
            if other.on_trial and other is not child and other.ready.is_set():
                other.to_replace.set()
        return True

    def _is_hopeless(self, child: Child, first: bool) -> bool:
        """A process that cannot even start for the first time stops the whole hotline."""
        if child.fatal is not None:
            print(child.fatal["sentence"], file=sys.stderr, flush=True)
        if not first or (child.role in OPTIONAL and self._prepared.is_set()):
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
            if child.to_replace.is_set() and not self._stopping.is_set():
                await self._make_way(child)
            if self._stopping.is_set() and not drained:
                child.link.send({"drain": True})
                drained = True
            now = self._clock.monotonic()
            own_lag, last = now - last - PING_EVERY, now
            if pinging and not drained and not child.ending:
                notify("WATCHDOG=1")
                busy = child.computed()
                if self._is_silent(child, now, own_lag, busy=busy):
                    log.error("the calls process does not answer and is killed")
                    return
                count += 1
                child.link.send({"ping": count})
                if child.unanswered_since is None:
                    child.unanswered_since = now
                    child.starved_before = starved_seconds(child.process.pid)
            waits = () if drained else (self._stopping,)
            await child.first_of(*waits, within=PING_EVERY)

    async def _make_way(self, child: Child) -> None:
        """Have a successor made, and once it is warm have ``child`` leave."""
        if child.successor is None:
            child.successor = await self._spawn(child.role)
        elif child.successor.gone.is_set():
            log.error("a successor ended before its time, the process stays", role=child.role)
            self._went_back(child.successor)
            await self._bury(child.successor)
            child.successor = None
            child.to_replace.clear()
        elif child.successor.warm.is_set() and not child.leaving:
            child.leaving = True
            child.link.send({"leave": True})

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
        prepares = role == self._preparer and not self._prepared.is_set()
        child = await spawn(role, self._arguments, self._clock, prepares=prepares)
        child.wishes = self._replace
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
            print_lines(child.facts.get("lines", ()))
        notify("READY=1")
        print("hotline ready" if first else "hotline ready again", flush=True)
