"""Outside lines in memory: what scenarios and the simulator run on. The dial plan has tests of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault, OutsideRefused
from hotline.call.ports import (
    DialOrder,
    LegReport,
    OutsideBooking,
    OutsideCategory,
    OutsideCharge,
    OutsideWish,
    Permitted,
)

FAILS = "fails"
PRICE = Decimal("0.5")
"""Of a begun minute."""
SECONDS = 0.02


@dataclass(slots=True)
class Talked:
    """A call on the register."""

    number: str
    seconds: int = 0


class RehearsalOutside:
    """Permits what the script does not refuse, from the telephones it names."""

    def __init__(
        self,
        clock: Clock,
        *,
        telephones: Collection[str],
        longest: float | None = None,
        refuses: Sequence[str] = (),
        tells_cost: bool = True,
    ) -> None:
        """``refuses``: codes of the rules that refuse the next wishes, one each; ``fails`` breaks down."""
        self._clock = clock
        self._telephones = frozenset(telephones)
        self._longest = longest
        self._refuses = list(refuses)
        self._tells_cost = tells_cost
        self.talked: list[Talked] = []
        self.booked: list[str] = []

    async def permit(self, wish: OutsideWish) -> Permitted:
        """Permit it, and write it down."""
        await self._judge(wish)
        self.talked.append(Talked(wish.number))
        return Permitted(
            slip=str(100000 + len(self.talked)),
            order=DialOrder(to=wish.number, linkedid=wish.linkedid, purpose="outside", timeout=45),
            category=OutsideCategory.CITY,
            service_class="guest",
            longest=self._longest,
            tells_cost=self._tells_cost,
        )

    async def answered(self, permitted: Permitted, *, leg: str, at: datetime) -> None:
        """Nothing to be kept."""

    async def charge(
        self, permitted: Permitted, report: LegReport | None, *, disposition: str = ""
    ) -> OutsideCharge:
        """Rate it by the begun minute."""
        await self._clock.sleep(SECONDS)
        answered = report is not None and report.answered_at is not None
        seconds = 0
        if report is not None and report.answered_at is not None:
            seconds = round((report.ended_at - report.answered_at).total_seconds())
        self.talked[int(permitted.slip) - 100001].seconds = seconds
        return OutsideCharge(
            slip=permitted.slip,
            answered=answered,
            seconds=seconds,
            cost=PRICE * -(-seconds // 60),
            currency="CNY",
            tells_cost=permitted.tells_cost,
        )

    async def book(self, wish: OutsideWish, *, language: str = "zh") -> OutsideBooking:
        """Put it on the list."""
        await self._judge(wish)
        self.booked.append(wish.number)
        return OutsideBooking(number=str(500 + len(self.booked)), ahead=len(self.booked) - 1, approved=False)

    async def _judge(self, wish: OutsideWish) -> None:
        await self._clock.sleep(SECONDS)
        if not wish.booking and wish.extension not in self._telephones:
            raise OutsideRefused("no telephone of the house", code="outside-stranger")
        if self._refuses:
            code = self._refuses.pop(0)
            if code == FAILS:
                raise EnvironmentFault("the database does not answer")
            raise OutsideRefused("by the script", code=code)
