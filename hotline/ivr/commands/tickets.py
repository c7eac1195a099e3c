"""Tickets, cases, opening hours and staff at the telephone."""

from __future__ import annotations

from dataclasses import dataclass, field

from hotline.call.ports import Deed, NewTicket, Place, TicketKind
from hotline.ivr.commands.base import Command, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class FindTicket(Request):
    """Look a ticket up by the number the caller gave; found value: ``TicketSummary``."""

    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRoom(Request):
    """Is there such a room? Found, nothing (no such room); failed or late count as unknown."""

    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHours(Request):
    """Is a window open now? Found value: :class:`~hotline.ivr.events.Hours`."""

    window: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicket(Request):
    """Commit a ticket; found value: ``TicketSummary``. ``due_window``: due when it next opens."""

    ticket: NewTicket
    due_window: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindDuplicate(Request):
    """Is there an open ticket of the same room and kind? Found value: ``TicketSummary``."""

    place: Place
    kind: TicketKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCases(Request):
    """List cases, newest first; found value: their numbers. ``caller``: those of a raw number."""

    caller: str = ""
    topic: str = ""
    assignee: str = ""
    open_only: bool = True
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOwner(Request):
    """Does a telephone registered on the ticket end so? Found, nothing (it does not)."""

    ticket: str
    last_digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterStaff(Request):
    """Let staff in; found value: ``StaffMember``; refused with the code of ``StaffRefused``."""

    number: str = field(repr=False)
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(Request):
    """Work on a ticket; found value: ``TicketSummary``; refused by the rules of tickets.

    ``assignee``: staff number of the person in ``deed``, nothing when nobody has it. ``days``: the
    new promise of a postponement, so many days from today at ``hour``.
    """

    number: str
    deed: Deed
    assignee: str = ""
    days: int = 0
    hour: int = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTo(Request):
    """Add what the call brought to a ticket that is there; found value: ``TicketSummary``."""

    number: str
    ticket: NewTicket


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTime(Request):
    """What time is it at the estate? Found value: :class:`~hotline.ivr.events.LocalTime`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveDraft(Command):
    """Keep what the intake has so far (``None``: nothing left to repair after a crash)."""

    ticket: NewTicket | None
    said_something: bool = False
