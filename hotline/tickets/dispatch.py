"""Calls about tickets: what is rung, what a key means for the ticket. Kinds of the outbound dispatcher."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from hotline.call.ports import Deed, Place, Span, TicketAction, TicketSummary
from hotline.db import outbox
from hotline.outbound.kinds import Report, Verdict
from hotline.outbound.models import AttemptRow, OutboundCallRow
from hotline.tickets.models import TicketRow, TicketState
from hotline.tickets.repository import words_of

HOTLINE = "hotline"
UNTAKEN = frozenset({TicketState.REGISTERED, TicketState.ASSIGNED, TicketState.REOPENED})
"""States in which nobody has taken responsibility."""
DISSATISFIED = 2
"""A score up to this reopens the ticket (DOMAIN section 4)."""


class Casework(Protocol):
    """What these calls do to tickets, inside a transaction."""

    def act_in(self, session: Session, number: str, deed: Deed) -> TicketSummary:
        """Do it; raises :class:`~hotline.call.errors.TicketRefused`."""
        ...

    def note_in(
        self, session: Session, number: str, event: str, *, detail: str = "", who: str = HOTLINE
    ) -> None:
        """Add a line to the history."""
        ...


def given_of(row: TicketRow) -> dict[str, Any]:
    """Return a ticket as the slots a flow begins with; what is not known is left out."""
    slots: dict[str, Any] = {
        "ticket.number": row.number,
        "ticket.kind": row.kind.value,
        "ticket.state": row.state.value,
        "ticket.opened": row.opened_at,
        "ticket.due": row.due_at,
        "place": Place(row.building, row.unit, row.room, row.place_note) if _has_place(row) else None,
        "words": words_of(row),
        "topic": row.topic,
        "urgency": row.urgency.value,
    }
    return {name: value for name, value in slots.items() if value not in (None, "")}


def _has_place(row: TicketRow) -> bool:
    return bool(row.building or row.unit or row.room or row.place_note)


class _AboutTicket:
    """What the kinds share: the subject is a ticket's number."""

    def __init__(self, work: Casework) -> None:
        """Change tickets through ``work``."""
        self._work = work

    def given(self, session: Session, row: OutboundCallRow) -> dict[str, Any]:
        """Return the ticket's slots."""
        return given_of(session.get_one(TicketRow, row.subject)) | {"language": row.language}

    def round_over(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """Nothing to be told by default."""

    def _tell(self, session: Session, row: OutboundCallRow, kind: str, at: datetime, **detail: str) -> None:
        outbox.add(session, estate=row.estate, kind=kind, subject=row.subject, at=at, detail=detail)


class DispatchCalls(_AboutTicket):
    """派单: somebody has to take the ticket (DOMAIN section 3, emergency; section 4, at once)."""

    def wanted(self, session: Session, row: OutboundCallRow) -> bool:
        """Until somebody has accepted it."""
        ticket = session.get(TicketRow, row.subject)
        return ticket is not None and ticket.state in UNTAKEN

    def reported(
        self, session: Session, row: OutboundCallRow, attempt: AttemptRow, report: Report
    ) -> Verdict:
        """1: accepted; 2: the next person."""
        if report.outcome == "accepted":
            deed = Deed(action=TicketAction.ACCEPT, who=report.who, why="by telephone")
            self._work.act_in(session, row.subject, deed)
            return Verdict.DONE
        if report.outcome == "passed_on":
            self._work.note_in(session, row.subject, "passed_on", detail="by telephone", who=report.who)
            return Verdict.PASS_ON
        return Verdict.NOTED

    def round_over(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """The whole roster was tried: the ticket is red and people are told; ringing goes on."""
        self._work.note_in(session, row.subject, "unaccepted", detail="the whole roster was rung")
        self._tell(session, row, "ticket.unaccepted", at, roster=row.roster)

    def given_up(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """No more attempts are allowed."""
        self._work.note_in(session, row.subject, "unaccepted", detail=f"given up after {row.attempts} calls")
        self._tell(session, row, "ticket.unaccepted", at, roster=row.roster)


class MessageCalls(_AboutTicket):
    """A message read to whom it is for, until it is acknowledged (DOMAIN section 3, general manager)."""

    def wanted(self, session: Session, row: OutboundCallRow) -> bool:
        """Until somebody has acknowledged it, or dealt with it in another way."""
        ticket = session.get(TicketRow, row.subject)
        return ticket is not None and ticket.state in UNTAKEN - {TicketState.ASSIGNED}

    def reported(
        self, session: Session, row: OutboundCallRow, attempt: AttemptRow, report: Report
    ) -> Verdict:
        """Acknowledged by key, perhaps with an instruction in the manager's own words."""
        if report.outcome == "acknowledged":
            words = report.values.get("words")
            deed = Deed(
                action=TicketAction.ACCEPT,
                who=report.who,
                why="message delivered",
                words=words if isinstance(words, Span) else None,
            )
            self._work.act_in(session, row.subject, deed)
            return Verdict.DONE
        return Verdict.PASS_ON if report.outcome == "passed_on" else Verdict.NOTED

    def given_up(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """Somebody has to bring it another way."""
        self._work.note_in(session, row.subject, "undelivered", detail=f"given up after {row.attempts} calls")
        self._tell(session, row, "ticket.undelivered", at, roster=row.roster)


class FollowUpCalls(_AboutTicket):
    """回访 (DOMAIN section 4): solved? satisfied 1–5? remarks. Unsatisfied reopens the ticket."""

    def wanted(self, session: Session, row: OutboundCallRow) -> bool:
        """While the ticket waits for its follow-up."""
        ticket = session.get(TicketRow, row.subject)
        return ticket is not None and ticket.state is TicketState.DONE

    def reported(
        self, session: Session, row: OutboundCallRow, attempt: AttemptRow, report: Report
    ) -> Verdict:
        """Keep each answer as it comes; ``finished`` (or ``not_solved``) decides."""
        answers: dict[str, Any] = {**row.facts, **_plain(report.outcome, report.values)}
        row.facts = answers
        if report.outcome == "not_solved":
            answers["solved"] = "no"
            self._conclude(session, row, answers, report)
            return Verdict.DONE
        if report.outcome == "finished":
            self._conclude(session, row, answers, report)
            return Verdict.DONE
        return Verdict.NOTED

    def _conclude(
        self, session: Session, row: OutboundCallRow, answers: Mapping[str, Any], report: Report
    ) -> None:
        score = int(answers["score"]) if str(answers.get("score", "")).isdigit() else None
        words = report.values.get("words")
        said = Deed(
            action=TicketAction.FOLLOW_UP,
            who=HOTLINE,
            why="follow-up call",
            words=words if isinstance(words, Span) else None,
            satisfaction=score,
        )
        self._work.act_in(session, row.subject, said)
        if answers.get("solved") == "no" or (score is not None and score <= DISSATISFIED):
            why = "not solved" if answers.get("solved") == "no" else f"satisfaction {score}"
            self._work.act_in(
                session, row.subject, Deed(action=TicketAction.REOPEN, who=HOTLINE, why=f"follow-up: {why}")
            )
        else:
            closing = Deed(action=TicketAction.CLOSE, who=HOTLINE, why="followed up")
            self._work.act_in(session, row.subject, closing)

    def given_up(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """Two attempts: closed as not reached."""
        closing = Deed(action=TicketAction.CLOSE, who=HOTLINE, why="follow-up: not reached")
        self._work.act_in(session, row.subject, closing)


def _plain(outcome: str, values: Mapping[str, str | Span]) -> dict[str, str]:
    """Return an answer under its name: ``score`` with value 4 → ``{"score": "4"}``."""
    value = values.get("value")
    return {outcome: value} if isinstance(value, str) else {}
