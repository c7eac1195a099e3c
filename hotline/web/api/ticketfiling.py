"""A ticket as a request gives it, checked as one filed by hand is (DOMAIN section 2)."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from hotline.call.errors import TicketRefused
from hotline.call.ports import NewTicket, Place
from hotline.residents import repository as directory
from hotline.tickets import record, repository
from hotline.tickets.lookup import DUPLICATE_WITHIN
from hotline.web.api.parts import ApiParts, EstateFacts, place_of
from hotline.web.api.ticketbodies import NewTicketBody

_FIELDS = {record.TELEPHONE: "caller", record.PLACE: "room or place", record.MATTER: "text"}


def plain(parts: ApiParts, estate: str, body: NewTicketBody) -> NewTicket:
    """Return what the request gives."""
    place = place_of(body.room) if body.room else Place()
    return NewTicket(
        estate=estate, kind=body.kind, urgency=body.urgency, topic=body.topic,
        place=replace(place, note=body.place), caller_number=body.caller,
        callback_number=body.callback or body.caller, caller_name=body.name, description=body.text,
        language=body.language, complete=body.complete, note=body.note,
    )  # fmt: skip


def checked(session: Session, parts: ApiParts, estate: EstateFacts, body: NewTicketBody) -> NewTicket:
    """Return the ticket as it may be filed.

    Raises :class:`~hotline.call.errors.TicketRefused`: ``record-lacks``, ``implausible-number``,
    ``unknown-room``, ``duplicate``.
    """
    new = plain(parts, estate.id, body)
    check_numbers(parts, new, anyway=body.anyway)
    missing = [_FIELDS[what] for what in record.lacking(new)]
    if missing:
        raise TicketRefused(
            f"The record lacks {', '.join(missing)}: give it, or say that it is not complete.",
            code="record-lacks",
        )
    new = _in_directory(session, new, anyway=body.anyway)
    since = parts.clock.now() - DUPLICATE_WITHIN
    twin = repository.duplicate(session, estate.id, new.place, new.kind, since=since)
    if twin is not None and not body.anyway:
        raise TicketRefused(
            f"Ticket {twin.number} of the same room and kind was filed within 24 hours "
            f"({twin.state.value}): add to it, or file this one anyway.",
            code="duplicate",
        )
    return new


def check_numbers(parts: ApiParts, new: NewTicket, *, anyway: bool) -> None:
    """Refuse numbers nobody can call; raises :class:`~hotline.call.errors.TicketRefused`."""
    for raw in () if anyway else record.uncallable(new, parts.normalise):
        raise TicketRefused(
            f"{raw} is no telephone number that can be called: is a digit missing?", code="implausible-number"
        )


def _in_directory(session: Session, new: NewTicket, *, anyway: bool) -> NewTicket:
    if not new.place.room or not directory.has_rooms(session, new.estate):
        return new
    if directory.room_exists(session, new.estate, new.place):
        return new
    if not anyway:
        raise TicketRefused(f"The directory has no room {record.room_of(new)}.", code="unknown-room")
    return record.with_unknown_room(new)
