"""Between web process and gateway: one connection a headset on ``run/headsets.sock``, a JSON object a line.

The web process first says ``{"t": "hello", "operator": …, "estate": …, "device": …}`` for the operator whose
token it has checked; what follows are messages of :mod:`hotline.headsets.protocol` in both directions: what
is media and the line's state. Messages for the desk do not pass here.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from hotline.call.errors import EnvironmentFault
from hotline.headsets import protocol
from hotline.headsets.wire import SIGNAL_SOCKET, socket_path

_LINE_LIMIT = 2 * protocol.LONGEST_MESSAGE


class Introduction(BaseModel):
    """Whose headset it is."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    operator: str = Field(min_length=1, max_length=32)
    estate: str = Field(max_length=64)
    """Empty: an operator of all estates."""
    device: str = Field("", max_length=64)
    """The same for a headset that comes back; empty: always another one."""


class Wire:
    """One connection's lines, in either direction."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Wrap a connection."""
        self._reader = reader
        self._writer = writer

    async def line(self) -> bytes | None:
        """Return the next line; ``None`` at the end, also that of a line that is too long."""
        try:
            return await self._reader.readline() or None
        except (ConnectionError, ValueError):
            return None

    def send(self, message: protocol.Message | Introduction) -> None:
        """Send without waiting; a side that does not read is cut off."""
        if self._writer.is_closing():
            return
        if self._writer.transport.get_write_buffer_size() > 16 * protocol.LONGEST_MESSAGE:
            self._writer.transport.abort()
            return
        self._writer.write(message.model_dump_json().encode() + b"\n")

    def close(self) -> None:
        """End it once everything was sent."""
        self._writer.close()


async def call_gateway(folder: Path, who: Introduction) -> Wire:
    """Connect to the gateway for an operator.

    Raises:
        EnvironmentFault: ``headset-gateway-silent``: the gateway does not run.
    """
    try:
        with socket_path(folder, SIGNAL_SOCKET) as path:
            reader, writer = await asyncio.open_unix_connection(path, limit=_LINE_LIMIT)
    except OSError as error:
        raise EnvironmentFault(
            "The process for headsets does not run. `hotline status` says why, and how to install it.",
            code="headset-gateway-silent",
        ) from error
    wire = Wire(reader, writer)
    wire.send(who)
    return wire
