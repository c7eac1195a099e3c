"""Takes an edited ``hotline.yaml`` into service while the hotline runs: the parent starts its processes anew.

The calls process cannot change its settings under its callers: its successor is made ready, and takes over in
a moment in which nobody is in a call. An INVITE that comes in that second is sent again by its sender
(RFC 3261 section 17.1.1.2). The other processes follow, this one last. Should a new process end at once, the
parent puts the settings before in service again; this says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from hotline.app.child import ChildLine
from hotline.app.options import RunOptions, failed_take_up, take_up
from hotline.call.clock import Clock
from hotline.home import Home
from hotline.web.taking import Stage, Standing

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0
OTHERS = ("work", "headsets", "web")


class TakeUp:
    """Implements :class:`hotline.web.taking.TakesUp`; one a web process."""

    def __init__(
        self, options: RunOptions, line: ChildLine, status: Callable[[], Awaitable[dict[str, Any] | None]],
        clock: Clock,
    ) -> None:  # fmt: skip
        """``status``: what the calls process says of itself."""
        self._options, self._line, self._status, self._clock = options, line, status, clock
        self._home = Home(options.home.resolve())
        self._wanted = asyncio.Event()
        self._stage, self._calls = Stage.IN_SERVICE, 0

    def standing(self) -> Standing:
        """Return how far it is."""
        if self._stage is Stage.IN_SERVICE and self._differs():
            return Standing(Stage.EDITED, 0, failed_take_up(self._home))
        return Standing(self._stage, self._calls)

    async def begin(self) -> None:
        """Take up what is on disk as soon as nobody is in a call; raises :class:`InvalidInput`."""
        if self._stage is not Stage.IN_SERVICE:
            return  # under way already
        await asyncio.to_thread(take_up, self._options)
        self._stage = Stage.WAITING
        self._wanted.set()

    async def run(self) -> None:
        """Wait until it is wanted; then have the calls process replaced, and after it the others."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            log.info("the settings on disk are taken up")
            before, _ = await self._calls_process()
            self._line.replace(("calls",))
            if await self._changed_over(before):
                break
            self._stage, self._calls = Stage.IN_SERVICE, 0
        self._stage, self._calls = Stage.RESTARTING, 0
        await self._clock.sleep(LOOK_EVERY)  # the pages say so first
        self._line.replace(OTHERS)

    async def _changed_over(self, before: str) -> bool:
        """Wait for another calls process than ``before``; False: it ended, and the settings went back."""
        while True:
            await self._clock.sleep(LOOK_EVERY)
            now, self._calls = await self._calls_process()
            if await asyncio.to_thread(failed_take_up, self._home):
                return False
            if now and now != before:
                return True

    async def _calls_process(self) -> tuple[str, int]:
        """Return since when the calls process works, and its channels in use; empty: it does not answer."""
        found = await self._status()
        return ("", 0) if found is None else (found["calls"]["since"], int(found["calls"]["channels_in_use"]))

    def _differs(self) -> bool:
        """Whether the file on disk is another than the one in service."""
        try:
            on_disk = (self._home.config / "hotline.yaml").read_bytes()
            return on_disk != (self._home.in_service / "hotline.yaml").read_bytes()
        except FileNotFoundError:
            return False
