"""Reading and writing the directory inside somebody's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from hotline.call.ports import Place
from hotline.residents import names
from hotline.residents.listing import Lift, Listing, Person, Room
from hotline.residents.models import LiftRow, ResidentNumberRow, ResidentRow, RoomRow


def lift(session: Session, estate: str, number: str) -> LiftRow | None:
    """Return the lift telephone of a normalised number."""
    return session.scalars(select(LiftRow).where(LiftRow.estate == estate, LiftRow.number == number)).first()


def people_of_number(session: Session, estate: str, number: str) -> Sequence[ResidentRow]:
    """Return everybody a normalised number belongs to."""
    query = (
        select(ResidentRow)
        .join(ResidentNumberRow, ResidentNumberRow.resident_id == ResidentRow.id)
        .where(ResidentNumberRow.estate == estate, ResidentNumberRow.number == number)
        .order_by(ResidentRow.id)
    )
    return session.scalars(query).all()


def has_rooms(session: Session, estate: str) -> bool:
    """True when the estate has a room list."""
    return session.scalars(select(RoomRow.id).where(RoomRow.estate == estate).limit(1)).first() is not None


def room_exists(session: Session, estate: str, place: Place) -> bool:
    """True when some room of the estate agrees with every part of ``place`` that is given."""
    query = select(RoomRow.room).where(RoomRow.estate == estate)
    if place.building:
        query = query.where(RoomRow.building == names.building(place.building))
    if place.unit:
        query = query.where(RoomRow.unit == names.unit(place.unit))
    if not place.room:
        return session.scalars(query.limit(1)).first() is not None
    wanted = names.room_key(names.room(place.room))
    return any(names.room_key(room) == wanted for room in session.scalars(query))


@dataclass(frozen=True, slots=True)
class Staircase:
    """The rooms of one building and unit: what a caller of the estate can say or key."""

    building: str
    unit: str
    rooms: tuple[str, ...]


def staircases(session: Session, estate: str) -> tuple[Staircase, ...]:
    """Return every building and unit with its rooms, in natural order."""
    found: dict[tuple[str, str], list[str]] = {}
    query = select(RoomRow.building, RoomRow.unit, RoomRow.room).where(RoomRow.estate == estate)
    for building, unit, room in session.execute(query):
        found.setdefault((building, unit), []).append(room)
    order = sorted(found, key=lambda key: (names.in_order(key[0]), names.in_order(key[1])))
    return tuple(Staircase(*key, tuple(sorted(found[key], key=names.in_order))) for key in order)


@dataclass(slots=True)
class Changes:
    """What storing a list changed, in rows."""

    rooms: int = 0
    """Rooms that are new."""
    people: int = 0
    """People who are new."""
    changed: int = 0
    """People and lifts whose facts differ from before."""
    lifts: int = 0
    """Lift telephones that are new."""
    unchanged: int = 0
    removed: int = 0
    """People and lift telephones that the list no longer names."""


def store(session: Session, listing: Listing, *, remove_missing: bool = False) -> Changes:
    """Bring rooms, people and lifts of ``listing`` up to date; what it does not name stays.

    A person is known by room and name; the list has the whole truth about that person's numbers.
    With ``remove_missing`` it has the whole truth about the estates it names: people and lift
    telephones that are not in it go (somebody who moved out must not be taken for the room). Rooms stay.
    """
    changes = Changes()
    estates = {room.estate for room in listing.rooms} | {estate for estate, _ in listing.lifts}
    rooms = _rooms(session, estates)
    known = _people(session, estates)
    for room, people in listing.rooms.items():
        row = rooms.get(room)
        if row is None:
            row = RoomRow(estate=room.estate, building=room.building, unit=room.unit, room=room.room)
            session.add(row)
            session.flush()
            changes.rooms += 1
        for person in people.values():
            _store_person(session, row, known.get((row.id, person.name)), person, changes)
    for lift_telephone in listing.lifts.values():
        _store_lift(session, lift_telephone, changes)
    if remove_missing:
        _remove_missing(session, listing, estates, known, changes)
    session.flush()
    return changes


def _remove_missing(
    session: Session,
    listing: Listing,
    estates: Iterable[str],
    known: Mapping[tuple[int, str], ResidentRow],
    changes: Changes,
) -> None:
    rooms = _rooms(session, estates)
    named = {
        (rooms[room].id, person.name) for room, people in listing.rooms.items() for person in people.values()
    }
    gone: list[ResidentRow | LiftRow] = [row for key, row in known.items() if key not in named]
    lifts_there = session.scalars(select(LiftRow).where(LiftRow.estate.in_(sorted(estates))))
    gone += [row for row in lifts_there if (row.estate, row.number) not in listing.lifts]
    for row in gone:
        session.delete(row)
    changes.removed = len(gone)


def _rooms(session: Session, estates: Iterable[str]) -> dict[Room, RoomRow]:
    query = select(RoomRow).where(RoomRow.estate.in_(sorted(estates)))
    return {Room(row.estate, row.building, row.unit, row.room): row for row in session.scalars(query)}


def _people(session: Session, estates: Iterable[str]) -> dict[tuple[int, str], ResidentRow]:
    query = (
        select(ResidentRow)
        .where(ResidentRow.estate.in_(sorted(estates)))
        .options(selectinload(ResidentRow.numbers))
    )
    return {(row.room_id, row.name): row for row in session.scalars(query)}


def _store_person(
    session: Session, room: RoomRow, row: ResidentRow | None, person: Person, changes: Changes
) -> None:
    wanted = list(person.numbers.items())
    if row is None:
        row = ResidentRow(
            estate=room.estate, room_id=room.id, name=person.name, kind=person.kind, note=person.note
        )
        row.numbers = _numbers(room.estate, wanted)
        session.add(row)
        changes.people += 1
        return
    facts = (row.kind, row.note, [(number.number, number.raw) for number in row.numbers])
    if facts == (person.kind, person.note, wanted):
        changes.unchanged += 1
        return
    row.kind, row.note = person.kind, person.note
    row.numbers.clear()
    session.flush()  # the old numbers must be gone before equal ones come
    row.numbers = _numbers(room.estate, wanted)
    changes.changed += 1


def _numbers(estate: str, wanted: Sequence[tuple[str, str]]) -> list[ResidentNumberRow]:
    return [
        ResidentNumberRow(estate=estate, position=position, number=number, raw=raw)
        for position, (number, raw) in enumerate(wanted)
    ]


def _store_lift(session: Session, telephone: Lift, changes: Changes) -> None:
    row = lift(session, telephone.estate, telephone.number)
    facts = {
        "raw": telephone.raw,
        "building": telephone.building,
        "unit": telephone.unit,
        "name": telephone.name,
    }
    if row is None:
        session.add(LiftRow(estate=telephone.estate, number=telephone.number, **facts))
        changes.lifts += 1
    elif all(getattr(row, key) == value for key, value in facts.items()):
        changes.unchanged += 1
    else:
        for key, value in facts.items():
            setattr(row, key, value)
        changes.changed += 1


def residents(
    session: Session, estate: str | None, *, limit: int | None, after: int | None = None,
    place: Place | None = None,
) -> Sequence[ResidentRow]:  # fmt: skip
    """Return people with their rooms and numbers, in the order of the list.

    ``after``: only those behind this one; ``place``: only those of a room as the directory writes it.
    """
    query = select(ResidentRow).options(selectinload(ResidentRow.numbers), selectinload(ResidentRow.room))
    if estate is not None:
        query = query.where(ResidentRow.estate == estate)
    if after is not None:
        query = query.where(ResidentRow.id > after)
    if place is not None:
        query = query.join(RoomRow).where(
            RoomRow.building == place.building, RoomRow.unit == place.unit, RoomRow.room == place.room
        )
    return session.scalars(query.order_by(ResidentRow.estate, ResidentRow.id).limit(limit)).all()


def lifts(session: Session, estate: str | None) -> Sequence[LiftRow]:
    """Return lift telephones."""
    query = select(LiftRow).order_by(LiftRow.estate, LiftRow.id)
    return session.scalars(query if estate is None else query.where(LiftRow.estate == estate)).all()
