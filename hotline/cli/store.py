"""The database of a data folder, for commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import make_url

from hotline.app import logs
from hotline.app.prepare import make_folders
from hotline.call.clock import SystemClock
from hotline.call.errors import EnvironmentFault
from hotline.cli.options import open_home
from hotline.db import migrate
from hotline.db.engine import Database
from hotline.home import Home
from hotline.language import numbers
from hotline.settings import Settings


@dataclass(frozen=True, slots=True)
class Store:
    """An opened data folder."""

    home: Home
    settings: Settings
    db: Database

    @property
    def zone(self) -> ZoneInfo:
        """Time zone in which people give and read times: the first estate's."""
        return ZoneInfo(self.settings.estates[0].timezone)

    @property
    def normalise(self) -> Callable[[str], str]:
        """Number normalisation as configured."""
        return partial(
            numbers.normalise, country=self.settings.sip.country, area_code=self.settings.sip.area_code
        )

    def estate(self, wanted: str | None) -> str | None:
        """Check an ``--estate``; raises :class:`~hotline.call.errors.EnvironmentFault` if unknown."""
        known = [estate.id for estate in self.settings.estates]
        if wanted is not None and wanted not in known:
            raise EnvironmentFault(
                f'There is no estate "{wanted}" in hotline.yaml; there are: {", ".join(known)}.',
                code="unknown-estate",
            )
        return wanted


@contextmanager
def opened(root: Path, *, set_up: bool = False) -> Iterator[Store]:
    """Open the database of the data folder ``root``; with ``set_up`` it is made or migrated first.

    Raises :class:`~hotline.call.errors.EnvironmentFault` when there is none, or it does not fit.
    """
    logs.configure("cli")
    home, settings = open_home(root)
    url = settings.database or home.database_url
    if set_up:
        make_folders(home)
        migrate.upgrade(url)
    else:
        _must_exist(url, root)
        migrate.check(url)
    db = Database(url, clock=SystemClock())
    try:
        yield Store(home, settings, db)
    finally:
        db.close()


def _must_exist(url: str, root: Path) -> None:
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or not address.database:
        return
    if not Path(address.database).exists():
        raise EnvironmentFault(
            f"The data folder {root} has no database yet. Start the hotline once (./start or "
            "`hotline run`), or name another folder with --home.",
            code="database-not-set-up",
        )
