"""Starting, pausing and stopping campaigns: their people become calls that are due, once each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from hotline.campaigns import repository
from hotline.campaigns.calls import subject_of, unreached
from hotline.campaigns.errors import CampaignRefused
from hotline.campaigns.models import CampaignRow, PersonRow
from hotline.campaigns.states import TO_BE_CALLED, CampaignKind, CampaignState, PersonState
from hotline.outbound import repository as calls
from hotline.outbound.models import OPEN_STATES, AttemptRow, CallState, OutboundCallRow
from hotline.outbound.repository import NewCall

AT_ONCE = 200
"""People planned in one transaction: others write meanwhile, callers among them."""

BETWEEN = timedelta(days=1)
"""Whoever is called about several rooms is called about one of them a day."""

_WAYS = {
    CampaignKind.SURVEY: (
        "`hotline campaigns import` or `hotline campaigns from-residents` puts people on it."
    ),
    CampaignKind.REMINDER: "`hotline reminders from-unpaid` puts those on it whose rooms owe something.",
    CampaignKind.NOTICE: "`hotline notices import` or `hotline notices to` puts people on it.",
}


def start(
    session: Session, campaign: CampaignRow, *, priority: int, now: datetime, by: str, most: int = AT_ONCE
) -> int:
    """Plan calls for people on the list who have none yet, at most so many; returns how many.

    To be called, a transaction each, until it returns less than ``most``. A running campaign may be
    started again for people listed since. Raises :class:`CampaignRefused`
    for one that is paused, over, past its end or without people.
    """
    if campaign.state is CampaignState.PAUSED:
        raise CampaignRefused(
            f'"{campaign.name}" is paused: `hotline {campaign.kind.commands} resume` lets it go on.',
            code="campaign-paused",
        )
    if campaign.state is CampaignState.DONE:
        raise CampaignRefused(
            f'"{campaign.name}" is over. Create a new campaign to call people again.', code="campaign-over"
        )
    if campaign.ends_at is not None and campaign.ends_at <= now:
        raise CampaignRefused(
            f'The end of "{campaign.name}" has passed. Create one that ends later.',
            code="campaign-end-passed",
        )
    people = repository.people(session, campaign.id, PersonState.LISTED, most=most)
    if not people and campaign.state is CampaignState.DRAFT:
        ways = _WAYS[campaign.kind]
        raise CampaignRefused(f'Nobody is on the list of "{campaign.name}". {ways}', code="campaign-empty")
    campaign.state = CampaignState.RUNNING
    due = max(campaign.begins_at or now, now)
    rung = _rung_lately(session, campaign, people, now)
    for place, person in enumerate(people):
        person.state = PersonState.PLANNED
        new = NewCall(
            estate=campaign.estate,
            kind=campaign.kind.value,
            subject=subject_of(campaign.id, person.id),
            policy=campaign.policy,
            flow=campaign.flow,
            language=person.language,
            to=person.raw,
            to_name=person.name,
            facts=_facts(campaign, person),
            priority=priority,
            due_at=due + timedelta(microseconds=place),  # of calls due together the list's order counts
            next_at=max(
                due + repository.before_on_list(session, person) * BETWEEN, rung.get(person.number, due)
            ),
            expires_at=campaign.ends_at,
            requested_by=by,
        )
        calls.schedule(session, new, now=now)
    return len(people)


def _rung_lately(
    session: Session, campaign: CampaignRow, people: Sequence[PersonRow], now: datetime
) -> dict[str, datetime]:
    """Return from when on people may be reminded again whom another campaign's calls rang within a day.

    Attempts a day are counted call by call: a new list must not begin them anew (DOMAIN section 8).
    """
    if campaign.kind is not CampaignKind.REMINDER:
        return {}
    query = (
        select(PersonRow.number, func.max(AttemptRow.at))
        .join(OutboundCallRow, OutboundCallRow.facts["person"].as_integer() == PersonRow.id)
        .join(AttemptRow, AttemptRow.call == OutboundCallRow.id)
        .where(
            OutboundCallRow.estate == campaign.estate,
            OutboundCallRow.kind == campaign.kind.value,
            AttemptRow.at > now - BETWEEN,
            PersonRow.number.in_([person.number for person in people]),
        )
        .group_by(PersonRow.number)
    )
    return {number: at + BETWEEN for number, at in session.execute(query)}


def _facts(campaign: CampaignRow, person: PersonRow) -> dict[str, Any]:
    """``room``: a payment finds the calls about a room by it (:mod:`hotline.call.ports.fees`)."""
    facts: dict[str, Any] = {"campaign": campaign.id, "person": person.id}
    return facts | ({"room": person.about} if person.about else {})


def pause(session: Session, campaign: CampaignRow) -> int:
    """Call nobody until :func:`resume`; a conversation goes on to its end. Returns how many calls wait."""
    if campaign.state is not CampaignState.RUNNING:
        raise CampaignRefused(
            f'"{campaign.name}" is {campaign.state.value}, not running.', code="campaign-not-running"
        )
    campaign.state = CampaignState.PAUSED
    return _set(session, campaign, (CallState.WAITING,), CallState.PAUSED)


def resume(session: Session, campaign: CampaignRow, *, now: datetime) -> int:
    """Let a paused campaign go on; returns how many calls are planned again.

    A call that was under way when it was paused, and came to nothing, was cancelled when its next turn
    came; it is planned again too.
    """
    if campaign.state is not CampaignState.PAUSED:
        raise CampaignRefused(
            f'"{campaign.name}" is {campaign.state.value}, not paused.', code="campaign-not-paused"
        )
    campaign.state = CampaignState.RUNNING
    waiting = _set(session, campaign, (CallState.PAUSED,), CallState.WAITING)
    cancelled = select(OutboundCallRow).where(_of(campaign), OutboundCallRow.state == CallState.CANCELLED)
    for row in session.scalars(cancelled):
        person = session.get(PersonRow, row.facts["person"])
        if person is not None and person.state in TO_BE_CALLED:
            row.state, row.ended_at, row.result = CallState.WAITING, None, ""
            row.next_at = max(row.next_at, now)
            waiting += 1
    repository.finish_if_over(session, campaign, now=now)  # the last ones were settled during the pause
    return waiting


def stop(session: Session, campaign: CampaignRow, *, now: datetime) -> int:
    """End a campaign for good; its answers stay. Returns how many people are not called any more."""
    if campaign.state is CampaignState.DONE:
        raise CampaignRefused(f'"{campaign.name}" is over already.', code="campaign-over")
    tried = select(OutboundCallRow.facts).where(
        _of(campaign), OutboundCallRow.state.in_(OPEN_STATES), OutboundCallRow.attempts > 0
    )
    rung = {facts["person"] for facts in session.scalars(tried)}
    count = 0
    for state in (PersonState.LISTED, *TO_BE_CALLED):
        count += repository.settle_all(session, campaign.id, state, unreached(state, 0), now=now)
    for person in repository.people(session, campaign.id, PersonState.NOT_CALLED):
        if person.id in rung:
            person.state = PersonState.NOT_REACHED
    _set(session, campaign, OPEN_STATES, CallState.CANCELLED, ended_at=now, result="the campaign was stopped")
    repository.finish(session, campaign, now=now, why="stopped by hand")
    return count


def _set(
    session: Session, campaign: CampaignRow, before: Sequence[CallState], after: CallState, **also: object
) -> int:
    done = session.execute(
        update(OutboundCallRow)
        .where(_of(campaign), OutboundCallRow.state.in_(before))
        .values(state=after, **also)
        .execution_options(synchronize_session="fetch")
    )
    return int(getattr(done, "rowcount", 0))


def _of(campaign: CampaignRow) -> ColumnElement[bool]:
    subject = OutboundCallRow.subject.startswith(f"{campaign.id}:", autoescape=True)
    return and_(OutboundCallRow.kind == campaign.kind.value, subject)
