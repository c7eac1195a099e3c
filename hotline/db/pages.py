"""Long lists page by page, without counting rows off: each page begins where the one before ended.

A page of 100,000 rows costs what the first one costs (keyset paging, https://use-the-index-luke.com/no-offset):
the index of the order is entered at the last row seen. Counting stops at a bound for the same reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

R = TypeVar("R")
Column = InstrumentedAttribute[Any]

_APART = "~"


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a list in order of time: between the row it names and the next."""

    at: datetime
    key: str

    def __str__(self) -> str:
        """As addresses carry it."""
        return f"{self.at.astimezone(UTC):%Y%m%dT%H%M%S.%f}{_APART}{self.key}"


@dataclass(frozen=True, slots=True)
class Turn:
    """Which page is wanted: the newest, the one after a mark (older rows) or the one before it (newer)."""

    mark: Mark | None = None
    newer: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Rows, newest first, and where the neighbouring pages begin."""

    rows: Sequence[R]
    older: Mark | None
    newer: Mark | None


def mark_of(text: str) -> Mark | None:
    """Return the place an address names; ``None`` for a text that is none: the list begins at its newest."""
    at, apart, key = text.partition(_APART)
    if not apart or len(key) > 64 or not key.isprintable():
        return None
    try:
        return Mark(datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), key)
    except ValueError:
        return None


def page(session: Session, query: Select[R], at: Column, key: Column, *, size: int, turn: Turn) -> Page[R]:
    """Return ``size`` rows of ``query``, newest first: by ``at`` and, where that is equal, by ``key``."""
    mark, newer = turn.mark, turn.newer and turn.mark is not None
    if mark is not None:
        query = query.where(_beyond(mark, at, key, newer=newer))
    order = (at.asc(), key.asc()) if newer else (at.desc(), key.desc())
    found = list(session.scalars(query.order_by(*order).limit(size + 1)).all())
    more, rows = len(found) > size, found[:size]
    if newer:
        rows.reverse()
    if not rows:
        return Page((), None, None)
    first, last = (_mark(row, at, key) for row in (rows[0], rows[-1]))
    before = more if newer else mark is not None
    after = True if newer else more
    return Page(rows, older=last if after else None, newer=first if before else None)


def bounded_count(session: Session, query: Select[Any], *, most: int) -> int:
    """Return how many rows ``query`` has, or ``most`` + 1 when there are more."""
    limited = query.order_by(None).limit(most + 1).subquery()
    return session.scalar(select(func.count()).select_from(limited)) or 0


def _beyond(mark: Mark, at: Column, key: Column, *, newer: bool) -> ColumnElement[bool]:
    if newer:
        return and_(at >= mark.at, or_(at > mark.at, key > mark.key))
    return and_(at <= mark.at, or_(at < mark.at, key < mark.key))


def _mark(row: Any, at: Column, key: Column) -> Mark:
    return Mark(getattr(row, at.key), str(getattr(row, key.key)))
