"""A ticket that says what another says already: its words go there, and it is cancelled as a duplicate."""

from __future__ import annotations

from sqlalchemy.orm import Session

from hotline.call.errors import TicketRefused
from hotline.call.ports import Deed, NewTicket, Place, TicketAction
from hotline.tickets import repository
from hotline.tickets.deeds import TicketDeeds
from hotline.tickets.models import TicketRow


def merge(session: Session, tickets: TicketDeeds, number: str, into: str, *, who: str) -> None:
    """Add what a ticket brought to another one of the estate and cancel it, in one transaction.

    Raises :class:`~hotline.call.errors.TicketRefused` (``merged-with-itself``, ``ticket-ended`` …) and
    :class:`~hotline.tickets.repository.UnknownTicket`.
    """
    if number == into:
        raise TicketRefused(
            "A ticket cannot be added to itself: give the other's number.", code="merged-with-itself"
        )
    row, target = repository.must_find(session, number), repository.must_find(session, into)
    if row.estate != target.estate:
        raise repository.UnknownTicket(f"There is no ticket {into} in this estate.")
    tickets.add_to_in(session, into, _brought(row), who=who)
    why = f"duplicate of {into}"
    tickets.do_in(session, number, Deed(action=TicketAction.CANCEL, who=who, why=why))


def _brought(row: TicketRow) -> NewTicket:
    return NewTicket(
        estate=row.estate, kind=row.kind, topic=row.topic, urgency=row.urgency,
        place=Place(row.building, row.unit, row.room, row.place_note), caller_number=row.caller_number_raw,
        callback_number=row.callback_number_raw, caller_name=row.caller_name, description=row.description,
        words=repository.words_of(row), call=row.call, language=row.language, note=f"from {row.number}",
    )  # fmt: skip
