"""Who calls, and which rooms there are: :class:`Residents` is the ``Directory`` port."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from hotline.call.errors import Problem
from hotline.call.ports import KnownCaller, Place
from hotline.db.engine import Database
from hotline.language import numbers
from hotline.residents import listing, repository, rooms, sheet, stays
from hotline.residents.models import LiftRow, ResidentRow, RoomRow
from hotline.residents.repository import Changes, Staircase

Normalise = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did (or would do)."""

    changes: Changes
    warnings: tuple[Problem, ...]


class Residents:
    """The directory of every estate. See :class:`~hotline.call.ports.Directory`."""

    def __init__(self, db: Database, *, normalise: Normalise) -> None:
        """Read from ``db``; numbers are compared as ``normalise`` makes them."""
        self._db = db
        self._normalise = normalise
        self._places: dict[str, tuple[Staircase, ...]] = {}

    async def caller(self, estate: str, number: str) -> KnownCaller | None:
        """Look a raw caller number up.

        ``None`` also when the number belongs to several rooms: then the caller is asked. Several
        people of one room share the place, but no name is taken for granted.
        """
        wanted = self._normalise(number)
        if not wanted:
            return None
        return await self._db.read(lambda session: _known(session, estate, wanted))

    async def room_exists(self, estate: str, place: Place) -> bool | None:
        """True or False by the estate's room list; ``None`` when the estate has none."""

        def look(session: Session) -> bool | None:
            if not repository.has_rooms(session, estate):
                return None
            return repository.room_exists(session, estate, place)

        return await self._db.read(look)

    def places(self, estate: str) -> Sequence[Staircase]:
        """Return the buildings, units and rooms as last read, for grammars; never touches the database.

        Empty until :meth:`refresh_places`, and for an estate without a room list.
        """
        return self._places.get(estate, ())

    async def refresh_places(self, estates: Sequence[str]) -> bool:
        """Read the room lists again; True when one of them changed."""

        def look(session: Session) -> dict[str, tuple[Staircase, ...]]:
            return {estate: repository.staircases(session, estate) for estate in estates}

        fresh = await self._db.read(look)
        changed = fresh != self._places
        self._places = fresh
        return changed


def import_list(
    db: Database,
    path: Path,
    *,
    estates: Mapping[str, str],
    default: str,
    normalise: Normalise,
    dry_run: bool = False,
    remove_missing: bool = False,
) -> ImportReport:
    """Store a CSV or XLSX list: all of it or, with any mistake in it, nothing.

    ``estates`` maps estate ids to names; rows that name none belong to ``default``. Importing the
    same list again changes nothing. ``remove_missing``: people and lift telephones of the list's
    estates that it does not name are removed. Raises :class:`~hotline.call.errors.InvalidInput` with the
    problems of every line.
    """
    understood = listing.understand(sheet.read(path), estates=estates, default=default, normalise=normalise)
    with db.transaction() as session:
        attempt = session.begin_nested()
        changes = repository.store(session, understood, remove_missing=remove_missing)
        if dry_run:
            attempt.rollback()
    return ImportReport(changes, understood.warnings)


def _known(session: Session, estate: str, number: str) -> KnownCaller | None:
    lift = repository.lift(session, estate, number)
    if lift is not None:
        return _lift(lift)
    room = rooms.called_from(session, estate, number)
    if room is not None:
        return _room(session, room)
    people = repository.people_of_number(session, estate, number)
    if not people or len({person.room_id for person in people}) > 1:
        return None
    return _resident(people, number)


def _lift(lift: LiftRow) -> KnownCaller:
    return KnownCaller(
        name=lift.name,
        place=Place(lift.building, lift.unit, "", lift.name),
        callback_number=_dialled(lift.number),
        lift=True,
    )


def _room(session: Session, room: RoomRow) -> KnownCaller:
    """Whoever calls from a room's own telephone is in the room."""
    stay = stays.current(session, room.id)
    callback = room.address if ":" in room.address else _dialled(room.address_number)
    return KnownCaller(
        name=stay.name if stay is not None else "",
        place=room.place,
        callback_number=callback,
        room_telephone=True,
    )


def _resident(people: Sequence[ResidentRow], number: str) -> KnownCaller:
    room = people[0].room
    return KnownCaller(
        name=people[0].name if len(people) == 1 else "",
        place=Place(room.building, room.unit, room.room),
        callback_number=_dialled(number),
    )


def _dialled(number: str) -> str:
    """Return a number as it is dialled and read out here: ``+8613800001111`` → ``13800001111``."""
    shown = numbers.display(number)
    return "".join(character for character in shown if character.isdigit() or character == "+")
