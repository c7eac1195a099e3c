"""The wake-ups and bills of the caller's room, gone through one at a time."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from hotline.call.ports import BillSummary, Place, Repeat, WakeupSummary
from hotline.ivr.steps.schedules import spoken

if TYPE_CHECKING:
    from hotline.ivr.intake import Value
    from hotline.ivr.talk import Talk

Listed = Literal["bills", "wakeups"]


def list_wakeups(talk: Talk, room: Place, bookings: tuple[WakeupSummary, ...]) -> None:
    """Take up a list; the first one is the present one. The room can be said even if it has none."""
    talk.wakeups = bookings
    talk.fill("wakeup.place", room, by_caller=False)
    talk.fill("wakeups.count", str(len(bookings)), by_caller=False)
    if bookings:
        go_to(talk, "wakeups", 0)


def list_bills(talk: Talk, bills: tuple[BillSummary, ...]) -> None:
    """Take up a list; the first one is the present one."""
    talk.bills = bills
    talk.fill("bills.count", str(len(bills)), by_caller=False)
    late = sum((bill.late_fee for bill in bills), Decimal(0))
    talk.fill("bills.sum", _yuan(sum((_sum(bill) for bill in bills), Decimal(0))), by_caller=False)
    _fill(talk, {"bills.late": _yuan(late) if late else ""})
    if bills:
        go_to(talk, "bills", 0)


def length(talk: Talk, what: Listed) -> int:
    """Return how many there are."""
    return len(talk.bills if what == "bills" else talk.wakeups)


def go_to(talk: Talk, what: Listed, at: int) -> None:
    """Make one (from 0) the present one: everything about it can be said."""
    if what == "bills":
        _fill(talk, _of_bill(talk.bills[at]))
    else:
        show_wakeup(talk, talk.wakeups[at])
    place = {"position": str(at + 1), "more": "yes" if at + 1 < length(talk, what) else ""}
    _fill(talk, {f"{what}.{name}": value for name, value in place.items()})


def show_wakeup(talk: Talk, booking: WakeupSummary) -> None:
    """Fill ``wakeup.*`` with a booking."""
    values: dict[str, Value] = {
        "wakeup.number": booking.number,
        "wakeup.place": booking.place,
        "wakeup.schedule": spoken(booking.when, booking.next_at),
        "wakeup.next": booking.next_at or "",
        "wakeup.repeats": "" if booking.when.repeat is Repeat.ONCE else "yes",
    }
    _fill(talk, values)


def _of_bill(bill: BillSummary) -> dict[str, Value]:
    # a credit among the items cannot be said: the total is right in any case
    sayable = all(item.amount >= 0 for item in bill.items)
    items = " ".join(f"{item.kind}:{_yuan(item.amount)}" for item in bill.items) if sayable else ""
    return {
        "bill.number": bill.number,
        "bill.place": bill.place,
        "bill.month": bill.month,
        "bill.items": items,
        "bill.total": _yuan(bill.total),
        "bill.late": _yuan(bill.late_fee) if bill.late_fee else "",
        "bill.sum": _yuan(_sum(bill)),
        "bill.due": bill.due_on.isoformat(),
        "bill.notice": bill.notice_on.isoformat() if bill.notice_on is not None else "",
        "bill.rule": bill.late_fee_rule,
    }


def _sum(bill: BillSummary) -> Decimal:
    return bill.total + bill.late_fee


def _yuan(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _fill(talk: Talk, values: dict[str, Value] | dict[str, str]) -> None:
    for name, value in values.items():
        talk.fill(name, value, by_caller=False)
