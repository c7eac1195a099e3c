"""Filing and finding tickets, and working on them: :class:`Tickets` is the ``CaseDesk`` port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import HotlineError, TicketRefused
from hotline.call.ports import (
    Deed,
    NewTicket,
    Place,
    Span,
    TicketAction,
    TicketSummary,
    WorkingTime,
)
from hotline.db.engine import Database
from hotline.tickets import attachments, chronicle, parts, repository, rules
from hotline.tickets.casework import Casework, refuse_ended
from hotline.tickets.chronicle import HOTLINE as HOTLINE
from hotline.tickets.first_response import ShippedPolicy
from hotline.tickets.limitbook import NEW_ROUND, LimitBook
from hotline.tickets.lookup import Normalise, TicketLookup
from hotline.tickets.models import Nature, PartKind, TicketRow, TicketState
from hotline.tickets.policy_file import PolicySource
from hotline.tickets.repository import UnknownTicket as UnknownTicket

PaymentOf = Callable[[str, Place], str]
"""Payment status of an estate's room as shown while a matter is handled; empty when not known."""

FEEDBACK = "feedback"
TOLD = frozenset({"responded", FEEDBACK})
"""Remarks that say that the caller was told something."""
_Change = Callable[[Session, TicketRow, datetime], None]


class Tickets(TicketLookup):
    """Tickets of all estates. See :class:`~hotline.call.ports.CaseDesk`.

    Every method may raise :class:`~hotline.call.errors.EnvironmentFault`; nothing is stored then.
    Those that change a ticket raise :class:`UnknownTicket` and
    :class:`~hotline.call.errors.TicketRefused`; nothing is changed then.
    """

    def __init__(
        self,
        db: Database,
        *,
        clock: Clock,
        zones: Mapping[str, ZoneInfo],
        normalise: Normalise,
        policy: PolicySource | None = None,
        working_time: Mapping[str, WorkingTime] | None = None,
        payment_of: PaymentOf | None = None,
    ) -> None:
        """``zones`` has each estate's time zone: a ticket's number carries the estate's own day.

        An estate that is not in ``zones`` (removed from the settings since) counts days in UTC.
        Without ``policy`` (default: the shipped one) or ``working_time`` (by estate) the limits are
        provisional: the watch, which has both, works them out again at its next tick.
        """
        super().__init__(db, clock=clock, zones=zones, normalise=normalise)
        self._limits = LimitBook(policy or ShippedPolicy(), None if policy is None else working_time)
        self._casework = Casework(self._limits, self._zone)
        self._payment_of = payment_of

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

    def payment_status(self, estate: str, place: Place) -> str:
        """Return the payment status to show while a matter is handled; empty until fees exist."""
        return "" if self._payment_of is None else self._payment_of(estate, place)

    async def act(self, number: str, deed: Deed) -> TicketSummary:
        """Do it and commit it."""
        return await self._db.write(lambda session: self.act_in(session, number, deed))

    async def follow_up(self, number: str, deed: Deed, *, solved: bool = True) -> TicketSummary:
        """File the answers of a follow-up call; an unsatisfied caller's ticket is reopened with it.

        ``deed`` is a FOLLOW_UP. Not solved, or satisfaction up to 2 of 5, reopens in the same
        transaction (DOMAIN section 4).
        """

        def change(session: Session, row: TicketRow, now: datetime) -> None:
            self._casework.act(session, row, deed, now)
            if not solved or (deed.satisfaction or rules.BEST) <= rules.UNSATISFIED:
                why = "not satisfied" if solved else "not solved"
                again = Deed(action=TicketAction.REOPEN, who=deed.who, why=why)
                self._casework.act(session, row, again, now)

        return await self._change(number, change)

    async def promise(
        self, number: str, until: datetime, *, who: str, why: str = "", supervisor: bool = False
    ) -> TicketSummary:
        """The caller was told by when; a later time than one promised before is a postponement."""

        def change(session: Session, row: TicketRow, now: datetime) -> None:
            self._casework.promise(session, row, until, now, who=who, why=why, supervisor=supervisor)

        return await self._change(number, change)

    async def hand_over(
        self, number: str, owner: str, *, who: str, why: str = "", supervisor: bool = False
    ) -> TicketSummary:
        """Give the case another owner: supervisors only."""

        def change(session: Session, row: TicketRow, now: datetime) -> None:
            self._casework.hand_over(session, row, owner, now, who=who, why=why, supervisor=supervisor)

        return await self._change(number, change)

    async def classify(
        self,
        number: str,
        *,
        who: str,
        nature: Nature | None = None,
        fault: str | None = None,
        accused: str | None = None,
        why: str = "",
    ) -> TicketSummary:
        """Say what a matter is: nature of a complaint, class of fault, the person complained about."""

        def change(session: Session, row: TicketRow, now: datetime) -> None:
            self._casework.classify(
                session, row, now, who=who, nature=nature, fault=fault, accused=accused, why=why
            )

        return await self._change(number, change)

    async def add_to(self, number: str, new: NewTicket, *, who: str = HOTLINE) -> TicketSummary:
        """Add what a call brought to an open ticket; a more urgent call makes the ticket as urgent."""

        def change(session: Session, row: TicketRow, now: datetime) -> None:
            refuse_ended(row)
            parts.add_call(session, row, new, by=who, at=now)
            text = "\n".join(part for part in (new.description, new.note) if part)
            if text:
                parts.add(session, row, PartKind.NOTE, by=who, at=now, text=text)
            row.callback_number_raw = row.callback_number_raw or new.callback_number
            row.callback_number = row.callback_number or self._normalise(new.callback_number)
            self._casework.more_urgent(session, row, new.urgency, now)
            chronicle.record(session, row, "added", at=now, who=who, detail=text)
            self._limits.refresh(session, [row], now)

        return await self._change(number, change)

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
        """Fill the descriptions that wait for the transcript of ``leg``; returns the tickets filled.

        ``text_of`` gives the caller's words in a stretch of that leg's recording. A description
        that is there already (typed by somebody) stays.
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
            return filled

        return await self._db.write(write)

    # --- inside a transaction ------------------------------------------------------------------

    def file(
        self, session: Session, new: NewTicket, *, who: str = HOTLINE, fault: str = "", department: str = ""
    ) -> TicketSummary:
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
            owner="" if who == HOTLINE else who,
            department=department,
            fault=fault,
            accused="",
            round=0,
            limits_of="",
        )
        session.add(row)
        session.flush()
        parts.add_call(session, row, new, by=who, at=now)
        chronicle.record(session, row, "registered", at=now, who=who, detail=new.note)
        self._limits.begin(session, row, now)
        return repository.summary(row)

    def act_in(self, session: Session, number: str, deed: Deed) -> TicketSummary:
        """Do it in somebody's transaction."""
        return self._change_in(
            session, number, lambda session, row, now: self._casework.act(session, row, deed, now)
        )

    def note_in(
        self, session: Session, number: str, event: str, *, detail: str = "", who: str = HOTLINE
    ) -> None:
        """Add a line to a ticket's history in somebody's transaction; see :meth:`note`."""
        if event in NEW_ROUND:
            raise TicketRefused(f'A remark cannot say "{event}": do it.', code="reserved-event")

        def change(session: Session, row: TicketRow, now: datetime) -> None:
            person = who if who != HOTLINE else detail.strip()
            if event == "acknowledged" and person:
                self._casework.acknowledge(session, row, person, now)
            elif event in TOLD:
                self._casework.caller_told(session, row, now, who=who, feedback=event == FEEDBACK)
            chronicle.record(session, row, event, at=now, who=who, detail=detail)
            self._limits.refresh(session, [row], now)

        self._change_in(session, number, change)

    async def _change(self, number: str, change: _Change) -> TicketSummary:
        return await self._db.write(lambda session: self._change_in(session, number, change))

    def _change_in(self, session: Session, number: str, change: _Change) -> TicketSummary:
        row = repository.must_lock(session, number)
        change(session, row, self._clock.now())
        return repository.summary(row)
