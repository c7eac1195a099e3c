"""What was done by whom, and who looked at what: the lines of every audit table, read as one book.

DOMAIN section 9: every look at personal data is logged. Lines are read backwards in pages; a page is found by
the place of the last line of the one before, so that page 1,000 costs what page 1 costs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from hotline.accounts.models import ApiAuditRow, RoomAuditRow, StaffAuditRow
from hotline.call.errors import HotlineError

COLUMNS = ("at", "by", "event", "detail", "book")
_ESCAPE = "\\"


class BadPlace(HotlineError):
    """A place to go on from that no page gave."""

    code = "audit-place"


@dataclass(frozen=True, slots=True)
class Line:
    """One line."""

    at: datetime
    by: str
    event: str
    detail: str
    """What it was done to: a ticket number, a staff number, a room."""
    book: str
    """``console`` (people and programs), ``staff`` (staff line) or ``room`` (rooms' PINs)."""
    id: int

    @property
    def place(self) -> str:
        """Where the next page begins."""
        return f"{self.at.isoformat()}|{self.book}|{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines; empty words mean all of them."""

    by: str = ""
    """Part of who did it: ``user:wang``, ``api:pms``."""
    word: str = ""
    """Part of what was done or of what it was done to."""
    since: datetime | None = None
    until: datetime | None = None


def page(session: Session, wanted: Wanted, *, after: str = "", limit: int = 50) -> list[Line]:
    """Return lines, the latest first, from behind the place ``after``; raises :class:`BadPlace`."""
    book = _book(wanted)
    query = select(book)
    if after:
        query = query.where(_behind(book, after))
    query = query.order_by(book.c.at.desc(), book.c.book, book.c.id.desc()).limit(limit)
    return [_line(row) for row in session.execute(query)]


def every(session: Session, wanted: Wanted) -> Iterator[Line]:
    """Yield all lines, the oldest first, without holding them in memory."""
    book = _book(wanted)
    query = select(book).order_by(book.c.at, book.c.book, book.c.id)
    for row in session.execute(query.execution_options(yield_per=1000)):
        yield _line(row)


def _book(wanted: Wanted) -> Subquery:
    """Each part is narrowed by itself: the index on its times is used before the parts are put together."""
    parts = (
        _part(ApiAuditRow, ApiAuditRow.detail, "console", wanted),
        _part(StaffAuditRow, StaffAuditRow.number, "staff", wanted),
        _part(RoomAuditRow, RoomAuditRow.place, "room", wanted),
    )
    return union_all(*parts).subquery()


def _part(rows: Any, detail: Any, name: str, wanted: Wanted) -> Select[Any]:
    query: Select[Any] = select(
        rows.at.label("at"), rows.by.label("by"), rows.event.label("event"), detail.label("detail"),
        literal(name).label("book"), rows.id.label("id"),
    )  # fmt: skip
    if wanted.since is not None:
        query = query.where(rows.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(rows.at < wanted.until)
    if wanted.by:
        query = query.where(_has(rows.by, wanted.by))
    if wanted.word:
        query = query.where(or_(_has(rows.event, wanted.word), _has(detail, wanted.word)))
    return query


def _has(column: Any, part: str) -> ColumnElement[bool]:
    plain = part.strip().lower()
    for special in (_ESCAPE, "%", "_"):
        plain = plain.replace(special, _ESCAPE + special)
    found: ColumnElement[bool] = func.lower(column).like(f"%{plain}%", escape=_ESCAPE)
    return found


def _behind(book: Subquery, place: str) -> ColumnElement[bool]:
    moment, _, rest = place.partition("|")
    name, _, number = rest.partition("|")
    try:
        at, last = datetime.fromisoformat(moment), int(number)
    except ValueError as error:
        raise BadPlace("This page of the audit is not there: begin at the first one.") from error
    if at.tzinfo is None:
        raise BadPlace("This page of the audit is not there: begin at the first one.")
    c = book.c
    same = and_(c.at == at, or_(c.book > name, and_(c.book == name, c.id < last)))
    return or_(c.at < at, same)


def _line(row: Any) -> Line:
    return Line(row.at, row.by, row.event, row.detail, row.book, row.id)
