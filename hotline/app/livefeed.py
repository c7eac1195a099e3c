"""The calls process's Unix socket: live events out, questions and answers (DESIGN section 1).

A reader that sends ``{"follow": true}`` gets one JSON object a line from then on; one that sends
``{"ask": "status"}`` gets ``{"type": "status", ...}``; ``{"do": "operators", "id": 7, "args": {}}`` asks for
something to be done: ``{"type": "done", "id": 7, ...}`` or ``{"type": "refused", "id": 7, "code": ...,
"sentence": ...}`` follows when it was tried. The socket carries personal data (keys, numbers):
it is only readable by the user the hotline runs as. A reader too slow for its buffer is dropped, never
waited for.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import structlog

from hotline.call.errors import EnvironmentFault, HotlineError

SOCKET = "calls.sock"
_BACKLOG_BYTES = 1_000_000

log = structlog.get_logger(__name__)
Answer = Callable[[], dict[str, Any]]
Observe = Callable[[dict[str, Any]], None]
Do = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
"""Does what the arguments say; raises :class:`~hotline.call.errors.HotlineError` when it is refused."""


class LiveFeed:
    """Publishes what happens on calls to whoever is connected."""

    def __init__(self, folder: Path, answers: dict[str, Answer]) -> None:
        """Serve in ``folder``; ``answers`` are the questions readers may ask."""
        self._folder = folder
        self.answers = answers
        self.commands: dict[str, Do] = {}
        """What readers may have done, by name."""
        self.observers: list[Observe] = []
        """Get every event, readers or not; a picture that is asked for later is kept by them."""
        self._doing: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    @property
    def readers(self) -> int:
        """How many follow."""
        return len(self._writers)

    async def start(self) -> None:
        """Take the socket over from whoever had it (a predecessor that died)."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with _short_path(self._folder) as folder:
            path = folder / SOCKET
            path.unlink(missing_ok=True)
            before = os.umask(0o177)
            try:
                self._server = await asyncio.start_unix_server(self._serve, path)
            finally:
                os.umask(before)

    async def close(self) -> None:
        """Disconnect everybody."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.close()
        for task in tuple(self._doing):
            task.cancel()
        await asyncio.gather(*self._doing, return_exceptions=True)

    def publish(self, kind: str, **facts: Any) -> None:
        """Send one event to every reader; never waits."""
        event = {"type": kind, **facts}
        for observe in self.observers:
            observe(event)
        if not self._writers:
            return
        line = json.dumps(event, ensure_ascii=False, default=str).encode() + b"\n"
        for writer in list(self._writers):
            if writer.transport.is_closing():
                self._writers.discard(writer)
            elif writer.transport.get_write_buffer_size() > _BACKLOG_BYTES:
                log.warning("a reader of live events was too slow and was disconnected")
                writer.transport.abort()
                self._writers.discard(writer)
            else:
                writer.write(line)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                self._reply(line, writer)
        except (ConnectionError, ValueError):
            pass  # a reader may leave in the middle of a line
        finally:
            self._writers.discard(writer)
            writer.close()

    def _reply(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        try:
            said = json.loads(line)
            asked = said.get("ask")
        except (ValueError, AttributeError):
            said, asked = {}, None
        if said.get("follow"):
            self._writers.add(writer)
            return
        if isinstance(said.get("do"), str):
            task = asyncio.create_task(self._do(said, writer), name="command")
            self._doing.add(task)
            task.add_done_callback(self._doing.discard)
            return
        answer = self.answers.get(asked) if isinstance(asked, str) else None
        reply = {"type": asked, **answer()} if answer else {"type": "error", "sentence": "unknown question"}
        writer.write(json.dumps(reply, ensure_ascii=False, default=str).encode() + b"\n")

    async def _do(self, said: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        do, args = self.commands.get(said["do"]), said.get("args")
        try:
            if do is None or not isinstance(args, dict):
                raise HotlineError("There is no such command.", code="unknown-command")
            reply = {"type": "done", **await do(args)}
        except HotlineError as refusal:
            reply = {"type": "refused", "code": refusal.code, "sentence": refusal.sentence}
        except Exception:
            log.exception("a command failed", command=said["do"])
            sentence = "The command failed; the log of the calls process says why."
            reply = {"type": "refused", "code": "failed", "sentence": sentence}
        if not writer.is_closing():
            reply["id"] = said.get("id")
            writer.write(json.dumps(reply, ensure_ascii=False, default=str).encode() + b"\n")


async def follow(folder: Path, *, asking: str = "") -> AsyncIterator[dict[str, Any]]:
    """Yield live events of the calls process whose socket is in ``folder``; ends when it goes.

    The answer to ``asking`` comes among them: what came before it is in it, what comes after is not.
    """
    with _short_path(folder) as short:
        reader, writer = await asyncio.open_unix_connection(short / SOCKET, limit=_BACKLOG_BYTES)
    try:
        writer.write(b'{"follow": true}\n')
        if asking:
            writer.write(json.dumps({"ask": asking}).encode() + b"\n")
        while line := await reader.readline():
            yield json.loads(line)
    finally:
        writer.close()


async def ask(folder: Path, question: str, *, patience: float = 2.0) -> dict[str, Any] | None:
    """Ask the calls process; ``None`` when it does not answer within ``patience`` seconds."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(patience):
            with _short_path(folder) as short:
                reader, writer = await asyncio.open_unix_connection(short / SOCKET, limit=_BACKLOG_BYTES)
            try:
                writer.write(json.dumps({"ask": question}).encode() + b"\n")
                while line := await reader.readline():
                    reply: dict[str, Any] = json.loads(line)
                    if reply.get("type") == question:
                        return reply
            finally:
                writer.close()
    return None


async def command(folder: Path, do: str, args: dict[str, Any], *, patience: float = 10.0) -> dict[str, Any]:
    """Have the calls process do something; returns what it answered.

    Raises :class:`HotlineError` with its code when it is refused, :class:`EnvironmentFault` when the calls
    process does not answer (it may be done all the same).
    """
    try:
        async with asyncio.timeout(patience):
            with _short_path(folder) as short:
                reader, writer = await asyncio.open_unix_connection(short / SOCKET, limit=_BACKLOG_BYTES)
            try:
                writer.write(json.dumps({"do": do, "id": 1, "args": args}).encode() + b"\n")
                line = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        line = b""
    if not line:
        raise EnvironmentFault(
            "The calls process does not answer. Is the hotline running (hotline run)?", code="calls-silent"
        )
    reply: dict[str, Any] = json.loads(line)
    if reply.pop("type") == "refused":
        raise HotlineError(reply["sentence"], code=reply["code"])
    return reply


@contextmanager
def _short_path(folder: Path) -> Iterator[Path]:
    """A path to ``folder`` that fits ``sockaddr_un`` (108 bytes) however deep the folder lies."""
    fd = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield Path(f"/proc/self/fd/{fd}")
    finally:
        os.close(fd)
