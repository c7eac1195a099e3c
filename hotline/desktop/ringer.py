"""The ringing sound, on a device of its own if wanted: the loudspeaker rings, the headset talks."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import numpy as np

from hotline.desktop.card import CardProcess
from hotline.desktop.errors import HeadsetProblem
from hotline.desktop.pcm import BLOCK_BYTES, RATE, SILENCE, Converter
from hotline.desktop.playout import BLOCK_SECONDS
from hotline.desktop.sound import OpenCard

CYCLE = 5.0
"""Seconds of a Chinese ring cycle: 1 s tone, 4 s silence (DOMAIN section 2)."""
TONE = 1.0
LOUDNESS = 0.25
"""Of full scale."""
AHEAD = 3
"""Blocks given to the card before the first is due."""


def ring_blocks() -> list[bytes]:
    """Return one cycle in blocks: two alternating notes, so that it is not taken for a line tone."""
    time = np.arange(int(RATE * TONE)) / RATE
    pitch = np.where((time * 12).astype(int) % 2, 660.0, 880.0)
    edge = np.minimum(1.0, np.minimum(time, TONE - time) / 0.01)
    tone = (np.sin(2 * np.pi * np.cumsum(pitch) / RATE) * edge * LOUDNESS * 32767).astype(np.int16).tobytes()
    blocks = [tone[start : start + BLOCK_BYTES] for start in range(0, len(tone), BLOCK_BYTES)]
    return blocks + [SILENCE] * (round(CYCLE / BLOCK_SECONDS) - len(blocks))


class Ringer:
    """Rings while told to; a device that does not open leaves the ringing to the screen."""

    def __init__(self, device: str, open_card: OpenCard = CardProcess.start) -> None:
        """Ring on the device called ``device``; empty: the default."""
        self.device = device
        self._open = open_card
        self._ringing: asyncio.Task[None] | None = None
        self._blocks = ring_blocks()

    @property
    def ringing(self) -> bool:
        """Say whether it rings."""
        return self._ringing is not None

    def start(self) -> None:
        """Begin to ring, if it does not."""
        if self._ringing is None:
            self._ringing = asyncio.create_task(self._ring(), name="ringer")

    async def stop(self) -> None:
        """Be silent."""
        ringing, self._ringing = self._ringing, None
        if ringing is not None:
            ringing.cancel()
            await asyncio.gather(ringing, return_exceptions=True)

    async def _ring(self) -> None:
        with suppress(HeadsetProblem):
            card = await self._open("play", self.device)
            try:
                form = card.opened
                converter = Converter((RATE, 1), (form.rate, form.channels), form.block)
                loop = asyncio.get_running_loop()
                due = loop.time() - AHEAD * BLOCK_SECONDS
                number = 0
                while True:
                    for block in converter.convert(self._blocks[number % len(self._blocks)]):
                        card.write(block)
                    number += 1
                    due += BLOCK_SECONDS
                    await asyncio.sleep(due - loop.time())
            finally:
                await card.close()
