"""What rows of a residents' list mean, and every mistake in them. Pure but for reading the numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hotline.call.errors import Problem
from hotline.residents import names
from hotline.sheets import Findings, Normalise, Row, Sheet, plausible

LIFT = "lift"
KINDS: dict[str, str] = {
    "": "resident", "住户": "resident", "resident": "resident",
    "业主": "owner", "房主": "owner", "产权人": "owner", "owner": "owner",
    "租户": "tenant", "租客": "tenant", "承租人": "tenant", "tenant": "tenant",
    "家属": "family", "家庭成员": "family", "family": "family",
    "商户": "business", "公司": "business", "企业": "business", "business": "business",
    "电梯": LIFT, "电梯电话": LIFT, "lift": LIFT, "elevator": LIFT,
}  # fmt: skip


@dataclass(slots=True)
class Person:
    """A resident of a room, from one or more rows."""

    name: str
    kind: str
    note: str
    numbers: dict[str, str] = field(default_factory=dict)
    """Normalised number → as it was written, in the order of the list."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room of an estate; the key of its people."""

    estate: str
    building: str
    unit: str
    room: str


@dataclass(frozen=True, slots=True)
class Lift:
    """A lift telephone."""

    estate: str
    number: str
    raw: str
    building: str
    unit: str
    name: str


@dataclass(slots=True)
class Listing:
    """A whole list, ready to be stored."""

    rooms: dict[Room, dict[str, Person]] = field(default_factory=dict)
    """People by name below their room; a room without people is vacant."""
    lifts: dict[tuple[str, str], Lift] = field(default_factory=dict)
    """By estate and number."""
    warnings: tuple[Problem, ...] = ()


def understand(sheet: Sheet, *, estates: Mapping[str, str], default: str, normalise: Normalise) -> Listing:
    """Return what the rows say. ``estates`` maps ids to names; rows without one belong to ``default``.

    Raises :class:`~hotline.call.errors.InvalidInput` with the problems of all rows at once.
    """
    reader = _Reader(Findings(sheet), estates, default, normalise)
    for row in sheet.rows:
        reader.take(row)
    reader.compare()
    reader.listing.warnings = reader.findings.settle()
    return reader.listing


class _Reader:
    def __init__(
        self, findings: Findings, estates: Mapping[str, str], default: str, normalise: Normalise
    ) -> None:
        self._estates = {**{name: key for key, name in estates.items()}, **{key: key for key in estates}}
        self._default = default
        self._normalise = normalise
        self._people_lines: dict[tuple[str, str], int] = {}
        self._lift_lines: dict[tuple[str, str], int] = {}
        self.findings = findings
        self.listing = Listing()

    def take(self, row: Row) -> None:
        estate = self._estate(row)
        kind = self._kind(row)
        numbers = self._numbers(row)
        name = self.findings.text(row, "name")
        place = self._place(row, needs_room=kind != LIFT)
        if not self.findings.clean(row):
            return
        if kind == LIFT:
            self._take_lift(row, estate, place, numbers)
        else:
            self._take_person(row, Room(estate, *place), name, kind, numbers)

    def compare(self) -> None:
        """A lift's number must be nobody else's: whoever calls from it is taken to be trapped."""
        for key, line in self._lift_lines.items():
            other = self._people_lines.get(key)
            if other is not None:
                message = f"this lift telephone's number is a resident's as well (line {other})"
                self.findings.bad_line(line, "phone", message)

    def _take_lift(self, row: Row, estate: str, place: tuple[str, str, str], numbers: dict[str, str]) -> None:
        if len(numbers) != 1:
            self.findings.bad(row, "phone", "a lift needs exactly one telephone number")
            return
        number, raw = next(iter(numbers.items()))
        key = (estate, number)
        if key in self._lift_lines:
            self.findings.bad(row, "phone", f"the same lift telephone as in line {self._lift_lines[key]}")
            return
        self._lift_lines[key] = row.line
        name = row.text("name") or row.text("room") or row.text("note") or "电梯"
        self.listing.lifts[key] = Lift(estate, number, raw, place[0], place[1], name)

    def _take_person(self, row: Row, room: Room, name: str, kind: str, numbers: dict[str, str]) -> None:
        people = self.listing.rooms.setdefault(room, {})
        if not name and not numbers:
            return
        person = people.setdefault(name, Person(name, kind, row.text("note")))
        if kind != person.kind:
            if row.text("kind") and person.kind != "resident":
                self.findings.bad(row, "kind", f'"{name}" of this room is {person.kind} in another row')
                return
            person.kind = kind if row.text("kind") else person.kind
        person.note = person.note or row.text("note")
        for number, raw in numbers.items():
            person.numbers.setdefault(number, raw)
            self._people_lines.setdefault((room.estate, number), row.line)

    def _estate(self, row: Row) -> str:
        said = row.text("estate")
        if not said:
            return self._default
        if said not in self._estates:
            known = ", ".join(sorted(set(self._estates.values())))
            self.findings.bad(row, "estate", f'no estate "{said}" in hotline.yaml (there are: {known})')
            return self._default
        return self._estates[said]

    def _kind(self, row: Row) -> str:
        said = row.text("kind").lower()
        kind = KINDS.get(said)
        if kind is None:
            self.findings.bad(row, "kind", f'unknown type "{said}" (业主, 租户, 家属, 住户, 商户 or 电梯)')
        return kind or "resident"

    def _numbers(self, row: Row) -> dict[str, str]:
        found: dict[str, str] = {}
        for cell in row.texts("phone"):
            for raw in re.split(r"[、，,;；/|\n]+", cell):
                if not raw.strip():
                    continue
                number = self._normalise(raw)
                if not plausible(number):
                    self.findings.bad(row, "phone", f'"{raw.strip()}" is no telephone number')
                    continue
                found.setdefault(number, raw.strip())
        return found

    def _place(self, row: Row, *, needs_room: bool) -> tuple[str, str, str]:
        building, unit, room = (self.findings.text(row, column) for column in ("building", "unit", "room"))
        together = names.whole(room) if room and not building and not unit else None
        if together is not None:
            return together.building, together.unit, together.room
        if needs_room and not row.text("room"):
            self.findings.bad(row, "room", "the room is missing")
        if not needs_room and not (building or room or row.text("name") or row.text("note")):
            self.findings.bad(row, "building", "a lift needs a place: its building or a name")
        return names.building(building), names.unit(unit), names.room(room)


def people(listing: Listing) -> Sequence[Person]:
    """Return all people of a listing."""
    return [person for room in listing.rooms.values() for person in room.values()]
