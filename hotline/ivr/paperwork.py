"""What a call writes while it goes on: drafts and ticket notes, in order, never in the way of sound."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)

Paper = Callable[[], Awaitable[object]]


class Paperwork:
    """Does one thing after another in a task of its own."""

    def __init__(self) -> None:
        """Nothing to do yet."""
        self._papers: asyncio.Queue[Paper | None] = asyncio.Queue()

    def put(self, paper: Paper) -> None:
        """Do this after everything put before it."""
        self._papers.put_nowait(paper)

    def close(self) -> None:
        """Let :meth:`run` end once everything is done."""
        self._papers.put_nowait(None)

    async def done(self) -> None:
        """Wait until everything put so far is done."""
        reached = asyncio.Event()

        async def mark() -> None:
            reached.set()

        self.put(mark)
        await reached.wait()

    async def run(self) -> None:
        """Work until closed. What fails is logged and counted as done: the call goes on."""
        while (paper := await self._papers.get()) is not None:
            try:
                await paper()
            except Exception:
                log.exception("could not write while the call went on")
