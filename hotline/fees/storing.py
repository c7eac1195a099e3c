"""Storing a list of bills: again it changes nothing, a changed bill is kept with its history.

Rows are written in bulk: while ten thousand bills are stored, the calls of a running hotline wait
for their own writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hotline.call.errors import Problem
from hotline.call.ports.fees import room_key
from hotline.fees.listing import Billed, BillList, months
from hotline.fees.models import BillCounterRow, BillHistoryRow, BillItemRow, BillRow
from hotline.fees.money import fen, yuan
from hotline.fees.rules import Terms
from hotline.fees.states import BillState

_SERIAL_DIGITS = 5
_AT_ONCE = 500
"""Numbers named in one statement: SQLite's parser has little patience with more."""
Key = tuple[str, str, str, str, str]
"""Estate, building, unit, room as compared, month."""
Items = list[tuple[str, str, int]]
"""Kind, label, fen."""


@dataclass(slots=True)
class Changes:
    """What storing a list changed, in bills."""

    new: int = 0
    changed: int = 0
    """Unpaid bills whose amounts or days differ from before."""
    unchanged: int = 0
    paid: int = 0
    """Bills whose payment the list told."""
    left_alone: int = 0
    """Paid bills that the list has otherwise: warned about."""
    warnings: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Known:
    """A bill as it is stored."""

    number: str
    state: BillState
    total_fen: int
    due_on: date
    notice_on: date | None
    items: Items = field(default_factory=list)


