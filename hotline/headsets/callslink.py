"""A headset's connection to the calls process, made again whenever that process was replaced."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any, Protocol

import structlog

from hotline.call.clock import Clock
from hotline.headsets.wire import (
    AUDIO_SOCKET,
    LARGEST_PACKET,
    BadPacket,
    Frame,
    pack_audio,
    pack_control,
    socket_path,
    unpack,
)

log = structlog.get_logger(__name__)

AGAIN_AFTER = 0.25
"""Seconds between attempts: a dead calls process is replaced within two."""


class LinkUser(Protocol):
    """Who the connection belongs to."""

    def introduction(self) -> dict[str, Any]:
        """Return the facts of ``hello``."""
        ...

    def called(self, message: dict[str, Any]) -> None:
        """The calls process said something."""
        ...

    def heard(self, frame: Frame) -> None:
        """A frame for the headset."""
        ...


class CallsLink:
    """Connects, reads, sends; what is sent while there is no connection is lost, as it is meant to be."""

    def __init__(self, folder: Path, user: LinkUser, clock: Clock) -> None:
        """``folder``: ``HOME/run``."""
        self._folder = folder
        self._user = user
        self._clock = clock
        self._sock: socket.socket | None = None
        self._lost = asyncio.Event()
        self._place = 0

    @property
    def up(self) -> bool:
        """True while connected."""
        return self._sock is not None

    async def run(self) -> None:
        """Stay connected until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            sock = self._connect()
            if sock is None:
                await self._clock.sleep(AGAIN_AFTER)
                continue
            self._sock = sock
            self._lost.clear()
            loop.add_reader(sock, self._read)
            try:
                self.tell("hello", **self._user.introduction())
                await self._lost.wait()
            finally:
                self._sock = None
                loop.remove_reader(sock)
                sock.close()
            await self._clock.sleep(AGAIN_AFTER)

    def _connect(self) -> socket.socket | None:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        try:
            with socket_path(self._folder, AUDIO_SOCKET) as path:
                sock.connect(path)
        except OSError:  # not there yet, or the listener's queue is full: again soon
            sock.close()
            return None
        return sock

    def tell(self, kind: str, **facts: Any) -> None:
        """Send a message, never waiting."""
        self._send(pack_control(kind, **facts))

    def speak(self, frame: bytes) -> None:
        """Send a frame of the headset."""
        self._send(pack_audio(self._place, frame))
        self._place += 1

    def _send(self, packet: bytes) -> None:
        if self._sock is None:
            return
        try:
            self._sock.send(packet, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return  # the calls process is stalled: its parent replaces it, the connection then ends
        except OSError:
            self._lost.set()

    def _read(self) -> None:
        while self._sock is not None:
            try:
                packet = self._sock.recv(LARGEST_PACKET + 1)
            except BlockingIOError:
                return
            except OSError:
                packet = b""
            if not packet:
                self._lost.set()
                asyncio.get_running_loop().remove_reader(self._sock)
                return
            try:
                content = unpack(packet)
            except BadPacket as bad:
                log.warning("the calls process sent what is not understood", code=bad.code)
                continue
            if isinstance(content, Frame):
                self._user.heard(content)
            else:
                self._user.called(content)
