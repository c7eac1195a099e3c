"""Where bills meet the residents' directory: the slices do not know each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.ports import Place
from hotline.call.ports.fees import room_subject
from hotline.db.engine import Database
from hotline.fees import repository as bill_rows
from hotline.fees.rooms import Contact
from hotline.fees.rules import open_rules
from hotline.fees.service import FeesBook
from hotline.home import Home
from hotline.residents import contacts as residents
from hotline.residents import names, repository
from hotline.settings import Settings


class BilledRooms:
    """The rooms a bill may be for. See :class:`hotline.fees.rooms.Directory`."""

    def __init__(self, db: Database) -> None:
        """Ask ``db``."""
        self._db = db

    def plain(self, building: str, unit: str, room: str) -> Place:
        """Return a room as the directory writes it; ``3-2-602`` may stand in one text."""
        together = names.whole(room) if room and not building and not unit else None
        if together is not None:
            return together
        return Place(names.building(building), names.unit(unit), names.room(room))

    def rooms(self, estate: str) -> Collection[Place] | None:
        """Return every room of an estate; ``None`` when it has no room list. Blocks."""
        with self._db.reading() as session:
            stairs = repository.staircases(session, estate)
        found = [Place(one.building, one.unit, room) for one in stairs for room in one.rooms]
        return found or None


def open_fees(
    home: Home, settings: Settings, db: Database, clock: Clock, *, last_good: Path | None = None
) -> FeesBook:
    """Open the bills of all estates; raises :class:`~hotline.call.errors.InvalidInput`."""
    zones = {estate.id: ZoneInfo(estate.timezone) for estate in settings.estates}
    return FeesBook(db, clock=clock, rules=open_rules(home.config, last_good=last_good), zones=zones)


def contacts(session: Session, estate: str) -> Mapping[str, Contact]:
    """Return whom to call about each room, by :func:`~hotline.call.ports.fees.room_subject`."""
    everybody = residents.first_of(repository.residents(session, estate, limit=None))
    return {
        room_subject(estate, person.room.place): Contact(person.name, person.numbers[0].raw)
        for person in everybody.values()
    }


def payment_status(session: Session, estate: str, place: Place) -> str:
    """Return what whoever handles a matter of a room should know: ``unpaid: 2026-09, 2026-10``, ``paid``.

    Empty for a place without bills. No amounts: those are for people who may see bills.
    """
    if not place.room:
        return ""
    months = [row.month for row in bill_rows.unpaid_rows(session, estate, place)]
    if months:
        return "unpaid: " + ", ".join(months)
    return "paid" if bill_rows.has_bills(session, estate, place) else ""
