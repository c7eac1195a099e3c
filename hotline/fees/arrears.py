"""Who owes how much for how long, some rooms at a time: what pages and reports are made of.

A company of 10,000 rooms has 20,000 unpaid bills: sums are the database's work, late fees are reckoned for
the rooms that are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, selectinload

from hotline.fees import repository
from hotline.fees.models import BillRow, PromiseRow
from hotline.fees.money import yuan
from hotline.fees.repository import Debt
from hotline.fees.states import BillState, PromiseState

BANDS = (30, 90, 180)
"""Days past due that divide the bands (*default*): to 30, to 90, to 180, longer."""
_CHUNK = 100
"""Rooms named in one statement."""
Key = tuple[str, str, str]
"""Building, unit, room as compared."""


class Order(StrEnum):
    """Which rooms come first."""

    OLDEST = "oldest"
    """Who has owed longest."""
    MOST = "most"
    """Who owes most, late fees left out."""
    ROOM = "room"


@dataclass(frozen=True, slots=True)
class Arrears:
    """What a building (or everybody) owes, in yuan without late fees."""

    building: str
    rooms: int
    bills: int
    not_due: Decimal
    bands: tuple[Decimal, ...]
    """Past due, by :data:`BANDS`: one more than there are limits."""

    @property
    def overdue(self) -> Decimal:
        """All that is past due."""
        return sum(self.bands, Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        """All that is owed."""
        return self.overdue + self.not_due


def by_building(session: Session, estate: str, *, today: date) -> list[Arrears]:
    """Return what each building owes, in the order of their names."""
    limits = [today - timedelta(days=days) for days in BANDS]
    edges = [*zip([today, *limits], [*limits, None], strict=True)]
    sums = [_sum(BillRow.due_on >= today)] + [
        _sum(and_(BillRow.due_on < newer, BillRow.due_on >= older) if older else BillRow.due_on < newer)
        for newer, older in edges
    ]
    room = func.count(func.distinct(BillRow.unit + "-" + BillRow.room_key))
    query = (
        select(BillRow.building, room, func.count(), *sums)
        .where(*_unpaid(estate))
        .group_by(BillRow.building)
        .order_by(BillRow.building)
    )
    return [_arrears([*row]) for row in session.execute(query)]


def rooms(
    session: Session, estate: str, *, today: date, offset: int, limit: int, building: str | None = None,
    overdue: bool = True, order: Order = Order.OLDEST,
) -> list[Debt]:  # fmt: skip
    """Return some of the rooms that owe something, each with its bills and late fees as of ``today``."""
    wanted = _unpaid(estate) if building is None else [*_unpaid(estate), BillRow.building == building]
    if overdue:
        wanted.append(BillRow.due_on < today)
    key = (BillRow.building, BillRow.unit, BillRow.room_key)
    sorted_by: tuple[Any, ...] = {
        Order.OLDEST: (func.min(BillRow.due_on), *key),
        Order.MOST: (func.sum(BillRow.total_fen).desc(), *key),
        Order.ROOM: key,
    }[order]
    query = select(*key).where(*wanted).group_by(*key).order_by(*sorted_by).offset(offset).limit(limit)
    found = [(row[0], row[1], row[2]) for row in session.execute(query)]
    bills = _bills(session, wanted, found)
    promised = _promised(session, estate, found)
    return [
        Debt(
            bills[one][0].place,
            tuple(repository.summary(row, today) for row in bills[one]),
            promised.get(one),
        )
        for one in found
        if one in bills
    ]


def buildings(session: Session, estate: str) -> Sequence[str]:
    """Return the buildings that have bills."""
    query = select(BillRow.building).where(BillRow.estate == estate).distinct()
    return session.scalars(query.order_by(BillRow.building)).all()


def _unpaid(estate: str) -> list[ColumnElement[bool]]:
    return [BillRow.estate == estate, BillRow.state == BillState.UNPAID]


def _sum(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((which, BillRow.total_fen), else_=0)), 0)


def _arrears(row: Sequence[Any]) -> Arrears:
    building, rooms_owing, bills, *fen = row
    sums = [yuan(int(one)) for one in fen]
    return Arrears(building, rooms_owing, bills, sums[0], tuple(sums[1:]))


def _bills(
    session: Session, wanted: list[ColumnElement[bool]], keys: Sequence[Key]
) -> dict[Key, list[BillRow]]:
    found: dict[Key, list[BillRow]] = {}
    for some in _parts(keys):
        query = select(BillRow).where(*wanted, _any_of(some, BillRow)).options(selectinload(BillRow.items))
        rows = session.scalars(
            query.order_by(BillRow.building, BillRow.unit, BillRow.room_key, BillRow.month)
        )
        for row in rows:
            found.setdefault((row.building, row.unit, row.room_key), []).append(row)
    return found


def _promised(session: Session, estate: str, keys: Sequence[Key]) -> dict[Key, date]:
    found: dict[Key, date] = {}
    for some in _parts(keys):
        query = select(PromiseRow).where(
            PromiseRow.estate == estate, PromiseRow.state == PromiseState.OPEN, _any_of(some, PromiseRow)
        )
        found |= {(row.building, row.unit, row.room_key): row.promised_on for row in session.scalars(query)}
    return found


def _any_of(keys: Sequence[Key], row: type[BillRow] | type[PromiseRow]) -> ColumnElement[bool]:
    return or_(*(and_(row.building == key[0], row.unit == key[1], row.room_key == key[2]) for key in keys))


def _parts(keys: Sequence[Key]) -> Iterable[Sequence[Key]]:
    return (keys[at : at + _CHUNK] for at in range(0, len(keys), _CHUNK))
