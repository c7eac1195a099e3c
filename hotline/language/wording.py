"""What every language must be able to say: the protocol of ``zh.py`` and ``en.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Protocol

Ids = tuple[str, ...]
"""Prompt ids in the order they are played."""

PAUSE, SHORT_PAUSE = "pause", "pause_short"
PAUSES: Mapping[str, float] = {PAUSE: 0.25, SHORT_PAUSE: 0.1}
"""Ids that are silence of so many seconds: no audio belongs to them."""

STATES = (
    *("registered", "assigned", "accepted", "on_site", "done", "followed_up", "closed"),
    *("postponed", "cancelled", "reopened"),
)
"""Ticket states of DOMAIN section 4."""
KINDS = ("repair", "complaint", "request", "enquiry", "suggestion", "message")
"""Ticket kinds: :class:`hotline.call.ports.TicketKind`."""

ITEMS = ("property", "water", "electricity", "gas", "heating", "parking", "waste", "other")
"""What a bill is made of: kinds of :class:`hotline.call.ports.fees.BillItem`."""


def between(pause: str, groups: Sequence[Ids]) -> Ids:
    """Put ``pause`` between groups of ids."""
    joined: list[str] = []
    for group in groups:
        joined += [pause, *group] if joined else group
    return tuple(joined)


def grouped(days: Sequence[int]) -> list[tuple[int, int]]:
    """Return first and last of each row of at least three days, of other days twice themselves."""
    rows: list[list[int]] = []
    for day in days:
        if rows and rows[-1][-1] == day - 1:
            rows[-1].append(day)
        else:
            rows.append([day])
    return [
        pair
        for row in rows
        for pair in ([(row[0], row[-1])] if len(row) > 2 else [(day, day) for day in row])
    ]


class Wording(Protocol):
    """One language. All methods are pure; the values were checked by ``readback``."""

    @property
    def texts(self) -> Mapping[str, str]:
        """Every id the language can use, with its words; pauses are not among them."""
        ...

    def join(self, parts: Sequence[str]) -> str:
        """Join words to a readable line; :data:`PAUSE` and :data:`SHORT_PAUSE` stand for themselves."""
        ...

    def place(self, building: str, unit: str, room: str) -> Ids:
        """Say a place; parts are letters and digits, empty when there is none."""
        ...

    def spell(self, symbols: str) -> Ids:
        """Say letters and digits one by one."""
        ...

    def number(self, value: int) -> Ids:
        """Say 0..99,999,999 as a number."""
        ...

    def money(self, yuan: int, fen: int) -> Ids:
        """Say an amount; ``fen`` is 0..99."""
        ...

    def time(self, at: time) -> Ids:
        """Say a time of day, to the minute."""
        ...

    def date(self, day: date, *, year: bool) -> Ids:
        """Say a date, with or without its year."""
        ...

    def day_name(self, offset: int) -> Ids:
        """Say “today” (0), “tomorrow” (1) …; empty when the language has no word for it."""
        ...

    def at(self, day: Ids, time: Ids) -> Ids:
        """Join a day and a time."""
        ...

    def month(self, month: int, *, year: int | None) -> Ids:
        """Say a month, with its year if one is given."""
        ...

    def once(self) -> Ids:
        """Say that it is one time only."""
        ...

    def repeated(self, often: str, days: Sequence[int], time: Ids) -> Ids:
        """Say what repeats: ``often`` is ``daily``, ``workdays``, or ``days`` (1 Monday to 7, in order)."""
        ...

    def starting(self, day: Ids) -> Ids:
        """Say the first day of something."""
        ...

    def ending(self, day: Ids) -> Ids:
        """Say the last day of something."""
        ...

    def minutes(self, count: int) -> Ids:
        """Say a length in minutes."""
        ...

    def hours(self, count: int) -> Ids:
        """Say a length in hours."""
        ...
