"""A consistent copy of an SQLite database that is being written to."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from hotline.call.errors import EnvironmentFault
from hotline.upkeep.manifest import BadBackup

_BUSY_SECONDS = 30.0


def copy_database(source: Path, target: Path) -> None:
    """Copy ``source`` as it is at one instant; writers go on meanwhile (WAL readers do not wait for them).

    In one step: copied by and by, SQLite begins again whenever another process writes
    (https://www.sqlite.org/backup.html), which on a busy hotline is always. Raises
    :class:`~hotline.call.errors.EnvironmentFault`.
    """
    if not source.is_file():
        raise EnvironmentFault(
            f"There is no database {source} yet: start the hotline once, or name its folder with --home.",
            code="database-not-set-up",
        )
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=_BUSY_SECONDS)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new, pages=-1)
            new.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
    except sqlite3.Error as error:
        raise EnvironmentFault(
            f"The database {source} cannot be copied: {error}. Free space, or mend the database.",
            code="database-not-copied",
        ) from error


def check_database(path: Path) -> None:
    """Raise :class:`~hotline.upkeep.manifest.BadBackup` unless a copy is a sound database."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            found = [row[0] for row in database.execute("PRAGMA quick_check(1)")]
    except sqlite3.Error as error:
        raise BadBackup(f"The database in the backup is damaged: {error}.") from error
    if found != ["ok"]:
        raise BadBackup(f"The database in the backup is damaged: {found[0] if found else 'empty'}.")


def settle(path: Path) -> None:
    """Bring what stands in a write-ahead log into its file: the log must not be replayed into another one."""
    with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode = DELETE")
