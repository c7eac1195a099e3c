"""A list of bills – CSV or XLSX – in either form, and every mistake in it.

Wide: a row a bill, a column an item (物业费 水费 … 合计). Long: a row an item (费项, 金额). A list with a
total and no items makes bills of one item.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from hotline import sheets
from hotline.call.errors import Problem
from hotline.call.ports import BillItem, Place
from hotline.call.ports.fees import room_subject
from hotline.fees import kinds
from hotline.fees.kinds import ItemKind
from hotline.fees.rooms import Rooms
from hotline.sheets import Column, Columns, Findings, Row, Sheet

WHOLE = "费用合计"
"""Label of the only item of a bill that is not itemised."""
MOST_BILLS = 20_000
"""Bills of one list: while they are stored, the calls of a running hotline wait for their own writes."""
_DAYS = ("due_on", "notice_on", "paid_on")


@dataclass(slots=True, kw_only=True)
class Billed:
    """A bill as its list has it."""

    line: int
    """Of its (first) row."""
    estate: str
    place: Place
    month: str
    items: list[BillItem] = field(default_factory=list)
    said_total: Decimal | None = None
    due_on: date | None = None
    notice_on: date | None = None
    paid_on: date | None = None

    @property
    def total(self) -> Decimal:
        """The sum of the items, yuan."""
        return sum((item.amount for item in self.items), Decimal("0.00"))


@dataclass(frozen=True, slots=True)
class BillList:
    """A whole list, and what was odd about it."""

    file: str
    bills: tuple[Billed, ...]
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What rows are read with."""

    estates: Mapping[str, str]
    """Ids and names of all estates."""
    default: str
    """Estate of rows that name none."""
    rooms: Callable[[str], Rooms]
    """The rooms of an estate."""
    month: str = ""
    """Of rows that name none: ``2026-10``."""
    items: Mapping[str, ItemKind] = field(default_factory=dict)
    """Headings besides the known ones."""


def read(path: Path, reading: Reading) -> BillList:
    """Read a list.

    Raises :class:`~hotline.call.errors.InvalidInput` with the mistakes of all rows, each with its line.
    """
    sheet = sheets.read(path, _columns(reading.items))
    reader = _Reader(sheet, reading)
    reader.check_headings()
    for row in sheet.rows:
        reader.take(row)
    if not sheet.rows:
        reader.findings.bad_list("has headings and no bill below them")
    bills = reader.finished()
    return BillList(sheet.file, tuple(bills), reader.findings.settle())


def _columns(more: Mapping[str, ItemKind]) -> Columns:
    columns = {
        name: Column(f"the {name.replace('_on', ' day')}", headings, needed=name == "room")
        for name, headings in kinds.LIST_COLUMNS.items()
    }
    labels = [label for known in kinds.LABELS.values() for label in known]
    return Columns("the bill list", columns | {one: Column(one, (one,)) for one in (*labels, *more)})


