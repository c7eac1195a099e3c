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


def between(pause: str, groups: Sequence[Ids]) -> Ids:
    """Put ``pause`` between groups of ids."""
    joined: list[str] = []
    for group in groups:
        joined += [pause, *group] if joined else group
    return tuple(joined)


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

    def minutes(self, count: int) -> Ids:
        """Say a length in minutes."""
        ...

    def hours(self, count: int) -> Ids:
        """Say a length in hours."""
        ...
