"""Proof that the two threads a call depends on are alive."""

from __future__ import annotations

import asyncio

import baresip

from hotline.call.audio import FRAME_SECONDS
from hotline.telephony.media import MediaEngine

_ANSWER_WITHIN = 0.5
_TICKS_WITHIN = 20
"""Looks, 20 ms apart, for the media thread's next tick; it ticks every 20 ms."""


class Heartbeat:
    """Asks both threads for a sign of life."""

    def __init__(self, runtime: baresip.Runtime, media: MediaEngine) -> None:
        self._runtime = runtime
        self._media = media

    async def beat(self) -> bool:
        """Return True when the SIP thread answered a command and the media thread went on ticking."""
        ticks = self._media.counters.ticks
        if not await self._sip_answers():
            return False
        for _ in range(_TICKS_WITHIN):
            if self._media.counters.ticks != ticks:
                return True
            await asyncio.sleep(FRAME_SECONDS)
        return False

    async def _sip_answers(self) -> bool:
        # The library's own PING is private; setting the log level to what it is makes the same
        # round trip through the SIP thread.
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                await self._runtime.set_native_log_level("warning")
        except (baresip.BaresipError, TimeoutError):
            return False
        return True
