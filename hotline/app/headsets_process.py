"""The ``headsets`` role: WebRTC of browsers and desktop headsets, apart from the calls."""

from __future__ import annotations

import asyncio
import logging

from hotline.app.child import ChildLine
from hotline.app.options import RunOptions, settings_in_service
from hotline.call.clock import SystemClock
from hotline.call.scheduling import prefer_this_thread
from hotline.headsets.gateway import Gateway
from hotline.headsets.ice import IceServers


async def run(options: RunOptions, line: ChildLine) -> None:
    """Serve headsets until the parent says to drain, and while the calls process still drains its calls."""
    for noisy in ("aioice", "aiortc"):  # their INFO records carry the addresses of people's computers
        logging.getLogger(noisy).setLevel(logging.WARNING)
    home, settings = settings_in_service(options)
    prefer_this_thread()  # sound is due every 20 ms, whatever else the machine does
    clock, chosen = SystemClock(), settings.headsets
    gateway = Gateway(
        home.run,
        clock,
        addresses=chosen.addresses,
        most=chosen.most,
        ice=IceServers(chosen.ice, clock).now,
    )
    serving = asyncio.create_task(gateway.run(), name="headsets")
    try:
        up = asyncio.create_task(gateway.serving.wait(), name="up")
        await asyncio.wait((serving, up), return_when=asyncio.FIRST_COMPLETED)
        if gateway.serving.is_set():
            line.ready(lines=[])
            drained = asyncio.create_task(_drained(line, gateway), name="drain")
            await asyncio.wait((serving, drained), return_when=asyncio.FIRST_COMPLETED)
            drained.cancel()
        up.cancel()
    finally:
        serving.cancel()
        await asyncio.wait((serving,))
    if not serving.cancelled():
        serving.result()


async def _drained(line: ChildLine, gateway: Gateway) -> None:
    """Wait until the hotline ends and no call is left on a headset."""
    await line.drain.wait()
    gateway.drain()
    idle = asyncio.create_task(gateway.idle(), name="idle")
    gone = asyncio.create_task(line.parent_gone.wait(), name="parent")
    await asyncio.wait((idle, gone), return_when=asyncio.FIRST_COMPLETED)
    idle.cancel()
    gone.cancel()
