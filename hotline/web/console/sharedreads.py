"""What open pages show alike – a day of the register, a page of questions – is read once for all of them.

The hub asks while somebody looks (:meth:`LiveHub.keep`); pages are called only when what they show has
changed. Fifty open pages cost what one costs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Generic, TypeVar

from nicegui import Client
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from hotline.call.errors import HotlineError
from hotline.db.base import Base
from hotline.db.engine import Database
from hotline.web.console.livehub import LiveHub

T = TypeVar("T")

Read = Callable[[Session, str], T]
"""Reads what belongs to a key; a :class:`HotlineError` is an answer as well."""
Face = Callable[[T], object]
"""Returns what tells one state from another: values that compare."""


class SharedReads(Generic[T]):
    """The last answers by key, each kept while a page shows it."""

    def __init__(self, db: Database, area: str, read: Read[T], face: Face[T]) -> None:
        """``area`` names the topics: ``area:key``. Nothing is read before somebody looks."""
        self._db, self._area = db, area
        self._read, self._face = read, face
        self._found: dict[str, tuple[T | HotlineError, object]] = {}

    def begin(self, hub: LiveHub, every: float) -> None:
        """Have the hub ask every so many seconds; before it runs."""
        hub.keep(self._area, every, self.ask)

    async def ask(self, keys: frozenset[str]) -> Collection[str]:
        """Read again; returns the keys of which something changed, or which are new."""
        found = await self._db.read(lambda session: {key: self._one(session, key) for key in keys})
        before, self._found = self._found, found
        return [key for key, (_, face) in found.items() if key not in before or before[key][1] != face]

    def _one(self, session: Session, key: str) -> tuple[T | HotlineError, object]:
        try:
            found = self._read(session, key)
        except HotlineError as refused:
            return refused, str(refused)
        return found, self._face(found)

    def value(self, key: str) -> T | HotlineError | None:
        """Return the last answer; ``None`` before the first."""
        known = self._found.get(key)
        return None if known is None else known[0]

    def watch(self, client: Client, hub: LiveHub, key: str, show: Callable[[T | HotlineError], None]) -> None:
        """Have ``show`` called with what is new as long as a page is connected."""
        ends: list[Callable[[], None]] = []

        def look() -> None:
            found = self.value(key)
            if found is not None:
                show(found)

        def end() -> None:
            while ends:
                ends.pop()()

        def begin() -> None:
            end()
            ends.append(hub.subscribe({f"{self._area}:{key}"}, look))
            look()

        client.on_connect(begin)
        client.on_disconnect(end)
        client.on_delete(end)


def columns_of(row: Base) -> tuple[object, ...]:
    """Return the values of a row: what its face is made of."""
    return tuple(getattr(row, one.key) for one in inspect(type(row)).column_attrs)
