"""What one leg hears of others: one is passed on as it comes, several are mixed.

Frames are put in during the first half of a tick and taken in the second, so a relayed frame leaves in
the tick in which it came.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

import numpy as np

from hotline.call.audio import FRAME_BYTES, FRAME_SAMPLES

LONGEST_QUEUE = 3
"""60 ms: frames of one source that may wait for the others; older ones are dropped, or delay would only
ever grow."""
DEPTH = 2 * FRAME_SAMPLES
"""Samples on their way below which a mix hands out more than the one frame that is due."""
_SILENCE = bytes(FRAME_BYTES)
_LOWEST, _HIGHEST = -32768, 32767

S = TypeVar("S", bound=Hashable)


class Ears(Generic[S]):
    """The sources of one leg, each with its queue. Used on the media thread only."""

    def __init__(self) -> None:
        """Hear nobody."""
        self._queues: dict[S, _Queue] = {}
        self.trimmed_samples = 0

    def __bool__(self) -> bool:
        """True while anybody is heard."""
        return bool(self._queues)

    @property
    def mixes(self) -> bool:
        """True while several are heard."""
        return len(self._queues) > 1

    @property
    def ready(self) -> bool:
        """True when the only one who is heard has said something."""
        if len(self._queues) != 1:
            return False
        (queue,) = self._queues.values()
        return bool(queue.frames)

    @property
    def sources(self) -> tuple[S, ...]:
        """Who is heard."""
        return tuple(self._queues)

    def choose(self, sources: Iterable[S]) -> None:
        """Hear exactly these; what waits of those that stay is kept."""
        self._queues = {source: self._queues.get(source) or _Queue() for source in sources}

    def drop(self, source: S) -> None:
        """Hear one less."""
        self._queues.pop(source, None)

    def put(self, source: S, frame: bytes) -> None:
        """Take a frame of a source; one that is not heard is ignored."""
        queue = self._queues.get(source)
        if queue is None:
            return
        alone = len(self._queues) == 1
        if not alone and queue.dry:
            # As on the line itself: without 20 ms in reserve each late packet would be heard as a gap.
            queue.frames.append(_SILENCE)
        queue.frames.append(frame)
        queue.dry = False
        while not alone and len(queue.frames) > LONGEST_QUEUE:
            queue.frames.popleft()
            self.trimmed_samples += FRAME_SAMPLES

    def forget(self) -> None:
        """Drop what waits: the line is taken."""
        for queue in self._queues.values():
            queue.frames.clear()
            queue.dry = True

    def take(self, in_flight: int, limit: int) -> bytes:
        """Return what goes to the line now; ``in_flight`` samples of ``limit`` are on their way."""
        if len(self._queues) == 1:
            (queue,) = self._queues.values()
            pcm = b"".join(queue.frames)
            queue.frames.clear()
            return pcm
        mixed: list[bytes] = []
        while in_flight + FRAME_SAMPLES <= limit and (not mixed or in_flight < DEPTH):
            frames = [queue.take() for queue in self._queues.values()]
            sounding = [frame for frame in frames if frame is not None]
            if not sounding:
                break
            mixed.append(mix(sounding))
            in_flight += FRAME_SAMPLES
        return b"".join(mixed)


class _Queue:
    """Frames of one source that wait for the next tick."""

    __slots__ = ("dry", "frames")

    def __init__(self) -> None:
        self.frames: deque[bytes] = deque()
        self.dry = True
        """The last tick found nothing in it."""

    def take(self) -> bytes | None:
        if self.frames:
            return self.frames.popleft()
        self.dry = True
        return None


def mix(frames: list[bytes]) -> bytes:
    """Add frames of equal length up, sample by sample; what is too loud is cut off at full scale."""
    if len(frames) == 1:
        return frames[0]
    total = np.frombuffer(frames[0], np.int16).astype(np.int32)
    for frame in frames[1:]:
        total += np.frombuffer(frame, np.int16)
    return total.clip(_LOWEST, _HIGHEST).astype(np.int16).tobytes()
