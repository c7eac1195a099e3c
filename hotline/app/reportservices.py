"""Facts of wake-ups, of reminders and of promises to pay."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.ports.fees import REMINDER
from hotline.campaigns.models import CampaignRow, PersonRow
from hotline.campaigns.results import REACHED
from hotline.campaigns.states import CampaignKind, PersonState
from hotline.fees.models import PromiseRow
from hotline.reports.facts import PromiseFact, ReminderFact, WakeFact
from hotline.reports.service import Asked
from hotline.wakeup import register
from hotline.wakeup.course import LIVE
from hotline.wakeup.register import DONE

_CALLED = (*REACHED, PersonState.NOT_REACHED)


def wakeups(session: Session, asked: Asked) -> list[WakeFact]:
    """Return the lines of the register."""
    found = register.register(session, asked.estate, asked.period.begin, asked.period.end)
    zone = asked.period.zone
    return [
        WakeFact(
            id=line.number, at=line.due_at.astimezone(zone), state=line.state.value,
            woken=line.state in DONE, over=line.state not in LIVE, ring_delay=line.first_ring_delay,
            attempts=sum(one.to_guest for one in line.attempts), escalated=line.escalated,
            minutes_late=line.minutes_late, gone_wrong=line.gone_wrong,
        )
        for line in found.lines
    ]  # fmt: skip


def reminders(session: Session, asked: Asked) -> list[ReminderFact]:
    """Return the people of reminders whom nobody calls again; those never called are left out."""
    person, campaign = PersonRow, CampaignRow
    query = (
        select(campaign.id, person.id, person.settled_at, person.state, person.result)
        .join(campaign, campaign.id == person.campaign)
        .where(campaign.estate == asked.estate, campaign.kind == CampaignKind.REMINDER,
               person.state.in_(_CALLED), person.settled_at >= asked.period.begin,
               person.settled_at < asked.period.end)
        .order_by(person.settled_at, person.id)
    )  # fmt: skip
    zone = asked.period.zone
    return [
        ReminderFact(f"{of}/{who}", at.astimezone(zone), state in REACHED, result)
        for of, who, at, state, result in session.execute(query)
        if at is not None
    ]


def promises(session: Session, asked: Asked) -> list[PromiseFact]:
    """Return the promises to pay that reminders brought."""
    row, zone = PromiseRow, asked.period.zone
    query = (
        select(row.id, row.said_at, row.amount_fen, row.state)
        .where(row.estate == asked.estate, row.said_to == REMINDER, row.said_at >= asked.period.begin,
               row.said_at < asked.period.end)
        .order_by(row.said_at, row.id)
    )  # fmt: skip
    return [
        PromiseFact(str(key), at.astimezone(zone), fen, state.value)
        for key, at, fen, state in session.execute(query)
    ]
