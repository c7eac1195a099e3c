"""Proof that the two threads a call depends on are alive."""

from __future__ import annotations

import asyncio

import baresip

from hotline.telephony.media import MediaEngine

_ANSWER_WITHIN = 0.5
_TICKS_WITHIN = 0.1
"""The media thread ticks every 20 ms."""


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
        if self._media.counters.ticks == ticks:
            await asyncio.sleep(_TICKS_WITHIN)
        return self._media.counters.ticks != ticks

    async def _sip_answers(self) -> bool:
        # The library's own PING is private; setting the log level to what it is makes the same
        # round trip through the SIP thread.
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                await self._runtime.set_native_log_level("warning")
        except (baresip.BaresipError, TimeoutError):
            return False
        return True
