"""The WebSocket to the hotline: connects, keeps it alive, and connects again after a break."""

from __future__ import annotations

import asyncio
import logging
import ssl
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidStatus,
)

from hotline.call.clock import Clock
from hotline.desktop.errors import HeadsetProblem
from hotline.headsets.protocol import (
    CLOSED_TAKEN_OVER,
    CLOSED_TOKEN,
    LONGEST_MESSAGE,
    PATH,
    BadMessage,
    Message,
    Ping,
    Pong,
    parse_to_headset,
)

OPEN_WITHIN = 8.0
PING_EVERY = 2.0
"""Seconds; often, because an operator's break must be noticed before the caller wonders."""
DEAD_AFTER = 6.0
"""Seconds without any message after which the connection counts as broken."""
BACK_OFF = (0.5, 1.0, 2.0, 4.0, 5.0)
"""Seconds before each new attempt; the last for all further ones."""
_REFUSED = (401, 403)

log = structlog.get_logger(__name__)


class LineUser(Protocol):
    """Who is told what happens on the line."""

    async def said(self, message: Message) -> None:
        """Take a message of the hotline."""
        ...

    async def broken(self, seconds: float) -> None:
        """Note that the connection broke; the next attempt is in ``seconds``."""
        ...


class Line:
    """The connection of one operator."""

    def __init__(self, url: str, token: str, clock: Clock, *, ca: Path | None = None) -> None:
        """Connect to the hotline at ``url`` (``https://host:port``).

        Raises:
            HeadsetProblem: The address or the file of certificates does not hold.
        """
        # the same for as long as the program runs: who comes back does not take over from themselves
        self._url, self._address = url, f"{websocket_address(url)}?device={uuid4().hex}"
        self._token, self._clock = token, clock
        self._ssl = _trust(ca) if self._address.startswith("wss:") else None
        self._socket: ClientConnection | None = None
        self._heard = 0.0

    @property
    def up(self) -> bool:
        """Say whether something can be sent."""
        return self._socket is not None

    async def run(self, user: LineUser) -> None:
        """Stay connected until cancelled.

        Raises:
            HeadsetProblem: The first attempt failed, the token or certificate is refused, or another
                headset took the line over.
        """
        attempt = -1
        while True:
            try:
                await self._once(user)
                attempt = 0
            except (OSError, InvalidHandshake, TimeoutError) as error:
                if (problem := self._final(error)) or attempt < 0:
                    raise problem or self._unreachable(error) from error
                attempt += 1
            seconds = BACK_OFF[min(attempt, len(BACK_OFF) - 1)]
            await user.broken(seconds)
            await self._clock.sleep(seconds)

    async def send(self, message: Message) -> bool:
        """Send ``message``; ``False`` when there is no connection."""
        if self._socket is None:
            return False
        try:
            await self._socket.send(message.dump())
        except ConnectionClosed:
            return False
        return True

    async def _once(self, user: LineUser) -> None:
        """Hold one connection until it breaks."""
        async with connect(
            self._address,
            ssl=self._ssl,
            additional_headers={"Authorization": f"Bearer {self._token}"},
            open_timeout=OPEN_WITHIN,
            close_timeout=1.0,
            ping_interval=None,  # the protocol has its own
            max_size=LONGEST_MESSAGE,
            compression=None,
            proxy=None,  # the sound goes directly as well
            logger=_quiet(),
        ) as socket:
            self._socket, self._heard = socket, self._clock.monotonic()
            pinging = asyncio.create_task(self._ping(socket), name="ping")
            try:
                await self._listen(socket, user)
            finally:
                self._socket = None
                pinging.cancel()
                await asyncio.gather(pinging, return_exceptions=True)

    async def _listen(self, socket: ClientConnection, user: LineUser) -> None:
        try:
            async for text in socket:
                self._heard = self._clock.monotonic()
                try:
                    message = parse_to_headset(text)
                except BadMessage as error:
                    log.info("a message of the hotline is not understood", reason=error.sentence)
                    continue
                if not isinstance(message, Pong):
                    await user.said(message)
        except ConnectionClosed:
            pass
        if socket.close_code == CLOSED_TOKEN:
            raise HeadsetProblem("wrong-token")
        if socket.close_code == CLOSED_TAKEN_OVER:
            raise HeadsetProblem("taken-over")

    async def _ping(self, socket: ClientConnection) -> None:
        number = 0
        while True:
            await self._clock.sleep(PING_EVERY)
            if self._clock.monotonic() - self._heard > DEAD_AFTER:
                log.info("the hotline says nothing any more; connecting anew")
                socket.transport.abort()
                return
            number += 1
            await self.send(Ping(id=number))

    def _final(self, error: Exception) -> HeadsetProblem | None:
        """Return the problem when trying again is of no use."""
        if isinstance(error, ssl.SSLCertVerificationError):
            return HeadsetProblem("wrong-certificate", url=self._url, detail=error.verify_message)
        if isinstance(error, InvalidStatus) and error.response.status_code in _REFUSED:
            return HeadsetProblem("wrong-token")
        return None

    def _unreachable(self, error: Exception) -> HeadsetProblem:
        if isinstance(error, (InvalidHandshake, InvalidMessage, ssl.SSLError)):
            return HeadsetProblem("no-hotline", url=self._url)
        detail = (
            "timeout" if isinstance(error, TimeoutError) else getattr(error, "strerror", None) or str(error)
        )
        return HeadsetProblem("unreachable", url=self._url, detail=detail)


def websocket_address(url: str) -> str:
    """Return the address of the WebSocket below a hotline's address.

    Raises:
        HeadsetProblem: It is no http or https address.
    """
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        fine = False
    if not fine:
        raise HeadsetProblem("wrong-address", url=url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}{PATH}"


def in_the_clear(url: str) -> bool:
    """Say whether the token would travel unencrypted beyond this computer."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1")


def _trust(ca: Path | None) -> ssl.SSLContext:
    if ca is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=str(ca))
    except (OSError, ssl.SSLError) as error:
        raise HeadsetProblem("bad-ca", file=ca) from error


def _quiet() -> logging.Logger:
    """Return a logger that never writes headers down: the token is among them."""
    logger = logging.getLogger("hotline.desktop.websocket")
    logger.setLevel(logging.WARNING)
    return logger
