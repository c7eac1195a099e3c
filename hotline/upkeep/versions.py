"""Which version of the database a program meets, and the step from one to the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import make_url

from hotline.call.errors import EnvironmentFault
from hotline.db import migrate
from hotline.db.engine import make_engine
from hotline.db.faults import plain_faults


@dataclass(frozen=True, slots=True)
class Versions:
    """Schemas: the database's before and now, and the program's."""

    before: str
    now: str
    program: str

    @property
    def migrates(self) -> bool:
        """Whether the database is older than the program."""
        return self.now != self.program


def versions_of(url: str) -> Versions:
    """Return what is there; raises :class:`EnvironmentFault` for a newer database, or none."""
    address = make_url(url)
    engine = make_engine(url)
    try:
        with plain_faults(address), engine.connect() as connection:
            current = migrate.revision(connection)
            if current is None:
                raise EnvironmentFault(
                    "The data folder has no database yet: there is nothing to upgrade. Start with ./start.",
                    code="database-not-set-up",
                )
            wanted = migrate.newest()
            if current != wanted:
                migrate.refuse_newer(connection, current, wanted)
    finally:
        engine.dispose()
    return Versions(current, current, wanted)


def migrated(url: str, found: Versions) -> Versions:
    """Migrate and return the versions now; one transaction, so that a kill leaves the old schema."""
    return replace(found, now=migrate.upgrade(url))
