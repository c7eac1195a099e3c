"""A recognition worker as a process: pipes to it that never make the event loop wait."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence

from hotline.call.errors import EnvironmentFault
from hotline.speech.live.wire import Answer
from hotline.speech.models.store import Installed

_BACKLOG = 4 * 1024 * 1024
"""Bytes not yet taken by a worker at which it counts as stuck."""
_LINE = 1024 * 1024
_END_SECONDS = 2.0


class SubprocessWorker:
    """One ``python -m hotline.speech.live.worker``.

    A fresh interpreter, not a fork: the calls process has threads whose locks a fork would copy.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Made by :func:`spawn`."""
        assert process.stdin is not None and process.stdout is not None
        self._process = process
        self._input = process.stdin
        self._output = process.stdout

    @property
    def alive(self) -> bool:
        """False once it ended or stopped taking sound."""
        if self._process.returncode is not None or self._input.is_closing():
            return False
        return self._input.transport.get_write_buffer_size() < _BACKLOG

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def send(self, message: bytes) -> None:
        """Hand over; the transport buffers what the pipe does not take."""
        if self.alive:
            self._input.write(message)

    async def answer(self) -> Answer | None:
        """Read a line; anything unreadable counts as the worker's end."""
        try:
            line = await self._output.readline()
            return Answer.parse(line) if line else None
        except (ValueError, TypeError, ConnectionError):
            return None

    async def end(self, *, now: bool) -> None:
        """Close its input, which ends it; kill it ``now`` or if it does not end soon."""
        self._input.close()
        if now and self._process.returncode is None:
            self._process.kill()
        try:
            async with asyncio.timeout(_END_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._output.read()  # to the end of the pipe, which closes its transport


async def spawn(engines: Sequence[tuple[Sequence[str], Installed]]) -> SubprocessWorker:
    """Start a worker with models for languages. Raises :class:`EnvironmentFault` if it cannot be."""
    told = [[list(languages), model.engine, str(model.path)] for languages, model in engines]
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "hotline.speech.live.worker",
            json.dumps(told),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE,
        )
    except OSError as error:
        raise EnvironmentFault(
            f"A recognition worker cannot be started ({error.strerror}); callers use keys until it can."
        ) from error
    return SubprocessWorker(process)
