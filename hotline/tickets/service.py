"""Filing and finding tickets: :class:`Tickets` is the ``TicketDesk`` port."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import HotlineError
from hotline.call.ports import NewTicket, Span, TicketSummary
from hotline.db import outbox
from hotline.db.engine import Database
from hotline.tickets import repository
from hotline.tickets.first_response import respond_by
from hotline.tickets.models import TicketRow, TicketState

Normalise = Callable[[str], str]
"""Turns a raw number into the form that is compared and stored; leaves what is no number."""

HOTLINE = "hotline"
"""The machine itself in a ticket's history."""


class UnknownTicket(HotlineError, LookupError):
    """There is no ticket of that number."""

    code = "unknown-ticket"


class Tickets:
    """Tickets of all estates. See :class:`~hotline.call.ports.TicketDesk`.

    Every method may raise :class:`~hotline.call.errors.EnvironmentFault`; nothing is stored then.
    """

    def __init__(
        self, db: Database, *, clock: Clock, zones: Mapping[str, ZoneInfo], normalise: Normalise
    ) -> None:
        """``zones`` has each estate's time zone: a ticket's number carries the estate's own day.

        An estate that is not in ``zones`` (removed from the settings since) counts days in UTC.
        """
        self._db = db
        self._clock = clock
        self._zones = dict(zones)
        self._normalise = normalise

    async def open_ticket(self, new: NewTicket) -> TicketSummary:
        """Commit the ticket and return it with its number."""
        return await self._db.write(lambda session: self.file(session, new))

    async def open_incomplete(self, new: NewTicket, *, since: datetime) -> TicketSummary:
        """File the ticket of an intake that was cut off, exactly once.

        A ticket filed in the same call since the intake began (``since``) is this intake's ticket:
        it is returned and nothing is filed. So a crash between filing and forgetting the draft, or
        two processes repairing at once, never make two tickets of one intake.
        """

        def write(session: Session) -> TicketSummary:
            repository.lock_counter(session, self._clock.now().astimezone(self._zone(new.estate)).date())
            existing = repository.of_call(session, new.call, since=since)
            return self.file(session, new) if existing is None else repository.summary(existing)

        return await self._db.write(write)

    async def find(self, estate: str, number: str) -> TicketSummary | None:
        """Find by number as keyed or said; up to four digits mean today's, or the latest ending so."""
        digits = "".join(character for character in number if character in "0123456789")
        if not digits:
            return None
        today = self._clock.now().astimezone(self._zone(estate)).date()

        def look(session: Session) -> TicketSummary | None:
            row = repository.find(session, estate, digits, today)
            return None if row is None else repository.summary(row)

        return await self._db.read(look)

    async def note(self, number: str, event: str, detail: str = "", *, who: str = HOTLINE) -> None:
        """Add a line to a ticket's history; raises :class:`UnknownTicket`."""

        def write(session: Session) -> None:
            row = session.get(TicketRow, number)
            if row is None:
                raise UnknownTicket(f"There is no ticket {number}.")
            self._record(session, row, event, who=who, detail=detail)

        await self._db.write(write)

    async def describe_from_transcript(self, leg: str, text_of: Callable[[Span], str]) -> list[str]:
        """Fill the descriptions that wait for the transcript of ``leg``; returns the tickets filled.

        ``text_of`` gives the caller's words in a stretch of that leg's recording. A description
        that is there already (typed by somebody) stays.
        """

        def write(session: Session) -> list[str]:
            waiting = select(TicketRow).where(TicketRow.words_recording == leg, TicketRow.description == "")
            filled = []
            for row in session.scalars(waiting).all():
                span = repository.words_of(row)
                words = text_of(span).strip() if span is not None else ""
                if words:
                    row.description = words
                    self._record(session, row, "described", detail="from the transcript")
                    filled.append(row.number)
            return filled

        return await self._db.write(write)

    def file(self, session: Session, new: NewTicket, *, who: str = HOTLINE) -> TicketSummary:
        """File a ticket in somebody's transaction."""
        now = self._clock.now()
        counter = repository.lock_counter(session, now.astimezone(self._zone(new.estate)).date())
        number, serial = repository.next_number(counter)
        row = TicketRow(
            **repository.columns_of(new),
            number=number,
            day=counter.day,
            serial=serial,
            state=TicketState.REGISTERED,
            caller_number=self._normalise(new.caller_number),
            callback_number=self._normalise(new.callback_number),
            opened_at=now,
            respond_by=respond_by(new.kind, new.urgency, now, new.due_at),
        )
        session.add(row)
        session.flush()
        self._record(session, row, "registered", who=who, detail=new.note)
        return repository.summary(row)

    def _record(
        self, session: Session, row: TicketRow, event: str, *, who: str = HOTLINE, detail: str = ""
    ) -> None:
        """Write a history line and tell others of it, without what was said."""
        now = self._clock.now()
        repository.add_history(session, row, event, at=now, who=who, detail=detail)
        kind = "ticket.opened" if event == "registered" else "ticket.changed"
        outbox.add(session, estate=row.estate, kind=kind, subject=row.number, at=now, detail={"event": event})

    def _zone(self, estate: str) -> ZoneInfo:
        return self._zones.get(estate) or ZoneInfo("UTC")
