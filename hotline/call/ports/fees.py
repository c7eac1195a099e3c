"""Bills of rooms, and who may hear of them (DOMAIN sections 3 and 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from hotline.call.ports.paper import Place

REMINDER = "reminder"
"""Kind of the placed calls about unpaid bills. Whoever plans one writes :func:`room_subject` as its
subject, or as ``room`` among its facts: a payment cancels it by that."""


def room_key(room: str) -> str:
    """Return what two spellings of one room share: callers leave leading zeros out."""
    return room.upper().lstrip("0")


def room_subject(estate: str, place: Place) -> str:
    """Return what a room is called where one text names it: ``default/3-2-602``."""
    return f"{estate}/{place.building}-{place.unit}-{room_key(place.room)}"


@dataclass(frozen=True, slots=True)
class BillItem:
    """One line of a bill."""

    kind: str
    """``property``, ``water``, ``electricity``, ``gas``, ``heating``, ``parking``, ``waste``, ``other``."""
    label: str
    """As the bill names it."""
    amount: Decimal
    """Yuan, two places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillSummary:
    """A bill as it is read out, the late fee as of today."""

    number: str
    """Digits only."""
    place: Place
    month: str
    """``2026-10``."""
    items: tuple[BillItem, ...]
    total: Decimal
    """Yuan, without the late fee."""
    late_fee: Decimal
    """Yuan as of today; zero while none is charged."""
    due_on: date
    notice_on: date | None
    """When the notice was delivered."""
    late_fee_rule: str = ""
    """Prompt that says the contract's rule of the late fee; empty when there is none."""


class FeeDesk(Protocol):
    """What the menu asks of the fees slice."""

    async def unpaid(self, estate: str, place: Place) -> Sequence[BillSummary]:
        """Return the room's unpaid bills, the oldest first."""
        ...

    async def has_bills(self, estate: str, place: Place) -> bool:
        """True when bills of this room, paid or not, are known."""
        ...


class RoomDoor(Protocol):
    """Lets somebody who does not call from a registered number hear about a room."""

    async def open(self, estate: str, place: Place, pin: str) -> None:
        """Return when room and PIN belong together.

        Raises :class:`~hotline.call.errors.RoomRefused`: ``room-wrong``, or ``room-locked`` once
        wrong PINs have locked the room for a while.
        """
        ...
