"""Calls about tickets: what is rung, what a key means for the ticket. Kinds of the outbound dispatcher."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.orm import Session

from hotline.call.errors import TicketRefused
from hotline.call.ports import Deed, DutyContact, Place, Span, TicketAction, TicketSummary
from hotline.db import outbox
from hotline.outbound.kinds import Report, Verdict
from hotline.outbound.models import AttemptRow, OutboundCallRow
from hotline.tickets import parts
from hotline.tickets.models import TicketRow, TicketState
from hotline.tickets.repository import words_of
from hotline.tickets.rules import same_person

HOTLINE = "hotline"
UNTAKEN = frozenset({TicketState.REGISTERED, TicketState.ASSIGNED, TicketState.REOPENED})
"""States in which nobody has taken responsibility."""
UNDELIVERED = UNTAKEN - {TicketState.ASSIGNED}
"""States in which a message still waits for whom it is for."""
REMIND_EVERY = timedelta(minutes=15)
"""A ticket nobody takes is told of again this often; ringing goes on meanwhile."""
INSTRUCTION = "instruction"
CUSTOMER_SERVICE = "客服中心"
"""Whose matter an instruction is when the flow names no department."""
ROUNDS, TOLD = "rounds", "unaccepted_told"
"""Facts of a dispatch: rounds rung in vain, and when that was told last."""
DISSATISFIED = 2
"""A score up to this reopens the ticket (DOMAIN section 4)."""
NOT_SOLVED = "not_solved"
DECISIVE = frozenset({NOT_SOLVED, "score", "finished"})
"""Reports of a follow-up that decide what becomes of the ticket."""
FOLLOWED_UP = "follow-up call"


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


class AboutTicket:
    """What the kinds share: the subject is a ticket's number."""

    def __init__(self, work: Casework) -> None:
        """Change tickets through ``work``."""
        self._work = work

    def given(self, session: Session, row: OutboundCallRow) -> dict[str, Any]:
        """Return the ticket's slots."""
        return given_of(session.get_one(TicketRow, row.subject)) | {"language": row.language}

    def may_hear(self, session: Session, row: OutboundCallRow, contact: DutyContact) -> bool:
        """Whom a complaint is about is not rung with it, in the complainer's own words (DOMAIN section 4)."""
        ticket = session.get(TicketRow, row.subject)
        return ticket is None or not same_person(ticket.accused, contact.name)

    def round_over(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """Nothing to be told by default."""

    def _tell(self, session: Session, row: OutboundCallRow, kind: str, at: datetime, **detail: str) -> None:
        outbox.add(session, estate=row.estate, kind=kind, subject=row.subject, at=at, detail=detail)


class DispatchCalls(AboutTicket):
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
        """The whole roster was tried: the ticket is red and people are told; ringing goes on.

        A round may be over in seconds, all night long: it is told at the first one and then every
        :data:`REMIND_EVERY`. What was told is kept with the call, so a restart does not tell it anew.
        """
        rounds, told = int(row.facts.get(ROUNDS, 0)) + 1, row.facts.get(TOLD)
        # either side of it: a clock that was set back must not silence the reminders
        due = told is None or abs(at - datetime.fromisoformat(told)) >= REMIND_EVERY
        row.facts = {**row.facts, ROUNDS: rounds, TOLD: at.isoformat() if due else told}
        if not due:
            return
        ticket = session.get(TicketRow, row.subject)
        but = " but whom it is about" if ticket is not None and ticket.accused else ""
        detail = f"everybody on duty{but} was rung" if rounds == 1 else f"rung {rounds} rounds"
        self._work.note_in(session, row.subject, "unaccepted", detail=detail)
        self._tell(session, row, "ticket.unaccepted", at, roster=row.roster, rounds=str(rounds))

    def given_up(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """No more attempts are allowed."""
        self._work.note_in(session, row.subject, "unaccepted", detail=f"given up after {row.attempts} calls")
        self._tell(session, row, "ticket.unaccepted", at, roster=row.roster)


class MessageCalls(AboutTicket):
    """A message read to whom it is for, until it is acknowledged (DOMAIN section 3, general manager)."""

    def wanted(self, session: Session, row: OutboundCallRow) -> bool:
        """Until somebody has acknowledged it, or dealt with it in another way."""
        ticket = session.get(TicketRow, row.subject)
        return ticket is not None and ticket.state in UNDELIVERED

    def reported(
        self, session: Session, row: OutboundCallRow, attempt: AttemptRow, report: Report
    ) -> Verdict:
        """Acknowledged by key, perhaps with an instruction in the manager's own words.

        With one the matter goes on as after a conversation in hours: the manager has heard it, the
        department does it. ``value`` names the department.
        """
        if report.outcome != "acknowledged":
            return Verdict.PASS_ON if report.outcome == "passed_on" else Verdict.NOTED
        words, department = report.values.get("words"), report.values.get("value")
        heard = Deed(action=TicketAction.ACCEPT, who=report.who, why="message delivered")
        trial = session.begin_nested()
        try:
            self._work.act_in(session, row.subject, heard)
        except TicketRefused:  # somebody took it while the manager was listening
            trial.rollback()
            if not isinstance(words, Span):
                raise
            self._keep(session, row, words, report)
            return Verdict.DONE
        trial.commit()
        if isinstance(words, Span):
            to_do = Deed(
                action=TicketAction.ASSIGN, who=report.who, why=INSTRUCTION, words=words,
                department=department if isinstance(department, str) else CUSTOMER_SERVICE,
            )  # fmt: skip
            self._work.act_in(session, row.subject, to_do)
        return Verdict.DONE

    def _keep(self, session: Session, row: OutboundCallRow, words: Span, report: Report) -> None:
        """An instruction is never lost: whoever has the ticket finds it there."""
        ticket, at = session.get_one(TicketRow, row.subject), report.at or row.due_at
        parts.add_words(session, ticket, words, by=report.who, at=at, name=INSTRUCTION)
        self._work.note_in(session, row.subject, "added", detail=INSTRUCTION, who=report.who)

    def given_up(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """Somebody has to bring it another way."""
        self._work.note_in(session, row.subject, "undelivered", detail=f"given up after {row.attempts} calls")
        self._tell(session, row, "ticket.undelivered", at, roster=row.roster)


class FollowUpCalls(AboutTicket):
    """回访 (DOMAIN section 4): solved? satisfied 1–5? remarks. Unsatisfied reopens the ticket.

    “Not solved” and the score decide at once: who hangs up after them has answered. Words that come later
    are added.
    """

    def wanted(self, session: Session, row: OutboundCallRow) -> bool:
        """While the ticket waits for its follow-up."""
        ticket = session.get(TicketRow, row.subject)
        return ticket is not None and ticket.state is TicketState.DONE

    def reported(
        self, session: Session, row: OutboundCallRow, attempt: AttemptRow, report: Report
    ) -> Verdict:
        """Keep each answer as it comes; ``score``, ``not_solved`` or ``finished`` decides."""
        answers: dict[str, Any] = {**row.facts, **_plain(report.outcome, report.values)}
        if report.outcome == NOT_SOLVED:
            answers["solved"] = "no"
        row.facts = answers
        if report.outcome not in DECISIVE:
            return Verdict.NOTED
        ticket = session.get_one(TicketRow, row.subject)
        if ticket.state is TicketState.DONE:
            self._conclude(session, row, answers, report)
        else:
            self._add(session, ticket, answers, report)
        return Verdict.DONE

    def _conclude(
        self, session: Session, row: OutboundCallRow, answers: Mapping[str, Any], report: Report
    ) -> None:
        said = Deed(
            action=TicketAction.FOLLOW_UP, who=HOTLINE, why=FOLLOWED_UP, words=_words(report),
            satisfaction=_score(answers),
        )  # fmt: skip
        self._work.act_in(session, row.subject, said)
        why = _unsatisfied(answers)
        after = Deed(action=TicketAction.REOPEN, who=HOTLINE, why=f"follow-up: {why}")
        closing = Deed(action=TicketAction.CLOSE, who=HOTLINE, why="followed up")
        self._work.act_in(session, row.subject, after if why else closing)

    def _add(self, session: Session, ticket: TicketRow, answers: Mapping[str, Any], report: Report) -> None:
        """Said after the decision, or after somebody closed the ticket by hand: nothing of it is lost."""
        words, why = _words(report), _unsatisfied(answers)
        if words is not None:
            parts.add_words(
                session, ticket, words, by=HOTLINE, at=report.at or ticket.opened_at, name=FOLLOWED_UP
            )
            self._work.note_in(session, ticket.number, "added", detail=FOLLOWED_UP)
        if why and ticket.state is TicketState.CLOSED:
            again = Deed(action=TicketAction.REOPEN, who=HOTLINE, why=f"follow-up: {why}")
            self._work.act_in(session, ticket.number, again)

    def given_up(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """Two attempts: closed as not reached, unless somebody did something else with it meanwhile."""
        if self.wanted(session, row):
            closing = Deed(action=TicketAction.CLOSE, who=HOTLINE, why="follow-up: not reached")
            self._work.act_in(session, row.subject, closing)


def _score(answers: Mapping[str, Any]) -> int | None:
    return int(answers["score"]) if str(answers.get("score", "")).isdigit() else None


def _unsatisfied(answers: Mapping[str, Any]) -> str:
    """Return why the ticket is reopened; empty for a satisfied caller."""
    if answers.get("solved") == "no":
        return "not solved"
    score = _score(answers)
    return f"satisfaction {score}" if score is not None and score <= DISSATISFIED else ""


def _words(report: Report) -> Span | None:
    words = report.values.get("words")
    return words if isinstance(words, Span) else None


def _plain(outcome: str, values: Mapping[str, str | Span]) -> dict[str, str]:
    """Return an answer under its name: ``score`` with value 4 → ``{"score": "4"}``."""
    value = values.get("value")
    return {outcome: value} if isinstance(value, str) else {}
