"""The wake-ups of a data folder, for commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from hotline.app.desk import open_duty
from hotline.app.wakeups import DirectoryRooms, Wakeups, open_wakeups
from hotline.call.errors import WakeupRefused
from hotline.call.ports import Place
from hotline.cli.store import Store, opened
from hotline.wakeup import entries
from hotline.wakeup.book import WakeupBook


@dataclass(frozen=True, slots=True)
class Desk:
    """An opened data folder with its wake-ups."""

    store: Store
    parts: Wakeups
    wanted: str | None
    """The estate asked for."""

    @property
    def book(self) -> WakeupBook:
        """Books, changes, cancels."""
        return self.parts.book

    @property
    def estate(self) -> str:
        """The one asked for, else the first."""
        return self.wanted or self.store.settings.estates[0].id

    @property
    def now(self) -> datetime:
        """The present."""
        return self.store.db.clock.now()

    def zone_of(self, estate: str) -> ZoneInfo:
        """Return an estate's time zone; of one that is no more, the first's."""
        house = self.parts.schedule.houses.get(estate)
        return self.store.zone if house is None else house.zone

    def estate_of(self, number: str) -> str:
        """Return the estate of a booking; raises :class:`~hotline.call.errors.WakeupRefused`."""
        with self.store.db.reading() as session:
            return entries.booking(session, number, self.wanted).estate

    def room_in(self, session: Session, place: Place) -> Place:
        """Return a room as the directory writes it; raises :class:`~hotline.call.errors.WakeupRefused`."""
        room = DirectoryRooms().room(session, self.estate, place)
        if room is None:
            raise WakeupRefused(
                f'There is no room "{place}": `hotline rooms list` shows them.', code="wakeup-no-room"
            )
        return room.place


def wakeups_of(store: Store) -> Wakeups:
    """Open the wake-ups; raises :class:`~hotline.call.errors.InvalidInput` when a file does not hold."""
    home, settings = store.home, store.settings
    duty = open_duty(home, settings, last_good=home.in_service / "duty")
    last_good = home.in_service / "wakeup"
    return open_wakeups(home, settings, store.db, store.db.clock, duty, last_good=last_good)


@contextmanager
def desk_opened(home: Path, estate: str | None, *, set_up: bool = False) -> Iterator[Desk]:
    """Open the wake-ups of a data folder.

    Raises :class:`~hotline.call.errors.HotlineError` when it cannot be opened or its files do not hold.
    """
    with opened(home, set_up=set_up) as store:
        yield Desk(store, wakeups_of(store), store.estate(estate))
