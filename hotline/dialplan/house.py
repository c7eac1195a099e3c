"""What outside lines ask of the rest of the house: its telephones, its legs, its calendar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from hotline.call.ports.paper import Place
from hotline.dialplan.tariff import DayOf

Normalise = Callable[[str, str], str]
"""Estate, then a number: returns its one form; empty when there is none in it."""


@dataclass(frozen=True, slots=True)
class Telephone:
    """A telephone of a room."""

    number: str
    """Normalised: as calls from it name themselves."""
    address: str
    """What is dialled to ring it."""
    room: Place
    stay: str = ""
    """Whose stay it is now; empty where none is kept."""


class Telephones(Protocol):
    """The room list."""

    def calling(self, session: Session, estate: str, number: str) -> Telephone | None:
        """Return the room's telephone with this normalised number."""
        ...

    def of_room(self, session: Session, estate: str, room: Place) -> Telephone | None:
        """Return a room's telephone, without address and number if it has none; ``None``: no such room."""
        ...


@dataclass(frozen=True, slots=True)
class LegEnd:
    """What the call records know of a leg."""

    answered_at: datetime | None
    ended_at: datetime | None
    """``None`` while it lasts."""
    lost: bool
    """It ended with its process; the end is its last sign of life."""


class Legs(Protocol):
    """The call records."""

    def find(self, session: Session, *, leg: str, linkedid: str, sent: str, since: datetime) -> LegEnd | None:
        """Return the outgoing leg: by its id, else the one of the call that dialled ``sent`` since then."""
        ...


@dataclass(frozen=True, slots=True)
class House:
    """One estate's clock and calendar."""

    zone: ZoneInfo
    day_of: DayOf


Houses = Mapping[str, House]
