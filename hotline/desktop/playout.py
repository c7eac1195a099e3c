"""Blocks of sound between the network's beat and the sound card's: bounded delay, no memory made on the way.

One side puts blocks as they come, the other takes one for every beat of the card. Both may be threads:
whatever is shared is behind one lock that is held for the copy of one block.
"""

from __future__ import annotations

import threading

BLOCK_SECONDS = 0.02
"""Length of one block everywhere in this package."""
PRIME = 2
"""Blocks gathered before playing begins, and again after the ring ran dry."""
HARD_LIMIT = 10
"""Blocks (200 ms) beyond which the oldest go at once: a burst after a network stall."""
WINDOW = 100
"""Takes (2 s) over which the smallest depth is watched."""


class PlayoutRing:
    """A ring of blocks of one size, all of it allocated at the start.

    Depth is trimmed one block at a time while the ring never gets shallower than needed for a whole
    window: what a fast sender or a slow card adds (clock drift) is taken away before it is heard as delay.
    """

    def __init__(
        self, block_bytes: int, *, prime: int = PRIME, hard_limit: int = HARD_LIMIT, window: int = WINDOW
    ) -> None:
        """Hold at most ``hard_limit`` blocks of ``block_bytes`` bytes."""
        self._slots = [bytearray(block_bytes) for _ in range(hard_limit + 1)]
        self._silence = bytes(block_bytes)
        self._prime, self._hard_limit, self._window = prime, hard_limit, window
        self._first = 0
        self._depth = 0
        self._playing = False
        self._lowest = hard_limit
        self._takes = 0
        self._lock = threading.Lock()
        self.dry = 0
        """Times the ring ran dry while playing."""
        self.dropped = 0
        """Blocks thrown away to keep the delay bounded."""

    @property
    def depth(self) -> int:
        """Blocks waiting now."""
        return self._depth

    def put(self, block: bytes | bytearray | memoryview) -> None:
        """Add one block; the oldest go when there are too many."""
        with self._lock:
            if self._depth == self._hard_limit:
                self._drop(self._depth - self._prime)
            self._slots[(self._first + self._depth) % len(self._slots)][:] = block
            self._depth += 1

    def take(self, into: memoryview) -> None:
        """Copy the next block, or silence, into ``into`` (exactly one block long)."""
        with self._lock:
            if not self._playing and self._depth >= self._prime:
                self._playing = True
                self._begin_window()
            if self._playing and not self._depth:
                self._playing = False
                self.dry += 1
            if not self._playing:
                into[:] = self._silence
                return
            into[:] = self._slots[self._first]
            self._advance()
            self._trim()

    def _trim(self) -> None:
        self._lowest = min(self._lowest, self._depth)
        self._takes += 1
        if self._takes < self._window:
            return
        if self._lowest >= self._prime:
            self._drop(1)
        self._begin_window()

    def _begin_window(self) -> None:
        self._lowest, self._takes = self._hard_limit, 0

    def _drop(self, count: int) -> None:
        for _ in range(count):
            self._advance()
        self.dropped += count

    def _advance(self) -> None:
        self._first = (self._first + 1) % len(self._slots)
        self._depth -= 1
