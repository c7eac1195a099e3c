"""Sending one message through one channel."""

from __future__ import annotations

import asyncio

from hotline.notifications.channels import build


async def send(config, clock, message, *, within: float | None = None) -> None:
    channel = build(config, clock)
    try:
        async with asyncio.timeout(within):
            await channel.send(message)
    finally:
        await channel.aclose()
