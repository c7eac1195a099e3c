"""Writes of running calls, kept in order, committed in groups, and never in a call's way.

Everything a call writes goes through one queue, so an event cannot reach the database before its
leg. Whoever waits for a commit starts one at once and shares it with everything queued; events
alone wait :data:`EVENT_DELAY`. While the database cannot be written (locked, disk full) the
writes stay in memory and are tried again: calls go on, and the problem is visible.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault
from hotline.db.engine import Database

log = structlog.get_logger(__name__)

Write = Callable[[Session], None]

EVENT_DELAY = 0.3
"""Seconds events wait for company: with a commit of some 10 ms all are stored within 0.5 s."""
PATIENCE = 2.0
"""Seconds a call waits for its record at most; a caller must not hear that the disk is slow."""
RETRY = 1.0
"""Seconds between attempts while the database does not take writes."""
LIMIT = 50_000
"""Writes kept in memory during a fault; beyond it events (never records) are dropped and counted."""


@dataclass(frozen=True, slots=True)
class _Entry:
    write: Write
    done: asyncio.Future[None] | None


class Journal:
    """The queue and the task that empties it. Belongs to one event loop; close it."""

    def __init__(self, db: Database, *, clock: Clock) -> None:
        """Write to ``db``; the task starts with the first write."""
        self._db = db
        self._clock = clock
        self._entries: list[_Entry] = []
        self._some = asyncio.Event()
        self._urgent = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self.problem = ""
        """Sentence of the fault that keeps writes in memory; empty when all is well."""
        self.dropped = 0
        """Events lost because the fault lasted beyond :data:`LIMIT`."""

    @property
    def waiting(self) -> int:
        """Writes not yet committed."""
        return len(self._entries)

    def add(self, write: Write) -> None:
        """Queue ``write``; stored within 0.5 s."""
        if len(self._entries) >= LIMIT:
            self.dropped += 1
            return
        self._append(_Entry(write, None))

    async def commit(self, write: Write) -> None:
        """Queue ``write`` and return once it is committed, after :data:`PATIENCE` at the latest.

        A fault of the machine is no error here: the write is kept and tried again. Raises what
        ``write`` itself raised.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._append(_Entry(write, done))
        self._urgent.set()
        if self.problem:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await asyncio.shield(done)

    async def flush(self) -> None:
        """Return once everything queued so far is committed (or known to be kept)."""
        await self.commit(lambda session: None)

    async def close(self) -> None:
        """Commit what is queued and end. What cannot be written now is lost, and logged."""
        self._closing = True
        self._some.set()
        self._urgent.set()
        if self._task is not None:
            await self._task
            self._task = None

    def _append(self, entry: _Entry) -> None:
        self._entries.append(entry)
        self._some.set()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._empty(), name="call-journal")

    async def _empty(self) -> None:
        while self._entries or not self._closing:
            await self._some.wait()
            if not self._closing:
                await self._linger()
            batch, self._entries = self._entries, []
            self._some.clear()
            self._urgent.clear()
            if batch:
                await self._commit_batch(batch)

    async def _linger(self) -> None:
        if self.problem:
            await self._clock.sleep(RETRY)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(EVENT_DELAY):
                await self._urgent.wait()

    async def _commit_batch(self, batch: list[_Entry]) -> None:
        try:
            failures = await self._db.write(partial(_apply, [entry.write for entry in batch]))
        except EnvironmentFault as fault:
            self._keep(batch, fault)
            return
        except Exception as error:
            log.exception("call records could not be written", writes=len(batch))
            failures = [error] * len(batch)
        if self.problem:
            log.info("call records are written again", writes=len(batch), dropped=self.dropped)
            self.problem = ""
        for entry, failure in zip(batch, failures, strict=True):
            _finish(entry, failure)

    def _keep(self, batch: list[_Entry], fault: EnvironmentFault) -> None:
        if self._closing:
            log.error("call records lost at the end", writes=len(batch), problem=fault.sentence)
            for entry in batch:
                _finish(entry, None)
            return
        if not self.problem:
            log.error("call records are kept in memory", problem=fault.sentence, code=fault.code)
        self.problem = fault.sentence
        for entry in batch:
            _finish(entry, None)
        self._entries = [_Entry(entry.write, None) for entry in batch] + self._entries
        self._some.set()


def _finish(entry: _Entry, failure: Exception | None) -> None:
    if entry.done is not None and not entry.done.done():
        if failure is None:
            entry.done.set_result(None)
        else:
            entry.done.set_exception(failure)
            entry.done.exception()  # seen: the caller may be gone, and it is logged already
    if failure is not None:
        log.error("a call record was refused", error=type(failure).__name__)


_REFUSALS = (StatementError, LookupError, ValueError)
"""What a write itself is to blame for; a machine's fault concerns the whole batch."""


def _apply(writes: Sequence[Write], session: Session) -> list[Exception | None]:
    """Apply all at once or, if one of them fails, each in a savepoint of its own.

    One call's mistake must not cost another its record; a savepoint for every write would cost
    two round trips each.
    """
    try:
        with session.begin_nested():
            for write in writes:
                write(session)
    except _REFUSALS as error:
        _raise_fault(error)
        _forget(session)
        return [_apply_one(write, session) for write in writes]
    return [None] * len(writes)


def _apply_one(write: Write, session: Session) -> Exception | None:
    try:
        with session.begin_nested():
            write(session)
    except _REFUSALS as error:
        _raise_fault(error)
        _forget(session)
        return error
    return None


def _forget(session: Session) -> None:
    """Rolling back to a savepoint leaves rows in the session that were inserted and read after it."""
    session.expunge_all()
    session.info.clear()


def _raise_fault(error: Exception) -> None:
    if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
        raise error
