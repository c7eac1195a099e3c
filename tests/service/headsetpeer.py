"""A hotline as a headset sees it: the WebSocket and one WebRTC peer that hums a tone and listens."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
from aiortc import (
    MediaStreamError,
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.jitterbuffer import JitterBuffer
from av import AudioFrame
from soundcards import RATE, share, sine
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from hotline.desktop.media import JITTER_BUFFER
from hotline.headsets.protocol import (
    PATH,
    Answer,
    Connected,
    Desk,
    Do,
    Done,
    Hello,
    Message,
    Offer,
    Ping,
    Pong,
    Refused,
    Ring,
    parse_from_headset,
)

TOKEN = "operator-token"
CALLER_HZ = 600.0
BLOCK = RATE // 50
CARD = {"place": "3-2-602", "topic": "投诉", "ticket": "T-1007", "times": "2"}


class Hum(MediaStreamTrack):
    """The caller: a tone for as long as somebody listens."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._sent = 0
        self._start = 0.0

    async def recv(self) -> AudioFrame:
        loop = asyncio.get_running_loop()
        self._start = self._start or loop.time()
        await asyncio.sleep(self._start + self._sent * 0.02 - loop.time())
        samples = np.frombuffer(sine(CALLER_HZ, self._sent * BLOCK, BLOCK), dtype=np.int16)
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, self._sent * BLOCK
        self._sent += 1
        return frame


class HeadsetPeer:
    """Takes headsets; tests tell them things and look at what they said."""

    def __init__(self) -> None:
        self.said: list[Message] = []
        self.connections = 0
        self.offers = 0
        self.presence = "paused"
        self.refuse: dict[str, str] = {}
        """Desk actions that are refused, with the sentence."""
        self.call: str | None = None
        """The call that is up; told again to whoever connects."""
        self.silent = False
        """Take no pings and send nothing: the network is cut."""
        self.on_sound: Callable[[np.ndarray], None] = lambda _sound: None
        """Told of every block that comes."""
        self.port = 0
        self._socket: ServerConnection | None = None
        self._peer: RTCPeerConnection | None = None
        self._heard = np.zeros(0, dtype=np.int16)
        self._blocks = 0
        self._changed = asyncio.Condition()
        self._listening: list[asyncio.Task[None]] = []

    @contextlib.asynccontextmanager
    async def serving(self, tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[HeadsetPeer]:
        server: Server
        async with serve(
            self._serve, "127.0.0.1", port, ssl=tls, process_request=self._admit, ping_interval=None
        ) as server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            try:
                yield self
            finally:
                await self._end_peer()

    async def tell(self, message: Message) -> None:
        assert self._socket is not None
        await self._socket.send(message.dump())

    async def ring(self, call: str = "c1") -> None:
        await self.tell(Ring(call=call, card=CARD, seconds=15))

    async def connect(self, call: str = "c1") -> None:
        self.call = call
        await self.tell(Connected(call=call, card=CARD))

    async def cut(self, code: int | None = None) -> None:
        """End the connection: abruptly, or with a close code."""
        assert self._socket is not None
        if code is None:
            self._socket.transport.abort()
        else:
            await self._socket.close(code)

    async def got(self, kind: type[Message], *, within: float = 15.0, **fields: Any) -> Message:
        """Wait for a message of the headset with these fields."""

        def found() -> Message | None:
            for message in self.said:
                values = {**message.model_dump(), **getattr(message, "fields", {})}
                if isinstance(message, kind) and fields.items() <= values.items():
                    return message
            return None

        try:
            async with asyncio.timeout(within), self._changed:
                await self._changed.wait_for(lambda: found() is not None)
        except TimeoutError:
            raise AssertionError(f"no {kind.__name__} {fields}; said: {self.said}") from None
        message = found()
        assert message is not None
        return message

    async def connected(self, times: int, *, within: float = 20.0) -> None:
        """Wait for the headset's connection (and offer) number ``times``."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(lambda: self.connections >= times and self.offers >= times)

    async def hears(self, hz: float, *, within: float = 15.0) -> None:
        """Wait until the operator's sound is a tone of ``hz``; 0: until it is silence."""
        self._heard = self._heard[:0]
        strongest = 0.0
        try:
            async with asyncio.timeout(within):
                while True:
                    await asyncio.sleep(0.1)
                    if len(self._heard) < RATE // 5:
                        continue
                    latest = self._heard[-RATE // 5 :]
                    if hz == 0 and np.abs(latest).max() < 20:
                        return
                    strongest = max(strongest, share(latest, hz)) if hz else 0.0
                    if hz and share(latest, hz) > 0.5:
                        return
        except TimeoutError:
            raise AssertionError(f"{hz:.0f} Hz does not arrive, at most {strongest:.2f}") from None

    async def blocks(self, seconds: float) -> int:
        """How many blocks of 20 ms come in that time."""
        before = self._blocks
        await asyncio.sleep(seconds)
        return self._blocks - before

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.path.partition("?")[0] != PATH:
            return connection.respond(404, "not here\n")
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return connection.respond(401, "no\n")
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        self._socket = socket
        await self.tell(Hello(operator="8", estate="default", name="李"))
        await self.tell(
            Desk.model_validate({"presence": self.presence, "queues": [{"queue": "service", "waiting": 2}]})
        )
        if self.call is not None:
            await self.tell(Connected(call=self.call, card=CARD))
        await self._note(connections=1)
        with contextlib.suppress(ConnectionClosed):
            async for text in socket:
                if self.silent:
                    continue
                message = parse_from_headset(text)
                self.said.append(message)
                await self._answer(message)
                await self._note()

    async def _note(self, *, connections: int = 0) -> None:
        async with self._changed:
            self.connections += connections
            self._changed.notify_all()

    async def _answer(self, message: Message) -> None:
        match message:
            case Offer(sdp=sdp):
                await self.tell(Answer(sdp=await self._take(sdp)))
                self.offers += 1
            case Ping(id=number):
                await self.tell(Pong(id=number))
            case Do(id=number, action=action):
                if sentence := self.refuse.get(action):
                    await self.tell(Refused(id=number, code="operator-refused", sentence=sentence))
                    return
                self.presence = {"ready": "ready", "pause": "paused", "sign_out": "signed_out"}.get(
                    action, self.presence
                )
                await self.tell(Done(id=number))
                await self.tell(Desk.model_validate({"presence": self.presence, **message.fields}))

    async def _take(self, sdp: str) -> str:
        await self._end_peer()
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peer.on("track", lambda track: self._listening.append(asyncio.create_task(self._hear(track))))
        await self._peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        for receiver in self._peer.getReceivers():  # a packet at once, as the gateway does
            setattr(receiver, JITTER_BUFFER, JitterBuffer(capacity=4, prefetch=0))
        self._peer.addTrack(Hum())
        await self._peer.setLocalDescription(await self._peer.createAnswer())
        return str(self._peer.localDescription.sdp)

    async def _hear(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                sound = frame.to_ndarray().reshape(-1, 2)[:, 0]
                self._blocks += 1
                self.on_sound(sound)
                self._heard = np.concatenate((self._heard, sound))[-RATE:]

    async def _end_peer(self) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            await peer.close()
        listening, self._listening = self._listening, []
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
