"""A backup: the database as it is at one instant, then the files; calls go on meanwhile."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import make_url

from hotline import __version__
from hotline.call.errors import EnvironmentFault
from hotline.db import migrate
from hotline.db.engine import make_engine
from hotline.home import Home
from hotline.upkeep.contents import LAST, files_of
from hotline.upkeep.manifest import DATABASE, DUMP, PRIVATE, Manifest
from hotline.upkeep.postgres import dump_database
from hotline.upkeep.sqlite import copy_database
from hotline.upkeep.writing import ARCHIVES, UNFINISHED, ArchiveWriting, FolderWriting, Writing, alone

_SPARE = 50_000_000
"""Bytes that stay free: the hotline goes on writing."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made."""

    path: Path
    manifest: Manifest


def back_up(home: Home, database: str, target: Path, *, at: datetime, recordings: bool = True) -> Made:
    """Back up a data folder whose database is at the address ``database``.

    ``target`` ending in ``.tar``, ``.tar.gz`` or ``.tgz`` becomes that file, anything else a folder
    ``hotline-YYYYMMDD-HHMMSS`` in it. The database is copied first: what its rows name is older than they are
    and still there, whatever calls record meanwhile. Secrets are readable by their owner alone.

    Raises :class:`~hotline.call.errors.EnvironmentFault`; nothing unfinished has the name of a backup.
    """
    archive = target.name.endswith(ARCHIVES)
    folder = target.parent if archive else target
    if folder.resolve().is_relative_to(home.root):
        raise EnvironmentFault(
            f"{folder} is in the data folder itself: name a place outside, best on another disk.",
            code="backup-inside",
        )
    name = target if archive else folder / f"hotline-{at:%Y%m%d-%H%M%S}"
    if name.exists():
        raise EnvironmentFault(f"{name} is there already: name another one.", code="backup-exists")
    with alone(folder):
        _enough_space(home, folder, recordings=recordings, archive=archive)
        try:
            with ArchiveWriting(name) if archive else FolderWriting(name) as writing:
                manifest = _write(writing, home, database, at=at, recordings=recordings)
        except OSError as error:
            raise EnvironmentFault(
                f"The backup could not be written to {folder} ({error.strerror}): free space, or name "
                "another place.",
                code="backup-not-written",
            ) from error
    _remember(home, Made(name, manifest))
    return Made(name, manifest)


def _write(writing: Writing, home: Home, database: str, *, at: datetime, recordings: bool) -> Manifest:
    url = make_url(database)
    kind = url.get_backend_name()
    with TemporaryDirectory(prefix=UNFINISHED, dir=writing.part.parent) as folder:
        copy = Path(folder) / (DATABASE if kind == "sqlite" else DUMP)
        if kind == "sqlite":
            copy_database(Path(url.database or ""), copy)
        else:
            dump_database(url, copy)
        schema = _schema(f"sqlite:///{copy}" if kind == "sqlite" else database)
        writing.add(copy, copy.name, mode=PRIVATE)
    for found in files_of(home, recordings=recordings, now=at.timestamp()):
        with suppress(FileNotFoundError):  # deleted meanwhile: retention
            writing.add(found.path, found.name, settled=found.settled)
    manifest = Manifest(
        program=__version__, schema=schema, database=kind, at=at, recordings=recordings,
        files=tuple(writing.files),
    )  # fmt: skip
    writing.finish(manifest)
    return manifest


def _schema(url: str) -> str:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return migrate.revision(connection) or ""
    finally:
        engine.dispose()


def _enough_space(home: Home, folder: Path, *, recordings: bool, archive: bool) -> None:
    """Refuse at once what would fill the disk in the middle; second names cost nothing."""
    same_disk = folder.stat().st_dev == home.root.stat().st_dev
    found = files_of(home, recordings=recordings, now=float("inf"))
    wanted = sum(_length(one.path) for one in found if archive or not same_disk or not one.settled)
    wanted += sum(_length(path) for path in home.root.glob("hotline.db*"))
    free = shutil.disk_usage(folder).free
    if free < wanted + _SPARE:
        raise EnvironmentFault(
            f"The backup needs about {wanted // 1_000_000} MB in {folder}, {free // 1_000_000} MB are free: "
            "free space, name another place, or leave the recordings out (--no-recordings).",
            code="disk-full",
        )


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _remember(home: Home, made: Made) -> None:
    """Note for the status page when the last backup was made; a folder that is read-only is no mistake."""
    facts = {
        "at": made.manifest.at.isoformat(), "path": str(made.path), "bytes": made.manifest.length,
        "files": len(made.manifest.files), "recordings": made.manifest.recordings,
        "program": made.manifest.program, "schema": made.manifest.schema,
    }  # fmt: skip
    half = home.root / f"{LAST}.part"
    with suppress(OSError):
        half.write_text(json.dumps(facts) + "\n", encoding="utf-8")
        half.replace(home.root / LAST)
