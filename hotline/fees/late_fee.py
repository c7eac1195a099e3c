"""The late fee 滞纳金 of a bill: exact, from the contract's rule and two days (DOMAIN section 3). Pure.

Days are those of the estate's calendar. Rounding happens once, at the end: half a fen and more goes up.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum

from hotline.fees.money import FEN

NOTHING = Decimal("0.00")


class Charged(StrEnum):
    """How often the rate is charged: plain contracts say once, many say per day."""

    ONCE = "once"
    PER_DAY = "per_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class LateFeeRule:
    """What a contract says. Either ``after_day`` or ``days_past_due`` says from which day on."""

    percent: Decimal
    """Per cent of the amount due, at a time or per day: 0.1 is one yuan on a thousand."""
    charged: Charged = Charged.ONCE
    after_day: int | None = 15
    """The last day of the month in which the bill is due that is free of it; in a month that is
    shorter, its last day. A bill that is due later in the month is free until it is due."""
    days_past_due: int = 0
    """Without ``after_day``: days after the due day that are free of it."""
    cap_percent: Decimal | None = None
    """Never more than that many per cent of the amount due."""
    cap_yuan: Decimal | None = None
    wording: str = ""
    """Prompt that says the rule."""

    def as_kept(self) -> dict[str, str]:
        """Return the rule as a bill keeps it: a contract changed later does not change the bill."""
        found = {
            "percent": str(self.percent),
            "charged": self.charged.value,
            "after_day": "" if self.after_day is None else str(self.after_day),
            "days_past_due": str(self.days_past_due),
            "cap_percent": "" if self.cap_percent is None else str(self.cap_percent),
            "cap_yuan": "" if self.cap_yuan is None else str(self.cap_yuan),
            "wording": self.wording,
        }
        return {name: text for name, text in found.items() if text or name == "after_day"}

    @classmethod
    def from_kept(cls, kept: Mapping[str, str]) -> LateFeeRule | None:
        """Return what :meth:`as_kept` made; ``None`` for a bill without late fee."""
        if not kept:
            return None
        return cls(
            percent=Decimal(kept["percent"]),
            charged=Charged(kept["charged"]),
            after_day=int(kept["after_day"]) if kept["after_day"] else None,
            days_past_due=int(kept["days_past_due"]),
            cap_percent=Decimal(kept["cap_percent"]) if "cap_percent" in kept else None,
            cap_yuan=Decimal(kept["cap_yuan"]) if "cap_yuan" in kept else None,
            wording=kept.get("wording", ""),
        )


def last_free_day(rule: LateFeeRule, due_on: date) -> date:
    """Return the last day without late fee; never before the bill is due."""
    if rule.after_day is None:
        return due_on + timedelta(days=rule.days_past_due)
    longest = monthrange(due_on.year, due_on.month)[1]
    return max(due_on, due_on.replace(day=min(rule.after_day, longest)))


def late_fee(
    rule: LateFeeRule | None, total: Decimal, *, due_on: date, as_of: date, paid_on: date | None = None
) -> Decimal:
    """Return the late fee in yuan as of a day; ``paid_on`` ends it.

    Per day it is charged for every day after the last free one, the day asked for (or the day of
    paying) included. Nothing without a rule, and nothing on a credit.
    """
    if rule is None or total <= 0:
        return NOTHING
    until = as_of if paid_on is None else min(as_of, paid_on)
    days = (until - last_free_day(rule, due_on)).days
    if days <= 0:
        return NOTHING
    times = days if rule.charged is Charged.PER_DAY else 1
    fee = (total * rule.percent * times / 100).quantize(FEN, ROUND_HALF_UP)
    caps = [] if rule.cap_yuan is None else [rule.cap_yuan]
    if rule.cap_percent is not None:
        caps.append((total * rule.cap_percent / 100).quantize(FEN, ROUND_DOWN))
    return min([fee, *caps])
