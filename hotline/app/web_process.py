"""The ``web`` role: status over HTTP; later the console."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from hotline.app.child import ChildLine
from hotline.app.livefeed import ask
from hotline.app.options import RunOptions, settings_in_service, split_address
from hotline.web.site import build_site


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the parent decides when to end (DESIGN section 8)."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def run(options: RunOptions, line: ChildLine) -> None:
    """Serve until the parent says to drain."""
    home, settings = settings_in_service(options)
    host, port = split_address(settings.web.listen, "--http")

    async def ask_status() -> dict[str, Any] | None:
        found = await ask(home.run, "status")
        if found is not None:
            found.pop("type", None)
        return found

    server = _Server(
        uvicorn.Config(build_site(ask_status), host=host, port=port, log_config=None, access_log=False)
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve())
        await server.up.wait()
        line.ready(lines=[])
        await line.drain.wait()
        server.should_exit = True
