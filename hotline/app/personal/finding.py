"""Who is meant by a number or by a room and a name, and which rows are about them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, false, or_, select
from sqlalchemy.orm import Session

from hotline.app.personal.traces import Trace
from hotline.call.errors import HotlineError
from hotline.call.ports import Place
from hotline.privacy.asking import Asked
from hotline.residents import names as roomnames
from hotline.residents.models import ResidentNumberRow, ResidentRow, RoomRow
from hotline.residents.staymodels import StayRow

SHORTEST = 5
"""Digits: extensions and public services are no person's number."""


class PersonUnnamed(HotlineError):
    """Nobody, or not exactly one person, is meant."""

    code = "person-unnamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody, as far as the tables know them."""

    identity: str
    """What they are known again by: their number as it is stored, or room and name."""
    numbers: frozenset[str] = frozenset()
    """Every form of their numbers that may stand in a table."""
    names: frozenset[str] = frozenset()
    rooms: tuple[RoomRow, ...] = ()
    residents: tuple[ResidentRow, ...] = ()


def person_of(session: Session, asked: Asked, normalise: Callable[[str], str]) -> Person:
    """Return who is meant; raises :class:`PersonUnnamed`.

    A number that one resident alone has means that resident with all their numbers; one that several share
    means what belongs to the number.
    """
    if asked.number.strip():
        return _by_number(session, asked, normalise)
    if asked.room.strip() and asked.name.strip():
        return _by_room(session, asked, normalise)
    raise PersonUnnamed("Say who is meant: a telephone number, or a room and a name.")


def _by_number(session: Session, asked: Asked, normalise: Callable[[str], str]) -> Person:
    raw = asked.number.strip()
    plain = normalise(raw)
    if sum(character.isdigit() for character in plain or raw) < SHORTEST or not plain:
        raise PersonUnnamed(f"{raw[:3]}… is no telephone number of a person: give it in full.")
    found = _residents_with(session, asked.estate, plain)
    if len(found) != 1:
        return Person(identity=f"number:{plain}", numbers=_forms([(plain, raw)]))
    return _resident(session, found[0], f"number:{plain}", [(plain, raw)])


def _by_room(session: Session, asked: Asked, normalise: Callable[[str], str]) -> Person:
    name = asked.name.strip()
    place = roomnames.whole(asked.room) or Place("", "", roomnames.room(asked.room))
    query = select(RoomRow).where(
        RoomRow.estate == asked.estate,
        RoomRow.building == place.building,
        RoomRow.unit == place.unit,
        RoomRow.room == place.room,
    )
    room = session.scalars(query).first()
    if room is None:
        raise PersonUnnamed("There is no such room in this estate: write it as in the directory (3-2-602).")
    identity = f"room:{place}|{name}"
    lives = select(ResidentRow).where(ResidentRow.room_id == room.id, ResidentRow.name == name)
    resident = session.scalars(lives).first()
    if resident is None:
        return Person(identity=identity, names=frozenset({name}), rooms=(room,))
    return _resident(session, resident, identity, [])


def _resident(
    session: Session, resident: ResidentRow, identity: str, given: Sequence[tuple[str, str]]
) -> Person:
    """Their numbers, but for those that others have too: a landline of a family is everybody's."""
    own = [
        (row.number, row.raw)
        for row in resident.numbers
        if len(_residents_with(session, resident.estate, row.number)) == 1
    ]
    return Person(
        identity=identity, numbers=_forms([*own, *given]), names=frozenset({resident.name}),
        rooms=(resident.room,), residents=(resident,),
    )  # fmt: skip


def _residents_with(session: Session, estate: str, number: str) -> Sequence[ResidentRow]:
    query = (
        select(ResidentRow)
        .join(ResidentNumberRow, ResidentNumberRow.resident_id == ResidentRow.id)
        .where(ResidentNumberRow.number == number, ResidentRow.estate == estate)
        .distinct()
    )
    return session.scalars(query.limit(3)).all()


def _forms(numbers: Collection[tuple[str, str]]) -> frozenset[str]:
    found = {form for pair in numbers for form in pair if form}
    national = {form.removeprefix("+86") for form in found if form.startswith("+86")}
    return frozenset(found | national | {f"0{form}" for form in national if not form.startswith("1")})


def rows_of(session: Session, trace: Trace, person: Person, estate: str) -> Sequence[Any]:
    """Return a table's rows about somebody in one estate."""
    query = select(trace.row).where(_about(trace, person), trace.belongs(estate))
    return session.scalars(query).all()


def unfinished(session: Session, trace: Trace, person: Person, estate: str) -> Sequence[Any]:
    """Return those of them whose matter is not over, or that stay whatever happens."""
    if trace.over is None:
        return rows_of(session, trace, person, estate) if trace.stays else ()
    query = select(trace.row).where(_about(trace, person), ~trace.over, trace.belongs(estate))
    return session.scalars(query).all()


def _about(trace: Trace, person: Person) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = [false()]
    if person.numbers:
        ways += [getattr(trace.row, column).in_(person.numbers) for column in trace.numbers]
        ways += [
            cast(getattr(trace.row, column), String).contains(f'"{form}"', autoescape=True)
            for column in trace.lists
            for form in person.numbers
        ]
    if person.names and person.rooms and trace.names and (trace.place or trace.row is StayRow):
        named = or_(*(getattr(trace.row, column).in_(person.names) for column in trace.names))
        ways.append(and_(named, or_(*(_in_room(trace, room) for room in person.rooms))))
    return or_(*ways)


def _in_room(trace: Trace, room: RoomRow) -> ColumnElement[bool]:
    if trace.row is StayRow:
        return StayRow.room_id == room.id
    row = trace.row
    return and_(row.building == room.building, row.unit == room.unit, row.room == room.room)
