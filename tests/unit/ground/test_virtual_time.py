"""Virtual time jumps from timer to timer and keeps their order."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

from hotline.call.virtual_time import VirtualClock, run_virtual


def test_an_hour_passes_at_once_and_the_clock_shows_it() -> None:
    clock = VirtualClock(datetime(2026, 11, 21, 3, 0, tzinfo=UTC))

    async def main() -> datetime:
        await clock.sleep(3600)
        return clock.now()

    began = time.perf_counter()
    assert run_virtual(main()) == datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
    assert time.perf_counter() - began < 1


def test_timers_fire_in_the_order_of_their_time() -> None:
    order: list[str] = []

    async def wait(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        order.append(name)

    async def main() -> None:
        await asyncio.gather(wait("late", 5), wait("early", 0.02), wait("middle", 1))

    run_virtual(main())
    assert order == ["early", "middle", "late"]


def test_a_timeout_ends_a_wait_for_something_that_never_comes() -> None:
    async def main() -> float:
        try:
            async with asyncio.timeout(30):
                await asyncio.Event().wait()
        except TimeoutError:
            return asyncio.get_running_loop().time()
        return -1

    assert abs(run_virtual(main()) - 30) < 0.001
