"""The socket thread: sound of all headsets in and out, 50 times a second each, beside the event loop.

The thread is a real-time adapter like the media thread: a busy event loop must not be heard. Messages are
handed to the event loop; sound goes straight into and out of the call's :class:`HeadsetStream`.
"""

from __future__ import annotations

import asyncio
import os
import selectors
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import structlog

from hotline.call.clock import Clock
from hotline.call.scheduling import prefer_this_thread
from hotline.headsets.wire import (
    AUDIO_SOCKET,
    LARGEST_PACKET,
    BadPacket,
    pack_audio,
    pack_control,
    socket_path,
    unpack,
)
from hotline.telephony.headsets.stream import HeadsetStream

log = structlog.get_logger(__name__)

MOST_LINKS = 200
"""Connections at once; more are closed."""
_MOST_BAD_PACKETS = 20
"""A gateway that sends so many packets nobody understands is cut off: it is another version, or broken."""
_PACKETS_A_TURN = 50


class LinkOwner(Protocol):
    """Hears of connections, on the event loop."""

    def said(self, link: Link, message: dict[str, Any]) -> None:
        """A message came."""
        ...

    def lost(self, link: Link) -> None:
        """The connection is over; once for each."""
        ...


class Link:
    """One headset's connection. ``stream`` is set by the event loop and read by the socket thread."""

    def __init__(self, sock: socket.socket) -> None:
        """Wrap a connected socket."""
        self._sock = sock
        self.stream: HeadsetStream | None = None
        """Of the call that is up; sound that comes without one is let go."""
        self.closed = False
        self.bad_packets = 0

    def fileno(self) -> int:
        """For the selector."""
        return self._sock.fileno()

    def tell(self, kind: str, **facts: Any) -> None:
        """Send a message, never waiting; whoever does not read is cut off."""
        self._send(pack_control(kind, **facts))

    def close(self) -> None:
        """Have the connection ended; the socket thread then reports it lost."""
        self.closed = True
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it is down already

    # --- the socket thread -----------------------------------------------------------------------

    def packets(self) -> list[bytes] | None:
        """Return what came; ``None`` at the end of the connection."""
        found: list[bytes] = []
        while len(found) < _PACKETS_A_TURN:
            try:
                packet = self._sock.recv(LARGEST_PACKET + 1)
            except BlockingIOError:
                break
            except OSError:
                return None
            if not packet:
                return None
            found.append(packet)
        return found

    def send_frame(self, place: int, frame: bytes) -> None:
        """Send a frame with its place in time."""
        self._send(pack_audio(place, frame))

    def release(self) -> None:
        """Close the socket itself."""
        self.closed = True
        self._sock.close()

    def _send(self, packet: bytes) -> None:
        if self.closed:
            return
        try:
            self._sock.send(packet, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        except OSError:  # it is gone, or has not read for seconds (EAGAIN)
            self.close()


class Links:
    """Accepts connections in ``folder`` and moves their sound."""

    def __init__(self, folder: Path, owner: LinkOwner, clock: Clock) -> None:
        """Made inside the running loop that owns it."""
        self._folder = folder
        self._owner = owner
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._links: set[Link] = set()
        self._selector = selectors.DefaultSelector()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._stopping = False
        self._stopped = False
        self._waking = threading.Lock()
        self._idle: set[HeadsetStream] = set()
        self._thread: threading.Thread | None = None
        self._listener: socket.socket | None = None
        self.late_turns = 0
        """Times sound came or went in a heap after a stall."""

    def start(self) -> None:
        """Take the socket over from whoever had it, and start the thread.

        Raises :class:`OSError` when the folder cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        with socket_path(self._folder, AUDIO_SOCKET) as path:
            Path(path).unlink(missing_ok=True)
            before = os.umask(0o177)
            try:
                listener.bind(path)
            finally:
                os.umask(before)
        listener.listen(64)
        self._listener = listener
        self._selector.register(listener, selectors.EVENT_READ, listener)
        self._selector.register(self._wake, selectors.EVENT_READ, None)
        self._thread = threading.Thread(target=self._run, name="headsets", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and every connection."""
        self._stopping = True
        self.wake()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None
        for link in tuple(self._links):
            link.release()
        if self._listener is not None:
            self._listener.close()
        self._selector.close()
        with self._waking:  # streams of calls that are just ending may still ask
            self._stopped = True
            os.close(self._wake)

    def wake(self) -> None:
        """Have what is due looked at. Any thread; does nothing once stopped."""
        with self._waking:
            if not self._stopped:
                os.eventfd_write(self._wake, 1)

    def pace_alone(self, stream: HeadsetStream, *, alone: bool) -> None:
        """Let a stream without a connection go on at its pace; what it sends is heard by nobody."""
        if alone:
            self._idle = self._idle | {stream}
            self.wake()
        else:
            self._idle = self._idle - {stream}

    @property
    def count(self) -> int:
        """Connections now."""
        return len(self._links)

    # --- the socket thread -----------------------------------------------------------------------

    def _run(self) -> None:
        prefer_this_thread()
        while not self._stopping:
            now = self._clock.monotonic()
            due = self._pace(now)
            for key, _ in self._selector.select(None if due is None else max(due - now, 0.0)):
                self._attend(key.data)

    def _pace(self, now: float) -> float | None:
        """Send what is due; return when something will be."""
        coming: list[float] = []
        for link in tuple(self._links):
            if (stream := link.stream) is not None:
                for place, frame in self._due(stream, now):
                    link.send_frame(place, frame)
                coming += [due] if (due := stream.next_due) is not None else []
        for stream in self._idle:  # nobody hears it
            self._due(stream, now)
            coming += [due] if (due := stream.next_due) is not None else []
        return min(coming, default=None)

    def _due(self, stream: HeadsetStream, now: float) -> list[tuple[int, bytes]]:
        frames = stream.due_frames(now)
        self.late_turns += len(frames) > 1
        return frames

    def _attend(self, ready: object) -> None:
        if isinstance(ready, Link):
            self._take_in(ready)
        elif isinstance(ready, socket.socket):
            self._accept(ready)
        else:
            os.eventfd_read(self._wake)

    def _accept(self, listener: socket.socket) -> None:
        try:
            sock, _ = listener.accept()
        except OSError:
            return  # whoever knocked has left, or no file descriptor is free: the next turn tries again
        sock.setblocking(False)
        link = Link(sock)
        if len(self._links) >= MOST_LINKS:
            log.warning("too many headsets are connected; one more was sent away", limit=MOST_LINKS)
            link.release()
            return
        self._links = self._links | {link}
        self._selector.register(link, selectors.EVENT_READ, link)

    def _take_in(self, link: Link) -> None:
        packets = link.packets()
        if packets is None:
            self._drop(link)
            return
        for packet in packets:
            try:
                content = unpack(packet)
            except BadPacket:
                link.bad_packets += 1
                continue
            if isinstance(content, dict):
                self._on_loop(self._owner.said, link, content)
            elif (stream := link.stream) is not None:
                stream.came(content.pcm)
        if link.bad_packets > _MOST_BAD_PACKETS:
            log.warning("a headset's gateway was not understood and is cut off", packets=link.bad_packets)
            self._drop(link)

    def _drop(self, link: Link) -> None:
        self._selector.unregister(link)
        self._links = self._links - {link}
        link.release()
        self._on_loop(self._owner.lost, link)

    def _on_loop(self, report: Callable[..., None], *what: object) -> None:
        try:
            self._loop.call_soon_threadsafe(report, *what)
        except RuntimeError:  # the loop is closed: the process is ending
            self._stopping = True
