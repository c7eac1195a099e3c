"""催费 (DOMAIN section 8): whom the reminder still rings, and what the answers mean.

The bills are the fees slice's matter: it is asked through :class:`Debts`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Protocol

from sqlalchemy.orm import Session

from hotline.call.ports import Place, Span, TicketKind
from hotline.campaigns import repository
from hotline.campaigns.calls import CampaignCalls, unreached
from hotline.campaigns.models import CampaignRow, PersonRow
from hotline.campaigns.states import CampaignKind, PersonState
from hotline.campaigns.tasks import Tasks
from hotline.outbound.kinds import Report, Verdict
from hotline.outbound.models import OutboundCallRow

IDENTIFIED = "identified"
"""The one who is called said that they are: from here on amounts may be said."""
PROMISED, SAYS_PAID, DISPUTE = "promised", "says_paid", "dispute"
HUMAN, CALL_BACK = "human_reached", "call_back"
WRONG_PERSON, SETTLED = "wrong_person", "settled"
"""Somebody else was on the line; the room owed nothing any more when it was called."""
REPORTS = frozenset({IDENTIFIED, PROMISED, SAYS_PAID, DISPUTE, HUMAN, CALL_BACK, WRONG_PERSON, SETTLED})
PAID = "paid"
VISIT = "personal visit"
"""How the tasks begin that send somebody to the door."""


class Debts(Protocol):
    """What reminders ask of the fees slice; every method works in somebody's transaction."""

    def settled_by(self, session: Session, estate: str, place: Place) -> str:
        """Return why a room is not to be reminded now: ``paid``, ``promised``; empty when it is."""
        ...

    def promise(
        self, session: Session, estate: str, place: Place, promised_on: date, *, leg: str, at: datetime
    ) -> None:
        """Keep a promise; raises :class:`~hotline.call.errors.FeeRefused` for a day that is not taken."""
        ...

    def note(self, session: Session, estate: str, place: Place, event: str, *, at: datetime) -> None:
        """Write in the history of what the room owes what came of a call."""
        ...


class ReminderCalls(CampaignCalls):
    """The kind of calls about unpaid bills."""

    kind: ClassVar[CampaignKind] = CampaignKind.REMINDER

    def __init__(self, debts: Debts, tasks: Tasks) -> None:
        """``tasks``: whoever collects gets what cannot be settled by telephone."""
        self._debts = debts
        self._tasks = tasks

    def still(
        self, session: Session, row: OutboundCallRow, campaign: CampaignRow, person: PersonRow, now: datetime
    ) -> bool:
        """Nobody is reminded who has paid, or promised meanwhile (in the menu, or to a colleague)."""
        why = self._debts.settled_by(session, campaign.estate, _place(person))
        if why:
            state = unreached(person.state, row.attempts)
            repository.settle(session, person, state, now=now, result=why)
        return not why

    def said(
        self, session: Session, campaign: CampaignRow, person: PersonRow, report: Report, now: datetime
    ) -> Verdict:
        """Write an answer; what needs somebody becomes a ticket in the same transaction."""
        if report.outcome == IDENTIFIED:
            person.state = PersonState.BEGUN
            self._note(session, campaign, person, "reminded", now)
            return Verdict.NOTED
        if report.outcome not in REPORTS:
            return Verdict.NOTED
        if report.outcome == SAYS_PAID and self._is_paid(session, campaign, person):
            repository.settle(session, person, PersonState.FINISHED, now=now, result=SETTLED)
            return Verdict.DONE
        if report.outcome == PROMISED:
            self._promise(session, campaign, person, report, now)
        else:
            self._hand_over(session, campaign, person, report, now)
        repository.settle(session, person, PersonState.FINISHED, now=now, result=report.outcome)
        return Verdict.DONE

    def _is_paid(self, session: Session, campaign: CampaignRow, person: PersonRow) -> bool:
        """Whether the payment was noted while they talked: nobody has to check it."""
        return self._debts.settled_by(session, campaign.estate, _place(person)) == PAID

    def stopped(self, session: Session, campaign: CampaignRow, person: PersonRow, now: datetime) -> None:
        """No more calls; the bill is still there."""
        self._tasks.file(session, campaign, person, f"{VISIT}: does not want to be called", now=now)

    def unreachable(
        self, session: Session, campaign: CampaignRow, person: PersonRow, attempts: int, at: datetime
    ) -> None:
        """After the last failed attempt somebody goes there (DOMAIN section 8)."""
        if attempts:
            self._tasks.file(session, campaign, person, f"{VISIT}: {attempts} calls in vain", now=at)

    def _promise(
        self, session: Session, campaign: CampaignRow, person: PersonRow, report: Report, now: datetime
    ) -> None:
        day = date.fromisoformat(str(report.values.get("value", "")))
        self._debts.promise(session, campaign.estate, _place(person), day, leg=report.leg, at=now)

    def _hand_over(
        self, session: Session, campaign: CampaignRow, person: PersonRow, report: Report, now: datetime
    ) -> None:
        words = report.values.get("words")
        note, kind = _TASKS.get(report.outcome, ("", TicketKind.REQUEST))
        if note:
            self._tasks.file(
                session, campaign, person, note, now=now, kind=kind, leg=report.leg,
                words=words if isinstance(words, Span) else None,
            )  # fmt: skip
        if report.outcome in (SAYS_PAID, DISPUTE) and person.result != report.outcome:
            self._note(session, campaign, person, report.outcome, now)

    def _note(
        self, session: Session, campaign: CampaignRow, person: PersonRow, event: str, now: datetime
    ) -> None:
        self._debts.note(session, campaign.estate, _place(person), event, at=now)


_TASKS = {
    SAYS_PAID: ("says it is paid: check the payment", TicketKind.REQUEST),
    DISPUTE: ("disputes the bill", TicketKind.COMPLAINT),
    CALL_BACK: ("asked for a human about the bill: call back", TicketKind.REQUEST),
    WRONG_PERSON: (f"{VISIT}: somebody else answers this number", TicketKind.REQUEST),
}
"""What an answer leaves to be done, and as what kind of ticket."""


def _place(person: PersonRow) -> Place:
    return Place(person.building, person.unit, person.room)
