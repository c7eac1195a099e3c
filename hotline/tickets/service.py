"""Filing and finding tickets, and working on them: :class:`Tickets` is the ``CaseDesk`` port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.errors import HotlineError
from hotline.call.ports import (
    Deed,
    NewTicket,
    Span,
    TicketSummary,
)
from hotline.tickets import attachments, chronicle, parts, repository
from hotline.tickets.chronicle import HOTLINE as HOTLINE
from hotline.tickets.deeds import TicketDeeds
from hotline.tickets.models import Nature, PartKind, TicketRow
from hotline.tickets.repository import UnknownTicket as UnknownTicket


class Tickets(TicketDeeds):
    """Tickets of all estates. See :class:`~hotline.call.ports.CaseDesk`.

    Every method may raise :class:`~hotline.call.errors.EnvironmentFault`; nothing is stored then.
    Those that change a ticket raise :class:`UnknownTicket` and
    :class:`~hotline.call.errors.TicketRefused`; nothing is changed then.
    """

    # --- filing --------------------------------------------------------------------------------

    async def open_ticket(
        self, new: NewTicket, *, who: str = HOTLINE, fault: str = "", department: str = ""
    ) -> TicketSummary:
        """Commit the ticket and return it with its number; a person who files it owns it."""

        def write(session: Session) -> TicketSummary:
            return self.file(session, new, who=who, fault=fault, department=department)

        return await self._db.write(write)

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

    # --- working on tickets --------------------------------------------------------------------

    async def act(self, number: str, deed: Deed) -> TicketSummary:
        """Do what somebody asks for, and commit it; see :meth:`do_in`."""
        return await self._db.write(lambda session: self.do_in(session, number, deed))

    async def follow_up(self, number: str, deed: Deed, *, solved: bool = True) -> TicketSummary:
        """File the answers of a follow-up call; see :meth:`follow_up_in`."""
        return await self._db.write(lambda session: self.follow_up_in(session, number, deed, solved=solved))

    async def promise(
        self, number: str, until: datetime, *, who: str, why: str = "", supervisor: bool = False
    ) -> TicketSummary:
        """The caller was told by when; a later time than one promised before is a postponement."""
        return await self._db.write(
            lambda session: self.promise_in(session, number, until, who=who, why=why, supervisor=supervisor)
        )

    async def hand_over(
        self, number: str, owner: str, *, who: str, why: str = "", supervisor: bool = False
    ) -> TicketSummary:
        """Give the case another owner: supervisors only."""
        return await self._db.write(
            lambda session: self.hand_over_in(session, number, owner, who=who, why=why, supervisor=supervisor)
        )

    async def classify(
        self, number: str, *, who: str, nature: Nature | None = None, fault: str | None = None,
        accused: str | None = None, why: str = "",
    ) -> TicketSummary:  # fmt: skip
        """Say what a matter is: nature of a complaint, class of fault, the person complained about."""
        return await self._db.write(
            lambda session: self.classify_in(
                session, number, who=who, nature=nature, fault=fault, accused=accused, why=why
            )
        )

    async def add_to(self, number: str, new: NewTicket, *, who: str = HOTLINE) -> TicketSummary:
        """Add what a call brought to an open ticket; a more urgent call makes the ticket as urgent."""
        return await self._db.write(lambda session: self.add_to_in(session, number, new, who=who))

    async def note(self, number: str, event: str, detail: str = "", *, who: str = HOTLINE) -> None:
        """Add a line to a ticket's history.

        ``acknowledged`` (by ``who``, or the name in ``detail`` when the machine writes it) gives the
        ticket its owner and puts an emergency into that person's hands; ``responded`` and
        ``feedback`` say that the caller was told.
        """
        await self._db.write(lambda session: self.note_in(session, number, event, detail=detail, who=who))

    async def attach(self, number: str, file: Path, *, home: Path, who: str, text: str = "") -> None:
        """Copy a photo or file into the data folder ``home`` and add it to a ticket.

        Raises :class:`~hotline.tickets.attachments.AttachmentRefused`.
        """
        now = self._clock.now()
        kept = await asyncio.to_thread(attachments.keep, home, file, at=now)

        def write(session: Session) -> None:
            attachments.attach(session, number, kept, who=who, at=now, text=text)

        try:
            await self._db.write(write)
        except HotlineError:
            await asyncio.to_thread((home / kept.path).unlink)
            raise

    async def describe_from_transcript(self, leg: str, text_of: Callable[[Span], str]) -> list[str]:
        """Fill what waits for the transcript of ``leg``: descriptions, and every part said in it.

        ``text_of`` gives the words of the far end in a stretch of that leg's recording: the caller's, or
        those of whoever was called. What is there already (typed by somebody) stays. Returns the tickets.
        """

        def write(session: Session) -> list[str]:
            now = self._clock.now()
            waiting = select(TicketRow).where(TicketRow.words_recording == leg, TicketRow.description == "")
            filled = []
            for row in session.scalars(waiting).all():
                span = repository.words_of(row)
                words = text_of(span).strip() if span is not None else ""
                if words:
                    row.description = words
                    parts.add(session, row, PartKind.TRANSCRIPT, by=HOTLINE, at=now, recording=leg)
                    chronicle.record(session, row, "described", at=now, detail="from the transcript")
                    filled.append(row.number)
            for number in parts.fill_words(session, leg, text_of):
                if number not in filled:
                    row = session.get_one(TicketRow, number)
                    chronicle.record(session, row, "described", at=now, detail="what was said, transcribed")
                    filled.append(number)
            return filled

        return await self._db.write(write)
