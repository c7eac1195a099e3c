"""A ticket that was reopened is told to its owner by telephone, until acknowledged (DOMAIN section 4).

First-responder rule 首问责任制: the owner keeps the case until the caller is satisfied, so the owner has
to know that the caller is not. Without an owner, or a number of theirs, a supervisor is told instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.ports import Deed, DutyContact, TicketAction
from hotline.db.outbox import OutboxEvent
from hotline.outbound import repository as calls
from hotline.outbound.kinds import Report, Verdict
from hotline.outbound.models import AttemptRow, OutboundCallRow
from hotline.outbound.policies import OutboundFile, Reopened
from hotline.outbound.policy import Outcome, Policy
from hotline.outbound.repository import NewCall
from hotline.tickets.dispatch import UNTAKEN, AboutTicket, Casework
from hotline.tickets.life import UNFINISHED
from hotline.tickets.models import TicketHistoryRow, TicketRow
from hotline.tickets.rules import same_person

KIND = "notice"
POLICIES: Mapping[str, Policy] = MappingProxyType(
    {
        "notice": Policy(
            name="notice",
            pause=1800,
            spacing={Outcome.BUSY: 300, Outcome.PASSED_ON: 5, Outcome.NO_CHANNEL: 60},
            attempts=6,
            per_day=4,
            window="decent_hours",
            priority=45,
        )
    }
)
"""One of the same name in outbound.yaml wins; a file older than the policy does without it."""
PRIORITY = 45
AGAIN = timedelta(days=1)
"""After a whole policy of attempts in vain a roster is rung again the day after."""


class People(Protocol):
    """Where the people named on tickets are reached."""

    def telephone(self, session: Session, estate: str, name: str) -> str:
        """Return the number of somebody who works here; empty when nobody knows it."""
        ...

    def on_duty(self, estate: str, roster: str, at: datetime) -> Sequence[DutyContact]:
        """Return who is on a roster; nobody for one that is not there."""
        ...


class OwnerNotice:
    """Plans the call to the owner, in the transaction of whoever read the event."""

    def __init__(self, work: Casework, people: People) -> None:
        """File what is planned through ``work``; find numbers through ``people``."""
        self._work = work
        self._people = people

    def reopened(
        self, session: Session, ticket: TicketRow, event: OutboxEvent, rules: Reopened, *, rung: str
    ) -> None:
        """Plan it; ``rung``: the roster that is rung about the ticket anyway, empty when none is.

        Nobody is called twice about one matter: who stands on that roster is rung down it, and a ticket
        without an owner finds one there. Who reopened it themselves knows.
        """
        calls.cancel(session, kind=KIND, subject=ticket.number, now=event.at, why="planned anew")
        owner = ticket.owner or ticket.assignee
        if same_person(owner, _who_reopened(session, ticket.number)) or not _open_to(ticket, owner):
            return
        number = self._people.telephone(session, ticket.estate, owner) if owner else ""
        if rung and (not number or self._stands_on(ticket.estate, rung, event.at, owner, number)):
            self._note(session, ticket, f"roster {rung} is rung about it")
            return
        if not number and not (rules.roster or rules.supervisor):
            self._note(session, ticket, "nobody to tell: no number of the owner, no roster")
            return
        new = _call(ticket, rules, f"{event.detail.get('event', '')}-{event.id}", due_at=event.at)
        if number:
            new = _call(
                ticket, rules, new.occurrence, due_at=event.at, to=number, to_name=owner, facts={"rung": rung}
            )
        if calls.schedule(session, new, now=event.at):
            self._note(session, ticket, _whom(owner, number, rules))

    def changed_hands(
        self, session: Session, ticket: TicketRow, event: OutboxEvent, rules: Reopened, *, rung: str
    ) -> None:
        """The owner is another, or none: a notice still to be given goes to whom it concerns now."""
        if calls.has_open(session, KIND, ticket.number):
            self.reopened(session, ticket, event, rules, rung=rung)

    def _stands_on(self, estate: str, roster: str, at: datetime, owner: str, number: str) -> bool:
        people = self._people.on_duty(estate, roster, at)
        return any(same_person(person.name, owner) or person.number == number for person in people)

    def _note(self, session: Session, ticket: TicketRow, detail: str) -> None:
        self._work.note_in(session, ticket.number, "telling_owner", detail=detail)


class NoticeCalls(AboutTicket):
    """The kind of call. See :class:`~hotline.outbound.kinds.Kind`."""

    def __init__(self, work: Casework, rules: Callable[[], OutboundFile]) -> None:
        """``rules`` returns the file in service: who is told when the owner is not reached."""
        super().__init__(work)
        self._rules = rules

    def wanted(self, session: Session, row: OutboundCallRow) -> bool:
        """Until the matter is over, or in the hands of whoever was to be told."""
        ticket = session.get(TicketRow, row.subject)
        return ticket is not None and _open_to(ticket, row.to_name)

    def given(self, session: Session, row: OutboundCallRow) -> dict[str, Any]:
        """Return the ticket's slots, and what there is to say of it."""
        return super().given(session, row) | {"about": "reopened"}

    def reported(
        self, session: Session, row: OutboundCallRow, attempt: AttemptRow, report: Report
    ) -> Verdict:
        """1: heard. A flow of one's own may also have the ticket ``accepted``, or ``passed_on``."""
        if report.outcome == "acknowledged":
            # while a roster is rung, hearing of an emergency is not yet taking it out of their hands
            event = "owner_told" if row.facts.get("rung") else "acknowledged"
            self._work.note_in(session, row.subject, event, detail="reopened: by telephone", who=report.who)
            return Verdict.DONE
        if report.outcome == "accepted":
            deed = Deed(action=TicketAction.ACCEPT, who=report.who, why="by telephone")
            self._work.act_in(session, row.subject, deed)
            return Verdict.DONE
        return Verdict.PASS_ON if report.outcome == "passed_on" else Verdict.NOTED

    def given_up(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """The owner was not reached: a supervisor is told instead; those are rung until they know."""
        detail = f"not acknowledged in {row.attempts} calls"
        self._work.note_in(session, row.subject, "owner_not_told", detail=detail)
        self._tell(session, row, "ticket.owner_not_told", at)
        rules = self._rules().follow_up.reopened
        if not (rules.roster or rules.supervisor):
            return
        turn = int(row.facts.get("turn", 1)) + 1
        ticket = session.get_one(TicketRow, row.subject)
        new = _call(
            ticket, rules, f"{row.occurrence.partition('~')[0]}~{turn}",
            due_at=at if row.to else at + AGAIN, facts={"turn": turn},
        )  # fmt: skip
        calls.schedule(session, new, now=at)


def _call(
    ticket: TicketRow, rules: Reopened, occurrence: str, *, due_at: datetime, to: str = "", to_name: str = "",
    facts: dict[str, Any] | None = None,
) -> NewCall:  # fmt: skip
    return NewCall(
        estate=ticket.estate,
        kind=KIND,
        subject=ticket.number,
        occurrence=occurrence,
        policy=rules.policy,
        flow=rules.flow,
        to=to,
        to_name=to_name,
        roster="" if to else rules.roster or rules.supervisor,
        supervisor="" if to else rules.supervisor,
        facts=facts or {},
        priority=PRIORITY,
        due_at=due_at,
    )


def _open_to(ticket: TicketRow, person: str) -> bool:
    """True while ``person`` (empty: whoever supervises) has to hear of a reopened ticket."""
    if ticket.state not in UNFINISHED or same_person(person, ticket.accused):
        return False
    return ticket.state in UNTAKEN or bool(person and not same_person(person, ticket.assignee))


def _who_reopened(session: Session, number: str) -> str:
    line = TicketHistoryRow
    asked = select(line.who).where(line.number == number, line.event == "reopened")
    return session.scalars(asked.order_by(line.id.desc()).limit(1)).first() or ""


def _whom(owner: str, number: str, rules: Reopened) -> str:
    if number:
        return f"by telephone: {owner}"
    why = f"no number of {owner}" if owner else "no owner"
    return f"{why}: roster {rules.roster or rules.supervisor}"
