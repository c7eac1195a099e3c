"""From what happens to tickets to calls that are due: reads the outbox, writes outbound rows once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from hotline.call.errors import TicketRefused
from hotline.call.ports import Deed, TicketAction, TicketKind
from hotline.db import outbox
from hotline.db.engine import Database
from hotline.db.outbox import OutboxEvent
from hotline.outbound import repository as calls
from hotline.outbound.apart import apart
from hotline.outbound.models import OutboundCallRow
from hotline.outbound.policies import DispatchRule, FollowUp, OutboundFile
from hotline.outbound.repository import NewCall
from hotline.tickets.dispatch import HOTLINE, UNDELIVERED, UNTAKEN, Casework
from hotline.tickets.models import TicketRow, TicketState
from hotline.tickets.reopening import OwnerNotice, People

READER = "dispatch"
DISPATCH, MESSAGE, FOLLOW_UP = "dispatch", "message", "follow_up"
EMERGENCY = "emergency"
"""Topic of tickets whose call rings people itself; the dispatcher only takes over when that ended."""

BATCH = 50
"""Tickets left over that are finished in one tick."""
SETTLED = timedelta(minutes=10)
"""A completion younger than this is an event somebody is just reading."""
LATE = timedelta(days=1)
"""Nobody wants to be asked about a matter that was done longer ago, because a program is newer now."""
LEFT_OVER = "done before follow-up was decided"


class DispatchPlanner:
    """Turns events into calls. Everything is unique by ticket and occasion, so reading twice does no harm."""

    def __init__(
        self, db: Database, rules: Callable[[], OutboundFile], work: Casework, people: People
    ) -> None:
        """``rules`` returns the file in service; tickets are changed through ``work``."""
        self._db = db
        self._rules = rules
        self._work = work
        self._owners = OwnerNotice(work, people)
        self._left_over_after: str | None = ""

    async def tick(self) -> int:
        """Plan what happened since the last look; returns how many events were read."""
        if await self._db.read(lambda session: bool(outbox.unseen(session, READER, limit=1))):
            return await self._db.write(self._plan)
        if self._left_over_after is not None:
            await self._finish_left_over(self._left_over_after)
        return 0

    async def _finish_left_over(self, after: str) -> None:
        """Finish some of what was done before completions were followed up; once, after all events."""
        now = self._db.clock.now()
        numbers = await self._db.read(lambda session: left_over(session, after, now))
        if numbers:

            def write(session: Session) -> None:
                for number in left_over(session, after, now):
                    ticket = session.get_one(TicketRow, number)
                    if ticket.done_at is not None and ticket.done_at > now - LATE:
                        self._follow_up(session, ticket, f"left-{ticket.round}", now)
                    else:
                        self._close(session, ticket, LEFT_OVER)

            await self._db.write(write)
        self._left_over_after = numbers[-1] if len(numbers) == BATCH else None

    def _plan(self, session: Session) -> int:
        """Take in what happened; one event that cannot be taken in keeps no other ticket waiting."""
        events = outbox.unseen(session, READER)
        for event in events:
            if event.kind in ("ticket.opened", "ticket.changed"):
                take_in = partial(self._about_ticket, session, event)
                apart(session, take_in, lambda fault: None, kind=event.kind)
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
        elif what == "reopened":
            self._reopened(session, ticket, event)
        elif what == "passed_on":
            self._dispatch(session, ticket, event, occurrence=f"{what}-{event.id}")
        elif what == "completed":
            self._completed(session, ticket, event)
        elif what in ("owner", "accused"):
            told, rung = self._rules().follow_up.reopened, self._rung(ticket)
            self._owners.changed_hands(session, ticket, event, told, rung=rung)
        elif what == "unacknowledged" and ticket.call:
            calls.release(session, ticket.call, now=event.at)
        if ticket.state not in UNTAKEN:
            calls.cancel(session, kind=DISPATCH, subject=ticket.number, now=event.at, why=ticket.state.value)
        if ticket.state not in UNDELIVERED:
            calls.cancel(session, kind=MESSAGE, subject=ticket.number, now=event.at, why=ticket.state.value)

    def _reopened(self, session: Session, ticket: TicketRow, event: OutboxEvent) -> None:
        # a follow-up call planned for the completion before would come too soon after the next one
        calls.cancel(session, kind=FOLLOW_UP, subject=ticket.number, now=event.at, why="reopened")
        self._dispatch(session, ticket, event, occurrence=f"reopened-{event.id}")
        told, rung = self._rules().follow_up.reopened, self._rung(ticket)
        self._owners.reopened(session, ticket, event, told, rung=rung)

    def _rung(self, ticket: TicketRow) -> str:
        """Return the roster that is rung about a ticket until somebody accepts; empty when none is."""
        rule = next((one for one in self._rules().dispatch if fits(one, ticket)), None)
        return rule.roster if rule is not None and ticket.state in UNTAKEN else ""

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

    def _completed(self, session: Session, ticket: TicketRow, event: OutboxEvent) -> None:
        if ticket.state is TicketState.DONE:  # else reopened or closed by hand meanwhile
            self._follow_up(session, ticket, f"done-{event.id}", event.at)

    def _follow_up(self, session: Session, ticket: TicketRow, occurrence: str, at: datetime) -> None:
        """Plan the follow-up of a completion, once; what is not followed up is closed."""
        rules = self._rules().follow_up
        if why := left_out(ticket, rules):
            self._close(session, ticket, why)
        elif not calls.has_open(session, FOLLOW_UP, ticket.number):
            new = NewCall(
                estate=ticket.estate,
                kind=FOLLOW_UP,
                subject=ticket.number,
                occurrence=occurrence,
                policy=rules.policy,
                flow=rules.flow,
                language=ticket.language,
                to=number_of(ticket),
                priority=60,
                due_at=at + timedelta(minutes=rules.after_minutes),
            )
            calls.schedule(session, new, now=at)

    def _close(self, session: Session, ticket: TicketRow, why: str) -> None:
        trial = session.begin_nested()
        try:
            self._work.act_in(session, ticket.number, Deed(action=TicketAction.CLOSE, who=HOTLINE, why=why))
        except TicketRefused:  # somebody did something else with it just now: theirs counts
            trial.rollback()
        else:
            trial.commit()


def left_over(session: Session, after: str, now: datetime) -> Sequence[str]:
    """Return the next tickets that are done and whose completion nobody has followed up or left out.

    One whose call was cancelled by hand is none: the call is there. In the order of their numbers.
    """
    call, ticket = OutboundCallRow, TicketRow
    since = func.coalesce(ticket.done_at, ticket.opened_at)
    followed = exists().where(call.kind == FOLLOW_UP, call.subject == ticket.number, call.created_at >= since)
    query = select(ticket.number).where(
        ticket.state == TicketState.DONE, ticket.number > after, since < now - SETTLED, ~followed
    )
    return session.scalars(query.order_by(ticket.number).limit(BATCH)).all()


def number_of(ticket: TicketRow) -> str:
    """Return the number at which the caller is called back; empty when there is none."""
    known = ticket.callback_number or ticket.caller_number
    return (ticket.callback_number_raw or ticket.caller_number_raw) if known else ""


def left_out(ticket: TicketRow, rules: FollowUp) -> str:
    """Return why nobody is called after a ticket was done; empty when its caller is."""
    if ticket.kind is TicketKind.MESSAGE:
        return "a message is not followed up"
    if not number_of(ticket):
        return "no number to call"
    chosen = sampled(ticket.number, rules.sampling.get(ticket.kind.value, 1.0))
    return "" if chosen else "not chosen for a follow-up call"


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
