"""A clock that tests of the site move, and the rooms there are."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""A Monday, 10:00 in Shanghai."""
ROOMS = "楼栋,单元,房号,分机\n,,801,8801\n,,802,8802\n,,808,8808\n3,2,602,\n"


class MovedClock:
    def __init__(self) -> None:
        self.at = MORNING

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def move(self, **span: float) -> None:
        self.at += timedelta(**span)
