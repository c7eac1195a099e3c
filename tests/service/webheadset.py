"""An operator's headset as a program: the WebSocket of a real hotline and one WebRTC peer that hums."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from fractions import Fraction
from typing import Any

import numpy as np
from aiortc import (
    MediaStreamError,
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from av import AudioFrame
from town import HUMS, Ear
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from hotline.headsets.protocol import (
    PATH,
    PING_EVERY,
    Answer,
    Connected,
    Do,
    Done,
    Error,
    HangUp,
    Message,
    Offer,
    Over,
    PickUp,
    Ping,
    Refused,
    Ring,
    parse_to_headset,
)

RATE = 48_000
BLOCK = RATE // 50


class Hum(MediaStreamTrack):
    """A tone in front of the microphone."""

    kind = "audio"

    def __init__(self, hertz: float) -> None:
        super().__init__()
        self._hertz = hertz
        self._sent = 0
        self._start = 0.0

    async def recv(self) -> AudioFrame:
        loop = asyncio.get_running_loop()
        self._start = self._start or loop.time()
        await asyncio.sleep(self._start + self._sent * 0.02 - loop.time())
        turn = 2 * np.pi * self._hertz * (self._sent * BLOCK + np.arange(BLOCK)) / RATE
        frame = AudioFrame.from_ndarray((4000 * np.sin(turn)).astype(np.int16).reshape(1, -1), "s16", "mono")
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), self._sent * BLOCK
        self._sent += 1
        return frame


class WebHeadset:
    """Tells the hotline things and remembers what it said."""

    def __init__(self, name: str, socket: ClientConnection, *, picks_up: bool) -> None:
        self.name = name
        self.ear = Ear(RATE)
        self.said: list[Message] = []
        self.picks_up = picks_up
        self._socket = socket
        self._numbers = itertools.count(1)
        self._news = asyncio.Condition()
        self._sdp = ""
        self._peer: RTCPeerConnection | None = None
        self._listening: list[asyncio.Task[None]] = []

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls, http: int, token: str, name: str, *, picks_up: bool = True
    ) -> AsyncIterator[WebHeadset]:
        """Connect with sound; hums the tone of ``name``."""
        async with connect(f"ws://127.0.0.1:{http}{PATH}?token={token}&device={name}") as socket:
            headset = cls(name, socket, picks_up=picks_up)
            reading = asyncio.create_task(headset._read())
            headset._listening.append(asyncio.create_task(headset._ping()))
            try:
                await headset._offer()
                yield headset
            finally:
                if headset._peer is not None:
                    await headset._peer.close()
                for task in (reading, *headset._listening):
                    task.cancel()
                await asyncio.gather(reading, *headset._listening, return_exceptions=True)

    async def do(self, action: str, **fields: Any) -> Message:
        """Have the desk do something; returns :class:`Done` or :class:`Refused`."""
        number = next(self._numbers)
        await self._tell(Do.model_validate({"id": number, "action": action, **fields}))

        def answer() -> Message | None:
            found = (one for one in self.said if isinstance(one, Done | Refused) and one.id == number)
            return next(found, None)

        return await self._until(answer, f"an answer to {action}")

    async def told(self, kind: type[Message], *, times: int = 1, within: float = 15.0) -> Message:
        """Wait for the n-th message of a kind."""

        def found() -> Message | None:
            all_of_it = [one for one in self.said if isinstance(one, kind)]
            return all_of_it[times - 1] if len(all_of_it) >= times else None

        return await self._until(found, kind.__name__, within)

    async def hang_up(self) -> None:
        await self._tell(HangUp())

    async def hears(self, *names: str, within: float = 8.0) -> None:
        try:
            await self.ear.hears(*names, within=within)
        except AssertionError as error:
            raise AssertionError(f"headset {self.name} {error}") from None

    async def _until(self, found: Any, what: str, within: float = 10.0) -> Message:
        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(lambda: found() is not None)
        except TimeoutError:
            raise AssertionError(f"no {what}; said: {self.said[-8:]}") from None
        message: Message = found()
        return message

    async def _tell(self, message: Message) -> None:
        await self._socket.send(message.dump())

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self._socket:
                message = parse_to_headset(text)
                if isinstance(message, Ring) and self.picks_up:
                    await self._tell(PickUp())
                if isinstance(message, Error) and message.code == "media-lost":  # the gateway is (back) there
                    await self._tell(Offer(sdp=self._sdp))
                async with self._news:
                    self.said.append(message)
                    self._news.notify_all()

    async def _ping(self) -> None:
        while True:
            await self._tell(Ping())
            await asyncio.sleep(PING_EVERY)

    async def _offer(self) -> None:
        peer = self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        peer.addTrack(Hum(HUMS[self.name]))
        peer.on("track", lambda track: self._listening.append(asyncio.create_task(self._hear(track))))
        await peer.setLocalDescription(await peer.createOffer())
        self._sdp = peer.localDescription.sdp
        await self._tell(Offer(sdp=self._sdp))
        answer = await self.told(Answer, within=30.0)
        assert isinstance(answer, Answer)
        await peer.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))

    async def _hear(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                self.ear.sound += frame.to_ndarray().reshape(-1, 2)[:, 0].astype(np.int16).tobytes()


__all__ = ["Connected", "Over", "WebHeadset"]
