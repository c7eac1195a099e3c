"""A headset made of aiortc, as the desktop program is one: offers, sends a tone, keeps what it hears."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler
from headset_fakes import tone_frame

from hotline.headsets import protocol
from hotline.headsets.signalling import Introduction, Wire, call_gateway

PATIENCE = 15.0


class ToneTrack(MediaStreamTrack):
    """A microphone in front of which a tone sounds."""

    kind = "audio"

    def __init__(self, hertz: float) -> None:
        super().__init__()
        self._hertz = hertz
        self._began: float | None = None
        self._count = 0

    async def recv(self) -> AudioFrame:
        loop = asyncio.get_running_loop()
        self._began = loop.time() if self._began is None else self._began
        await asyncio.sleep(max(0.0, self._began + self._count * 0.02 - loop.time()))
        frame = AudioFrame(format="s16", layout="mono", samples=160)
        frame.planes[0].update(tone_frame(self._hertz, self._count))
        frame.sample_rate, frame.time_base, frame.pts = 8000, Fraction(1, 8000), self._count * 160
        self._count += 1
        return frame


class ProgramHeadset:
    """One headset and its messages."""

    def __init__(self, page: Wire, hertz: float) -> None:
        self.page = page
        self._hertz = hertz
        self.messages: list[Any] = []
        self.heard = b""
        self._news = asyncio.Event()
        self.page_ended = asyncio.Event()
        self.connection: RTCPeerConnection | None = None
        self._tasks = {asyncio.create_task(self._read())}

    @classmethod
    async def begin(
        cls, folder: Path, operator: str = "8", *, hertz: float = 440, device: str = "d1", offer: bool = True
    ) -> Self:
        page = await call_gateway(folder, Introduction(operator=operator, estate="default", device=device))
        headset = cls(page, hertz)
        if offer:
            await headset.offer()
        return headset

    async def offer(self) -> None:
        await self.drop_sound()
        connection = self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connection.addTrack(ToneTrack(self._hertz))
        connection.on("track", lambda track: self._tasks.add(asyncio.create_task(self._listen(track))))
        await connection.setLocalDescription(await connection.createOffer())
        self.page.send(protocol.Offer(sdp=connection.localDescription.sdp))
        answer = await self.told(protocol.Answer)
        await connection.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))

    async def _listen(self, track: MediaStreamTrack) -> None:
        resampler = AudioResampler(format="s16", layout="mono", rate=8000)
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            for part in resampler.resample(frame):
                self.heard += bytes(part.planes[0])[: 2 * part.samples]
            self._news.set()

    async def _read(self) -> None:
        while line := await self.page.line():
            self.messages.append(protocol.parse_to_headset(line))
            self._news.set()
        self.page_ended.set()

    async def told(self, kind: type[protocol.Message]) -> Any:
        """Wait for the next message of a kind, and take it away."""

        def first() -> Any:
            return next((message for message in self.messages if isinstance(message, kind)), None)

        await self.until(lambda: first() is not None, kind.__name__)
        found = first()
        self.messages.remove(found)
        return found

    async def until(self, there: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not there():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"waited in vain for {what}; there are {self.messages}") from None

    async def hears(self, seconds: float) -> bytes:
        """Return the next so many seconds of what is heard."""
        begin, size = len(self.heard), int(16000 * seconds)
        await self.until(lambda: len(self.heard) >= begin + size, "sound")
        return self.heard[begin : begin + size]

    def leave_page(self) -> None:
        self.page.close()

    async def drop_sound(self) -> None:
        if self.connection is not None:
            await self.connection.close()

    async def end(self) -> None:
        self.page.close()
        await self.drop_sound()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
