"""Calls processes one after another: each is killed, and a warm one takes over at once.

What ``hotline run`` does with its calls process and standby, without the pauses it makes between one
crash and the next when they come in a row: many kills in a short time are this test's business.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

from service import free_port

from hotline.app.options import RunOptions
from hotline.call.clock import SystemClock
from hotline.children import Child, spawn

_ROLE = "calls"
_START = 60.0


class Relay:
    """The calls process in service, and spares that wait for their turn."""

    def __init__(self, home: Path, *, spares: int = 2) -> None:
        """Run on ``home``, which has been prepared, on free ports of loopback."""
        port = free_port()
        rtp = 30000 + (port * 7) % 20000 // 2 * 2
        options = RunOptions(home=home, sip=f"127.0.0.1:{port}", rtp=f"{rtp}-{rtp + 398}", fetch_models=False)
        self._arguments = options.arguments()
        self._count = spares
        self._clock = SystemClock()
        self._spares: list[Child] = []
        self._child: Child | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, home: Path, *, spares: int = 2) -> AsyncIterator[Relay]:
        """Start; every process is ended when the block is left."""
        relay = cls(home, spares=spares)
        try:
            await relay.take_over()
            yield relay
        finally:
            for child in (*relay._spares, relay._child):
                if child is not None:
                    await _end(child)

    @property
    def pid(self) -> int:
        """Of the process in service."""
        assert self._child is not None
        return self._child.process.pid

    def kill(self) -> None:
        """``kill -9`` of the process in service."""
        os.kill(self.pid, signal.SIGKILL)

    async def take_over(self) -> float:
        """Let the next process take over from one that is dead; returns the seconds that took."""
        began = time.monotonic()
        if self._child is not None:
            await _end(self._child)
        while len(self._spares) < self._count + 1:
            self._spares.append(await spawn(_ROLE, self._arguments, self._clock))
        self._child = self._spares.pop(0)
        self._child.link.send({"go": True})
        async with asyncio.timeout(_START):
            await self._child.ready.wait()
        return time.monotonic() - began


async def _end(child: Child) -> None:
    child.kill()
    await child.gone.wait()
    if child.task is not None:
        await child.task
