"""Bring a database to this program's schema, once, whoever starts first.

Migrations live in ``hotline/db/migrations`` inside the package; there is no other way tables come
into being. To add one: change the models, write ``versions/NNNN_what.py`` with the next number as
its revision; the drift test compares both.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text

from hotline.call.errors import EnvironmentFault
from hotline.db.engine import make_engine, writing
from hotline.db.faults import plain_faults, shown

log = structlog.get_logger(__name__)

_WAIT_SECONDS = 60.0
"""How long to wait for another process that is migrating."""
_LOCK = 0x686F746D
"""PostgreSQL advisory lock; on SQLite BEGIN IMMEDIATE is the lock."""


def upgrade(url: str, *, wait_seconds: float = _WAIT_SECONDS) -> str:
    """Apply what is missing in one transaction and return the schema's revision.

    Does nothing on a database that is up to date. Raises
    :class:`~hotline.call.errors.EnvironmentFault` when the database cannot be used, or was made by
    a newer version of this program.
    """
    engine = make_engine(url, busy_seconds=wait_seconds)
    try:
        with plain_faults(engine.url):
            _make_folder(url)
            with writing(engine).begin() as connection:
                return _upgrade(connection)
    finally:
        engine.dispose()


def check(url: str) -> None:
    """Raise :class:`~hotline.call.errors.EnvironmentFault` unless the database has this program's schema.

    For commands that only read: they must not change a database that a running hotline uses.
    """
    engine = make_engine(url)
    try:
        with plain_faults(engine.url), engine.connect() as connection:
            current, wanted = revision(connection), newest()
            if current == wanted:
                return
            refuse_newer(connection, current, wanted)
    finally:
        engine.dispose()
    raise EnvironmentFault(
        f"The database {shown(engine.url)} "
        + ("is empty." if current is None else f"is of an older version (schema {current}, needed {wanted}).")
        + " Start the hotline once to set it up: ./start or `hotline run`.",
        code="database-not-set-up",
    )


def revision(connection: Connection) -> str | None:
    """Return the revision the database is at; ``None`` for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def newest() -> str:
    """Return the revision this program needs; the first time it reads all migrations."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "the package has no migrations"
    return head


def _upgrade(connection: Connection) -> str:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    current, wanted = revision(connection), newest()
    if current == wanted:
        return wanted
    refuse_newer(connection, current, wanted)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    log.info("database migrated", before=current or "empty", after=wanted)
    return wanted


def refuse_newer(connection: Connection, current: str | None, wanted: str) -> None:
    """Raise :class:`~hotline.call.errors.EnvironmentFault` for a revision this program does not know."""
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise EnvironmentFault(
            f"The database {shown(connection.engine.url)} was made by a newer version of the hotline "
            f"(schema {current}, this program knows {wanted}). Install that version, or restore a backup.",
            code="database-newer",
        )


def _config() -> Config:
    config = Config()
    # "%" would start an interpolation in the option, and folders may contain one
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def _make_folder(url: str) -> None:
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or not address.database or address.database.startswith("file:"):
        return
    folder = Path(address.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentFault(
            f"The data folder {folder} cannot be made: {error.strerror}. Choose another with --home.",
            code="data-folder",
        ) from error
