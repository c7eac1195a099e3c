"""The line between the parent and one of its processes: JSON lines over an inherited socket pair.

Parent to child: ``{"go": true}`` (a standby takes over), ``{"ping": n}``, ``{"drain": true}``,
``{"leave": true}`` (drain when your work allows; a successor is warm).
Child to parent: ``{"prepared": [line, ...]}`` (the data folder is ready),
``{"warm": true}`` (imports done), ``{"ready": {...}}`` (work is taken),
``{"pong": n}``, ``{"fatal": {"sentence": ..., "exit": 1|2}}``, ``{"replace": [role, ...]}`` (new settings),
``{"leaving": true}`` (it ends, as it was asked to).
The end of the line means the other side is dead: a child without a parent ends itself.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any, Self

Message = dict[str, Any]


class Link:
    """One end of the line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Wrap both directions of a connected socket."""
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, sock: socket.socket) -> Self:
        """Open the line over a connected socket (which it then owns)."""
        sock.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=sock)
        return cls(reader, writer)

    @classmethod
    async def over_fd(cls, fd: int) -> Self:
        """Open the line over an inherited file descriptor."""
        return await cls.over(socket.socket(fileno=fd))

    def send(self, message: Message) -> None:
        """Send without waiting; a dead peer is noticed by :meth:`messages` ending."""
        if not self._writer.is_closing():
            self._writer.write(json.dumps(message).encode() + b"\n")

    async def messages(self) -> AsyncIterator[Message]:
        """Yield what the other side says until it is gone."""
        try:
            while line := await self._reader.readline():
                yield json.loads(line)
        except (ConnectionError, ValueError):
            return  # a peer that died in the middle of a line

    def close(self) -> None:
        """Hang up."""
        self._writer.close()
