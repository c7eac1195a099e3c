"""Lists a page at a time: ``?limit=`` and the ``?cursor=`` that the page before named as ``next``.

A cursor is the place of the last line (keyset): a list that grows meanwhile repeats and leaves out nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query

from hotline.db import pages
from hotline.db.pages import Turn, mark_of
from hotline.web.api.problems import ApiRefused
from hotline.web.api.shapes import Page

R = TypeVar("R")
T = TypeVar("T")

MOST = 200
USUAL = 50
_LONGEST = 400
_MOST_NUMBER = 2**53


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of a list is asked for."""

    limit: int
    cursor: str = ""

    @property
    def wanted(self) -> int:
        """Rows to ask for: one more than shown tells whether there is a next page."""
        return self.limit + 1

    def placed(self, *kinds: type) -> tuple[Any, ...] | None:
        """Return the place of the last line as values of these kinds (``str``, ``int``, ``datetime``).

        ``None``: the list from its beginning. Raises :class:`~hotline.web.api.problems.ApiRefused`
        (``cursor-invalid``) for one that another list named, or that somebody made up.
        """
        if not self.cursor:
            return None
        found = _read(self.cursor)
        if len(found) != len(kinds):
            raise _invalid()
        return tuple(_as(kind, value) for kind, value in zip(kinds, found, strict=True))

    def page(self, rows: Sequence[R], place: Callable[[R], Sequence[Any]], show: Callable[[R], T]) -> Page[T]:
        """Return the page of at most :attr:`wanted` rows; ``place`` tells where one stands in the list."""
        shown = rows[: self.limit]
        more = len(rows) > self.limit
        return Page(items=[show(row) for row in shown], next=_cursor(place(shown[-1])) if more else None)

    def slice(self, rows: Sequence[R], show: Callable[[R], T]) -> Page[T]:
        """Return the page of a whole list, short enough to be in memory."""
        placed = self.placed(int)
        begin = 0 if placed is None else placed[0]
        end = begin + self.limit
        return Page(
            items=[show(row) for row in rows[begin:end]], next=_cursor([end]) if end < len(rows) else None
        )

    def turn(self) -> Turn:
        """Return the page of a list in order of time (:mod:`hotline.db.pages`)."""
        mark = mark_of(self.cursor) if self.cursor else None
        if self.cursor and mark is None:
            raise _invalid()
        return Turn(mark)

    def of(self, page: pages.Page[R], show: Callable[[R], T]) -> Page[T]:
        """Return the answer of such a page."""
        return Page(
            items=[show(row) for row in page.rows], next=None if page.older is None else str(page.older)
        )


def _paging(
    limit: Annotated[int, Query(ge=1, le=MOST, description="Lines of one page.")] = USUAL,
    cursor: Annotated[
        str, Query(max_length=_LONGEST, description="`next` of the page before; left out: the first page.")
    ] = "",
) -> Paging:
    return Paging(limit, cursor)


Pages = Annotated[Paging, Depends(_paging)]


def _cursor(place: Sequence[Any]) -> str:
    values = [value.isoformat() if isinstance(value, datetime) else value for value in place]
    text = json.dumps(values, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[Any, ...]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found = json.loads(text)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _invalid() from error
    if not isinstance(found, list):
        raise _invalid()
    return tuple(found)


def _as(kind: type, value: Any) -> Any:
    if kind is datetime and isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
        except ValueError as error:
            raise _invalid() from error
        if at.tzinfo is not None:
            return at
    elif kind is int and isinstance(value, int) and not isinstance(value, bool):
        if 0 <= value < _MOST_NUMBER:
            return value
    elif kind is str and isinstance(value, str) and value.isprintable():
        return value
    raise _invalid()


def _invalid() -> ApiRefused:
    return ApiRefused("This cursor is none that this list named as `next`.", code="cursor-invalid")
