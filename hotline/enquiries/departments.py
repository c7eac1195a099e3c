"""Departments of the house among everything the directory lists: no public number ever gets a message."""

from __future__ import annotations

from dataclasses import dataclass

from hotline.enquiries.service import Enquiries

_OURS = frozenset({"department", "manager"})


@dataclass(frozen=True, slots=True)
class Department:
    """A department, or somebody who leads one."""

    id: str
    code: str
    number: str
    names: tuple[str, ...]
    """The first is the Chinese one."""


def departments(enquiries: Enquiries, estate: str) -> list[Department]:
    """Return those of an estate, in the order of the file."""
    return [
        Department(id_, entry.code or "", entry.number, (*entry.zh, *entry.en))
        for id_, entry in enquiries.entries(estate).items()
        if entry.kind in _OURS
    ]


def named(enquiries: Enquiries, estate: str, wanted: str) -> Department | None:
    """Return the one of that name, id or code; ``None`` for none, or several."""
    plain = wanted.strip().casefold()
    found = [
        one
        for one in departments(enquiries, estate)
        if plain in (one.id, one.code, *(name.casefold() for name in one.names))
    ]
    return found[0] if len(found) == 1 and plain else None
