"""One user agent a test, on free ports of loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from peers import HOST, free_port
from siphotline import Hotline, StartHotline

from hotline import settings


@pytest.fixture
async def start_hotline() -> AsyncIterator[StartHotline]:
    """Start a user agent with the given ``sip:`` settings on a free port."""
    running: list[Hotline] = []

    async def start(**sip: Any) -> Hotline:
        chosen = {
            "listen": f"{HOST}:{free_port(pair=True)}",
            "rtp_ports": "31000-31999",
            "channels": {"total": 20, "reserved_outgoing": 1, "reserved_emergency": 1},
            **sip,
        }
        hotline = Hotline(settings.Sip.model_validate(chosen))
        running.append(hotline)
        await hotline.start()
        return hotline

    yield start
    for hotline in running:
        await hotline.close()


@pytest.fixture
async def hotline(start_hotline: StartHotline) -> Hotline:
    """A user agent with the defaults."""
    return await start_hotline()
