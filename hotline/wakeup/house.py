"""What wake-ups ask of the rest of the house: its clock, its calendar, its rooms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from hotline.call.ports.paper import Place
from hotline.wakeup.recurrence import Workdays


@dataclass(frozen=True, slots=True)
class House:
    """An estate as wake-ups see it."""

    zone: ZoneInfo
    calendar: Workdays
    language: str = "zh"
    """Spoken first to guests whose own is not known."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room as the directory has it."""

    place: Place
    """Written as the directory writes it, so that a booking is found again however the place was said."""
    address: str = ""
    """What is dialled; empty: it has no telephone."""
    stay: str | None = None
    """Whoever stays there now."""
    language: str = ""
    """Theirs; empty: nobody stays there."""


class Rooms(Protocol):
    """The estates' rooms. Asked inside the transaction of a booking or call."""

    def room(self, session: Session, estate: str, place: Place) -> Room | None:
        """Return the room a place names; ``None`` when the estate's list has no such room.

        An estate without a list knows every room, and none of their telephones.
        """
        ...
