"""Rooms and the telephones in them: what is dialled to ring a room, and which room a call comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import sheets
from hotline.call.errors import HotlineError, Problem
from hotline.call.ports import Place
from hotline.db.engine import Database
from hotline.residents import names
from hotline.residents.models import LiftRow, ResidentNumberRow, RoomRow
from hotline.sheets import Column, Columns, Findings, Normalise, Row

COLUMNS = Columns(
    "the room list",
    {
        "building": Column("the building", ("building", "block", "楼栋", "楼栋号", "楼号", "栋", "幢", "座")),
        "unit": Column("the unit", ("unit", "entrance", "单元", "单元号")),
        "room": Column(
            "the room", ("room", "flat", "apartment", "房号", "房间", "房间号", "室"), needed=True
        ),
        "address": Column(
            "the room's telephone",
            ("telephone", "extension", "address", "phone", "分机", "分机号", "房间电话", "电话", "地址"),
            needed=True,
        ),
    },
)


class RoomUnknown(HotlineError):
    """There is no such room, or a name fits several."""

    code = "room-unknown"


@dataclass(slots=True)
class RoomChanges:
    """What storing a room list changed, in rooms."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    warnings: tuple[Problem, ...] = ()


def find(session: Session, estate: str, place: Place) -> RoomRow | None:
    """Return the room a place names; ``None`` when there is none, or parts left out leave several."""
    query = select(RoomRow).where(RoomRow.estate == estate)
    if place.building:
        query = query.where(RoomRow.building == names.building(place.building))
    if place.unit:
        query = query.where(RoomRow.unit == names.unit(place.unit))
    wanted = names.room_key(names.room(place.room))
    query = query.where(RoomRow.room.in_([names.room(place.room), wanted, f"0{wanted}"]))
    found = [row for row in session.scalars(query) if wanted and names.room_key(row.room) == wanted]
    return found[0] if len(found) == 1 else None


def named(session: Session, estate: str, place: Place) -> RoomRow:
    """Return the room a place names.

    Raises :class:`RoomUnknown` saying which: no such room, or one of several.
    """
    row = find(session, estate, place)
    if row is None:
        raise RoomUnknown(
            f'"{place}" is no room of estate "{estate}", or not exactly one: write building, unit and room '
            "as `hotline rooms list` shows them."
        )
    return row


def address_of(session: Session, estate: str, place: Place) -> str:
    """Return what is dialled to ring a room; empty when it has no telephone or does not exist."""
    row = find(session, estate, place)
    return "" if row is None else row.address


def called_from(session: Session, estate: str, number: str) -> RoomRow | None:
    """Return the room with this (normalised) telephone; ``None`` when none or several have it."""
    query = select(RoomRow).where(RoomRow.estate == estate, RoomRow.address_number == number).limit(2)
    found = session.scalars(query).all() if number else []
    return found[0] if len(found) == 1 else None


def set_address(session: Session, row: RoomRow, raw: str, *, normalise: Normalise) -> None:
    """Let the room be rung at ``raw``; empty takes its telephone away.

    Raises :class:`RoomUnknown` for what is no telephone, another room's, or a resident's or lift's.
    """
    number = known_by(raw, normalise) if raw else ""
    if raw and not number:
        raise RoomUnknown(f'"{raw}" cannot be dialled: give an extension, a number or a sip: address.')
    other = _taken(session, row.estate, number, except_room=row.id)
    if other:
        raise RoomUnknown(f"This telephone is {other}: a room's telephone belongs to one room.")
    row.address, row.address_number = raw.strip(), number


def known_by(address: str, normalise: Normalise) -> str:
    """Return how a call from this telephone names itself; empty for what is no telephone.

    A SIP telephone calls as the user of its address: ``sip:1203@pbx.example.com`` as 1203.
    """
    number = sheets.telephone(address, normalise)
    user = number.partition(":")[2].partition("@")[0] if ":" in number else ""
    return normalise(user) if user.isdigit() else number


def listed(session: Session, estate: str | None, *, limit: int) -> Sequence[RoomRow]:
    """Return rooms in natural order."""
    query = select(RoomRow) if estate is None else select(RoomRow).where(RoomRow.estate == estate)
    rows = sorted(
        session.scalars(query),
        key=lambda row: (row.estate, *(names.in_order(part) for part in (row.building, row.unit, row.room))),
    )
    return rows[:limit]


