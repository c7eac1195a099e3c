"""One WebRTC connection: a headset's offer answered, its sound as 8 kHz frames in both directions.

:mod:`aiortc` does ICE, DTLS and SRTP. Two of its parts are stepped round, because they were made for films:
its jitter buffer adds 80 ms and, after one lost packet, 300 ms for good; its encoder is stereo at 96 kbit/s
behind a resampler. Packets are put in order and decoded here, and encoded here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ifaddr
import structlog
from aiortc import (
    MediaStreamTrack,
    RTCPeerConnection,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import Packet

from hotline.call.audio import FRAME_SECONDS
from hotline.call.errors import EnvironmentFault, HotlineError
from hotline.call.voiceorder import VoiceOrder
from hotline.headsets.protocol import IceServer
from hotline.headsets.rtc import configuration
from hotline.headsets.sdp import OfferRefused, narrowed, only_opus
from hotline.headsets.sound import RTP_FRAME, RTP_RATE, OpusHearing, OpusVoice
from hotline.headsets.wire import PLACES, Frame

log = structlog.get_logger(__name__)

_QUEUED_PACKETS = 5
"""0.1 s; of more the oldest goes, or a connection that stalled would stay late for ever."""
_LONGEST_PAUSE = 50 * 3600
"""Frames: an hour."""
_ASKED_FOR = 2
"""Seconds a STUN or TURN server may take; the headset waits for the answer meanwhile."""
_JITTER_BUFFER = "_RTCRtpReceiver__jitter_buffer"


@dataclass(frozen=True, slots=True)
class PeerCounters:
    """What passed so far. Packets, and jitter in ms (RFC 3550 section 6.4.1)."""

    received: int
    sent: int
    lost: int
    jitter_ms: float


class _Microphone:
    """Stands where aiortc has its jitter buffer: gets every packet of the headset."""

    def __init__(self, on_frame: Callable[[bytes], None], now: Callable[[], float]) -> None:
        self._on_frame = on_frame
        self._now = now
        self._order = VoiceOrder()
        self._hearing = OpusHearing()
        self._transit: float | None = None
        self.jitter = 0.0
        """In units of the RTP clock."""
        self.received = 0
        self.heard_at: float | None = None

    @property
    def lost(self) -> int:
        return self._order.lost

    def add(self, packet: Any) -> tuple[bool, None]:
        """Take an ``RtpPacket``; what aiortc's own buffer would return is: no film frame is complete."""
        now = self._now()
        self.received += 1
        self.heard_at = now
        self._measure(now, packet.timestamp)
        for payload in self._order.add(packet.sequence_number, packet.payload):
            for frame in self._hearing.decode(payload):
                self._on_frame(frame)
        return False, None

    def _measure(self, now: float, timestamp: int) -> None:
        transit = now * RTP_RATE - timestamp
        if self._transit is not None:
            change = abs(transit - self._transit)
            if change < RTP_RATE:  # a timestamp that began anew is no jitter
                self.jitter += (change - self.jitter) / 16
        self._transit = transit


class _Speaker(MediaStreamTrack):
    """What the headset hears, as packets that are encoded already."""

    kind = "audio"

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__()
        self._now = now
        self._voice = OpusVoice()
        self._packets: asyncio.Queue[Packet[Any] | None] = asyncio.Queue()
        self._timestamp = 0
        self._place = 0
        self._spoke_at = now()
        self.sent = 0

    def speak(self, frame: Frame) -> None:
        """Send one frame, stamped with its place in time: a pause counts, a heap after a stall is none."""
        now = self._now()
        step = (frame.place - self._place) % PLACES
        if not 0 < step <= _LONGEST_PAUSE:  # another call, or another calls process, counts anew
            step = max(round((now - self._spoke_at) / FRAME_SECONDS), 1)
        self._place, self._spoke_at = frame.place, now
        self._timestamp += step * RTP_FRAME
        while self._packets.qsize() >= _QUEUED_PACKETS:
            self._packets.get_nowait()
        for packet in self._voice.encode(frame.pcm, self._timestamp):
            self._packets.put_nowait(packet)
            self.sent += 1

    async def recv(self) -> Packet[Any]:
        packet = await self._packets.get()
        if packet is None or self.readyState != "live":
            raise MediaStreamError
        return packet

    def stop(self) -> None:
        super().stop()
        self._packets.put_nowait(None)


