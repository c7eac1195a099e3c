"""Directory enquiries 查号 and the world clock, as conversations need them (DOMAIN section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One entry of the directory: a department, a utility, a public service."""

    id: str
    number: str
    """As it is dialled."""
    told: str = ""
    """Digits that are read out; empty: it is not told, only connected."""
    kind: str
    """``department``, ``manager``, ``utility``, ``public``, ``emergency``."""
    names: Mapping[str, str]
    """What it is called, by language."""
    prompt: str = ""
    """Prompt that says the name; empty: there is none, the number alone is read out."""
    connect: bool = False
    """Callers may be connected; others are told the number."""
    code: str = ""
    """Keys by which it is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeThere:
    """What time it is somewhere else."""

    id: str
    names: Mapping[str, str]
    prompt: str
    at: datetime
    """Local, aware."""
    ahead: float
    """Hours it is ahead of the estate; negative: behind."""


class EnquiryDesk(Protocol):
    """Answers at once, from memory."""

    def phrases(self, estate: str, language: str) -> Mapping[str, str]:
        """Everything that may be said, and the id of the listing it means."""
        ...

    def codes(self, estate: str) -> Mapping[str, str]:
        """Keys → id of the listing."""
        ...

    def listing(self, estate: str, entry: str, *, at: datetime) -> Listing | None:
        """Return a listing by id; outside its hours nobody is connected. ``None``: gone meanwhile."""
        ...

    def cities(self, language: str) -> Mapping[str, str]:
        """Cities and countries whose time is known, and the id of each."""
        ...

    def city_codes(self) -> Mapping[str, str]:
        """Keys → id of the city: the country's code, with the area code where it has several times."""
        ...

    def time_in(self, estate: str, city: str, *, at: datetime) -> TimeThere | None:
        """Return the time there."""
        ...
