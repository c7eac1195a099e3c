"""Survey calls: whom the dispatcher still rings, and what a person's keys mean for the campaign."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from hotline.call.ports import Place, Span
from hotline.campaigns import repository
from hotline.campaigns.models import AnswerRow, CampaignRow, PersonRow
from hotline.campaigns.states import TO_BE_CALLED, CampaignState, PersonState
from hotline.outbound import repository as calls
from hotline.outbound.kinds import Report, Verdict
from hotline.outbound.models import AttemptRow, OutboundCallRow
from hotline.outbound.policy import Outcome

SURVEY = "survey"
"""Kind of the outbound rows; their subject is ``campaign:person``."""
FINISHED, NOT_NOW, STOP = "finished", "not_now", "stop"
NO_QUESTIONS = frozenset({FINISHED, NOT_NOW, STOP})
"""Reports that are about the call; every other one is the answer to the question of that name."""
_LEFT = (Outcome.HUNG_UP, Outcome.NO_KEY)


def subject_of(campaign: int, person: int) -> str:
    """Return what an outbound row about this person is about."""
    return f"{campaign}:{person}"


class SurveyCalls:
    """The kind of calls campaigns place. See :class:`~hotline.outbound.kinds.Kind`."""

    def wanted(self, session: Session, row: OutboundCallRow) -> bool:
        """While the campaign runs and the person has neither answered nor refused."""
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
        if person.state is PersonState.BEGUN and _left_in_the_middle(session, row):
            repository.settle(session, person, PersonState.PARTLY, now=now)
            return False
        return True

    def given(self, session: Session, row: OutboundCallRow) -> dict[str, Any]:
        """Return the language and, when it is known, the place."""
        found = _found(session, row)
        if found is None:
            return {"language": row.language}
        person = found[1]
        slots: dict[str, Any] = {"language": person.language}
        if person.room:
            slots["place"] = Place(person.building, person.unit, person.room)
        return slots

    def reported(
        self, session: Session, row: OutboundCallRow, attempt: AttemptRow, report: Report
    ) -> Verdict:
        """Keep an answer as it comes; the words about the call itself decide whether it is over."""
        found = _found(session, row)
        if found is None:
            return Verdict.DONE
        campaign, person = found
        now = report.at or attempt.at
        if report.outcome == FINISHED:
            repository.settle(session, person, PersonState.FINISHED, now=now)
            return Verdict.DONE
        if report.outcome == STOP:
            never_again(session, person.number, campaign.estate, campaign.name, now, here=person)
            return Verdict.DONE
        if report.outcome == NOT_NOW:
            person.state = PersonState.NOT_NOW
            return Verdict.PASS_ON
        repository.keep_answer(session, _answer(campaign, person, report, now))
        running = campaign.state is not CampaignState.DONE
        person.state = PersonState.BEGUN if running else PersonState.PARTLY
        return Verdict.NOTED

    def round_over(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """One person has no rounds."""

    def given_up(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """The attempts are used up, or the campaign's time is."""
        found = _found(session, row)
        if found is not None and found[1].state in TO_BE_CALLED:
            repository.settle(session, found[1], unreached(found[1].state, row.attempts), now=at)


def unreached(state: PersonState, attempts: int) -> PersonState:
    """Return what becomes of somebody who was to be called and is not any more."""
    if state is PersonState.BEGUN:
        return PersonState.PARTLY
    if state is PersonState.NOT_NOW:
        return PersonState.DECLINED
    return PersonState.NOT_REACHED if attempts else PersonState.NOT_CALLED


def never_again(
    session: Session, number: str, estate: str, said_on: str, now: datetime, *, here: PersonRow | None = None
) -> bool:
    """Take a number off every campaign's list for good; False when that was known.

    ``here``: the place on a list at which it was said; on the others the person is left out.
    """
    new = repository.add_stop(session, number=number, estate=estate, said_on=said_on, now=now)
    if here is not None:
        repository.settle(session, here, PersonState.STOPPED, now=now)
    for person in repository.elsewhere(session, number, except_campaign=here.campaign if here else 0):
        subject = subject_of(person.campaign, person.id)
        calls.cancel(session, kind=SURVEY, subject=subject, now=now, why="never again")
        repository.settle(session, person, PersonState.LEFT_OUT, now=now)
    return new


def _found(session: Session, row: OutboundCallRow) -> tuple[CampaignRow, PersonRow] | None:
    """``None`` for a campaign that was deleted."""
    _, _, person = row.subject.partition(":")
    found = session.get(PersonRow, int(person)) if person.isdigit() else None
    return None if found is None else (session.get_one(CampaignRow, found.campaign), found)


def _left_in_the_middle(session: Session, row: OutboundCallRow) -> bool:
    """Whoever hangs up has said what they wanted to say; a call that our own crash ended is made again."""
    last = calls.last_attempt(session, row.id)
    return last is not None and last.outcome in _LEFT


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