def import_rooms(
    db: Database, path: Path, *, estate: str, normalise: Normalise, dry_run: bool = False
) -> RoomChanges:
    """Store a CSV or XLSX list of rooms and their telephones: all of it or, with any mistake, nothing.

    Importing it again changes nothing; rooms it does not name stay. Raises
    :class:`~hotline.call.errors.InvalidInput` with the problems of every line.
    """
    sheet = sheets.read(path, COLUMNS)
    findings = Findings(sheet)
    with db.transaction() as session:
        attempt = session.begin_nested()
        changes = RoomChanges()
        _Storing(session, estate, findings, normalise, changes).all(sheet.rows)
        changes.warnings = findings.settle()
        if dry_run:
            attempt.rollback()
    return changes


class _Storing:
    """Brings one list up to date inside a transaction that :meth:`Findings.settle` may end."""

    def __init__(
        self, session: Session, estate: str, findings: Findings, normalise: Normalise, changes: RoomChanges
    ) -> None:
        self._session = session
        self._estate = estate
        self._findings = findings
        self._normalise = normalise
        self._changes = changes
        self._lines: dict[str, int] = {}
        self._rooms: dict[tuple[str, str, str], int] = {}

    def all(self, rows: Sequence[Row]) -> None:
        taken = [understood for row in rows if (understood := self._understood(row)) is not None]
        for row, place, number in taken:
            self._store(row, place, number)
        self._session.flush()
        for row, place, number in taken:  # once all have moved: two rooms may have swapped telephones
            mine = find(self._session, self._estate, place)
            other = _taken(self._session, self._estate, number, except_room=mine.id if mine else 0)
            if other:
                self._findings.bad(row, "address", f"is {other}")

    def _understood(self, row: Row) -> tuple[Row, Place, str] | None:
        findings = self._findings
        found = findings.telephone(row, "address", self._normalise)
        number = known_by(row.text("address"), self._normalise) if found else ""
        building, unit = findings.text(row, "building"), findings.text(row, "unit")
        room = findings.text(row, "room", needed=True)
        together = names.whole(room) if room and not building and not unit else None
        place = together or Place(names.building(building), names.unit(unit), names.room(room))
        if not findings.clean(row):
            return None
        key = (place.building, place.unit, names.room_key(place.room))
        if key in self._rooms:
            findings.bad(row, "room", f"the same room as in line {self._rooms[key]}")
            return None
        if number in self._lines:
            findings.bad(row, "address", f"the telephone of the room in line {self._lines[number]}")
            return None
        self._rooms[key] = row.line
        if number:
            self._lines[number] = row.line
        return row, place, number

    def _store(self, row: Row, place: Place, number: str) -> None:
        raw = row.text("address")
        known = find(self._session, self._estate, place)
        if known is None:
            self._session.add(
                RoomRow(
                    estate=self._estate, building=place.building, unit=place.unit, room=place.room,
                    address=raw, address_number=number,
                )
            )  # fmt: skip
            self._changes.added += 1
        elif (known.address, known.address_number) == (raw, number):
            self._changes.unchanged += 1
        else:
            known.address, known.address_number = raw, number
            self._changes.changed += 1


def _taken(session: Session, estate: str, number: str, *, except_room: int) -> str:
    """Say whose a telephone is already; empty when it is nobody's."""
    if not number:
        return ""
    rooms = select(RoomRow).where(
        RoomRow.estate == estate, RoomRow.address_number == number, RoomRow.id != except_room
    )
    if (other := session.scalars(rooms.limit(1)).first()) is not None:
        return f"the telephone of room {other.place}"
    lift = select(LiftRow.id).where(LiftRow.estate == estate, LiftRow.number == number)
    if session.scalars(lift.limit(1)).first() is not None:
        return "a lift telephone"
    person = select(ResidentNumberRow.id).where(
        ResidentNumberRow.estate == estate, ResidentNumberRow.number == number
    )
    return "a resident's own" if session.scalars(person.limit(1)).first() is not None else ""
