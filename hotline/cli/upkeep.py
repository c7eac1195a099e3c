"""``hotline backup``, ``hotline restore``, ``hotline upgrade``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hotline import __version__
from hotline.app import logs
from hotline.app.homelock import locked, untouched_unless_done
from hotline.app.options import RunOptions
from hotline.call.clock import SystemClock
from hotline.call.errors import EnvironmentFault
from hotline.children import run_once
from hotline.cli.options import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    open_home,
    plain_errors,
    print_json,
)
from hotline.home import Home
from hotline.upkeep import restore as restoring
from hotline.upkeep.backup import Made, back_up
from hotline.upkeep.manifest import Manifest
from hotline.upkeep.versions import Versions, migrated, versions_of

RecordingsOption = Annotated[
    bool, typer.Option("--recordings/--no-recordings", help="With or without the recordings of calls.")
]


def backup(
    target: Annotated[
        Path, typer.Argument(help="A folder for backups, or one file ending in .tar, .tar.gz or .tgz.")
    ],
    home: HomeOption = DEFAULT_HOME,
    recordings: RecordingsOption = True,
    as_json: JsonOption = False,
) -> None:
    """Back up the data folder while calls go on: database, configuration, prompts, recordings, secrets."""
    logs.configure("cli")
    with plain_errors():
        made = _backed_up(home, target, recordings=recordings)
    if as_json:
        print_json(_facts(made.manifest) | {"path": str(made.path)})
    else:
        print(f"{made.path}: {len(made.manifest.files)} files, {_size(made.manifest.length)}.")


def restore(
    source: Annotated[Path, typer.Argument(help="A backup: the folder hotline-… or the archive.")],
    home: HomeOption = DEFAULT_HOME,
    force: Annotated[
        bool, typer.Option("--force", help="Also over data; what is there is kept beside it.")
    ] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Only check every file of the backup.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Put a backup in the place of the data folder. The hotline must be stopped."""
    logs.configure("cli")
    with plain_errors():
        if verify:
            manifest = restoring.verify(source)
            told: dict[str, Any] = _facts(manifest) | {"verified": True}
            sentence = f"{source} is whole: {len(manifest.files)} files, {_size(manifest.length)}."
        else:
            place = Home(home.resolve())
            with untouched_unless_done(place):
                place.root.parent.mkdir(parents=True, exist_ok=True)
                with locked(place):
                    done = restoring.restore(source, place, at=SystemClock().now(), force=force)
            aside = [str(one) for one in (done.aside, done.database_aside) if one]
            told = _facts(done.manifest) | {"home": str(place.root), "aside": aside, "schema": done.schema}
            kept = f" What was there is kept: {', '.join(aside)}." if aside else ""
            sentence = f"{place.root} is restored as of {done.manifest.at:%Y-%m-%d %H:%M} UTC.{kept}"
    if as_json:
        print_json(told)
    else:
        print(sentence)


def upgrade(
    home: HomeOption = DEFAULT_HOME,
    to: Annotated[
        Path | None, typer.Option("--backup", help="Folder for the backup; default: backups beside HOME.")
    ] = None,
    recordings: RecordingsOption = False,
    as_json: JsonOption = False,
) -> None:
    """After installing a new version: back up, migrate the database, check, and say how to restart."""
    logs.configure("cli")
    with plain_errors():
        place, settings = open_home(home)
        url = settings.database or place.database_url
        found = versions_of(url)
        made: Made | None = None
        if found.migrates:
            with locked(place):
                made = _backed_up(home, to or place.root.parent / "backups", recordings=recordings)
                found = migrated(url, found)
    code = asyncio.run(run_once("check", RunOptions(home=home).arguments(), SystemClock()))
    if as_json:
        print_json(_upgraded(found, made) | {"check": "ok" if code == 0 else "problems"})
    else:
        _tell(found, made, code)
    if code:
        raise typer.Exit(code)


def _backed_up(home: Path, target: Path, *, recordings: bool) -> Made:
    place, settings = open_home(home)
    if not place.root.is_dir():
        raise EnvironmentFault(f"There is no data folder {home}: name it with --home.", code="no-home")
    url = settings.database or place.database_url
    return back_up(place, url, target.absolute(), at=SystemClock().now(), recordings=recordings)


def _tell(found: Versions, made: Made | None, code: int) -> None:
    print(f"Hotline {__version__}, database schema {found.now}.")
    if made is not None:
        print(f"The database was migrated from schema {found.before}; the backup of before is {made.path}.")
    else:
        print("The database has nothing to migrate.")
    if code:
        back = f", or install the old version and `hotline restore {made.path} --force`" if made else ""
        print(f"The check found problems (above): mend them{back}.", file=sys.stderr)
    else:
        print("Everything is in order. Now restart: `systemctl restart hotline`, or ./start.")


def _upgraded(found: Versions, made: Made | None) -> dict[str, Any]:
    return {
        "program": __version__,
        "schema": found.now,
        "schema_before": found.before,
        "migrated": made is not None,
        "backup": str(made.path) if made is not None else "",
        "restart": "systemctl restart hotline",
    }


def _facts(manifest: Manifest) -> dict[str, Any]:
    return {
        "at": manifest.at.isoformat(),
        "program": manifest.program,
        "schema": manifest.schema,
        "database": manifest.database,
        "recordings": manifest.recordings,
        "files": len(manifest.files),
        "bytes": manifest.length,
    }


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB"
