"""Telling a caller by telephone that it takes longer: it counts once they know (DOMAIN section 4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.call.errors import TicketRefused
from hotline.call.ports import Deed, TicketAction
from hotline.db import outbox
from hotline.outbound import repository as calls
from hotline.outbound.kinds import Report, Verdict
from hotline.outbound.models import AttemptRow, OutboundCallRow
from hotline.outbound.repository import NewCall
from hotline.tickets.dispatch import HOTLINE, Casework, given_of
from hotline.tickets.life import allowed
from hotline.tickets.models import TicketRow

KIND = "postponement"


def ask_by_call(session: Session, work: Casework, number: str, deed: Deed, *, now: datetime) -> None:
    """Plan the call that tells the caller; the ticket is postponed when they confirm by key.

    ``deed`` is the POSTPONE as it would be done; whether the rules allow it is tried here and now.
    Who was not reached, or did not agree, may be called again with another time: nothing was postponed.
    Raises :class:`~hotline.call.errors.TicketRefused` naming the rule.
    """
    trial = session.begin_nested()
    work.act_in(session, number, _told(deed))
    trial.rollback()
    session.expire_all()
    ticket = session.get_one(TicketRow, number)
    to = ticket.callback_number_raw or ticket.caller_number_raw
    if not (ticket.callback_number or ticket.caller_number) or deed.until is None:
        raise TicketRefused(
            f"Ticket {number} has no number to call: tell the caller by hand, then use --caller-told.",
            code="no-number",
        )
    facts = {"until": deed.until.isoformat(), "who": deed.who, "why": deed.why, "supervisor": deed.supervisor}
    new = NewCall(
        estate=ticket.estate, kind=KIND, subject=number, occurrence=_occurrence(session, number),
        policy="postponement", flow="postponement",
        language=ticket.language, to=to, facts=facts, priority=45, due_at=now,
        expires_at=ticket.promised_at or ticket.due_at, requested_by=deed.who,
    )  # fmt: skip
    if calls.has_open(session, KIND, number) or not calls.schedule(session, new, now=now):
        raise TicketRefused(
            f"The caller of ticket {number} is being called about a postponement already: wait for what they "
            f"say, or cancel the call (`hotline outbound cancel {number}`).",
            code="postponed-before",
        )
    work.note_in(session, number, "postponement_call", who=deed.who, detail=deed.why)


class PostponementCalls:
    """The kind of call. See :class:`~hotline.outbound.kinds.Kind`."""

    def __init__(self, work: Casework) -> None:
        """Change tickets through ``work``."""
        self._work = work

    def wanted(self, session: Session, row: OutboundCallRow) -> bool:
        """While it may still be postponed: not done, not ended, not postponed by hand meanwhile."""
        ticket = session.get(TicketRow, row.subject)
        return (
            ticket is not None
            and ticket.postponed_at is None
            and TicketAction.POSTPONE in allowed(ticket.state)
        )

    def given(self, session: Session, row: OutboundCallRow) -> dict[str, Any]:
        """Return the ticket's slots, with the new time as the one it is due."""
        slots = given_of(session.get_one(TicketRow, row.subject))
        until = datetime.fromisoformat(row.facts["until"])
        return slots | {"ticket.due": until, "language": row.language}

    def reported(
        self, session: Session, row: OutboundCallRow, attempt: AttemptRow, report: Report
    ) -> Verdict:
        """1: understood, it is postponed; 2: the caller objects, somebody has to talk to them."""
        if report.outcome == "told":
            deed = Deed(
                action=TicketAction.POSTPONE,
                who=row.facts["who"],
                why=row.facts["why"] or "caller told by telephone",
                until=datetime.fromisoformat(row.facts["until"]),
                caller_told=True,
                supervisor=bool(row.facts["supervisor"]),
            )
            self._work.act_in(session, row.subject, deed)
            return Verdict.DONE
        if report.outcome == "objected":
            self._work.note_in(session, row.subject, "objected", detail="the caller does not agree to wait")
            outbox.add(
                session, estate=row.estate, kind="ticket.objected", subject=row.subject,
                at=report.at or attempt.at,
            )  # fmt: skip
            return Verdict.DONE
        return Verdict.NOTED

    def round_over(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """One number has no rounds."""

    def given_up(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """The caller does not know, so nothing is postponed."""
        self._work.note_in(
            session, row.subject, "not_told", who=HOTLINE, detail=f"not reached in {row.attempts} calls"
        )
        outbox.add(session, estate=row.estate, kind="ticket.not_told", subject=row.subject, at=at)


def _occurrence(session: Session, number: str) -> str:
    before = select(func.count()).where(OutboundCallRow.kind == KIND, OutboundCallRow.subject == number)
    return str((session.scalar(before) or 0) + 1)


def _told(deed: Deed) -> Deed:
    return Deed(
        action=deed.action, who=deed.who, why=deed.why, until=deed.until, caller_told=True,
        supervisor=deed.supervisor,
    )  # fmt: skip
