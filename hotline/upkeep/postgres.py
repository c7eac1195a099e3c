"""Dumps of a PostgreSQL database by its own tools, and their way back in one transaction."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL

from hotline.call.errors import EnvironmentFault
from hotline.upkeep.manifest import BadBackup

ASIDE = "before_restore"
"""Schema that what was there before a restore is kept in."""


def dump_database(url: URL, target: Path) -> None:
    """Dump the database of ``url`` as it is at one instant; writers go on meanwhile.

    Raises :class:`~hotline.call.errors.EnvironmentFault` without the tools, or when they fail.
    """
    given = ["--format=custom", "--no-owner", "--no-privileges", f"--exclude-schema={ASIDE}*"]
    _run(["pg_dump", *given, f"--file={target}", *_where(url)], url)


def check_dump(dump: Path) -> None:
    """Raise :class:`~hotline.upkeep.manifest.BadBackup` unless a dump can be read."""
    try:
        _run(["pg_restore", "--list", str(dump)], None)
    except EnvironmentFault as fault:
        if fault.code == "postgres-tools-missing":
            raise
        raise BadBackup(f"The database in the backup is damaged: {fault.sentence}") from fault


def load_database(url: URL, dump: Path, *, stamp: str) -> str:
    """Put a dump in place of what is there; returns the schema that keeps what was there.

    One transaction: ended in the middle, the database is as it was. Raises
    :class:`~hotline.call.errors.EnvironmentFault`.
    """
    aside = f"{ASIDE}_{stamp}"
    with TemporaryDirectory(dir=dump.parent) as folder:
        script = Path(folder) / "script.sql"
        _run(["pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(dump)], None)
        first = f'ALTER SCHEMA public RENAME TO "{aside}"; CREATE SCHEMA public;'
        one_go = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction"]
        _run(["psql", *one_go, *_where(url), "--command", first, "--file", str(script)], url)
    return aside


def _where(url: URL) -> list[str]:
    given = {
        "--host": url.host or url.query.get("host"), "--port": url.port, "--username": url.username,
        "--dbname": url.database,
    }  # fmt: skip
    return [f"{name}={value}" for name, value in given.items() if value]


def _run(command: Sequence[str], url: URL | None) -> None:
    name, *rest = command
    tool = shutil.which(name)
    if tool is None:
        raise EnvironmentFault(
            f"{name} is not installed; backups of PostgreSQL are made with it: apt-get install "
            "postgresql-client.",
            code="postgres-tools-missing",
        )
    secret = {"PGPASSWORD": url.password} if url is not None and url.password else {}
    done = subprocess.run(
        [tool, *rest],
        env={**os.environ, **secret},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise EnvironmentFault(
            f"{name} failed: {said[0] if said else done.returncode}. Nothing was changed.",
            code="postgres-tool-failed",
        )
