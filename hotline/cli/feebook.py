"""The bills of a data folder, for commands, and what people type about them."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from hotline import sheets
from hotline.app.bills import BilledRooms, open_fees
from hotline.call.errors import HotlineError
from hotline.call.ports import Place
from hotline.cli.options import plain_errors
from hotline.cli.placeoption import place_of
from hotline.cli.store import Store, opened
from hotline.fees import kinds
from hotline.fees.rooms import Rooms
from hotline.fees.service import FeesBook


class BadFigure(HotlineError):
    """A day, month or amount on the command line that cannot be understood."""

    code = "bad-figure"


@dataclass(frozen=True, slots=True)
class Desk:
    """An opened data folder with its bills."""

    store: Store
    book: FeesBook
    estate: str
    """The one asked for, else the first."""

    @property
    def who(self) -> str:
        """Who is at the machine, for histories."""
        return getpass.getuser()

    def room(self, text: str) -> Place:
        """Return a room as the directory writes it.

        Raises :class:`~hotline.call.errors.HotlineError` for one that is none or not in its list.
        """
        typed = place_of(text)
        found = Rooms(BilledRooms(self.store.db), self.estate).find(typed.building, typed.unit, typed.room)
        if isinstance(found, Place):
            return found
        raise BadFigure(f"{found[0].upper()}{found[1:]}.", code="bad-room")


@contextmanager
def opened_book(home: Path, estate: str | None, *, set_up: bool = False) -> Iterator[Desk]:
    """Open the data folder; errors become their sentence and an exit code."""
    with plain_errors(), opened(home, set_up=set_up) as store:
        wanted = store.estate(estate) or store.settings.estates[0].id
        yield Desk(store, open_fees(store.home, store.settings, store.db, store.db.clock), wanted)


def day_of(text: str) -> date:
    """Return a day somebody typed; raises :class:`BadFigure`."""
    found = sheets.day(text)
    if found is None:
        raise BadFigure(f'"{text}" is no day: write it like 2026-11-01.')
    return found


def month_of(text: str) -> str:
    """Return a month somebody typed; raises :class:`BadFigure`."""
    found = kinds.month(text)
    if found is None:
        raise BadFigure(f'"{text}" is no month: write it like 2026-10.')
    return found


def amount_of(text: str) -> Decimal:
    """Return an amount somebody typed; raises :class:`BadFigure`."""
    found = sheets.amount(text)
    if found is None:
        raise BadFigure(f'"{text}" is no amount: write it like 1234.50.')
    return found
