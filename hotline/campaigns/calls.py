"""What calls of every campaign share, and surveys: whom the dispatcher still rings, what keys mean."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from hotline.call.ports import Place, Span
from hotline.campaigns import repository
from hotline.campaigns.models import AnswerRow, CampaignRow, PersonRow
from hotline.campaigns.states import TO_BE_CALLED, CampaignKind, CampaignState, PersonState
from hotline.outbound import repository as calls
from hotline.outbound.kinds import Report, Verdict
from hotline.outbound.models import OPEN_STATES, AttemptRow, OutboundCallRow
from hotline.outbound.policy import Outcome

SURVEY = CampaignKind.SURVEY.value
"""Kind of the outbound rows; their subject is ``campaign:person``."""
FINISHED, NOT_NOW, STOP = "finished", "not_now", "stop"
NO_QUESTIONS = frozenset({FINISHED, NOT_NOW, STOP})
"""Reports that are about the call; every other one is the answer to the question of that name."""
_LEFT = (Outcome.HUNG_UP, Outcome.NO_KEY)


def subject_of(campaign: int, person: int) -> str:
    """Return what an outbound row about this person is about."""
    return f"{campaign}:{person}"


class CampaignCalls(ABC):
    """What calls to the people of a list share. See :class:`~hotline.outbound.kinds.Kind`."""

    kind: ClassVar[CampaignKind]

    def wanted(self, session: Session, row: OutboundCallRow) -> bool:
        """While the campaign runs and the person is still to be called."""
        found = _found(session, row)
        if found is None:
            return False
        campaign, person = found
        if campaign.state is not CampaignState.RUNNING or person.state not in TO_BE_CALLED:
            return False
        now = row.next_at
        if any(repository.stops_among(session, [person.number])):
            repository.settle(session, person, PersonState.LEFT_OUT, now=now)
            return False
        return self.still(session, row, campaign, person, now)

    def given(self, session: Session, row: OutboundCallRow) -> dict[str, Any]:
        """Return the language, the place when it is known, and what the call is about."""
        found = _found(session, row)
        if found is None:
            return {"language": row.language}
        campaign, person = found
        slots: dict[str, Any] = {"language": person.language}
        if person.room:
            slots["place"] = Place(person.building, person.unit, person.room)
        return slots | self.about(campaign)

    def reported(
        self, session: Session, row: OutboundCallRow, attempt: AttemptRow, report: Report
    ) -> Verdict:
        """“Never again” and “not now” mean the same everywhere; the kind knows the others."""
        found = _found(session, row)
        if found is None:
            return Verdict.DONE
        campaign, person = found
        now = report.at or attempt.at
        verdict = self._heard(session, campaign, person, report, now)
        if verdict is not Verdict.DONE and row.state not in OPEN_STATES:
            called_off(session, row, now=now)  # cancelled in the middle: there is no other day
        return verdict

    def _heard(
        self, session: Session, campaign: CampaignRow, person: PersonRow, report: Report, now: datetime
    ) -> Verdict:
        if report.outcome == STOP:
            never_again(session, person.number, campaign.estate, campaign.name, now, here=person)
            self.stopped(session, campaign, person, now)
            return Verdict.DONE
        if report.outcome == NOT_NOW:
            person.state = PersonState.NOT_NOW
            return Verdict.PASS_ON
        return self.said(session, campaign, person, report, now)

    def round_over(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:  # noqa: B027
        """One person has no rounds."""

    def given_up(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """The attempts are used up, or the campaign's time is."""
        found = _found(session, row)
        if found is None or found[1].state not in TO_BE_CALLED:
            return
        campaign, person = found
        repository.settle(session, person, unreached(person.state, row.attempts), now=at)
        self.unreachable(session, campaign, person, row.attempts, at)

    # --- what a kind knows; hooks it has no use for stay empty (B027) ---------------------------------

    @abstractmethod
    def said(
        self, session: Session, campaign: CampaignRow, person: PersonRow, report: Report, now: datetime
    ) -> Verdict:
        """Write what a person's key or words mean."""

    def still(
        self, session: Session, row: OutboundCallRow, campaign: CampaignRow, person: PersonRow, now: datetime
    ) -> bool:
        """False when nothing is left to be said to the person; whoever says so settles them."""
        return True

    def about(self, campaign: CampaignRow) -> dict[str, Any]:
        """Return the slots that are the same for everybody."""
        return {}

    def stopped(self, session: Session, campaign: CampaignRow, person: PersonRow, now: datetime) -> None:  # noqa: B027
        """The person never wants to be called again."""

    def unreachable(  # noqa: B027
        self, session: Session, campaign: CampaignRow, person: PersonRow, attempts: int, at: datetime
    ) -> None:
        """All attempts were in vain."""


