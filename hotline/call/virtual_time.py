"""Virtual time: an event loop that jumps to its next timer instead of waiting for it.

For menu scenarios, simulations and tests. Nothing on such a loop may wait for the outside world
(threads, sockets): time would run away from it.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

DEFAULT_START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""A Monday, 10:00 in Shanghai: an ordinary working morning."""


class _JumpingSelector(selectors.DefaultSelector):
    """Turns every wait for a timer into a jump of the loop's clock."""

    def __init__(self) -> None:
        super().__init__()
        self.elapsed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout is None or timeout <= 0:
            return ready if timeout is not None or ready else super().select(None)
        self.elapsed += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose ``time()`` starts at 0 and advances only from timer to timer."""

    def __init__(self) -> None:
        """Create the loop; close it like any other."""
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Return the virtual seconds since the loop was made."""
        return self._jumping.elapsed


class VirtualClock:
    """A :class:`~hotline.call.clock.Clock` over the running :class:`VirtualLoop`."""

    def __init__(self, start: datetime = DEFAULT_START) -> None:
        """Let virtual second 0 be ``start`` (aware)."""
        self._start = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return ``start`` plus the loop's virtual seconds."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Return the loop's virtual seconds."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait virtual seconds: the loop jumps when nothing else is to be done."""
        await asyncio.sleep(seconds)


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` to its end on a fresh :class:`VirtualLoop` and return its result."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
