"""What is typed, read on a thread of its own: works for terminals, pipes, files and nothing at all."""

from __future__ import annotations

import asyncio
import os
import threading
from codecs import getincrementaldecoder
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

try:
    import termios
    import tty
except ImportError:  # Windows has no termios; the line mode works there
    termios = None  # type: ignore[assignment]

_CHUNK = 1024


class Typed:
    """Reads a file descriptor until its end.

    Not through ``sys.stdin``: a thread that waits in there would hold its lock when the program ends.
    """

    def __init__(self, descriptor: int = 0) -> None:
        """Read ``descriptor``: standard input unless told otherwise."""
        self._descriptor = descriptor

    async def chunks(self) -> AsyncIterator[str]:
        """Return text as it comes, characters whole."""
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, args=(loop, queue), name="typed", daemon=True).start()
        decoder = getincrementaldecoder("utf-8")("replace")
        while data := await queue.get():
            if text := decoder.decode(data):
                yield text

    async def lines(self) -> AsyncIterator[str]:
        """Return whole lines, also the last without its end."""
        kept = ""
        async for text in self.chunks():
            *whole, kept = (kept + text).replace("\r\n", "\n").split("\n")
            for line in whole:
                yield line
        if kept:
            yield kept

    def _read(self, loop: asyncio.AbstractEventLoop, queue: asyncio.Queue[bytes]) -> None:
        data = b"."
        while data:
            try:
                data = os.read(self._descriptor, _CHUNK)
            except OSError:
                data = b""
            try:
                loop.call_soon_threadsafe(queue.put_nowait, data)
            except RuntimeError:
                return  # the program has ended


@contextmanager
def single_keys(descriptor: int = 0) -> Iterator[None]:
    """Have the terminal hand over every key at once and unseen; as it was afterwards."""
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def can_take_single_keys(descriptor: int = 0) -> bool:
    """Say whether there is a terminal that can do that."""
    return termios is not None and os.isatty(descriptor)
