"""The ``web`` role: status, the register of wake-ups and the API over HTTP; later the console."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from hotline.app.api import open_api
from hotline.app.child import ChildLine
from hotline.app.https import BehindProxy, Files, Renewal, files_of, redirecting
from hotline.app.options import RunOptions, settings_in_service, split_address
from hotline.app.takeup import TakeUp
from hotline.call.clock import SystemClock
from hotline.call.errors import EnvironmentFault
from hotline.db.engine import Database
from hotline.headsets.ice import IceServers
from hotline.settings import Settings
from hotline.web.console.layout import LONGEST_PASTE
from hotline.web.console.site import add_console
from hotline.web.headsetparts import DeskNews, HeadsetParts
from hotline.web.site import build_site

LONGEST_MESSAGE = 8 * LONGEST_PASTE
"""Bytes: a menu is pasted into its editor as one message, a letter of it three bytes, a quote two. With a
lower limit the connection ended and the page kept a text that was never sent. Headsets' are checked apart."""


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the parent decides when to end (DESIGN section 8)."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit as ended:  # uvicorn's way to say that it cannot listen
            where = f"{self.config.host}:{self.config.port}"
            raise EnvironmentFault(
                f"The console cannot be served at {where}: another program uses the port, or the address is "
                "not this machine's. Choose another with --http, web.listen or web.redirect_from.",
                code="http-listen",
            ) from ended
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(site: FastAPI, settings: Settings, files: Files) -> uvicorn.Config:
    host, port = split_address(settings.web.listen, "--http")
    proxies = settings.web.behind_proxy
    return uvicorn.Config(
        BehindProxy(site, proxies) if proxies else site,
        host=host,
        port=port,
        ssl_certfile=files.chain,
        ssl_keyfile=files.key,
        proxy_headers=False,  # believed from the named proxies alone
        server_header=False,
        log_config=None,
        access_log=False,  # addresses of headsets carry their token
        ws_max_size=LONGEST_MESSAGE,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=5,
    )


async def run(options: RunOptions, line: ChildLine) -> None:
    """Serve until the parent says to drain."""
    home, settings = settings_in_service(options)
    clock = SystemClock()
    db = Database(settings.database or home.database_url, clock=clock)

    try:
        files = await asyncio.to_thread(files_of, home, settings.web, clock)
        parts = await asyncio.to_thread(open_api, home, settings, db, clock)
        headsets = HeadsetParts(
            run=home.run,
            clock=clock,
            command=parts.calls.command,
            news=DeskNews(parts.calls.follow, clock),
            ice=IceServers(settings.headsets.ice, clock).now,
        )
        parts.hub.also(headsets.news.take)
        site = build_site(parts.calls.status, parts, headsets)
        console = add_console(site, parts, site.state.guard)
        taking = console.taking = TakeUp(options, line, parts.calls.status, clock)
        server = _Server(_config(site, settings, files))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve())
            keep = [
                tasks.create_task(parts.hub.run(), name="live events"),
                tasks.create_task(parts.events.run(), name="streams of events"),
                tasks.create_task(site.state.admitted.run(), name="admitted"),
                tasks.create_task(taking.run(), name="settings"),
                tasks.create_task(console.open_pages.run(), name="open pages"),
            ]
            await server.up.wait()
            if files.chain is not None and server.config.ssl is not None:
                renewal = Renewal(home, settings.web, clock, server.config.ssl)
                keep.append(tasks.create_task(renewal.run(), name="certificate"))
            if (leading := redirecting(settings)) is not None:
                keep.append(tasks.create_task(_Server(leading).serve(), name="plain HTTP"))
            line.ready(lines=[])
            await line.drain.wait()
            for task in keep:
                task.cancel()
            server.should_exit = True
    finally:
        await db.aclose()
