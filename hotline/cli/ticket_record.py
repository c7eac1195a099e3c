"""What the record of a ticket filed by hand has to hold (DOMAIN section 2), told in options."""

from __future__ import annotations

from collections.abc import Callable

from hotline.call.errors import TicketRefused
from hotline.call.ports import NewTicket
from hotline.tickets import record

_OPTIONS = {
    record.TELEPHONE: "a telephone (--caller)",
    record.PLACE: "the place (--building, --unit and --room, or --place)",
    record.MATTER: "what is wrong or wanted (--text)",
}


def check_record(new: NewTicket, normalise: Callable[[str], str], *, anyway: bool = False) -> None:
    """Refuse a record that lacks a telephone, a place or the matter; all that is missing is named.

    A ticket that is not ``complete`` is to be called back: it may lack anything. Numbers that cannot be
    called are refused in either, unless somebody knows better (``anyway``).

    Raises :class:`~hotline.call.errors.TicketRefused`.
    """
    check_numbers(new, normalise, anyway=anyway)
    missing = [_OPTIONS[what] for what in record.lacking(new)]
    if missing:
        raise TicketRefused(
            f"The record lacks {'; '.join(missing)}. Give it, or file the ticket --incomplete: the caller "
            "is then to be called back for the rest.",
            code="record-lacks",
        )


def check_numbers(new: NewTicket, normalise: Callable[[str], str], *, anyway: bool = False) -> None:
    """Refuse numbers nobody can call; raises :class:`~hotline.call.errors.TicketRefused`."""
    for raw in () if anyway else record.uncallable(new, normalise):
        raise TicketRefused(
            f"{raw} is no telephone number that can be called: is a digit missing? A mobile number has "
            "eleven, others their area code; an extension that looks odd is taken --anyway.",
            code="implausible-number",
        )


def in_directory(new: NewTicket, exists: bool | None, *, anyway: bool) -> NewTicket:
    """Return the ticket, noting a room the directory does not have.

    ``exists``: what the directory says; ``None``: it has no rooms. Without ``anyway`` such a room is
    refused (:class:`~hotline.call.errors.TicketRefused`).
    """
    if exists is not False:
        return new
    if not anyway:
        raise TicketRefused(
            f"The directory has no room {record.room_of(new)}: is it right? `hotline residents list` shows "
            "the rooms; --anyway files the ticket all the same.",
            code="unknown-room",
        )
    return record.with_unknown_room(new)
