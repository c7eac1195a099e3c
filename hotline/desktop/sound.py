"""Microphone and earpiece that survive their devices: unplugged, another is used; back again, it returns."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from hotline.call.clock import Clock
from hotline.desktop.card import CardCounts, CardProcess, Mode, Opened
from hotline.desktop.errors import HeadsetProblem
from hotline.desktop.pcm import BLOCK_BYTES, RATE, Converter

RETRY_EVERY = 3.0
"""Seconds between looks whether the wanted device is back; each starts a process."""
MOST_WAITING = 5
"""Recorded blocks (100 ms) that may wait for the network; then the oldest go."""
KEPT_WAITING = 2
"""Blocks kept of a backlog."""


class Card(Protocol):
    """A stream in use: :class:`~hotline.desktop.card.CardProcess`, or a test's."""

    opened: Opened
    counts: CardCounts

    async def read(self) -> bytes:
        """Return the next recorded block; empty when the device is gone."""
        ...

    def write(self, block: bytes) -> None:
        """Have one block played."""
        ...

    async def gone(self) -> None:
        """Return when the device is gone."""
        ...

    async def close(self) -> None:
        """End the stream."""
        ...


OpenCard = Callable[[Mode, str], Awaitable[Card]]
"""Opens a stream; raises :class:`~hotline.desktop.errors.HeadsetProblem`."""


class SoundState(StrEnum):
    """What became of one end's device."""

    USING = "using"
    FALLBACK = "fallback"
    """The wanted device is not there, the default is used meanwhile."""
    LOST = "lost"
    NONE = "none"
    """Nothing works; tried again every few seconds."""


@dataclass(frozen=True, slots=True)
class SoundNews:
    """Told when an end's device changes."""

    end: Mode
    state: SoundState
    device: str = ""
    wanted: str = ""


TellSound = Callable[[SoundNews], None]


class SoundEnd:
    """One end of the headset. Subclasses say what is done with an open stream."""

    mode: Mode

    def __init__(
        self, wanted: str, tell: TellSound, clock: Clock, open_card: OpenCard = CardProcess.start
    ) -> None:
        """Use the device called ``wanted`` (empty: the default)."""
        self.wanted = wanted
        self.counts = CardCounts()
        """Of the streams that are over."""
        self._tell, self._clock, self._open = tell, clock, open_card
        self._rewanted = asyncio.Event()
        self._in_use: Card | None = None

    def want(self, name: str) -> None:
        """Change to another device now."""
        self.wanted = name
        self._rewanted.set()

    def counted(self) -> CardCounts:
        """Return the counts of all streams there have been, and of the one in use."""
        total = replace(self.counts)
        if self._in_use is not None:
            add(total, self._in_use.counts)
        return total

    async def run(self) -> None:
        """Keep a stream open until cancelled."""
        card: Card | None = None
        while True:
            card = card or await self._first_that_opens()
            if card is None:
                self._say(SoundState.NONE)
                await self._pause()
                continue
            fallback = bool(self.wanted) and card.opened.name != self.wanted
            self._say(SoundState.FALLBACK if fallback else SoundState.USING, card)
            card = await self._until_change(card, fallback=fallback)

    async def _first_that_opens(self) -> Card | None:
        for name in dict.fromkeys((self.wanted, "")):
            with suppress(HeadsetProblem):
                return await self._open(self.mode, name)
        return None

    async def _until_change(self, card: Card, *, fallback: bool) -> Card | None:
        """Use ``card`` until it is gone (``None``) or the wanted one is there instead."""
        self._rewanted.clear()
        self._in_use = card
        using = asyncio.ensure_future(self.use(card))
        gone = asyncio.ensure_future(card.gone())
        waiting: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._told_to_change())]
        if fallback:
            waiting.append(asyncio.ensure_future(self._comeback()))
        try:
            await asyncio.wait((using, gone, *waiting), return_when=asyncio.FIRST_COMPLETED)
            back = next((found.result() for found in waiting if found.done() and found.result()), None)
            if gone.done() and back is None:
                self._say(SoundState.LOST, card)
            return back
        finally:
            await _end(using, gone, *waiting)
            self._in_use = None
            add(self.counts, card.counts)
            await card.close()

    async def use(self, card: Card) -> None:
        """Move blocks between the card and the call until the card is gone."""
        raise AssertionError("a sound end says what it does")  # pragma: no cover

    async def _told_to_change(self) -> Card | None:
        await self._rewanted.wait()
        return None

    async def _comeback(self) -> Card | None:
        while True:
            await self._clock.sleep(RETRY_EVERY)
            with suppress(HeadsetProblem):
                return await self._open(self.mode, self.wanted)

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(RETRY_EVERY):
                await self._rewanted.wait()
        self._rewanted.clear()

    def _say(self, state: SoundState, card: Card | None = None) -> None:
        self._tell(SoundNews(self.mode, state, card.opened.name if card else "", self.wanted))


class Microphone(SoundEnd):
    """Records; what is not fetched in time is thrown away, so that the delay stays bounded."""

    mode = "record"

    def __init__(
        self, wanted: str, tell: TellSound, clock: Clock, open_card: OpenCard = CardProcess.start
    ) -> None:
        """Use the device called ``wanted`` (empty: the default)."""
        super().__init__(wanted, tell, clock, open_card)
        self._blocks: deque[bytes] = deque()
        self._came = asyncio.Event()

    async def use(self, card: Card) -> None:
        """Convert what comes and keep the newest blocks."""
        converter = Converter((card.opened.rate, card.opened.channels), (RATE, 1), BLOCK_BYTES)
        while block := await card.read():
            for whole in converter.convert(block):
                self.put(whole)

    def put(self, block: bytes) -> None:
        """Add one recorded block."""
        if len(self._blocks) >= MOST_WAITING:
            while len(self._blocks) > KEPT_WAITING:
                self._blocks.popleft()
                self.counts.dropped += 1
        self._blocks.append(block)
        self._came.set()

    async def block(self) -> bytes:
        """Return the next recorded block: 20 ms, 48 kHz, mono; waits while there is no microphone."""
        while not self._blocks:
            self._came.clear()
            await self._came.wait()
        return self._blocks.popleft()


class Earpiece(SoundEnd):
    """Plays blocks on whatever device is there; without one they are silence nobody hears."""

    mode = "play"

    def __init__(
        self, wanted: str, tell: TellSound, clock: Clock, open_card: OpenCard = CardProcess.start
    ) -> None:
        """Use the device called ``wanted`` (empty: the default)."""
        super().__init__(wanted, tell, clock, open_card)
        self._card: Card | None = None
        self._converter: Converter | None = None

    async def use(self, card: Card) -> None:
        """Let :meth:`play` reach the card."""
        opened = card.opened
        self._converter = Converter((RATE, 1), (opened.rate, opened.channels), opened.block)
        self._card = card
        try:
            await card.gone()
        finally:
            self._card = None

    def play(self, block: bytes) -> None:
        """Play sound of any length: 48 kHz, mono."""
        if self._card is not None and self._converter is not None:
            for whole in self._converter.convert(block):
                self._card.write(whole)


def add(total: CardCounts, counts: CardCounts) -> None:
    """Add the counts of one stream to a total."""
    total.blocks += counts.blocks
    total.xruns += counts.xruns
    total.dropped += counts.dropped
    total.dry += counts.dry


@asynccontextmanager
async def opened(end: SoundEnd) -> AsyncIterator[None]:
    """Keep an end running inside the ``with``."""
    running = asyncio.ensure_future(end.run())
    try:
        yield
    finally:
        await _end(running)


async def _end(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
