"""The machine, its configuration and people's own data, as the pages of the administration ask for them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from hotline.app.machine import machine_of
from hotline.app.personal.desk import PrivacyDesk
from hotline.call.errors import EnvironmentFault, HotlineError, Problem
from hotline.db.engine import Database
from hotline.home import Home
from hotline.language import numbers
from hotline.privacy.asking import Asked, By, Deleted
from hotline.settings import Settings
from hotline.upkeep.backup import back_up
from hotline.web.housekeeping import LARGEST, Backup, ConfigFile, ConfigRefused, ConfigWrong, Machine

BACKUPS = "backups"
"""Folder beside the data folder: a request cannot name another."""
EXPORTS = "exports"
"""Folder in ``HOME/run``: what was exported over the console, until the next one."""
_CHECK_WITHIN = 120.0


class HouseKeeper:
    """Does :class:`~hotline.web.housekeeping.Housekeeping`; one a web process."""

    def __init__(self, home: Home, settings: Settings, db: Database) -> None:
        """Look after ``home``."""
        sip = settings.sip
        normalise = partial(numbers.normalise, country=sip.country, area_code=sip.area_code)
        self._home = home
        self._db = db
        self._models = settings.speech.models or home.models
        self._desk = PrivacyDesk(db, home, house=settings.estates[0].name, normalise=normalise)
        self._url = settings.database or home.database_url
        self._saving = asyncio.Lock()
        self._exporting = asyncio.Lock()

    async def machine(self) -> Machine:
        """Return how the machine stands."""
        return await asyncio.to_thread(machine_of, self._home, self._db, self._models)

    async def back_up(self, *, recordings: bool) -> Backup:
        """Back up into ``backups`` beside the data folder, as ``hotline upgrade`` does."""
        made = await asyncio.to_thread(
            back_up, self._home, self._url, self._home.root.parent / BACKUPS, at=self._db.clock.now(),
            recordings=recordings,
        )  # fmt: skip
        manifest = made.manifest
        return Backup(manifest.at, str(made.path), manifest.length // 1_000_000, manifest.recordings)

    # --- configuration -------------------------------------------------------------------------

    async def config_files(self) -> Sequence[ConfigFile]:
        """Return the YAML files but the menus."""
        paths = sorted(self._home.config.glob("*.yaml"))
        return await asyncio.to_thread(lambda: [_read(path) for path in paths if path.is_file()])

    async def config_file(self, name: str) -> ConfigFile:
        """Return one; raises ``ConfigRefused``."""
        return await asyncio.to_thread(_read, self._path(name))

    async def check_config(self) -> Sequence[Problem]:
        """Return every problem of the files on disk."""
        return await self._checked({})

    async def save_config(self, name: str, text: str, *, version: str) -> Sequence[Problem]:
        """Check, save, return warnings; two who save at once are told of each other."""
        path = self._path(name)
        if len(text) > LARGEST:
            raise ConfigRefused(
                f"The text has more than {LARGEST // 1_000_000} MB: edit such a file on the machine.",
                code="config-too-large",
            )
        async with self._saving:
            self._unchanged(path, version)
            found = await self._checked({name: text})
            wrong = [one for one in found if not one.warning and one.file in (name, "")]
            if wrong:
                raise ConfigWrong(wrong)
            self._unchanged(path, version)
            await asyncio.to_thread(_write, path, text)
        return [one for one in found if one.file == name]

    def _path(self, name: str) -> Path:
        path = self._home.config / name
        plain = name == Path(name).name and name.endswith(".yaml") and not name.startswith(".")
        if not plain or not path.is_file():
            raise ConfigRefused(f'There is no configuration file "{name[:60]}".')
        return path

    def _unchanged(self, path: Path, version: str) -> None:
        if _read(path).version != version:
            raise ConfigRefused(
                f"{path.name} was changed by somebody else meanwhile: open it in another tab, bring both "
                "together, and save again. Your text is still here.",
                code="config-changed",
            )

    async def _checked(self, changed: dict[str, str]) -> Sequence[Problem]:
        """Check a copy of the configuration with some files changed, in a process of its own."""
        trial = Path(await asyncio.to_thread(self._copy, changed))
        try:
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "hotline.app.check_config", str(trial),
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            try:
                async with asyncio.timeout(_CHECK_WITHIN):
                    told, _ = await child.communicate()
            finally:
                if child.returncode is None:
                    child.kill()
                    await child.wait()
            return [Problem(**one) for one in json.loads(told.splitlines()[-1])]
        except (TimeoutError, ValueError, IndexError) as error:
            raise EnvironmentFault(
                "The configuration could not be checked: `hotline check` on the machine says why.",
                code="config-unchecked",
            ) from error
        finally:
            await asyncio.to_thread(shutil.rmtree, trial, ignore_errors=True)

    def _copy(self, changed: dict[str, str]) -> str:
        self._home.run.mkdir(parents=True, exist_ok=True)
        trial = Path(tempfile.mkdtemp(prefix="check-", dir=self._home.run))
        shutil.copytree(self._home.config, trial / "config")
        for name, text in changed.items():
            (trial / "config" / name).write_text(text, encoding="utf-8")
        for folder in (self._home.prompts, self._home.models):
            if folder.is_dir():
                (trial / folder.name).symlink_to(folder.resolve())
        return str(trial)

    # --- people's own data ---------------------------------------------------------------------

    async def export(self, asked: Asked, by: By) -> Path:
        """Write the ZIP into the data folder's ``run``; what was exported before goes."""
        async with self._exporting:  # the next one takes the place of the one before
            return await asyncio.to_thread(self._export, asked, by)

    def _export(self, asked: Asked, by: By) -> Path:
        folder = self._home.run / EXPORTS
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        half = folder / "export.zip"
        request = self._desk.exported(asked, half, by).request
        return half.rename(folder / f"personal-data-{self._db.clock.now():%Y%m%d-%H%M%S}-{request}.zip")

    async def exported(self, request: int) -> Path:
        """Return the ZIP of a request; raises ``export-gone``."""
        folder = self._home.run / EXPORTS
        found = await asyncio.to_thread(lambda: list(folder.glob(f"personal-data-*-{request}.zip")))
        if not found:
            raise HotlineError(
                "This export is not there any more: the next one, or a restart, took its place. Export once "
                "more.",
                code="export-gone",
            )
        return found[0]

    async def look(self, asked: Asked) -> Deleted:
        """Return what would be deleted."""
        return await asyncio.to_thread(self._desk.look, asked)

    async def delete(self, asked: Asked, by: By) -> Deleted:
        """Delete it."""
        return await asyncio.to_thread(self._desk.delete, asked, by)


def _read(path: Path) -> ConfigFile:
    try:
        content = path.read_bytes()
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise ConfigRefused(
            f"{path.name} cannot be read ({error.strerror}).", code="config-unreadable"
        ) from error
    text = content.decode("utf-8", "replace")
    return ConfigFile(path.name, text, hashlib.sha256(content).hexdigest(), changed)


def _write(path: Path, text: str) -> None:
    """Replace a file whole; its mode stays (secrets)."""
    half = path.with_name(f".{path.name}.part")
    try:
        mode = path.stat().st_mode & 0o777
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise EnvironmentFault(
            f"{path.name} cannot be written ({error.strerror}): free space or mend its permissions. Your "
            "text is still here.",
            code="config-not-written",
        ) from error
