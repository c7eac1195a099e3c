"""What the record of a ticket filed by hand has to hold (DOMAIN section 2). Pure.

Whoever asks words the refusal: a command names its options, a form its fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from hotline.call.ports import NewTicket, Place
from hotline.sheets import telephone

TELEPHONE, PLACE, MATTER = "telephone", "place", "matter"
_PREFIX = re.compile(r"1[3-9]\d")
"""The beginning of a mobile number: nobody meant to call that."""


def lacking(new: NewTicket) -> tuple[str, ...]:
    """Return what a record lacks of telephone, place and matter; nothing for one to be called back."""
    there = {
        TELEPHONE: bool(new.caller_number or new.callback_number),
        PLACE: bool(new.place.room or new.place.note),
        MATTER: bool(new.description.strip()),
    }
    return () if not new.complete else tuple(what for what, given in there.items() if not given)


def uncallable(new: NewTicket, normalise: Callable[[str], str]) -> Iterator[str]:
    """Yield the numbers of a record that nobody can call."""
    for raw in dict.fromkeys((new.caller_number, new.callback_number)):
        number = telephone(raw, normalise) if raw else ""
        if raw and (not number or _PREFIX.fullmatch(number)):
            yield raw


def room_of(new: NewTicket) -> str:
    """Return the room as it is looked for in the directory."""
    return str(Place(new.place.building, new.place.unit, new.place.room))


def with_unknown_room(new: NewTicket) -> NewTicket:
    """Return a ticket that notes a room the directory does not have."""
    notes = (new.note, f"not in the directory: {room_of(new)}")
    return replace(new, note="; ".join(part for part in notes if part))
