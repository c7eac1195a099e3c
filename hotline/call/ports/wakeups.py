"""Wake-up calls as the menu, the console and imports book them (DOMAIN section 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Protocol

from hotline.call.ports.paper import Place


class Repeat(StrEnum):
    """On which days a wake-up is placed."""

    ONCE = "once"
    DAILY = "daily"
    WORKDAYS = "workdays"
    """工作日: Monday to Friday, public holidays left out, adjusted workdays taken in."""
    DAYS = "days"
    """Chosen days of the week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeTime:
    """When somebody wants to be woken: local time of the estate, to the minute."""

    at: time
    repeat: Repeat = Repeat.ONCE
    first: date | None = None
    """First day; ``None``: the next time it is ``at``."""
    days: frozenset[int] = frozenset()
    """DAYS: 1 (Monday) to 7."""
    until: date | None = None
    """Last day; ``None``: open-ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWakeup:
    """A booking, before the hotel's rules were asked."""

    estate: str
    place: Place
    when: WakeTime
    to: str = ""
    """Number or SIP URI to ring, as it was given; empty: the room's own."""
    language: str = ""
    """Spoken first, the other one follows; empty: the guest's, else the estate's."""
    requested_by: str = "guest"
    """``guest``, ``api``, ``import`` or the name of the person who booked it."""
    call: str = ""
    """``leg`` of the call it was booked in."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeupSummary:
    """A booking as it is read back."""

    number: str
    """Digits only, as spoken and typed."""
    place: Place
    when: WakeTime
    state: str
    """``booked``, ``over`` or ``cancelled``."""
    next_at: datetime | None
    """The next time it rings, in the estate's own zone; ``None`` when it rings no more."""


class WakeupDesk(Protocol):
    """Books wake-ups. Every method commits; each raises :class:`~hotline.call.errors.WakeupRefused`.

    Its ``code`` says which rule of the hotel refused: ``wakeup-past``, ``wakeup-too-soon``,
    ``wakeup-too-far``, ``wakeup-never`` (no day fits), ``wakeup-twice`` (the room has one then),
    ``wakeup-room-full`` (too many of the room), ``wakeup-interval-full`` (too many at that time),
    ``wakeup-no-room``, ``wakeup-no-number`` (nothing to ring), ``wakeup-unknown`` (no such booking).
    """

    async def book(self, new: NewWakeup) -> WakeupSummary:
        """Book it."""
        ...

    async def of_room(self, estate: str, place: Place) -> Sequence[WakeupSummary]:
        """Return the room's bookings that still ring, the next first."""
        ...

    async def cancel(self, estate: str, number: str, *, who: str, why: str = "") -> WakeupSummary:
        """Take it off for good."""
        ...

    async def change(self, estate: str, number: str, when: WakeTime, *, who: str) -> WakeupSummary:
        """Ring at another time, by the rules of a new booking."""
        ...

    async def skip(self, estate: str, number: str, *, who: str) -> WakeupSummary:
        """Leave the next one out; those after it ring."""
        ...
