"""What a database answers when it cannot, as sentences that name the thing and the remedy.

SQLite: primary result codes (https://www.sqlite.org/rescode.html). PostgreSQL: SQLSTATE classes
(appendix A of its manual). Anything not listed is a mistake of this program and passes unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Error as SqliteError

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from hotline.call.errors import EnvironmentFault

_SQLITE: dict[int, tuple[str, str]] = {
    5: (
        "database-locked",
        "The database {name} is locked by another program. Close what holds it (an open sqlite3 "
        "shell, a backup, a second hotline on the same --home) and try again.",
    ),
    6: (
        "database-locked",
        "A table of the database {name} is locked by another connection. Try again in a moment.",
    ),
    8: (
        "database-read-only",
        "The database {name} is read-only. Give the user that runs the hotline write access to the "
        "file and to its folder, or choose another data folder with --home.",
    ),
    10: (
        "database-io",
        "Reading or writing the database {name} failed on the disk. Check the disk and its free space.",
    ),
    11: (
        "database-damaged",
        "The database {name} is damaged. Restore it from a backup; keep the damaged file for rescue.",
    ),
    13: (
        "disk-full",
        "No space is left for the database {name}. Free some disk space; nothing stored so far is lost.",
    ),
    14: (
        "database-unreachable",
        "The database {name} cannot be opened. Check that its folder exists and that the user that "
        "runs the hotline may write there.",
    ),
    26: (
        "not-a-database",
        "{name} is not a database. Move the file away (the hotline makes a new one) or choose another "
        "data folder with --home.",
    ),
}

_POSTGRES: dict[str, tuple[str, str]] = {
    "53100": ("disk-full", "No space is left for the database {name}. Free disk space on its server."),
    "53300": (
        "database-busy",
        "The database {name} takes no more connections. Raise max_connections or stop unused clients.",
    ),
    "25006": (
        "database-read-only",
        "The database {name} is read-only (a standby?). Point `database` in hotline.yaml to the primary.",
    ),
    "3D000": ("database-unreachable", "There is no database {name}. Create it with createdb."),
    "55P03": ("database-locked", "The database {name} is locked by another program. Try again."),
    "40P01": ("database-locked", "Two programs blocked each other in the database {name}. Try again."),
}

_POSTGRES_CLASSES: dict[str, tuple[str, str]] = {
    "08": ("database-unreachable", "The connection to the database {name} broke. Check server and network."),
    "28": (
        "database-refused",
        "The database {name} refused the user or password given by `database` in hotline.yaml.",
    ),
    "57": ("database-unreachable", "The database {name} is shutting down or starting. Try again soon."),
}

_NOT_SET_UP = (
    "database-not-set-up",
    "The database {name} has not been set up or is of an older version. Start the hotline once (./start).",
)
_UNREACHABLE = (
    "database-unreachable",
    "The database {name} cannot be reached. Check that its server runs and that `database` in "
    "hotline.yaml is right.",
)


def shown(url: URL) -> str:
    """Return what people know the database by: the file, or server and name; never a password."""
    if url.get_backend_name() == "sqlite":
        return url.database or "in memory"
    port = f":{url.port}" if url.port else ""
    return f"{url.database} on {url.host or 'localhost'}{port}"


@contextmanager
def plain_faults(url: URL) -> Iterator[None]:
    """Raise :class:`~hotline.call.errors.EnvironmentFault` for faults of the machine in the body."""
    try:
        yield
    except (DBAPIError, SqliteError) as error:
        known = _classify(error)
        if known is None:
            raise
        code, sentence = known
        raise EnvironmentFault(sentence.format(name=shown(url)), code=code) from error


def _classify(error: DBAPIError | SqliteError) -> tuple[str, str] | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, SqliteError):
        return _classify_sqlite(cause)
    sqlstate = getattr(cause, "sqlstate", None)
    if sqlstate is None:  # psycopg raises without a state only when there is no server to give one
        lost = isinstance(error, DBAPIError) and type(cause).__name__ == "OperationalError"
        return _UNREACHABLE if lost else None
    if sqlstate in ("42P01", "42703"):
        return _NOT_SET_UP
    return _POSTGRES.get(sqlstate) or _POSTGRES_CLASSES.get(sqlstate[:2])


def _classify_sqlite(cause: SqliteError) -> tuple[str, str] | None:
    primary = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    if primary == 1 and str(cause).startswith(("no such table", "no such column")):
        return _NOT_SET_UP
    return _SQLITE.get(primary)
