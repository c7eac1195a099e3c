"""What the list of calls asks the database, in one reading transaction a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.callrecords import listing
from hotline.callrecords.listing import CallSearch
from hotline.callrecords.models import CallRow
from hotline.db.pages import Page, Turn
from hotline.residents.models import ResidentNumberRow, ResidentRow, RoomRow
from hotline.tickets.models import TicketRow
from hotline.web.console.calls.shaping import Around

ROWS = 50


@dataclass(frozen=True, slots=True)
class Found:
    """A page of calls with what stands around it."""

    page: Page[CallRow]
    around: Around
    count: int
    most: int
    """Up to where it was counted."""
    steps: Sequence[str]


def look(session: Session, wanted: CallSearch, turn: Turn) -> Found:
    """Read a page of the list."""
    page = listing.calls(session, wanted, size=ROWS, turn=turn)
    around = around_of(session, wanted.estate, page.rows)
    whole = turn.mark is None and page.older is None
    count = len(page.rows) if whole else listing.count(session, wanted)
    return Found(page, around, count, listing.most_counted(wanted), listing.steps(session, wanted.estate))


def around_of(session: Session, estate: str, rows: Sequence[CallRow], *, legs: bool = False) -> Around:
    """Read what other tables know of calls."""
    ids = [row.uniqueid for row in rows]
    return Around(
        recorded=listing.recorded(session, ids),
        tickets=tickets_of(session, ids),
        rooms={} if legs else _rooms(session, estate, {row.src or row.dst for row in rows}),
        legs=listing.first_legs(session, rows) if legs else {},
    )


def tickets_of(session: Session, legs: Iterable[str]) -> dict[str, list[str]]:
    """Return the numbers of the tickets filed in each of the legs."""
    found: dict[str, list[str]] = {}
    asked = select(TicketRow.call, TicketRow.number).where(TicketRow.call.in_(list(legs)))
    for call, number in session.execute(asked.order_by(TicketRow.number)):
        found.setdefault(call, []).append(number)
    return found


def _rooms(session: Session, estate: str, numbers: Iterable[str]) -> dict[str, str]:
    """Return the room of each number that belongs to people of one room only."""
    known = [number for number in numbers if number]
    asked = (
        select(ResidentNumberRow.number, RoomRow)
        .join(ResidentRow, ResidentRow.id == ResidentNumberRow.resident_id)
        .join(RoomRow, RoomRow.id == ResidentRow.room_id)
        .where(ResidentNumberRow.estate == estate, ResidentNumberRow.number.in_(known))
    )
    found: dict[str, set[str]] = {}
    for number, room in session.execute(asked):
        found.setdefault(number, set()).add(str(room.place))
    return {number: next(iter(rooms)) for number, rooms in found.items() if len(rooms) == 1}
