"""What is done to tickets inside somebody's transaction, by the rules of the trade."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import TicketRefused
from hotline.call.ports import Deed, NewTicket, TicketAction, TicketSummary, WorkingTime
from hotline.db.engine import Database
from hotline.tickets import chronicle, parts, repository, rules, sla
from hotline.tickets.casework import Casework, refuse_ended
from hotline.tickets.chronicle import HOTLINE
from hotline.tickets.first_response import ShippedPolicy
from hotline.tickets.limitbook import NEW_ROUND, LimitBook
from hotline.tickets.lookup import Normalise, TicketLookup
from hotline.tickets.models import Nature, PartKind, TicketRow, TicketState
from hotline.tickets.policy_file import PolicySource

PeopleOf = Callable[[Session, str], Collection[str]]
"""Names of everybody who works for an estate; none: not known, then any name will do."""

FEEDBACK = "feedback"
TOLD = frozenset({"responded", FEEDBACK})
"""Remarks that say that the caller was told something."""
_Change = Callable[[Session, TicketRow, datetime], None]


class TicketDeeds(TicketLookup):
    """Tickets of all estates, filed and worked on in one transaction with what else is to be done.

    Methods that change a ticket raise :class:`~hotline.tickets.repository.UnknownTicket` and
    :class:`~hotline.call.errors.TicketRefused`; the transaction is then to be given up.
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
        people_of: PeopleOf | None = None,
    ) -> None:
        """``zones`` has each estate's time zone: a ticket's number carries the estate's own day.

        An estate that is not in ``zones`` (removed from the settings since) counts days in UTC.
        Without ``policy`` (default: the shipped one) or ``working_time`` (by estate) the limits are
        provisional: the watch, which has both, works them out again at its next tick.
        """
        super().__init__(db, clock=clock, zones=zones, normalise=normalise)
        self._limits = LimitBook(policy or ShippedPolicy(), None if policy is None else working_time)
        self._casework = Casework(self._limits, self._zone)
        self._people_of = people_of

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

    def do_in(self, session: Session, number: str, deed: Deed) -> TicketSummary:
        """Do what somebody asks for.

        People named have to work here, and nobody accepts what was given to another. Who is rung by the
        hotline and presses a key (:meth:`act_in`) is on its roster, and may.
        """

        def change(session: Session, row: TicketRow, now: datetime) -> None:
            self._refuse_strangers(session, row, deed)
            self._casework.act(session, row, deed, now)

        return self._change_in(session, number, change)

    def follow_up_in(
        self, session: Session, number: str, deed: Deed, *, solved: bool = True
    ) -> TicketSummary:
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

        return self._change_in(session, number, change)

    def promise_in(
        self, session: Session, number: str, until: datetime, *, who: str, why: str = "",
        supervisor: bool = False,
    ) -> TicketSummary:  # fmt: skip
        """The caller was told by when; a later time than one promised before is a postponement."""

        def change(session: Session, row: TicketRow, now: datetime) -> None:
            self._casework.promise(session, row, until, now, who=who, why=why, supervisor=supervisor)

        return self._change_in(session, number, change)

    def hand_over_in(
        self, session: Session, number: str, owner: str, *, who: str, why: str = "", supervisor: bool = False
    ) -> TicketSummary:
        """Give the case another owner: supervisors only."""

        def change(session: Session, row: TicketRow, now: datetime) -> None:
            rules.refuse_stranger(owner, self._known(session, row))
            self._casework.hand_over(session, row, owner, now, who=who, why=why, supervisor=supervisor)

        return self._change_in(session, number, change)

    def classify_in(
        self, session: Session, number: str, *, who: str, nature: Nature | None = None,
        fault: str | None = None, accused: str | None = None, why: str = "",
    ) -> TicketSummary:  # fmt: skip
        """Say what a matter is: nature of a complaint, class of fault, the person complained about."""

        def change(session: Session, row: TicketRow, now: datetime) -> None:
            self._casework.classify(
                session, row, now, who=who, nature=nature, fault=fault, accused=accused, why=why
            )

        return self._change_in(session, number, change)

    def add_to_in(
        self, session: Session, number: str, new: NewTicket, *, who: str = HOTLINE
    ) -> TicketSummary:
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

        return self._change_in(session, number, change)

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

    def limits_in(self, session: Session, row: TicketRow) -> tuple[sla.Limit, ...]:
        """Return a ticket's time limits of the present round, with their warnings, as the policy has them."""
        return self._limits.found(session, row)

    def people_in(self, session: Session, estate: str) -> Collection[str]:
        """Return the names of everybody a ticket may be given to; none: any name will do."""
        return () if self._people_of is None else self._people_of(session, estate)

    def _known(self, session: Session, row: TicketRow) -> Collection[str]:
        return () if self._people_of is None else self._people_of(session, row.estate)

    def _refuse_strangers(self, session: Session, row: TicketRow, deed: Deed) -> None:
        accepting = deed.action is TicketAction.ACCEPT
        person = deed.assignee or (deed.who if accepting else "")
        rules.refuse_stranger(person, self._known(session, row))
        if accepting and row.state in (TicketState.REGISTERED, TicketState.ASSIGNED):
            # one that was reopened is for whoever takes it: the assignee of before may be gone
            rules.refuse_over_head(row.number, row.assignee, person, supervisor=deed.supervisor)

    def _change_in(self, session: Session, number: str, change: _Change) -> TicketSummary:
        row = repository.must_lock(session, number)
        now = self._clock.now()
        change(session, row, now)
        return repository.summary(row, now)