class _Reader:
    def __init__(self, sheet: Sheet, reading: Reading) -> None:
        self._sheet = sheet
        self._reading = reading
        self._estates = {name: key for key, name in reading.estates.items()} | {
            key: key for key in reading.estates
        }
        self._labels = [name for name in sheet.columns if name not in kinds.LIST_COLUMNS]
        self._long = "item" in sheet.columns
        self._total = "total" if "total" in sheet.columns else "amount"
        self._found: dict[tuple[str, str], Billed] = {}
        self.findings = Findings(sheet)

    def check_headings(self) -> None:
        """Keep the mistakes of the headings: no form, two forms, money nobody knows."""
        findings, columns = self.findings, self._sheet.columns
        if self._long and self._labels:
            findings.bad_list(
                f'has a column of items and the item "{self._labels[0]}" as a column: keep one form'
            )
        elif self._long and "amount" not in columns:
            findings.bad_list("has a column of items and none for their amount (金额)")
        elif not self._long and not self._labels and self._total not in columns:
            findings.bad_list("has no amounts: name the items (物业费, 水费 …) or the total (合计)")
        for odd in self._sheet.warnings:
            if odd.where and kinds.looks_like_money(odd.where):
                message = "is an amount nobody knows: name its kind under `items` of fees.yaml"
                findings.bad_line(odd.line, odd.where, message)

    def take(self, row: Row) -> None:
        """Read one row."""
        estate = self._estate(row)
        place = self._place(row, estate)
        month = self._month(row)
        days = {name: self.findings.day(row, name) for name in _DAYS}
        items = self._items(row)
        total = self.findings.amount(row, self._total) if self._has_total else None
        if not self.findings.clean(row) or place is None:
            return
        key = (room_subject(estate, place), month)
        bill = self._found.get(key)
        if bill is None:
            bill = self._found[key] = Billed(
                line=row.line, estate=estate, place=place, month=month, said_total=total,
                due_on=days["due_on"], notice_on=days["notice_on"], paid_on=days["paid_on"],
            )  # fmt: skip
        elif not self._long:
            self.findings.bad(row, "room", f"the same room and month as in line {bill.line}")
            return
        else:
            self._compare(row, bill, {**days, "total": total})
        bill.items += items

    def finished(self) -> list[Billed]:
        """Return the bills, their totals compared with their items; nothing is owed: no bill."""
        kept: list[Billed] = []
        if len(self._found) > MOST_BILLS:
            self.findings.bad_list(f"has more than {MOST_BILLS} bills: divide it")
        for bill in self._found.values():
            if bill.said_total not in (None, bill.total):
                message = f"the items come to {bill.total}, the total says {bill.said_total}"
                self.findings.bad_line(bill.line, "total", message)
            elif bill.total < 0:
                self.findings.bad_line(bill.line, "total", f"{bill.total} is a credit and no bill")
            elif bill.total == 0:
                self.findings.warn(Row(bill.line, {}), "total", "nothing is owed: left out")
            else:
                kept.append(bill)
        return kept

    @property
    def _has_total(self) -> bool:
        return self._total == "total" or not self._long

    def _estate(self, row: Row) -> str:
        said = self.findings.text(row, "estate")
        if said and said not in self._estates:
            known = ", ".join(sorted(set(self._estates.values())))
            self.findings.bad(row, "estate", f'no estate "{said}" in hotline.yaml (there are: {known})')
        return self._estates.get(said, self._reading.default)

    def _place(self, row: Row, estate: str) -> Place | None:
        building, unit = self.findings.text(row, "building"), self.findings.text(row, "unit")
        room = self.findings.text(row, "room", needed=True)
        if not room:
            return None
        found = self._reading.rooms(estate).find(building, unit, room)
        if isinstance(found, Place):
            return found
        self.findings.bad(row, "room", found)
        return None

    def _month(self, row: Row) -> str:
        said = self.findings.text(row, "month")
        if not said and not self._reading.month:
            self.findings.bad(row, "month", "is missing: add a column 月份, or --month for the whole list")
        found = kinds.month(said) if said else self._reading.month
        if said and found is None:
            self.findings.bad(row, "month", f'"{said}" is no month: write it like 2026-10')
        return found or ""

    def _items(self, row: Row) -> list[BillItem]:
        if self._long:
            return self._one_item(row)
        if not self._labels:
            amount = self.findings.amount(row, self._total, needed=True)
            return [BillItem(ItemKind.OTHER, WHOLE, amount)] if amount else []
        amounts = [(label, self.findings.amount(row, label)) for label in row.cells if label in self._labels]
        return [self._item(label, amount) for label, amount in amounts if amount]

    def _one_item(self, row: Row) -> list[BillItem]:
        label = self.findings.text(row, "item", needed=True)
        amount = self.findings.amount(row, "amount", needed=True)
        if label and kinds.kind_of(label, self._reading.items) is None:
            message = f'no kind of fee is called "{label}": name its kind under `items` of fees.yaml'
            self.findings.bad(row, "item", message)
            return []
        return [self._item(label, amount)] if label and amount else []

    def _item(self, label: str, amount: Decimal) -> BillItem:
        kind = kinds.kind_of(label, self._reading.items) or ItemKind.OTHER
        return BillItem(kind.value, label, amount)

    def _compare(self, row: Row, bill: Billed, said: Mapping[str, date | Decimal | None]) -> None:
        """Rows of one bill agree about what is said of the whole; one may say it for all."""
        for name, value in said.items():
            attribute = "said_total" if name == "total" else name
            before = getattr(bill, attribute)
            if before is None:
                setattr(bill, attribute, value)
            elif value is not None and value != before:
                self.findings.bad(row, name, f"{value}, but {before} in another row of the same bill")


def months(bills: Sequence[Billed]) -> dict[str, set[str]]:
    """Return the months a list has bills of, by estate."""
    found: dict[str, set[str]] = {}
    for bill in bills:
        found.setdefault(bill.estate, set()).add(bill.month)
    return found
