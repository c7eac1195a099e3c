"""The call's sound between the headset and the gateway: WebRTC by aiortc."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from aiortc import MediaStreamError, MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from av import Packet

from hotline.call.voiceorder import VoiceOrder
from hotline.desktop.errors import HeadsetProblem
from hotline.desktop.opus import OpusHearing, OpusVoice
from hotline.desktop.pcm import SILENCE, level
from hotline.desktop.playout import BLOCK_SECONDS
from hotline.desktop.sound import Earpiece, Microphone
from hotline.headsets.protocol import IceServer
from hotline.headsets.rtc import configuration

LATE_AFTER = 0.06
"""Seconds after which a missing block of the microphone is silence."""
JITTER_BUFFER = "_RTCRtpReceiver__jitter_buffer"
"""Where aiortc keeps what :class:`Ear` takes the place of; there is no public way."""

log = structlog.get_logger(__name__)


class MicrophoneTrack(MediaStreamTrack):
    """The microphone, or silence while there is none or it is muted; never stops by itself."""

    kind = "audio"

    def __init__(self, microphone: Microphone) -> None:
        """Send what ``microphone`` records."""
        super().__init__()
        self.muted = False
        self.level = -90.0
        """Loudness of the last block in dB below full scale, before muting."""
        self._microphone = microphone
        self._voice = OpusVoice()
        self._packets: deque[Packet[Any]] = deque()
        self._silent = False
        self._due: float | None = None

    async def recv(self) -> Packet[Any]:
        """Return the next 20 ms, encoded, at the microphone's own pace or the clock's when there is none."""
        while not self._packets:
            if self.readyState != "live":
                raise MediaStreamError
            block = await self.block()
            self._packets.extend(self._voice.encode(SILENCE if self.muted else block))
        return self._packets.popleft()

    async def block(self) -> bytes:
        """Return the next 20 ms of the microphone, or of silence."""
        loop = asyncio.get_running_loop()
        if self._due is None:
            self._due = loop.time()
        try:
            async with asyncio.timeout_at(self._due + (0 if self._silent else LATE_AFTER)):
                block = await self._microphone.block()
            self._silent, self._due = False, loop.time() + BLOCK_SECONDS
        except TimeoutError:
            block, self._silent = SILENCE, True
            self._due = max(self._due, loop.time() - LATE_AFTER) + BLOCK_SECONDS
        self.level = level(block)
        return block


class Ear:
    """Stands where aiortc has its jitter buffer: orders, decodes and plays every packet."""

    def __init__(self, play: Callable[[bytes], None]) -> None:
        """Hand sound to ``play``: 48 kHz, mono."""
        self._play = play
        self._order = VoiceOrder()
        self._hearing = OpusHearing()

    @property
    def lost(self) -> int:
        """Return how many packets did not come."""
        return self._order.lost

    def add(self, packet: Any) -> tuple[bool, None]:
        """Take an ``RtpPacket``; tells aiortc that no picture is wanted and nothing is left to decode."""
        for payload in self._order.add(packet.sequence_number, packet.payload):
            if sound := self._hearing.decode(payload):
                self._play(sound)
        return False, None


class Media:
    """The peer connection of the moment. A new offer makes a new one; the call at the hotline goes on."""

    def __init__(self, microphone: Microphone, earpiece: Earpiece, failed: Callable[[], None]) -> None:
        """Connect the two ends; ``failed`` is called when the connection broke."""
        self._microphone, self._earpiece, self._failed = microphone, earpiece, failed
        self._connection: RTCPeerConnection | None = None
        self._track: MicrophoneTrack | None = None
        self._ear: Ear | None = None
        self._muted = False
        self.ice: Sequence[IceServer] = ()
        """STUN and TURN servers the hotline has named; none: no server is told about calls."""
        self.heard_at = 0.0
        """Time of the loop when the last block came; 0 before the first of this connection."""

    @property
    def lost(self) -> int:
        """Return how many packets of this connection did not come."""
        return self._ear.lost if self._ear else 0

    @property
    def spoken_level(self) -> float:
        """Return the loudness of the microphone in dB below full scale."""
        return self._track.level if self._track else -90.0

    @property
    def muted(self) -> bool:
        """Say whether silence is sent instead of the microphone."""
        return self._muted

    def mute(self, on: bool) -> None:
        """Send silence, or the microphone again."""
        self._muted = on
        if self._track is not None:
            self._track.muted = on

    async def offer(self) -> str:
        """Begin anew and return the SDP of the offer with all candidates.

        Raises:
            HeadsetProblem: This version of aiortc is not understood.
        """
        await self.close()
        connection = RTCPeerConnection(configuration(self.ice))
        self._connection, self.heard_at = connection, 0.0
        self._track = MicrophoneTrack(self._microphone)
        self._track.muted = self._muted
        connection.addTrack(self._track)
        self._listen(connection)
        connection.on("connectionstatechange", lambda: self._changed(connection))
        await connection.setLocalDescription(await connection.createOffer())
        return connection.localDescription.sdp

    async def answered(self, sdp: str) -> None:
        """Take the gateway's answer; one that does not fit the offer counts as a broken connection."""
        connection = self._connection
        if connection is None or connection.signalingState != "have-local-offer":
            return  # answers an offer that was replaced meanwhile
        try:
            await connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        except ValueError as error:
            log.warning("the answer of the gateway is not understood", error=type(error).__name__)
            self._failed()

    async def close(self) -> None:
        """End the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    def _changed(self, connection: RTCPeerConnection) -> None:
        if connection is self._connection and connection.connectionState == "failed":
            self._failed()

    def _listen(self, connection: RTCPeerConnection) -> None:
        self._ear = Ear(self._play)
        for receiver in connection.getReceivers():
            if not hasattr(receiver, JITTER_BUFFER):
                raise HeadsetProblem("webrtc-version")
            setattr(receiver, JITTER_BUFFER, self._ear)

    def _play(self, sound: bytes) -> None:
        self.heard_at = asyncio.get_running_loop().time()
        self._earpiece.play(sound)
