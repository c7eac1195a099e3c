"""The engine: one writer thread a process, a few readers, sessions that last one transaction.

The event loop never touches the database itself; see decision 0004. SQLite runs in WAL mode with
``synchronous=FULL``: a ticket number is spoken and a key acknowledged only after the commit, and
that promise must survive a power cut, not only ``kill -9`` (WAL with NORMAL loses the last commits
then). The price is one fsync a commit, which batching keeps rare.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault
from hotline.db.faults import plain_faults

T = TypeVar("T")
log = structlog.get_logger(__name__)

READERS = 4
"""Reader threads a process; SQLite readers do not wait for the writer (WAL)."""
BUSY_SECONDS = 5.0
"""How long a transaction waits for another process's before it fails as locked."""
DEADLOCK_TRIES = 4
"""How often a transaction is done that PostgreSQL ends because two nodes wait for each other: a key that
was pressed must not be lost for that. SQLite has one writer and waits instead."""
_BEGIN = "hotline_begin"


def make_engine(url: str | URL, *, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Return an engine for ``sqlite:///…`` or ``postgresql://…`` (psycopg 3).

    Raises :class:`~hotline.call.errors.EnvironmentFault` for an address that is none, or for
    PostgreSQL without the ``[postgres]`` extra.
    """
    try:
        address = make_url(url)
        if address.drivername in ("postgresql", "postgres"):
            address = address.set(drivername="postgresql+psycopg")
        engine = create_engine(
            address, json_serializer=partial(json.dumps, ensure_ascii=False), pool_pre_ping=True
        )
    except (ArgumentError, NoSuchModuleError) as error:
        raise EnvironmentFault(
            "`database` in hotline.yaml is no database address: write sqlite:////path/file.db or "
            "postgresql://user@host/name.",
            code="database-address",
        ) from error
    except ModuleNotFoundError as error:
        raise EnvironmentFault(
            f"The database driver {error.name} is not installed. PostgreSQL's comes with "
            "`.venv/bin/pip install --require-hashes -r requirements/postgres.txt`.",
            code="database-driver",
        ) from error
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine, busy_seconds)
    return engine


def writing(engine: Engine) -> Engine:
    """Return the engine for transactions that write: on SQLite they take the write lock at once.

    A deferred transaction that reads first and writes later fails at the upgrade without waiting
    (https://www.sqlite.org/lang_transaction.html, BEGIN IMMEDIATE).
    """
    return engine.execution_options(**{_BEGIN: "IMMEDIATE"})


def _prepare_sqlite(engine: Engine, busy_seconds: float) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not open transactions of its own
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {int(busy_seconds * 1000)}")
        _write_ahead(connection)
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        mode = connection.get_execution_options().get(_BEGIN, "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Put a new file into WAL mode; one that is needs nothing.

    SQLite does not wait for a lock while it changes the mode: of two processes that make a file at the same
    moment one is told "locked" at once. A transaction that writes does wait, and finds the file changed.
    Raises ``sqlite3.OperationalError`` when the file stays locked for the busy timeout.
    """
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        else:
            if mode != ("wal",):  # a database in memory has no file
                return


class Database:
    """Transactions on one database, from the event loop (threads) or directly (command line).

    Everything may raise :class:`~hotline.call.errors.EnvironmentFault` when the machine is at fault;
    nothing of the transaction is stored then.
    """

    def __init__(self, url: str, *, clock: Clock, busy_seconds: float = BUSY_SECONDS) -> None:
        """Prepare for ``url``; connects at the first use."""
        self._engine = make_engine(url, busy_seconds=busy_seconds)
        self._writing = writing(self._engine)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="db-writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="db-reader")
        self.clock = clock

    @property
    def url(self) -> URL:
        """The address, password included: not for people or logs."""
        return self._engine.url

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engine.dialect.name

    async def write(self, fn: Callable[[Session], T]) -> T:
        """Run ``fn`` in a transaction on the writer thread and commit.

        Writes happen in the order of the calls; ``fn`` may be run again after a deadlock, so it changes
        nothing but the session. Once asked for, a write is carried out even if the
        waiting task is cancelled: a record must not depend on who waits for it.
        """
        job = self._writer.submit(self._transact, fn)
        waiting: asyncio.Future[T] = asyncio.wrap_future(job)
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:
            job.add_done_callback(_tell_failure)
            raise

    async def read(self, fn: Callable[[Session], T]) -> T:
        """Run ``fn`` on a reader thread; whatever it changes is rolled back."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._look, fn)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a writing transaction on this thread: commits at the end, rolls back on an error."""
        with (
            plain_faults(self.url),
            Session(self._writing, expire_on_commit=False) as session,
            session.begin(),
        ):
            session.connection()  # BEGIN IMMEDIATE now, not at the first statement
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a reading transaction on this thread: one consistent view, rolled back at the end."""
        with plain_faults(self.url), Session(self._engine, expire_on_commit=False) as session:
            yield session

    def _transact(self, fn: Callable[[Session], T]) -> T:
        for left in reversed(range(DEADLOCK_TRIES)):
            try:
                with self.transaction() as session:
                    return fn(session)
            except EnvironmentFault as fault:
                if left == 0 or self.dialect == "sqlite" or fault.code != "database-locked":
                    raise
                log.info("a transaction that another node blocked is done again", left=left)
        raise AssertionError("unreachable")

    def _look(self, fn: Callable[[Session], T]) -> T:
        with self.reading() as session:
            return fn(session)

    def close(self) -> None:
        """Finish what is queued, then disconnect. Blocks; on an event loop use :meth:`aclose`."""
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._engine.dispose()

    async def aclose(self) -> None:
        """Finish what is queued, then disconnect, without blocking the loop."""
        await asyncio.get_running_loop().run_in_executor(None, self.close)


def _tell_failure(job: Future[Any]) -> None:
    if not job.cancelled() and (error := job.exception()) is not None:
        log.error("write failed after its caller was cancelled", error=type(error).__name__)