class Store:
    """Stores lists in the transaction of ``session``, in the name of ``who``."""

    def __init__(self, session: Session, *, who: str, now: datetime, terms: Callable[[str], Terms]) -> None:
        """``terms`` by estate."""
        self._session = session
        self._who = who
        self._now = now
        self._terms = terms
        self._file = ""
        self._last: dict[str, int] = {}
        self._bills: list[dict[str, Any]] = []
        self._changed: list[dict[str, Any]] = []
        self._itemised_anew: list[str] = []
        self._items: list[dict[str, Any]] = []
        self._notes: list[dict[str, Any]] = []
        self.payments: list[tuple[str, date]] = []
        """Bills that were unpaid until this list told otherwise, and since when they are paid."""
        self.changes = Changes()

    def take(self, bills: BillList) -> Changes:
        """Bring the bills up to date; what the list does not name stays as it is."""
        self._file = bills.file
        known = self._known(months(bills.bills))
        for bill in bills.bills:
            found = known.get(_key(bill))
            if found is None:
                self._issue(bill)
            else:
                self._compare(found, bill)
        self._write()
        self.changes.paid += len(self.payments)
        return self.changes

    # --- what is there ---------------------------------------------------------------------------

    def _known(self, wanted: Mapping[str, set[str]]) -> dict[Key, Known]:
        found: dict[Key, Known] = {}
        for estate, of_months in wanted.items():
            ours = (BillRow.estate == estate, BillRow.month.in_(sorted(of_months)))
            query = select(
                BillRow.building, BillRow.unit, BillRow.room_key, BillRow.month,
                BillRow.number, BillRow.state, BillRow.total_fen, BillRow.due_on, BillRow.notice_on,
            ).where(*ours).order_by(BillRow.number).with_for_update()  # fmt: skip
            by_number: dict[str, Known] = {}
            for row in self._session.execute(query):
                one = Known(row.number, row.state, row.total_fen, row.due_on, row.notice_on)
                found[estate, row.building, row.unit, row.room_key, row.month] = by_number[row.number] = one
            items = select(BillItemRow.bill, BillItemRow.kind, BillItemRow.label, BillItemRow.amount_fen)
            items = items.join(BillRow, BillRow.number == BillItemRow.bill).where(*ours)
            for item in self._session.execute(items.order_by(BillItemRow.bill, BillItemRow.position)):
                by_number[item.bill].items.append((item.kind, item.label, item.amount_fen))
        return found

    # --- what changes ----------------------------------------------------------------------------

    def _issue(self, bill: Billed) -> None:
        """A bill that comes paid is nobody's news: no reminder was planned for it."""
        number, due_on = self._number(bill.month), bill.due_on or self._terms(bill.estate).due_on(bill.month)
        paid = bill.paid_on is not None
        self._bills.append(
            {
                "number": number, "estate": bill.estate, "building": bill.place.building,
                "unit": bill.place.unit, "room": bill.place.room, "room_key": room_key(bill.place.room),
                "month": bill.month, "total_fen": fen(bill.total), "due_on": due_on,
                "notice_on": bill.notice_on, "late_fee": self._late_fee(bill.estate),
                "state": BillState.PAID if paid else BillState.UNPAID, "issued_at": self._now,
                "paid_on": bill.paid_on, "paid_at": self._now if paid else None,
                "paid_how": "list" if paid else "", "paid_by": self._who if paid else "",
            }
        )  # fmt: skip
        self._itemise(number, _items(bill))
        self._note(number, "issued", f"{bill.total} yuan, due {due_on.isoformat()}")
        if bill.paid_on is not None:
            self._note(number, "paid", f"on {bill.paid_on.isoformat()}, list")
            self.changes.paid += 1
        self.changes.new += 1

    def _compare(self, known: Known, bill: Billed) -> None:
        differences = _differences(known, bill)
        state = known.state
        if state is BillState.PAID and differences:
            self._warn(bill, f"bill {known.number} is paid and stays as it was ({'; '.join(differences)})")
            self.changes.left_alone += 1
            return
        if not differences:
            self.changes.unchanged += 1
            if state is BillState.WITHDRAWN:
                self._warn(bill, f"bill {known.number} was withdrawn and stays so")
                return
        else:
            self._change(known, bill, differences)
        if bill.paid_on is not None and state is not BillState.PAID:
            self.payments.append((known.number, bill.paid_on))

    def _change(self, known: Known, bill: Billed, differences: Sequence[str]) -> None:
        """A withdrawn bill that comes corrected is issued again, under the contract of today."""
        again = known.state is BillState.WITHDRAWN
        values = {
            "number": known.number,
            "total_fen": fen(bill.total),
            "due_on": bill.due_on or known.due_on,
            "notice_on": bill.notice_on or known.notice_on,
            "state": BillState.UNPAID,
        }
        if again:
            self._session.execute(
                update(BillRow)
                .where(BillRow.number == known.number)
                .values(late_fee=self._late_fee(bill.estate))
                .execution_options(synchronize_session=False)
            )
        self._changed.append(values)
        if _items(bill) != known.items:
            self._itemised_anew.append(known.number)
            self._itemise(known.number, _items(bill))
        self._note(known.number, "issued_again" if again else "changed", "; ".join(differences))
        self.changes.changed += 1

    def _itemise(self, number: str, items: Items) -> None:
        self._items += [
            {"bill": number, "position": position, "kind": kind, "label": label, "amount_fen": amount}
            for position, (kind, label, amount) in enumerate(items)
        ]

    def _late_fee(self, estate: str) -> dict[str, str]:
        rule = self._terms(estate).late_fee
        return rule.as_kept() if rule else {}

    def _number(self, month: str) -> str:
        """Give the next number of a month; its counter is locked until the transaction ends."""
        if month not in self._last:
            upsert = postgresql.insert if self._on_postgresql else sqlite.insert
            first = upsert(BillCounterRow).values(month=month, last=0)
            self._session.execute(first.on_conflict_do_nothing())
            query = select(BillCounterRow.last).where(BillCounterRow.month == month).with_for_update()
            self._last[month] = self._session.execute(query).scalar_one()
        self._last[month] += 1
        return f"{month.replace('-', '')}{self._last[month]:0{_SERIAL_DIGITS}d}"

    @property
    def _on_postgresql(self) -> bool:
        return self._session.get_bind().dialect.name == "postgresql"

    def _note(self, number: str, event: str, detail: str) -> None:
        line = {"bill": number, "at": self._now, "who": self._who, "event": event, "detail": detail}
        self._notes.append(line)

    def _warn(self, bill: Billed, message: str) -> None:
        self.changes.warnings.append(Problem(self._file, bill.line, "room", message, warning=True))

    # --- writing ---------------------------------------------------------------------------------

    def _write(self) -> None:
        """Bills first: items and history refer to them."""
        for part in _parts(self._itemised_anew):
            old = delete(BillItemRow).where(BillItemRow.bill.in_(part))
            self._session.execute(old.execution_options(synchronize_session=False))
        for row, lines in ((BillRow, self._bills), (BillItemRow, self._items), (BillHistoryRow, self._notes)):
            if lines:
                self._session.execute(insert(row), lines)
        if self._changed:
            self._session.execute(update(BillRow), self._changed)
        counters = [{"month": month, "last": last} for month, last in self._last.items()]
        if counters:
            self._session.execute(update(BillCounterRow), counters)


def _parts(numbers: Sequence[str]) -> Iterator[Sequence[str]]:
    return (numbers[at : at + _AT_ONCE] for at in range(0, len(numbers), _AT_ONCE))


def _key(bill: Billed) -> Key:
    place = bill.place
    return bill.estate, place.building, place.unit, room_key(place.room), bill.month


def _items(bill: Billed) -> Items:
    return [(item.kind, item.label, fen(item.amount)) for item in bill.items]


def _differences(known: Known, bill: Billed) -> list[str]:
    """Return what a list has otherwise, in words for the history; a day it does not name is the same."""
    found = []
    if known.total_fen != fen(bill.total):
        found.append(f"total {yuan(known.total_fen)} → {bill.total}")
    elif _items(bill) != known.items:
        found.append("items divided otherwise")
    if bill.due_on not in (None, known.due_on):
        found.append(f"due {known.due_on} → {bill.due_on}")
    if bill.notice_on not in (None, known.notice_on):
        found.append(f"notice {known.notice_on or 'none'} → {bill.notice_on}")
    return found
