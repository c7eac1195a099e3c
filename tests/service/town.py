"""A town of telephones in the test's own process: everybody hums a tone of their own and is heard by it."""

from __future__ import annotations

import asyncio
import contextlib
import math
import struct
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
from service import free_port

from hotline.call.audio import RATE, Clip
from hotline.call.clock import SystemClock
from hotline.call.errors import CallGone
from hotline.call.events import Digit, HungUp
from hotline.call.ports import Call, DialOrder
from hotline.settings import Account, Channels, Sip
from hotline.telephony.agent import SipTelephony
from hotline.telephony.media import MediaEngine

HUMS = {"caller": 520, "01": 630, "02": 740, "602": 860, "03": 1120, "desk": 1460, "else": 1780, "sup": 1900}
"""Everybody's tone in Hz; none of them in a ringback (450), a beep (1,000) or each other's harmonics."""
WINDOW = 0.4
LOUD = 400.0
"""Amplitude from which a tone is heard; it is hummed with 4,000."""


def amplitude(pcm: bytes, hertz: float, rate: int = RATE) -> float:
    """Return how strong a tone is in 16-bit mono sound."""
    sound = np.frombuffer(pcm[: len(pcm) // 2 * 2], np.int16).astype(float)
    if len(sound) < rate // 20:
        return 0.0
    window = np.hanning(len(sound))
    turn = np.exp(-2j * np.pi * hertz * np.arange(len(sound)) / rate)
    return float(2 * abs((sound * window * turn).sum()) / window.sum())


class Ear:
    """What somebody hears, with everything they heard before."""

    def __init__(self, rate: int = RATE) -> None:
        self.rate = rate
        self.sound = bytearray()

    def last(self, seconds: float = WINDOW) -> bytes:
        return bytes(self.sound[-int(self.rate * seconds) * 2 :])

    def who(self, seconds: float = WINDOW) -> set[str]:
        """Return whose tones are in what was heard last; ``~`` for other sound, empty for silence."""
        pcm = self.last(seconds)
        found = {name for name, hertz in HUMS.items() if amplitude(pcm, hertz, self.rate) > LOUD}
        sound = np.frombuffer(pcm, np.int16).astype(float)
        power = float((sound**2).mean()) if len(sound) else 0.0
        tones = sum(amplitude(pcm, HUMS[name], self.rate) ** 2 / 2 for name in found)
        return found | ({"~"} if power - tones > max(150.0**2, tones * 0.25) else set())

    async def hears(self, *names: str, within: float = 8.0) -> None:
        """Wait until exactly these are heard: names, ``~`` for music and words, nothing for silence."""
        wanted, loop = set(names), asyncio.get_running_loop()
        deadline = loop.time() + within
        while (now := self.who()) != wanted:
            assert loop.time() < deadline, f"hears {now or 'silence'}, not {wanted or 'silence'}"
            await asyncio.sleep(0.05)

    def longest_silence(self, since: int = 0) -> float:
        """Return the longest stretch without any sound, in seconds, from byte ``since`` on."""
        sound = np.abs(np.frombuffer(bytes(self.sound[since:]), np.int16).astype(int))
        blocks = sound[: len(sound) // 160 * 160].reshape(-1, 160).max(axis=1) < 40
        longest = run = 0
        for quiet in blocks:
            run = run + 1 if quiet else 0
            longest = max(longest, run)
        return longest * 0.02


class Person:
    """Somebody with one telephone."""

    def __init__(self, name: str, hum: Path) -> None:
        self.name = name
        self._hum = hum
        self.ear = Ear()
        self.call: Call | None = None
        self.answers = "yes"
        """``yes``, ``busy``, ``silent`` (rings and rings)."""
        self.keys: list[str] = []
        """Heard from the other end."""
        self.rung = asyncio.Event()
        self.talking = asyncio.Event()
        self.over = asyncio.Event()

    async def serve(self, call: Call) -> None:
        """Take a call, hum and listen until it is over."""
        if self.answers == "busy":
            await call.refuse()
            return
        self.over.clear()
        self.rung.set()
        try:
            if self.answers == "yes":
                await call.answer()
                await self.talk(call)
            else:
                await _until_over(call, [])
        except CallGone:
            pass
        finally:
            self.rung.clear()
            self.over.set()

    async def talk(self, call: Call) -> None:
        self.call = call
        call.tap(self.ear.sound.extend)
        call.play([Clip(self._hum)], repeat=True)
        self.over.clear()
        self.talking.set()
        await _until_over(call, self.keys)
        self.talking.clear()
        self.over.set()

    async def hears(self, *names: str, within: float = 8.0) -> None:
        try:
            await self.ear.hears(*names, within=within)
        except AssertionError as error:
            raise AssertionError(f"{self.name} {error}") from None

    async def press(self, keys: str) -> None:
        """Press keys; a key may be what ends the call."""
        assert self.call is not None
        with contextlib.suppress(CallGone):
            await self.call.send_digits(keys)

    async def hang_up(self) -> None:
        assert self.call is not None
        await self.call.hangup()

    async def answered(self, within: float = 15.0) -> None:
        await asyncio.wait_for(self.talking.wait(), within)

    async def left(self, within: float = 10.0) -> None:
        await asyncio.wait_for(self.over.wait(), within)


async def _until_over(call: Call, keys: list[str]) -> None:
    with contextlib.suppress(CallGone):
        while not isinstance(event := await call.next_event(), HungUp):
            if isinstance(event, Digit):
                keys.append(event.key)


class Town:
    """Everybody, at one address; ``sip:NAME@HOST:PORT`` rings them."""

    def __init__(self, folder: Path, hotline: int, port: int) -> None:
        self._folder = folder
        self.port = port
        self.people: dict[str, Person] = {}
        self._clock = SystemClock()
        self._media = MediaEngine(clock=self._clock)
        sip = Sip(
            listen=f"127.0.0.1:{port}",
            rtp_ports=f"{port + 2}-{port + 80}",
            channels=Channels(total=20, reserved_outgoing=1, reserved_emergency=0),
            accounts=(Account(name="caller", user="town", domain=f"127.0.0.1:{hotline}", register_every=0),),
        )
        self._telephony = SipTelephony(sip, self._clock, self._media)
        self._tasks: asyncio.TaskGroup | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, folder: Path, hotline: int, port: int = 0) -> AsyncIterator[Town]:
        town = cls(folder, hotline, port or free_port())
        town._media.start()
        await town._telephony.start()
        try:
            async with asyncio.TaskGroup() as town._tasks:
                answering = town._tasks.create_task(town._answer())
                try:
                    yield town
                finally:
                    answering.cancel()
                    for person in town.people.values():
                        if person.call is not None and not person.call.over:
                            with contextlib.suppress(CallGone):
                                await person.call.hangup()
                    await town._telephony.close()
        finally:
            town._media.stop()

    def address(self, name: str) -> str:
        return f"sip:{name}@127.0.0.1:{self.port}"

    def person(self, name: str, *, hums: str = "") -> Person:
        """Give somebody a telephone."""
        hertz = HUMS[hums or name]
        path = self._folder / f"hum-{hertz}.wav"
        if not path.exists():
            steps = RATE // math.gcd(RATE, hertz) * 40
            with wave.open(str(path), "wb") as out:
                out.setparams((1, 2, RATE, 0, "NONE", ""))
                tone = (round(4000 * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(steps))
                out.writeframes(b"".join(struct.pack("<h", one) for one in tone))
        found = self.people[name] = Person(name, path)
        return found

    async def rings(self, person: Person, number: str = "13911112222") -> None:
        """``person`` calls the hotline and is answered."""
        call = await self._telephony.dial(
            DialOrder(to="hotline", linkedid="", purpose="demo", caller_id=number, account="caller")
        )
        assert self._tasks is not None
        self._tasks.create_task(person.talk(call))
        await person.answered()

    async def _answer(self) -> None:
        assert self._tasks is not None
        async for call in self._telephony.calls():
            person = self.people.get(call.facts.dialled)
            if person is None:
                self._tasks.create_task(call.refuse())
            else:
                self._tasks.create_task(person.serve(call))
