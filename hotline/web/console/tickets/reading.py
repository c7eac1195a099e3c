"""Everything a ticket's page shows, read in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.ports import Place, TicketAction
from hotline.callrecords.models import RecordingRow, TranscriptRow
from hotline.fees import repository as bills
from hotline.tickets import listing, meanwhile, parts, repository, sla
from hotline.tickets.life import ENDED
from hotline.tickets.listing import Sight
from hotline.tickets.models import TicketHistoryRow, TicketPartRow, TicketRow
from hotline.web import ticketsight
from hotline.web.console.shell import View

MOST_RELATED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFound:
    """A ticket with everything around it."""

    row: TicketRow
    seen: int
    """The last line of its history: what the person saw."""
    sight: Sight
    allowed: tuple[TicketAction, ...]
    history: Sequence[TicketHistoryRow]
    parts: Sequence[TicketPartRow]
    limits: tuple[sla.Limit, ...]
    words: tuple[RecordingRow, TranscriptRow | None] | None
    """Recording with the caller's own words, where it can still be heard."""
    unpaid: tuple[str, ...] | None
    """Months the room has not paid; ``None``: it has no bills."""
    related: Sequence[TicketRow]
    """Open tickets of the same room."""
    people: tuple[str, ...]
    departments: Sequence[str]


def read(view: View, number: str, session: Session) -> TicketFound:
    """Read a ticket; raises :class:`~hotline.tickets.repository.UnknownTicket`."""
    estate, tickets = view.estate.id, view.parts.tickets
    sight = ticketsight.sight_of(session, view.holder, estate, view.signed.name)
    row = ticketsight.find(session, number, estate, sight)
    return TicketFound(
        row=row,
        seen=meanwhile.seen(session, number),
        sight=sight,
        allowed=ticketsight.allowed(view.holder, row, sight),
        history=repository.history(session, number),
        parts=parts.of(session, number),
        limits=tickets.limits_in(session, row),
        words=_words(session, row),
        unpaid=_unpaid(session, row) if sight.everything else None,
        related=_related(session, row) if sight.everything else (),
        people=tuple(sorted(tickets.people_in(session, estate))),
        departments=listing.departments(session, estate),
    )


def _words(session: Session, row: TicketRow) -> tuple[RecordingRow, TranscriptRow | None] | None:
    leg = row.words_recording or row.call
    recording = session.get(RecordingRow, leg) if leg else None
    if recording is None or recording.purged_at is not None or recording.seconds is None:
        return None
    return recording, session.get(TranscriptRow, leg)


def _unpaid(session: Session, row: TicketRow) -> tuple[str, ...] | None:
    """Months only: amounts are for people who may see bills."""
    if not row.room:
        return None
    place = Place(row.building, row.unit, row.room)
    months = tuple(bill.month for bill in bills.unpaid_rows(session, row.estate, place))
    return months if months or bills.has_bills(session, row.estate, place) else None


def _related(session: Session, row: TicketRow) -> Sequence[TicketRow]:
    if not row.room:
        return ()
    other = TicketRow
    asked = select(other).where(
        other.estate == row.estate, other.building == row.building, other.unit == row.unit,
        other.room == row.room, other.number != row.number, other.state.not_in(ENDED),
    )  # fmt: skip
    return session.scalars(asked.order_by(other.opened_at.desc()).limit(MOST_RELATED)).all()
