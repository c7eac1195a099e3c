"""What calls leave for people to do: tickets in the names of those who were called, one a person."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from hotline.call.ports import Deed, NewTicket, Place, Span, TicketAction, TicketKind, TicketSummary
from hotline.campaigns.models import CampaignRow, PersonRow

HOTLINE = "hotline"


class Tickets(Protocol):
    """What is asked of the tickets' slice; every method works in somebody's transaction."""

    def file(
        self, session: Session, new: NewTicket, *, who: str = HOTLINE, fault: str = "", department: str = ""
    ) -> TicketSummary:
        """File a ticket."""
        ...

    def add_to_in(
        self, session: Session, number: str, new: NewTicket, *, who: str = HOTLINE
    ) -> TicketSummary:
        """Add what a call brought to an open one."""
        ...

    def act_in(self, session: Session, number: str, deed: Deed) -> TicketSummary:
        """Work on one."""
        ...

    def note_in(
        self, session: Session, number: str, event: str, *, detail: str = "", who: str = HOTLINE
    ) -> None:
        """Add a line to its history."""
        ...


class Assigned(Protocol):
    """Whose task it is."""

    def __call__(self, estate: str, at: datetime) -> tuple[str, str]:
        """Return department and person; empty when nobody is named."""
        ...


class Tasks:
    """Files tickets about people on a list."""

    def __init__(self, tickets: Tickets, assigned: Assigned, topic: str) -> None:
        """``topic``: what the tickets are about: ``fees``, ``notice``."""
        self._tickets = tickets
        self._assigned = assigned
        self._topic = topic

    def file(
        self, session: Session, campaign: CampaignRow, person: PersonRow, note: str, *, now: datetime,
        kind: TicketKind = TicketKind.REQUEST, leg: str = "", words: Span | None = None,
    ) -> None:  # fmt: skip
        """File a ticket; one the person has already gets the note, or the words that were said since."""
        if person.ticket and words is None:
            self._tickets.note_in(session, person.ticket, "remark", detail=note)
            return
        new = NewTicket(
            estate=campaign.estate, kind=kind, topic=self._topic,
            place=Place(person.building, person.unit, person.room), callback_number=person.raw,
            caller_name=person.name, words=words, call=leg, language=person.language,
            note="" if person.ticket else f"{note} ({campaign.name})",
        )  # fmt: skip
        if person.ticket:
            self._tickets.add_to_in(session, person.ticket, new)
            return
        department, assignee = self._assigned(campaign.estate, now)
        person.ticket = self._tickets.file(session, new, department=department).number
        if assignee:
            deed = Deed(action=TicketAction.ASSIGN, who=HOTLINE, assignee=assignee, department=department)
            self._tickets.act_in(session, person.ticket, deed)
