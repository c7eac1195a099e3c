"""Whom to call about a room: its owner before anybody else who has a telephone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, selectinload

from hotline.call.ports import Place
from hotline.residents import names
from hotline.residents.models import ResidentRow, RoomRow

FIRST = ("owner", "resident", "tenant", "business", "family")
"""Who is called about a room's bills: its owner before anybody else."""
_CHUNK = 100
"""Staircases named in one statement."""
Key = tuple[str, str, str]
"""Building, unit, room without leading zeros."""


def key_of(place: Place) -> Key:
    """Return what two spellings of a room share."""
    return place.building, place.unit, names.room_key(place.room)


def first_of(people: Iterable[ResidentRow]) -> Mapping[Key, ResidentRow]:
    """Return for each room who is called first; rooms nobody of which has a telephone are left out."""
    found: dict[Key, tuple[int, ResidentRow]] = {}
    for person in people:
        if not person.numbers:
            continue
        rank = FIRST.index(person.kind) if person.kind in FIRST else len(FIRST)
        room = key_of(person.room.place)
        if room not in found or rank < found[room][0]:
            found[room] = rank, person
    return {room: person for room, (_, person) in found.items()}


def of_rooms(session: Session, estate: str, places: Collection[Place]) -> Mapping[Key, ResidentRow]:
    """Return who is called first about some rooms, without reading the whole directory."""
    stairs = sorted({(place.building, place.unit) for place in places})
    wanted = {key_of(place) for place in places}
    people: list[ResidentRow] = []
    for start in range(0, len(stairs), _CHUNK):
        people += _of_stairs(session, estate, stairs[start : start + _CHUNK])
    return {key: person for key, person in first_of(people).items() if key in wanted}


def _of_stairs(session: Session, estate: str, stairs: Sequence[tuple[str, str]]) -> Sequence[ResidentRow]:
    which = or_(*(and_(RoomRow.building == one[0], RoomRow.unit == one[1]) for one in stairs))
    query = (
        select(ResidentRow)
        .join(RoomRow)
        .where(ResidentRow.estate == estate, which)
        .options(selectinload(ResidentRow.numbers), selectinload(ResidentRow.room))
        .order_by(ResidentRow.id)
    )
    return session.scalars(query).all()
