"""Looking people and rooms of the directory up, some at a time, and correcting one person by hand."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, selectinload

from hotline.call.errors import HotlineError
from hotline.call.ports import Place
from hotline.residents import names
from hotline.residents.models import ResidentNumberRow, ResidentRow, RoomRow
from hotline.sheets import Normalise, telephone

LONGEST = 64
KINDS = ("owner", "tenant", "family", "resident", "business")
"""What somebody is to a room."""


class PersonRefused(HotlineError):
    """A person that cannot be kept so; nothing was changed."""

    code = "person-refused"


def search(
    session: Session, estate: str, wanted: str, *, normalise: Normalise, offset: int, limit: int,
    masked: bool = False,
) -> Sequence[ResidentRow]:  # fmt: skip
    """Return people by a part of their name, a number, or a room (``3-2-602``, ``602``); all for nothing.

    ``masked``: by the whole name or its first sign, for who sees no more of it.
    """
    query = (
        select(ResidentRow)
        .join(RoomRow)
        .where(ResidentRow.estate == estate)
        .options(selectinload(ResidentRow.numbers), selectinload(ResidentRow.room))
        .order_by(RoomRow.building, RoomRow.unit, RoomRow.room, ResidentRow.id)
    )
    if wanted.strip():
        query = query.where(_which(estate, wanted.strip(), normalise, masked=masked))
    return session.scalars(query.offset(offset).limit(limit)).all()


def of_room(session: Session, room: int) -> Sequence[ResidentRow]:
    """Return the people of a room."""
    query = select(ResidentRow).where(ResidentRow.room_id == room).order_by(ResidentRow.id)
    return session.scalars(query.options(selectinload(ResidentRow.numbers))).all()


def keep(
    session: Session, room: RoomRow, *, name: str, kind: str, numbers: Sequence[str], note: str,
    normalise: Normalise, person: int | None = None, version: str | None = None,
) -> ResidentRow:  # fmt: skip
    """Add somebody to a room, or correct them; the list has the whole truth about their numbers.

    ``version``: as :func:`version_of` was when the form was opened. Raises :class:`PersonRefused`
    (``person-nameless``, ``person-twice``, ``person-number``, ``person-gone``, ``changed-meanwhile``).
    """
    name = name.strip()
    if not name or len(name) > LONGEST or not name.isprintable():
        raise PersonRefused(f"A person needs a name of at most {LONGEST} characters.", code="person-nameless")
    if kind not in KINDS:
        raise PersonRefused(f'"{kind}" is no kind of resident.', code="person-kind")
    known = _numbers(numbers, normalise)
    same = select(ResidentRow.id).where(ResidentRow.room_id == room.id, ResidentRow.name == name)
    row = session.get(ResidentRow, person) if person is not None else None
    if person is not None and (row is None or row.room_id != room.id):
        raise PersonRefused("This person is not in the directory any more.", code="person-gone")
    if row is not None and version is not None and version_of(row) != version:
        raise PersonRefused("Somebody changed this person meanwhile: look again.", code="changed-meanwhile")
    if any(found != person for found in session.scalars(same)):
        raise PersonRefused(f"{room.place} has somebody of this name already.", code="person-twice")
    if row is None:
        row = ResidentRow(estate=room.estate, room_id=room.id, name=name, kind=kind, note=note.strip())
        session.add(row)
    row.name, row.kind, row.note = name, kind, note.strip()
    row.numbers.clear()
    session.flush()  # the old numbers must be gone before equal ones come
    row.numbers = [
        ResidentNumberRow(estate=room.estate, position=place, number=number, raw=raw)
        for place, (number, raw) in enumerate(known.items())
    ]
    session.flush()
    return row


def remove(session: Session, estate: str, person: int) -> None:
    """Take somebody out of the directory; the room stays. Raises :class:`PersonRefused`."""
    row = session.get(ResidentRow, person)
    if row is None or row.estate != estate:
        raise PersonRefused("This person is not in the directory any more.", code="person-gone")
    session.delete(row)


def version_of(row: ResidentRow) -> str:
    """Return what a person is now: a form made from it is refused when it is something else."""
    return "\n".join([row.name, row.kind, row.note, *(one.raw for one in row.numbers)])


def _numbers(given: Sequence[str], normalise: Normalise) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw in (one.strip() for one in given):
        number = telephone(raw, normalise) if raw else ""
        if raw and not number:
            raise PersonRefused(f'"{raw}" is no telephone number.', code="person-number")
        if raw:
            found.setdefault(number, raw)
    return found


def _which(estate: str, wanted: str, normalise: Normalise, *, masked: bool) -> ColumnElement[bool]:
    place = names.whole(wanted) or Place("", "", names.room(wanted))
    room = RoomRow.room == place.room
    if place.building:
        room = room & (RoomRow.building == place.building) & (RoomRow.unit == place.unit)
    number = telephone(wanted, normalise) or wanted
    of_number = select(ResidentNumberRow.resident_id).where(
        ResidentNumberRow.estate == estate, ResidentNumberRow.number == number
    )
    name = ResidentRow.name.contains(wanted, autoescape=True)
    if masked:
        whole = ResidentRow.name == wanted
        name = or_(whole, ResidentRow.name.startswith(wanted, autoescape=True)) if len(wanted) == 1 else whole
    return or_(name, room, ResidentRow.id.in_(of_number))