class Peer:
    """One connection with a headset; made anew for every offer."""

    def __init__(
        self,
        *,
        now: Callable[[], float],
        on_frame: Callable[[bytes], None],
        on_change: Callable[[Peer], None],
        addresses: Sequence[str],
        ice: Sequence[IceServer] = (),
    ) -> None:
        """Make a connection that waits for its offer.

        ``now``: the clock's monotonic seconds. ``on_frame`` gets the headset's frames (320 bytes),
        ``on_change`` every change of :attr:`up`. ``addresses``: own addresses that sound is offered on.
        ``ice``: STUN and TURN servers to ask for more.
        """
        self._on_change = on_change
        self._addresses = tuple(addresses)
        self._microphone = _Microphone(on_frame, now)
        self._speaker = _Speaker(now)
        self._connection = RTCPeerConnection(configuration(ice))
        self._connection.on("connectionstatechange", self._changed)

    @property
    def up(self) -> bool:
        """True while the connection stands."""
        return bool(self._connection.connectionState == "connected")

    @property
    def over(self) -> bool:
        """True once it cannot come back."""
        return self._connection.connectionState in ("failed", "closed")

    @property
    def heard_at(self) -> float | None:
        """When a packet last came, monotonic seconds."""
        return self._microphone.heard_at

    @property
    def counters(self) -> PeerCounters:
        """What passed so far."""
        microphone = self._microphone
        return PeerCounters(
            microphone.received, self._speaker.sent, microphone.lost, microphone.jitter * 1000 / RTP_RATE
        )

    def speak(self, frame: Frame) -> None:
        """Let the headset hear a frame."""
        if self.up:
            self._speaker.speak(frame)

    async def answer(self, sdp: str) -> str:
        """Take an offer; return the answer with all candidates.

        Raises:
            OfferRefused: it is no offer of sound in Opus, or its transport cannot be used.
            EnvironmentFault: this version of aiortc is not understood.
        """
        connection = self._connection
        offer = only_opus(sdp)
        try:
            await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            self._prepare(self._audio_line())
            await connection.setLocalDescription(await connection.createAnswer())
        except HotlineError:
            raise
        except Exception as error:  # aiortc's parser fails in whatever way a strange offer makes it fail
            raise OfferRefused("The offer is no session description that can be answered.") from error
        return narrowed(connection.localDescription.sdp)

    def _audio_line(self) -> RTCRtpTransceiver:
        lines = [line for line in self._connection.getTransceivers() if line.kind == "audio"]
        if len(lines) != 1 or len(self._connection.getTransceivers()) != 1:
            raise OfferRefused("The offer must have one line of sound and nothing else.")
        return lines[0]

    def _prepare(self, transceiver: RTCRtpTransceiver) -> None:
        transceiver.direction = "sendrecv"
        transceiver.sender.replaceTrack(self._speaker)
        receiver = transceiver.receiver
        if not hasattr(receiver, _JITTER_BUFFER):
            raise EnvironmentFault(
                "This version of aiortc is not known to Hotline: install the locked packages (./start), or "
                "`pip install 'aiortc==1.16.0'`.",
                code="webrtc-version",
            )
        setattr(receiver, _JITTER_BUFFER, self._microphone)
        self._offer_only(receiver.transport.transport.iceGatherer._connection)

    def _offer_only(self, ice: Any) -> None:
        gather: Callable[..., Awaitable[Any]] = ice.get_component_candidates

        async def chosen(component: int, **more: Any) -> Any:
            limits = {"addresses": list(self._addresses), "timeout": _ASKED_FOR}
            return await gather(component, **(more | limits))

        ice.get_component_candidates = chosen

    def _changed(self) -> None:
        self._on_change(self)

    async def close(self) -> None:
        """End it; the headset is told by DTLS."""
        self._speaker.stop()
        await self._connection.close()


def own_addresses() -> tuple[str, ...]:
    """Return this machine's addresses, without link-local ones; loopback when there is nothing else."""
    found: list[str] = []
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            address = ip.ip if isinstance(ip.ip, str) else ip.ip[0]
            local = address in ("127.0.0.1", "::1") or address.lower().startswith(("fe80", "169.254."))
            if not local:
                found.append(address)
    return tuple(found) or ("127.0.0.1",)
