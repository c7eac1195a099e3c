"""Microphone and earpiece when devices come and go, on virtual time."""

from __future__ import annotations

import asyncio

from hotline.call.clock import SystemClock
from hotline.call.virtual_time import run_virtual
from hotline.desktop.card import CardCounts, Mode, Opened
from hotline.desktop.errors import HeadsetProblem
from hotline.desktop.pcm import BLOCK_BYTES, RATE
from hotline.desktop.sound import (
    KEPT_WAITING,
    MOST_WAITING,
    RETRY_EVERY,
    Earpiece,
    Microphone,
    SoundNews,
    SoundState,
    opened,
)

USING, FALLBACK, LOST, NONE = SoundState.USING, SoundState.FALLBACK, SoundState.LOST, SoundState.NONE


class FakeCard:
    """A device that can be pulled out."""

    def __init__(self, name: str) -> None:
        self.opened = Opened(name, RATE, 1, BLOCK_BYTES, 0.04)
        self.counts = CardCounts(blocks=5, xruns=1)
        self.played: list[bytes] = []
        self.closed = False
        self.out = asyncio.Event()
        self.recorded: asyncio.Queue[bytes] = asyncio.Queue()

    async def read(self) -> bytes:
        return await self.recorded.get()

    def write(self, block: bytes) -> None:
        self.played.append(block)

    async def gone(self) -> None:
        await self.out.wait()

    async def close(self) -> None:
        self.closed = True


class Desk:
    """Which devices are plugged in; the first is the default."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)
        self.cards: list[FakeCard] = []
        self.tried: list[str] = []
        self.news: list[tuple[SoundState, str]] = []

    async def open(self, _mode: Mode, name: str) -> FakeCard:
        self.tried.append(name)
        found = name if name in self.names else self.names[0] if self.names and not name else ""
        if not found:
            raise HeadsetProblem("no-output")
        self.cards.append(FakeCard(found))
        return self.cards[-1]

    def pull(self, name: str) -> None:
        self.names.remove(name)
        self.cards[-1].out.set()

    def tell(self, news: SoundNews) -> None:
        self.news.append((news.state, news.device))

    def earpiece(self, wanted: str) -> Earpiece:
        return Earpiece(wanted, self.tell, SystemClock(), self.open)


def test_without_the_wanted_device_the_default_is_used_until_it_is_back() -> None:
    async def scene() -> None:
        desk = Desk("speakers", "usb")
        earpiece = desk.earpiece("usb")
        async with opened(earpiece):
            await asyncio.sleep(1)
            desk.pull("usb")
            await asyncio.sleep(1)
            earpiece.play(bytes(BLOCK_BYTES))
            assert [len(card.played) for card in desk.cards] == [0, 1]
            desk.names.append("usb")
            await asyncio.sleep(RETRY_EVERY)
            earpiece.play(bytes(BLOCK_BYTES))
            assert [len(card.played) for card in desk.cards] == [0, 1, 1]
            assert [card.closed for card in desk.cards] == [True, True, False]
        assert desk.news == [(USING, "usb"), (LOST, "usb"), (FALLBACK, "speakers"), (USING, "usb")]
        assert desk.cards[-1].closed

    run_virtual(scene())


def test_with_no_device_at_all_it_is_looked_for_again_and_again() -> None:
    async def scene() -> None:
        desk = Desk()
        earpiece = desk.earpiece("")
        async with opened(earpiece):
            await asyncio.sleep(RETRY_EVERY * 3 + 0.5)
            assert len(desk.tried) == 4
            earpiece.play(bytes(BLOCK_BYTES))
            desk.names.append("usb")
            await asyncio.sleep(RETRY_EVERY)
        assert desk.news[-1] == (USING, "usb")
        assert set(desk.news[:-1]) == {(NONE, "")}

    run_virtual(scene())


def test_another_device_is_taken_at_once_in_the_middle_of_a_call() -> None:
    async def scene() -> None:
        desk = Desk("speakers", "usb")
        earpiece = desk.earpiece("speakers")
        async with opened(earpiece):
            await asyncio.sleep(1)
            earpiece.want("usb")
            await asyncio.sleep(0.01)
            assert desk.cards[-1].opened.name == "usb"
            assert earpiece.counted().xruns == 2, "of both streams"
        assert desk.news == [(USING, "speakers"), (USING, "usb")]

    run_virtual(scene())


def test_a_microphone_hands_on_what_the_card_records() -> None:
    async def scene() -> None:
        desk = Desk("usb")
        microphone = Microphone("usb", desk.tell, SystemClock(), desk.open)
        async with opened(microphone):
            await asyncio.sleep(1)
            desk.cards[0].recorded.put_nowait(b"\x01\x02" * (BLOCK_BYTES // 2))
            assert await microphone.block() == b"\x01\x02" * (BLOCK_BYTES // 2)

    run_virtual(scene())


def test_what_nobody_fetches_is_thrown_away_oldest_first() -> None:
    async def scene() -> None:
        desk = Desk()
        microphone = Microphone("", desk.tell, SystemClock(), desk.open)
        blocks = [bytes([number]) * BLOCK_BYTES for number in range(MOST_WAITING + 1)]
        for block in blocks:
            microphone.put(block)
        assert microphone.counted().dropped == MOST_WAITING - KEPT_WAITING
        assert [await microphone.block() for _ in range(KEPT_WAITING + 1)] == blocks[-KEPT_WAITING - 1 :]

    run_virtual(scene())
