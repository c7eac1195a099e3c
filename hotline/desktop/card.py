"""One stream on a sound card, in a process that can be ended whatever PortAudio does."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, Self

from hotline.desktop.errors import HeadsetProblem

OPEN_WITHIN = 8.0
"""Seconds a stream may take to open; a sound server that was just started needs some."""
BACKLOG_BLOCKS = 20
"""Blocks (0.4 s) that may wait for a process that does not take them; more are dropped."""

Mode = Literal["record", "play"]


@dataclass(frozen=True, slots=True)
class Opened:
    """The format a stream was opened in."""

    name: str
    rate: int
    channels: int
    block: int
    """Bytes."""
    latency: float
    """Seconds, as PortAudio says."""


@dataclass(slots=True)
class CardCounts:
    """What the stream counted so far."""

    blocks: int = 0
    xruns: int = 0
    dropped: int = 0
    depth: int = 0
    dry: int = 0


class CardProcess:
    """A running stream. Use :meth:`start`, and :meth:`close` in any case."""

    def __init__(self, process: asyncio.subprocess.Process, opened: Opened) -> None:
        """Take a process that has said ``open``."""
        self.opened = opened
        self.counts = CardCounts()
        self._process = process
        self._listening = asyncio.ensure_future(self._listen())

    @classmethod
    async def start(cls, mode: Mode, name: str) -> Self:
        """Open the device called ``name`` (empty: the default).

        Raises:
            HeadsetProblem: There is no such device, it cannot be opened, or the sound libraries are missing.
        """
        process = await _spawn(mode, name)
        try:
            async with asyncio.timeout(OPEN_WITHIN):
                said = await _said(process, "open", "failed")
        except BaseException as error:
            await _kill(process)
            if isinstance(error, TimeoutError):
                raise _problem(mode, "cannot-open") from error
            raise
        if said.get("t") != "open":
            await _kill(process)
            raise _problem(mode, str(said.get("why")))
        return cls(process, Opened(*(said[key] for key in ("name", "rate", "channels", "block", "latency"))))

    async def read(self) -> bytes:
        """Return the next recorded block, as the device gave it; empty when the device is gone."""
        assert self._process.stdout is not None
        try:
            return await self._process.stdout.readexactly(self.opened.block)
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""

    def write(self, block: bytes) -> None:
        """Have one block played; dropped when the process does not take them."""
        assert self._process.stdin is not None
        transport = self._process.stdin.transport
        if transport.is_closing():
            return
        if transport.get_write_buffer_size() > BACKLOG_BLOCKS * self.opened.block:
            self.counts.dropped += 1
            return
        self._process.stdin.write(block)

    async def gone(self) -> None:
        """Return when the device is gone or the process has ended."""
        await asyncio.shield(self._listening)

    async def close(self) -> None:
        """End the stream."""
        await _kill(self._process)
        await self._listening

    async def _listen(self) -> None:
        while said := await _next_said(self._process):
            if said["t"] == "lost":
                return
            if said["t"] == "beat":
                self.counts = CardCounts(
                    **{
                        name: int(said.get(name, 0))
                        for name in ("blocks", "xruns", "dropped", "depth", "dry")
                    }
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A sound device as PortAudio lists it."""

    number: int
    name: str
    inputs: int
    outputs: int
    rate: int
    default_input: bool
    default_output: bool


async def list_devices() -> list[Device]:
    """Return the devices there are now.

    Raises:
        HeadsetProblem: The sound libraries are missing.
    """
    process = await _spawn("list")
    try:
        async with asyncio.timeout(OPEN_WITHIN):
            said = await _said(process, "devices", "failed")
    except TimeoutError as error:
        raise HeadsetProblem("no-sound-server") from error
    finally:
        await _kill(process)
    if said.get("t") != "devices":
        raise _problem("record", str(said.get("why")))
    return [Device(number=number, **found) for number, found in enumerate(said["devices"])]


async def _spawn(*arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hotline.desktop.soundcard", *arguments,
        stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=os.name == "posix",
    )  # fmt: skip


async def _said(process: asyncio.subprocess.Process, *kinds: str) -> dict[str, Any]:
    """Return the next line of one of these kinds; of kind ``failed`` when the process ended without."""
    while said := await _next_said(process):
        if said["t"] in kinds:
            return said
    return {"t": "failed", "why": "ended"}


async def _next_said(process: asyncio.subprocess.Process) -> dict[str, Any]:
    """Return the next line of JSON, leaving out what sound libraries print; empty at the end."""
    assert process.stderr is not None
    while True:
        try:
            line = await process.stderr.readline()
        except ValueError:  # a line longer than the reader's limit is none of ours
            continue
        if not line:
            return {}
        if line.startswith(b'{"t":'):
            with suppress(ValueError):
                said: dict[str, Any] = json.loads(line)
                return said


async def _kill(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


def _problem(mode: str, why: str) -> HeadsetProblem:
    if why in ("no-sounddevice", "no-portaudio"):
        return HeadsetProblem(why)
    return HeadsetProblem("no-input" if mode == "record" else "no-output")
