"""From what happens to tickets to calls that are due: reads the outbox, writes outbound rows once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from hotline.call.ports import TicketKind
from hotline.db import outbox
from hotline.db.engine import Database
from hotline.db.outbox import OutboxEvent
from hotline.outbound import repository as calls
from hotline.outbound.policies import DispatchRule, OutboundFile
from hotline.outbound.repository import NewCall
from hotline.tickets.dispatch import UNTAKEN
from hotline.tickets.models import TicketRow, TicketState

READER = "dispatch"
DISPATCH, MESSAGE, FOLLOW_UP = "dispatch", "message", "follow_up"
EMERGENCY = "emergency"
"""Topic of tickets whose call rings people itself; the dispatcher only takes over when that ended."""


class DispatchPlanner:
    """Turns events into calls. Everything is unique by ticket and occasion, so reading twice does no harm."""

    def __init__(self, db: Database, rules: Callable[[], OutboundFile]) -> None:
        """``rules`` returns the file in service."""
        self._db = db
        self._rules = rules

    async def tick(self) -> int:
        """Plan what happened since the last look; returns how many events were read."""
        if not await self._db.read(lambda session: bool(outbox.unseen(session, READER, limit=1))):
            return 0
        return await self._db.write(self._plan)

    def _plan(self, session: Session) -> int:
        events = outbox.unseen(session, READER)
        for event in events:
            if event.kind in ("ticket.opened", "ticket.changed"):
                self._about_ticket(session, event)
            elif event.kind in ("call.closed", "call.outcome") and event.detail.get("outcome"):
                # without an outcome the conversation goes on: people are still rung for a caller who left
                calls.release(session, event.subject, now=event.at)
        if events:
            outbox.passed(session, READER, events[-1].id)
        return len(events)

    def _about_ticket(self, session: Session, event: OutboxEvent) -> None:
        ticket = session.get(TicketRow, event.subject)
        if ticket is None:
            return
        what = event.detail.get("event", "")
        if event.kind == "ticket.opened":
            self._dispatch(session, ticket, event, occurrence="1")
        elif what in ("reopen", "reopened", "pass_on", "passed_on") and ticket.state in UNTAKEN:
            self._dispatch(session, ticket, event, occurrence=f"{what}-{event.id}")
        elif what == "unacknowledged" and ticket.call:
            calls.release(session, ticket.call, now=event.at)
        if ticket.state is TicketState.DONE:
            self._follow_up(session, ticket, event)
        elif ticket.state not in UNTAKEN:
            calls.cancel(session, kind=DISPATCH, subject=ticket.number, now=event.at, why=ticket.state.value)

    def _dispatch(self, session: Session, ticket: TicketRow, event: OutboxEvent, *, occurrence: str) -> None:
        if ticket.state not in UNTAKEN:
            return
        rules = self._rules()
        roster = rules.messages.rosters.get(ticket.topic)
        if roster is not None and ticket.due_at is not None and ticket.due_at > event.at:
            self._message(session, ticket, event.at, roster, occurrence)
            return
        rule = next((one for one in rules.dispatch if fits(one, ticket)), None)
        if rule is None or calls.has_open(session, DISPATCH, ticket.number):
            return
        policy = rules.policies.get(rule.policy)
        held = ticket.call if ticket.topic == EMERGENCY and occurrence == "1" else ""
        new = NewCall(
            estate=ticket.estate,
            kind=DISPATCH,
            subject=ticket.number,
            occurrence=occurrence,
            policy=rule.policy,
            flow=rule.flow,
            language="zh",
            roster=rule.roster,
            supervisor=rule.supervisor,
            priority=policy.priority if policy else 50,
            due_at=event.at,
            held_by=held,
        )
        calls.schedule(session, new, now=event.at)

    def _message(
        self, session: Session, ticket: TicketRow, at: datetime, roster: str, occurrence: str
    ) -> None:
        rules = self._rules()
        assert ticket.due_at is not None
        new = NewCall(
            estate=ticket.estate,
            kind=MESSAGE,
            subject=ticket.number,
            occurrence=occurrence,
            policy=rules.messages.policy,
            flow=rules.messages.flow,
            roster=roster,
            priority=40,
            due_at=ticket.due_at,
        )
        calls.schedule(session, new, now=at)

    def _follow_up(self, session: Session, ticket: TicketRow, event: OutboxEvent) -> None:
        rules = self._rules().follow_up
        known = ticket.callback_number or ticket.caller_number
        number = known and (ticket.callback_number_raw or ticket.caller_number_raw)
        share = rules.sampling.get(ticket.kind.value, 1.0)
        if not number or ticket.kind is TicketKind.MESSAGE or not sampled(ticket.number, share):
            return
        new = NewCall(
            estate=ticket.estate,
            kind=FOLLOW_UP,
            subject=ticket.number,
            occurrence=f"done-{event.id}",
            policy=rules.policy,
            flow=rules.flow,
            language=ticket.language,
            to=number,
            priority=60,
            due_at=event.at + timedelta(minutes=rules.after_minutes),
        )
        if not calls.has_open(session, FOLLOW_UP, ticket.number):
            calls.schedule(session, new, now=event.at)


def fits(rule: DispatchRule, ticket: TicketRow) -> bool:
    """True when the rule is about this ticket; what it leaves out does not matter."""
    return (
        rule.kind in ("", ticket.kind.value)
        and rule.urgency in ("", ticket.urgency.value)
        and rule.topic in ("", ticket.topic)
        and rule.department in ("", getattr(ticket, "department", ""))
    )


def sampled(number: str, share: float) -> bool:
    """Choose a ``share`` of tickets, the same ones however often it is asked."""
    draw = int.from_bytes(hashlib.sha256(number.encode()).digest()[:4], "big") / 2**32
    return draw < share
