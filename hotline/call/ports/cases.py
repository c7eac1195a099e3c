"""Working on tickets, and the people who do: what the menu, dispatch and console ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from hotline.call.ports.paper import NewTicket, Place, Span, TicketDesk, TicketKind, TicketSummary


class TicketAction(StrEnum):
    """What people do to a ticket; which of them its state allows is one table (DOMAIN section 4)."""

    ASSIGN = "assign"
    """派单"""
    ACCEPT = "accept"
    """签领"""
    PASS_ON = "pass_on"  # noqa: S105
    """Back to whoever assigns: the person cannot take it."""
    ARRIVE = "arrive"
    """到场"""
    COMPLETE = "complete"
    FOLLOW_UP = "follow_up"
    """回访"""
    CLOSE = "close"
    POSTPONE = "postpone"
    RESUME = "resume"
    CANCEL = "cancel"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One action on a ticket."""

    action: TicketAction
    who: str
    """Name of the person, ``hotline`` for the machine."""
    why: str = ""
    words: Span | None = None
    """Said with it: an instruction, what was found."""
    assignee: str = ""
    """ASSIGN: who is to do it."""
    department: str = ""
    """ASSIGN: whose matter it is."""
    until: datetime | None = None
    """POSTPONE: the new promise."""
    caller_told: bool = False
    """POSTPONE: the caller knows; refused otherwise."""
    supervisor: bool = False
    """The person may go beyond the ordinary limits (7 days)."""
    satisfaction: int | None = None
    """FOLLOW_UP: what the caller said, 1 (not at all) to 5; ``None`` when they did not say."""


class CaseDesk(TicketDesk, Protocol):
    """A ticket desk that also works on tickets."""

    async def act(self, number: str, deed: Deed) -> TicketSummary:
        """Do it and commit it; raises :class:`~hotline.call.errors.TicketRefused` naming the rule."""
        ...

    async def duplicate(self, estate: str, place: Place, kind: TicketKind) -> TicketSummary | None:
        """Return the open ticket of the same room and kind from the last 24 hours, newest first."""
        ...

    async def add_to(self, number: str, new: NewTicket) -> TicketSummary:
        """Add what a call brought (words, remark) to a ticket that is there already."""
        ...

    async def cases(
        self, estate: str, *, topic: str = "", assignee: str = "", open_only: bool = True, limit: int = 20
    ) -> Sequence[TicketSummary]:
        """Return cases, newest first; ``topic`` ``general_manager`` for the managers' own."""
        ...

    async def of_caller(self, estate: str, number: str) -> Sequence[TicketSummary]:
        """Return the open tickets registered from (or to be called back at) a raw number, newest first."""
        ...

    async def belongs_to(self, ticket: str, last_digits: str) -> bool:
        """True when a telephone registered on the ticket ends so (four digits)."""
        ...


class StaffRole(StrEnum):
    """What somebody may do by telephone."""

    TECHNICIAN = "technician"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    FLOOR = "floor"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """Somebody who works here."""

    number: str
    """Staff number 工号, digits."""
    name: str
    telephone: str
    roles: frozenset[StaffRole]


class StaffDesk(Protocol):
    """Who reports by telephone."""

    async def enter(self, estate: str, number: str, pin: str) -> StaffMember:
        """Let a member of staff in; raises :class:`~hotline.call.errors.StaffRefused` (wrong, or locked)."""
        ...

    async def named(self, estate: str, name: str) -> StaffMember | None:
        """Return who a ticket names, to say their number to a caller; ``None`` unless it is one person."""
        ...

    async def numbered(self, estate: str, number: str) -> StaffMember | None:
        """Return who has a staff number, to give a ticket to them."""
        ...


class WorkingTime(Protocol):
    """Time that counts only while a window is open (holidays and adjusted workdays respected)."""

    def open_time_after(self, window: str, start: datetime, span: timedelta) -> datetime:
        """Return the instant (UTC) at which ``span`` of open time has passed since ``start``.

        Raises :class:`KeyError` for a window that is not configured.
        """
        ...

    def open_time_between(self, window: str, start: datetime, end: datetime) -> timedelta:
        """Return how much open time lies between two instants; zero when ``end`` is not later."""
        ...
