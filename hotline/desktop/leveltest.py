"""The level test: the microphone's level while it records, the recording played back, a verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hotline.desktop.card import CardProcess
from hotline.desktop.pcm import BLOCK_BYTES, RATE, Converter, level
from hotline.desktop.playout import BLOCK_SECONDS
from hotline.desktop.sound import OpenCard
from hotline.desktop.wording import Wording

SECONDS = 3
SILENT_BELOW = -60.0
"""dB below full scale: no voice reaches the microphone."""
QUIET_BELOW = -36.0
LOUD_ABOVE = -6.0
BLOCKS_IN_BAR = 10
"""Blocks the meter shows as one value: five times a second."""
AHEAD = 3
AFTERWARDS = 0.5
"""Seconds the card may need for what it was given last."""


async def level_test(
    choice: tuple[str, str],
    wording: Wording,
    tell: Callable[[str], None],
    meter: Callable[[float], None],
    open_card: OpenCard = CardProcess.start,
) -> str:
    """Record from and play to the devices named in ``choice``; returns the verdict's key in the wording.

    Raises:
        HeadsetProblem: A device does not open.
    """
    microphone, earpiece = choice
    tell(wording.text("test_speak", seconds=SECONDS))
    device, recording = await _record(microphone, meter, open_card)
    tell(wording.text("test_play"))
    await _play_back(earpiece, recording, open_card)
    loudest = max((level(block) for block in recording), default=-90.0)
    key = verdict(loudest)
    tell(f"{loudest:.0f} dB: {wording.text(key, device=device)}")
    return key


def verdict(loudest: float) -> str:
    """Return what is said of a recording whose loudest block has this level (dB below full scale)."""
    if loudest < SILENT_BELOW:
        return "test_silent"
    if loudest < QUIET_BELOW:
        return "test_quiet"
    return "test_loud" if loudest > LOUD_ABOVE else "test_good"


async def _record(name: str, meter: Callable[[float], None], open_card: OpenCard) -> tuple[str, list[bytes]]:
    card = await open_card("record", name)
    recording: list[bytes] = []
    try:
        converter = Converter((card.opened.rate, card.opened.channels), (RATE, 1), BLOCK_BYTES)
        while len(recording) < SECONDS / BLOCK_SECONDS and (block := await card.read()):
            recording += converter.convert(block)
            if recording and len(recording) % BLOCKS_IN_BAR == 0:
                meter(max(level(part) for part in recording[-BLOCKS_IN_BAR:]))
    finally:
        await card.close()
    return card.opened.name, recording


async def _play_back(name: str, recording: list[bytes], open_card: OpenCard) -> None:
    card = await open_card("play", name)
    try:
        converter = Converter((RATE, 1), (card.opened.rate, card.opened.channels), card.opened.block)
        loop = asyncio.get_running_loop()
        due = loop.time() - AHEAD * BLOCK_SECONDS
        for block in recording:
            for whole in converter.convert(block):
                card.write(whole)
            due += BLOCK_SECONDS
            await asyncio.sleep(due - loop.time())
        await asyncio.sleep(AFTERWARDS)
    finally:
        await card.close()
