"""What pages of the administration need of the machine, declared where it is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from hotline.call.errors import HotlineError, Problem
from hotline.privacy.asking import Asked, By, Deleted

LARGEST = 1_000_000
"""Characters of a configuration file that is edited here."""


class ConfigRefused(HotlineError):
    """A configuration file that cannot be read or saved here: ``config-unknown``, ``config-changed`` …"""

    code = "config-unknown"


class ConfigWrong(HotlineError):
    """A text that does not hold; nothing was saved."""

    code = "config-wrong"

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems."""
        super().__init__(f"{len(problems)} problems: nothing was saved.")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file of the configuration; ``version`` tells whether somebody changed it meanwhile."""

    name: str
    text: str
    version: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Process:
    """A process of the hotline."""

    role: str
    pid: int
    seconds: float
    """Since it began."""
    memory_mb: int


@dataclass(frozen=True, slots=True)
class Model:
    """A speech model that is installed."""

    name: str
    megabytes: int


@dataclass(frozen=True, slots=True)
class Backup:
    """The last backup."""

    at: datetime
    path: str
    megabytes: int
    recordings: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """How the machine stands."""

    version: str
    schema: str
    python: str
    database: str
    disk_free_mb: int
    disk_total_mb: int
    recordings: int
    recorded_hours: float
    processes: Sequence[Process]
    models: Sequence[Model]
    backup: Backup | None
    retention_day: date | None
    """The last night in which what is too old was deleted."""


class Housekeeping(Protocol):
    """Looks after the machine, its configuration and people's own data."""

    async def machine(self) -> Machine:
        """Return how the machine stands."""
        ...

    async def back_up(self, *, recordings: bool) -> Backup:
        """Back up the data folder while calls go on; returns what was made."""
        ...

    async def config_files(self) -> Sequence[ConfigFile]:
        """Return the YAML files but the menus, by name."""
        ...

    async def config_file(self, name: str) -> ConfigFile:
        """Return one; raises :class:`ConfigRefused`."""
        ...

    async def check_config(self) -> Sequence[Problem]:
        """Return every problem of the files on disk, their names below the configuration's folder."""
        ...

    async def save_config(self, name: str, text: str, *, version: str) -> Sequence[Problem]:
        """Check a text with all other files, save it, and return warnings.

        Raises :class:`ConfigWrong`, or :class:`ConfigRefused` (``config-changed``: somebody else did).
        """
        ...

    async def export(self, asked: Asked, by: By) -> Path:
        """Write somebody's data into a ZIP that goes with the process; returns where.

        Its name ends with the number of the request: ``personal-data-20261123-090000-17.zip``.
        """
        ...

    async def exported(self, request: int) -> Path:
        """Return the ZIP of a request while it is there; raises ``export-gone``."""
        ...

    async def look(self, asked: Asked) -> Deleted:
        """Return what :meth:`delete` would do."""
        ...

    async def delete(self, asked: Asked, by: By) -> Deleted:
        """Delete somebody's data."""
        ...
