"""The gateway: all headsets of one hotline. It outlives the calls process and never disturbs it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import structlog
from pydantic import ValidationError

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault
from hotline.headsets import protocol
from hotline.headsets.peer import own_addresses
from hotline.headsets.session import Ice, Owner, Session
from hotline.headsets.signalling import Introduction, Wire
from hotline.headsets.wire import SIGNAL_SOCKET, socket_path

log = structlog.get_logger(__name__)

MOST_HEADSETS = 60
LOOK_EVERY = 0.1


class Gateway:
    """Serves ``run/headsets.sock`` in :meth:`run` until cancelled."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        addresses: Sequence[str] = (),
        most: int = MOST_HEADSETS,
        ice: Ice = tuple,
    ) -> None:
        """``addresses``: own addresses for sound, empty for all; ``most``: headsets at once; ``ice`` returns
        the STUN and TURN servers that are asked for each connection."""
        self._folder = folder
        self._clock = clock
        self._chosen = tuple(addresses)
        self._most = most
        self._ice = ice
        self._sessions: dict[Owner, Session] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._lines: dict[Session, asyncio.Task[None]] = {}
        self.serving = asyncio.Event()

    @property
    def count(self) -> int:
        """Headsets now."""
        return len(self._sessions)

    def drain(self) -> None:
        """Take no new headsets: the hotline ends."""
        self._most = 0

    async def idle(self) -> None:
        """Wait until no call is up on any headset."""
        while any(session.busy for session in self._sessions.values()):
            await self._clock.sleep(LOOK_EVERY)

    async def run(self) -> None:
        """Serve until cancelled.

        Raises:
            EnvironmentFault: the socket cannot be opened.
        """
        server = await self._open()
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self.serving.set()
                await self._look()
        finally:
            server.close()
            for session in tuple(self._sessions.values()):
                await session.close()

    async def _open(self) -> asyncio.Server:
        self._folder.mkdir(parents=True, exist_ok=True)
        before = os.umask(0o177)
        try:
            with socket_path(self._folder, SIGNAL_SOCKET) as path:
                # start_unix_server removes the socket of a predecessor that died
                limit = 2 * protocol.LONGEST_MESSAGE
                return await asyncio.start_unix_server(self._serve, path, limit=limit)
        except OSError as error:
            raise EnvironmentFault(
                f"The socket for headsets in {self._folder} cannot be opened ({error.strerror}). "
                "Free space or mend the folder's permissions."
            ) from error
        finally:
            os.umask(before)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        page = Wire(reader, writer)
        session: Session | None = None
        try:
            session = await self._introduced(page)
            while session is not None and (line := await page.line()) is not None:
                await session.said(line)
        except asyncio.CancelledError:
            return  # the gateway ends
        except Exception:
            log.exception("a headset's page failed; others go on")
        finally:
            if session is not None:
                session.leave(page)
            page.close()

    async def _introduced(self, page: Wire) -> Session | None:
        try:
            who = Introduction.model_validate_json(await page.line() or b"")
        except ValidationError:
            return None
        owner = Owner(who.estate, who.operator)
        session = self._sessions.get(owner) or self._begin(owner)
        if session is None:
            page.send(
                protocol.Error(
                    code="headsets-full",
                    sentence=f"{self._most} headsets are connected; more are not taken.",
                )
            )
            return None
        await session.attend(page, who.device)
        return session

    def _begin(self, owner: Owner) -> Session | None:
        if len(self._sessions) >= self._most or self._tasks is None:
            return None
        session = Session(
            owner, self._folder, self._clock, addresses=self._addresses, ice=self._ice, end=self._ended
        )
        self._sessions[owner] = session
        self._lines[session] = self._tasks.create_task(session.link.run(), name="line")
        return session

    def _addresses(self) -> Sequence[str]:
        return self._chosen or own_addresses()

    def _ended(self, session: Session) -> None:
        """Let a session go; its page and sound are ended in a task of the gateway's own."""
        if self._sessions.get(session.owner) is session and self._tasks is not None:
            del self._sessions[session.owner]
            self._tasks.create_task(self._bury(session), name="bury")

    async def _bury(self, session: Session) -> None:
        await session.close()
        self._lines.pop(session).cancel()

    async def _look(self) -> None:
        while True:
            await self._clock.sleep(LOOK_EVERY)
            now = self._clock.monotonic()
            for session in tuple(self._sessions.values()):
                session.look(now)
                if session.outlived(now):
                    self._ended(session)
