"""Tickets looked for by people: a filter, page by page; the board; whose tickets somebody sees."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from hotline.call.ports import TicketKind, Urgency
from hotline.db import pages
from hotline.db.pages import Page, Turn
from hotline.language import masking
from hotline.tickets.life import ENDED, UNFINISHED, TicketState
from hotline.tickets.models import TicketLimitRow, TicketRow
from hotline.tickets.rules import same_person

MOST_COUNTED = 10_000
"""Tickets counted of a filter; more are “over 10,000”."""
CARDS = 20
"""Of one column of the board; the rest is counted and listed."""
MOST_SIFTED = 2000
"""Tickets, the newest, that are read to see whether their masked words have what is looked for."""
_OPEN = tuple(state for state in TicketState if state not in ENDED)


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose tickets somebody sees: all, or what is theirs to do.

    A technician sees the repairs given to them and those that nobody has yet – not complaints, which may be
    about a colleague, and not other people's cases.
    """

    everything: bool = True
    names: tuple[str, ...] = ()
    """What the person is called, where not everything is seen."""

    def sees(self, row: TicketRow) -> bool:
        """Whether a ticket is among them."""
        if self.everything or any(same_person(name, row.assignee) for name in self.names):
            return True
        return not row.assignee and row.kind is TicketKind.REPAIR and row.state in UNFINISHED

    def condition(self) -> ColumnElement[bool] | None:
        """Return the same as a condition; ``None``: all."""
        if self.everything:
            return None
        nobodys = and_(
            TicketRow.assignee == "", TicketRow.kind == TicketKind.REPAIR, TicketRow.state.in_(UNFINISHED)
        )
        return or_(TicketRow.assignee.in_(self.names), nobodys)


ALL = Sight()


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSearch:
    """Which tickets; what is empty does not narrow."""

    estate: str
    sight: Sight = ALL
    since: datetime | None = None
    until: datetime | None = None
    state: TicketState | None = None
    open_only: bool = False
    """Neither closed nor cancelled."""
    kind: TicketKind | None = None
    urgency: Urgency | None = None
    department: str = ""
    building: str = ""
    room: str = ""
    owner: str = ""
    assignee: str = ""
    late_at: datetime | None = None
    """Only those with a limit missed by then and still not met."""
    incomplete: bool = False
    text: str = ""
    """Stands in the description, the place, or is the end of the number."""
    among: Collection[str] | None = None
    """The only tickets in question, by number: :func:`sifted` finds them."""


def tickets(session: Session, wanted: TicketSearch, *, size: int, turn: Turn) -> Page[TicketRow]:
    """Return a page of tickets, newest first."""
    query = select(TicketRow).where(*_conditions(wanted))
    return pages.page(session, query, TicketRow.opened_at, TicketRow.number, size=size, turn=turn)


def sifted(session: Session, wanted: TicketSearch) -> TicketSearch:
    """Return the search for who sees telephone numbers masked: no text is found by what is hidden in it.

    Digits are looked for in the words as they are shown; else a number could be guessed one by one.
    """
    if not masking.has_digits(wanted.text):
        return wanted
    row, part = TicketRow, wanted.text.lower()
    asked = select(row.number, row.description, row.place_note).where(*_conditions(wanted))
    rows = session.execute(asked.order_by(row.opened_at.desc(), row.number.desc()).limit(MOST_SIFTED))
    found = (
        number
        for number, *words in rows
        if number.endswith(part) or any(part in masking.masked(one).lower() for one in words)
    )
    return replace(wanted, text="", among=frozenset(found))


def count(session: Session, wanted: TicketSearch, *, most: int = MOST_COUNTED) -> int:
    """Return how many tickets fit, at most ``most`` + 1."""
    conditions = _conditions(replace(wanted, open_only=False))
    if wanted.open_only:  # by name, they are counted in their index; a page goes by time instead
        conditions = chain(conditions, (TicketRow.state.in_(_OPEN),))
    return pages.bounded_count(session, select(TicketRow.number).where(*conditions), most=most)


def limits_of(session: Session, rows: Sequence[TicketRow]) -> dict[str, TicketLimitRow]:
    """Return of each ticket the limit of the present round that is due first and not met yet."""
    line = TicketLimitRow
    open_rows = {row.number: row.round for row in rows if row.state not in ENDED}
    asked = select(line).where(line.number.in_(open_rows), line.met_at.is_(None), line.due_at.is_not(None))
    found: dict[str, TicketLimitRow] = {}
    for limit in session.scalars(asked.order_by(line.due_at)):
        if limit.round == open_rows[limit.number]:
            found.setdefault(limit.number, limit)
    return found


def board(
    session: Session, wanted: TicketSearch, states: Sequence[TicketState]
) -> Mapping[TicketState, tuple[Sequence[TicketRow], int]]:
    """Return of each state its first tickets – the most pressing ones – and how many there are."""
    conditions = tuple(_conditions(wanted))
    counting = select(TicketRow.state, func.count()).where(*conditions, TicketRow.state.in_(states))
    counts = {state: number for state, number in session.execute(counting.group_by(TicketRow.state))}  # noqa: C416
    return {state: (_first(session, conditions, state), counts.get(state, 0)) for state in states}


def departments(session: Session, estate: str) -> Sequence[str]:
    """Return the departments that have tickets."""
    asked = select(TicketRow.department).where(TicketRow.estate == estate, TicketRow.department != "")
    return session.scalars(asked.distinct().order_by(TicketRow.department)).all()


def _first(
    session: Session, conditions: Collection[ColumnElement[bool]], state: TicketState
) -> Sequence[TicketRow]:
    query = select(TicketRow).where(*conditions, TicketRow.state == state)
    order = (TicketRow.next_due_at.is_(None), TicketRow.next_due_at, TicketRow.number)
    return session.scalars(query.order_by(*order).limit(CARDS)).all()


def _conditions(wanted: TicketSearch) -> Iterator[ColumnElement[bool]]:
    row = TicketRow
    yield row.estate == wanted.estate
    sight = wanted.sight.condition()
    if sight is not None:
        yield sight
    for column, value in (
        (row.state, wanted.state), (row.kind, wanted.kind), (row.urgency, wanted.urgency),
        (row.department, wanted.department), (row.building, wanted.building), (row.room, wanted.room),
        (row.owner, wanted.owner), (row.assignee, wanted.assignee),
    ):  # fmt: skip
        if value:
            yield column == value
    if wanted.since is not None:
        yield row.opened_at >= wanted.since
    if wanted.until is not None:
        yield row.opened_at < wanted.until
    if wanted.open_only:
        yield row.state.not_in(ENDED)
    if wanted.late_at is not None:
        yield row.next_due_at < wanted.late_at
    if wanted.incomplete:
        yield row.complete.is_(False)
    yield from _worded(wanted)


def _worded(wanted: TicketSearch) -> Iterator[ColumnElement[bool]]:
    if wanted.text:
        yield _says(wanted.text)
    if wanted.among is not None:
        yield TicketRow.number.in_(wanted.among)


def _says(text: str) -> ColumnElement[bool]:
    row = TicketRow
    places = [column.contains(text, autoescape=True) for column in (row.description, row.place_note)]
    return or_(*places, row.number.endswith(text, autoescape=True))
