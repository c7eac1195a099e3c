"""Which stretch of a long list a page shows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

T = TypeVar("T")

PAGE = 50
"""Rows of a page: what a person looks through."""
LAST = 100_000
"""Highest page an address may name: offsets stay within what databases count."""


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """The rows of one page of a list."""

    rows: Sequence[T]
    page: int
    """From 1."""
    more: bool
    """Whether there are rows after these."""

    @property
    def first(self) -> int:
        """Number of the first row in the whole list, from 1."""
        return offset(self.page) + 1


def page_of(number: int) -> int:
    """Return the page an address means: one outside what there can be is the nearest."""
    return min(max(number, 1), LAST)


def offset(page: int, size: int = PAGE) -> int:
    """Return how many rows come before a page."""
    return (page_of(page) - 1) * size


def part(found: Sequence[T], page: int, size: int = PAGE) -> Part[T]:
    """Return a page from ``size + 1`` rows that were read from its offset on: the last tells of more."""
    return Part(found[:size], page_of(page), len(found) > size)


def part_of_all(everything: Sequence[T], page: int, size: int = PAGE) -> Part[T]:
    """Return a page of a list that is there as a whole; a page behind its end is its last one."""
    last = max(1, -(-len(everything) // size))
    page = min(page_of(page), last)
    start = offset(page, size)
    return Part(everything[start : start + size], page, len(everything) > start + size)


def address(path: str, given: Mapping[str, object]) -> str:
    """Return ``path?name=value``; what is empty, false or the first page is left out."""
    kept = {
        name: ("1" if value is True else str(value))
        for name, value in given.items()
        if value not in ("", None, False) and (name, value) != ("page", 1)
    }
    return f"{path}?{urlencode(kept)}" if kept else path
