"""Outside lines: who may dial what, how long, and what it costs (DOMAIN section 6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from hotline.call.ports.legs import DialOrder, LegReport
from hotline.call.ports.paper import Place


class OutsideCategory(StrEnum):
    """What kind of number it is."""

    INTERNAL = "internal"
    CITY = "city"
    LONG_DISTANCE = "long_distance"
    INTERNATIONAL = "international"
    PREMIUM = "premium"
    """声讯台: never."""
    SERVICE = "service"
    """110, 119, 120, 122, public services."""
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideWish:
    """Somebody wants to dial a number. Either ``extension`` or ``operator`` says who."""

    estate: str
    number: str = field(repr=False)
    """As it was dialled, with or without the prefix for an outside line; personal data."""
    extension: str = ""
    """The telephone it is dialled from: raw caller number of its call."""
    account: str = ""
    """Account that call came in by (:attr:`hotline.call.ports.LegFacts.account`); empty: directly. A caller
    number is no proof: what comes in from a public trunk is never one of the house's telephones."""
    operator: str = ""
    """Number of the operator who dials; known by their sign-in."""
    for_room: Place = field(default_factory=Place)
    """An operator dials for a guest: the room that pays."""
    linkedid: str = ""
    """The call the new leg belongs to; empty when it stands alone."""
    booking: str = ""
    """The booking that is being placed: what was approved there counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permitted:
    """The number may be dialled now. It is on the register: :meth:`OutsideLines.charge` must follow."""

    slip: str
    """Number of the call's charge slip, digits."""
    order: DialOrder
    category: OutsideCategory
    service_class: str
    longest: float | None = None
    """Seconds the call may last; ``None``: as long as it likes."""
    warn: float = 60.0
    """Seconds before that at which both are warned."""
    tariff: str = ""
    """Name of the tariff; empty: nothing is charged."""
    tells_cost: bool = False
    """The caller is told what it cost, not only how long it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideCharge:
    """What came of a call."""

    slip: str
    answered: bool
    seconds: int
    """Begun seconds from the answer to the end."""
    cost: Decimal | None
    """``None``: not rated, because no tariff fits any more; the register says so."""
    currency: str
    tells_cost: bool = False

    @property
    def minutes(self) -> int:
        """Begun minutes, as people are told."""
        return -(-self.seconds // 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideBooking:
    """A call that is placed when its turn comes (several wait in the order they came)."""

    number: str
    """Digits, as spoken."""
    ahead: int
    """How many wait before it."""
    approved: bool


class OutsideLines(Protocol):
    """The dial plan, its register and its tariffs."""

    async def permit(self, wish: OutsideWish) -> Permitted:
        """Judge a wish and commit the call to the register before anything is dialled.

        Raises :class:`~hotline.call.errors.OutsideRefused` with a code that stays the same:
        ``outside-stranger`` (not a telephone of the house), ``outside-unreadable``, ``outside-unknown``,
        ``outside-internal``, ``outside-premium``, ``outside-forbidden``, ``outside-class``,
        ``outside-approval`` (:meth:`book` may help), ``outside-lines-busy``, ``outside-no-trunk``.
        """
        ...

    async def answered(self, permitted: Permitted, *, leg: str, at: datetime) -> None:
        """The far end has answered on ``leg``: from now on it costs, whatever happens to this process."""
        ...

    async def charge(
        self, permitted: Permitted, report: LegReport | None, *, disposition: str = ""
    ) -> OutsideCharge:
        """The leg is over: rate it, once; asking again returns the same.

        ``None``: nobody answered, ``disposition`` says why in the words of call records.
        """
        ...

    async def book(self, wish: OutsideWish, *, language: str = "zh") -> OutsideBooking:
        """Put a call on the waiting list; its telephone is rung first when the turn comes.

        Raises :class:`~hotline.call.errors.OutsideRefused` as :meth:`permit`, but not for a missing approval
        or busy lines, and ``outside-booked`` when the same is waiting already.
        """
        ...
