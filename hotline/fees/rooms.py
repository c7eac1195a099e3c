"""Which room a row of a list means. Pure; the directory is asked through :class:`Directory`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from hotline.call.ports import Place
from hotline.call.ports.fees import room_key


class Directory(Protocol):
    """What importing asks of the residents' slice."""

    def plain(self, building: str, unit: str, room: str) -> Place:
        """Return a room as the directory writes it: ``三号楼``, ``二单元``, ``602室`` → 3-2-602."""
        ...

    def rooms(self, estate: str) -> Collection[Place] | None:
        """Return every room of an estate; ``None`` when it has no room list."""
        ...


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who is called about a room."""

    name: str
    number: str
    """As it is dialled."""


class Rooms:
    """The rooms of one estate."""

    def __init__(self, directory: Directory, estate: str) -> None:
        """Ask for the room list once."""
        self._plain = directory.plain
        listed = directory.rooms(estate)
        self._listed = None if listed is None else _by_key(listed)

    def find(self, building: str, unit: str, room: str) -> Place | str:
        """Return the room, or what is wrong as a sentence.

        A unit may be left out where only one room of the building has that number.
        """
        place = self._plain(building, unit, room)
        if self._listed is None:
            return place
        there = self._listed.get((place.building, room_key(place.room)), [])
        same = [one for one in there if one.unit == place.unit]
        if same:
            return same[0]
        if not place.unit and len(there) == 1:
            return there[0]
        if not place.unit and there:
            units = ", ".join(one.unit for one in there)
            return f"there are several rooms {place}: which unit ({units})?"
        return f"no room {place} in the directory: `hotline residents import` reads the room list"


def _by_key(rooms: Iterable[Place]) -> dict[tuple[str, str], list[Place]]:
    found: dict[tuple[str, str], list[Place]] = {}
    for place in rooms:
        found.setdefault((place.building, room_key(place.room)), []).append(place)
    return found
