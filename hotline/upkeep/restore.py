"""A backup put in the place of a data folder: taken out beside it, checked, migrated, and then exchanged."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, make_url

from hotline import settings as settings_module
from hotline.call.errors import EnvironmentFault
from hotline.db import migrate
from hotline.home import Home
from hotline.upkeep import reading
from hotline.upkeep.exchange import put_in_place
from hotline.upkeep.manifest import DATABASE, DUMP, BadBackup, Manifest
from hotline.upkeep.postgres import check_dump, load_database
from hotline.upkeep.sqlite import check_database, settle

_STAGING = ".restoring"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and where what was there before is."""

    manifest: Manifest
    schema: str
    """Of the database now."""
    aside: Path | None
    database_aside: str = ""
    """Schema (PostgreSQL) or file (SQLite outside the data folder) with what was there before."""


def verify(source: Path) -> Manifest:
    """Return what a backup says of itself after checking every file; raises ``BadBackup``."""
    with reading.opened(source) as backup:
        backup.take_out(None)
        return backup.manifest


def restore(source: Path, home: Home, *, at: datetime, force: bool = False) -> Restored:
    """Restore ``source`` as the data folder ``home``, which nobody uses (the caller holds its lock).

    With data in it only with ``force``; what was there is kept beside it, models are taken over. A kill
    at any moment leaves the old data folder or the new one, whole. Raises
    :class:`~hotline.call.errors.EnvironmentFault`; nothing has changed then.
    """
    there = has_data(home)
    if there and not force:
        raise EnvironmentFault(
            f"There are data in {home.root}. Restore into a new folder with --home, or say --force: what is "
            "there is kept beside it.",
            code="home-not-empty",
        )
    stamp = f"{at:%Y%m%d-%H%M%S}"
    staging = home.root.parent / f"{_STAGING}-{home.root.name}"
    reading.discard(staging)  # a restore that was killed
    try:
        with reading.opened(source) as backup:
            manifest = backup.manifest
            _enough_space(home, manifest)
            staging.mkdir(mode=0o700)
            backup.take_out(staging)
        _keep_owner(home, staging)
        return _put(staging, home, manifest, stamp, keep=there)
    except OSError as error:
        raise EnvironmentFault(
            f"The backup cannot be restored ({error.strerror}): free space beside {home.root}, or mend its "
            "permissions. Nothing was changed.",
            code="not-restored",
        ) from error
    finally:
        reading.discard(staging)


def has_data(home: Home) -> bool:
    """Whether a data folder holds more than what is made anew."""
    kept = (home.config, home.root / "hotline.db", home.recordings)
    return any(path.is_file() or (path.is_dir() and any(path.iterdir())) for path in kept)


def _put(staging: Path, home: Home, manifest: Manifest, stamp: str, *, keep: bool) -> Restored:
    url, external = _database_of(staging, home, manifest)
    aside = home.root.with_name(f"{home.root.name}.before-restore-{stamp}")
    database_aside = ""
    if manifest.database == "postgresql":
        dump = staging / DUMP
        check_dump(dump)
        database_aside = load_database(url, dump, stamp=stamp.replace("-", "_"))
        dump.unlink()
        schema = migrate.upgrade(url.render_as_string(hide_password=False))
    else:
        fresh = staging / DATABASE
        check_database(fresh)
        schema = migrate.upgrade(f"sqlite:///{fresh}")
        if external is not None:
            database_aside = _outside(fresh, external, stamp)
    put_in_place(staging, home.root, aside)
    models = aside / home.models.name
    if models.exists() and not home.models.exists():
        models.rename(home.models)
    if not keep:
        reading.discard(aside)  # it held nothing but the lock
    return Restored(manifest, schema, aside if keep else None, database_aside)


def _database_of(staging: Path, home: Home, manifest: Manifest) -> tuple[URL, Path | None]:
    """Return the address the restored settings name, and the file when it lies outside the data folder."""
    path = staging / "config" / "hotline.yaml"
    named = settings_module.load(path).database if path.exists() else ""
    url = make_url(named or home.database_url)
    if url.get_backend_name() != manifest.database:
        raise BadBackup(
            f"The backup holds a database of {manifest.database}, its hotline.yaml names another kind."
        )
    if manifest.database != "sqlite" or not named:
        return url, None
    file = Path(url.database or "")
    return url, None if file == home.root / DATABASE else file


def _outside(fresh: Path, place: Path, stamp: str) -> str:
    """Put a database file where the settings want it; what was there is kept beside it."""
    half = place.with_name(f"{place.name}.restoring")
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(fresh, half)
    aside = place.with_name(f"{place.name}.before-restore-{stamp}")
    was = place.exists()
    if was:
        settle(place)
        shutil.copy2(place, aside)
    half.replace(place)
    fresh.unlink()
    return str(aside) if was else ""


def _keep_owner(home: Home, staging: Path) -> None:
    """Restored by root, the files belong to whom the data folder belonged."""
    if os.geteuid() != 0 or not home.root.exists():
        return
    owner = home.root.stat()
    for below, folders, files in os.walk(staging):
        for name in (".", *folders, *files):
            os.chown(Path(below, name), owner.st_uid, owner.st_gid, follow_symlinks=False)


def _enough_space(home: Home, manifest: Manifest) -> None:
    free = shutil.disk_usage(home.root.parent).free
    if free < manifest.length:
        raise EnvironmentFault(
            f"The backup needs {manifest.length // 1_000_000} MB beside {home.root}, {free // 1_000_000} MB "
            "are free. Nothing was changed.",
            code="disk-full",
        )
