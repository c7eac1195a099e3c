"""What the desk writes down, in order and without anybody waiting for the disk."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault
from hotline.db.engine import Database

log = structlog.get_logger(__name__)

Write = Callable[[Session], None]
RETRY_AFTER = 1.0
"""Seconds until a write is tried again that the machine did not allow."""
BATCH = 100


class Papers:
    """Writes one after the other; a database that does not answer holds nobody up, its papers wait."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Write to ``db`` while :meth:`run` runs."""
        self._db = db
        self._clock = clock
        self._waiting: deque[Write] = deque()
        self._more = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()

    def put(self, write: Write) -> None:
        """Have ``write`` done in a transaction, after everything put before."""
        self._waiting.append(write)
        self._settled.clear()
        self._more.set()

    async def settle(self) -> None:
        """Wait until everything put so far is committed."""
        await self._settled.wait()

    async def run(self) -> None:
        """Write until cancelled; what is left then is tried once more."""
        try:
            while True:
                await self._more.wait()
                self._more.clear()
                while self._waiting:
                    if not await self._write():
                        await self._clock.sleep(RETRY_AFTER)
                self._settled.set()
        finally:
            while self._waiting and await self._write():
                pass

    async def _write(self) -> bool:
        """Write the next papers; False when the machine does not allow it now."""
        some = [self._waiting[index] for index in range(min(BATCH, len(self._waiting)))]

        def write_all(session: Session) -> None:
            for write in some:
                write(session)
                session.flush()  # the next one may look for it

        try:
            await self._db.write(write_all)
        except EnvironmentFault as fault:
            log.warning("the desk's papers wait for the database", code=fault.code, papers=len(self._waiting))
            return False
        except SQLAlchemyError as error:  # one bad paper must not hold up those behind it
            if len(some) > 1:
                return await self._write_singly(len(some))
            log.error("a paper of the desk could not be written", error=type(error).__name__)
        for _paper in some:
            self._waiting.popleft()
        return True

    async def _write_singly(self, count: int) -> bool:
        for _index in range(count):
            write = self._waiting[0]
            try:
                await self._db.write(write)
            except EnvironmentFault:
                return False
            except SQLAlchemyError as error:
                log.error("a paper of the desk could not be written", error=type(error).__name__)
            self._waiting.popleft()
        return True