class SurveyCalls(CampaignCalls):
    """满意度调查: every report is the answer to the question of its name."""

    kind = CampaignKind.SURVEY

    def still(
        self, session: Session, row: OutboundCallRow, campaign: CampaignRow, person: PersonRow, now: datetime
    ) -> bool:
        """Whoever left in the middle is not asked again."""
        if person.state is PersonState.BEGUN and left_in_the_middle(session, row):
            repository.settle(session, person, PersonState.PARTLY, now=now)
            return False
        return True

    def said(
        self, session: Session, campaign: CampaignRow, person: PersonRow, report: Report, now: datetime
    ) -> Verdict:
        """Keep an answer as it comes; the words about the call itself decide whether it is over."""
        if report.outcome == FINISHED:
            repository.settle(session, person, PersonState.FINISHED, now=now)
            return Verdict.DONE
        repository.keep_answer(session, _answer(campaign, person, report, now))
        running = campaign.state is not CampaignState.DONE
        person.state = PersonState.BEGUN if running else PersonState.PARTLY
        return Verdict.NOTED


def unreached(state: PersonState, attempts: int) -> PersonState:
    """Return what becomes of somebody who was to be called and is not any more."""
    if state is PersonState.BEGUN:
        return PersonState.PARTLY
    if state is PersonState.NOT_NOW:
        return PersonState.DECLINED
    return PersonState.NOT_REACHED if attempts else PersonState.NOT_CALLED


def called_off(session: Session, row: OutboundCallRow, *, now: datetime, result: str = "") -> None:
    """Nobody calls the person any more whose call was cancelled; the last one ends the campaign."""
    found = _found(session, row)
    if found is not None and found[1].state in TO_BE_CALLED:
        person = found[1]
        repository.settle(session, person, unreached(person.state, row.attempts), now=now, result=result)


def never_again(
    session: Session, number: str, estate: str, said_on: str, now: datetime, *, here: PersonRow | None = None
) -> bool:
    """Take a number off every campaign's list for good; False when that was known.

    ``here``: the place on a list at which it was said; on the others the person is left out.
    """
    new = repository.add_stop(session, number=number, estate=estate, said_on=said_on, now=now)
    if here is not None:
        repository.settle(session, here, PersonState.STOPPED, now=now)
    for person in repository.elsewhere(session, number, except_person=here.id if here else 0):
        kind = session.get_one(CampaignRow, person.campaign).kind
        subject = subject_of(person.campaign, person.id)
        calls.cancel(session, kind=kind.value, subject=subject, now=now, why="never again")
        repository.settle(session, person, PersonState.LEFT_OUT, now=now)
    return new


def left_in_the_middle(session: Session, row: OutboundCallRow) -> bool:
    """Whoever hangs up has said what they wanted to say; a call that our own crash ended is made again."""
    last = calls.last_attempt(session, row.id)
    return last is not None and last.outcome in _LEFT


def _found(session: Session, row: OutboundCallRow) -> tuple[CampaignRow, PersonRow] | None:
    """``None`` for a campaign that was deleted."""
    _, _, person = row.subject.partition(":")
    found = session.get(PersonRow, int(person)) if person.isdigit() else None
    return None if found is None else (session.get_one(CampaignRow, found.campaign), found)


def _answer(campaign: CampaignRow, person: PersonRow, report: Report, now: datetime) -> AnswerRow:
    value, words = report.values.get("value"), report.values.get("words")
    span = words if isinstance(words, Span) else None
    return AnswerRow(
        campaign=campaign.id, person=person.id, question=report.outcome,
        value=value if isinstance(value, str) else "",
        recording=span.recording if span else "",
        words_start=span.start if span else None, words_end=span.end if span else None,
        leg=report.leg, at=now,
    )  # fmt: skip
