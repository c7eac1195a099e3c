"""Reading and changing machine-placed calls inside somebody's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hotline.outbound.models import OPEN_STATES, AttemptRow, CallState, OutboundCallRow
from hotline.outbound.policy import EMERGENCY_PRIORITY, Outcome, Past

LONGEST_CALL = timedelta(minutes=15)
"""From its turn to its end; whoever speaks longer may be called about something else and be busy."""
AFTERWARDS = timedelta(seconds=30)
"""So long an open attempt of a settled call counts: one of a process that died would count for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCall:
    """A call to be placed. ``kind``, ``subject`` and ``occurrence`` together are placed once, ever."""

    estate: str
    kind: str
    subject: str
    occurrence: str = "1"
    policy: str
    flow: str
    language: str = "zh"
    roster: str = ""
    supervisor: str = ""
    to: str = ""
    to_name: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    priority: int = 50
    due_at: datetime
    next_at: datetime | None = None
    """When it may first be tried; ``due_at`` when left out."""
    expires_at: datetime | None = None
    held_by: str = ""
    requested_by: str = "hotline"


def schedule(session: Session, new: NewCall, *, now: datetime) -> bool:
    """Store the call; False when kind, subject and occurrence are there already: nothing is changed then."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {
        "id": uuid.uuid4().hex,
        "estate": new.estate,
        "kind": new.kind,
        "subject": new.subject,
        "occurrence": new.occurrence,
        "policy": new.policy,
        "flow": new.flow,
        "language": new.language,
        "roster": new.roster,
        "supervisor": new.supervisor,
        "to": new.to,
        "to_name": new.to_name,
        "facts": new.facts,
        "priority": new.priority,
        "state": CallState.HELD if new.held_by else CallState.WAITING,
        "held_by": new.held_by,
        "due_at": new.due_at,
        "next_at": new.next_at or new.due_at,
        "expires_at": new.expires_at,
        "attempts": 0,
        "lease_owner": "",
        "requested_by": new.requested_by,
        "created_at": now,
        "result": "",
    }
    statement = insert(OutboundCallRow).values(**values).on_conflict_do_nothing()
    return session.scalar(statement.returning(OutboundCallRow.id)) is not None


def due(session: Session, now: datetime, *, limit: int, emergencies: int = 0) -> Sequence[OutboundCallRow]:
    """Return calls whose turn it is: the most important first, of equals the one that waits longest.

    At most ``limit``; of emergencies up to ``emergencies`` even beyond that.
    """
    query = (
        select(OutboundCallRow)
        .where(OutboundCallRow.state == CallState.WAITING, OutboundCallRow.next_at <= now)
        .order_by(
            OutboundCallRow.priority,
            OutboundCallRow.next_at,
            OutboundCallRow.due_at,
            OutboundCallRow.created_at,
            OutboundCallRow.subject,  # those filed together: in the order of their numbers
            OutboundCallRow.id,
        )
        .limit(max(limit, emergencies))
    )
    rows = session.scalars(query).all()
    return [row for place, row in enumerate(rows) if place < limit or row.priority <= EMERGENCY_PRIORITY]


def claim(
    session: Session, row: OutboundCallRow, *, owner: str, now: datetime, lease: timedelta
) -> AttemptRow | None:
    """Take a waiting call by compare-and-swap and write its attempt; ``None`` when another node has it."""
    taken = session.execute(
        update(OutboundCallRow)
        .where(
            OutboundCallRow.id == row.id,
            OutboundCallRow.state == CallState.WAITING,
            OutboundCallRow.attempts == row.attempts,
        )
        .values(
            state=CallState.PLACING, lease_owner=owner, lease_until=now + lease, attempts=row.attempts + 1
        )
        .execution_options(synchronize_session=False)
    )
    if not getattr(taken, "rowcount", 0):
        return None
    taken_row = session.get_one(OutboundCallRow, row.id, populate_existing=True)
    attempt = AttemptRow(
        call=taken_row.id, number=taken_row.attempts, to="", to_name="", owner=owner, at=now,
        ended_at=None, outcome=None, leg="", confirmed="", confirmed_at=None, detail="",
    )  # fmt: skip
    session.add(attempt)
    session.flush()
    return attempt


def renew(session: Session, ids: Iterable[str], *, owner: str, until: datetime) -> None:
    """Extend the leases of calls under way."""
    session.execute(
        update(OutboundCallRow)
        .where(OutboundCallRow.id.in_(list(ids)), OutboundCallRow.lease_owner == owner)
        .values(lease_until=until)
        .execution_options(synchronize_session=False)
    )


def leases(session: Session, *, owner: str) -> dict[str, datetime | None]:
    """Return the leases of calls that others than ``owner`` are placing, by call."""
    query = select(OutboundCallRow.id, OutboundCallRow.lease_until).where(
        OutboundCallRow.state == CallState.PLACING, OutboundCallRow.lease_owner != owner
    )
    return {found.id: found.lease_until for found in session.execute(query)}


def placed_by(session: Session, owner: str) -> frozenset[str]:
    """Return the calls ``owner`` is placing."""
    query = select(OutboundCallRow.id).where(
        OutboundCallRow.state == CallState.PLACING, OutboundCallRow.lease_owner == owner
    )
    return frozenset(session.scalars(query))


def abandoned(session: Session, calls: Iterable[str] | None, *, owner: str) -> Sequence[OutboundCallRow]:
    """Return those of ``calls`` (``None``: all) that somebody else than ``owner`` is still placing."""
    query = select(OutboundCallRow).where(
        OutboundCallRow.state == CallState.PLACING, OutboundCallRow.lease_owner != owner
    )
    if calls is not None:
        query = query.where(OutboundCallRow.id.in_(list(calls)))
    return session.scalars(query.with_for_update(skip_locked=True)).all()


def left_open(
    session: Session, owners: Iterable[str] | None, *, owner: str, ended_before: datetime
) -> Sequence[tuple[AttemptRow, OutboundCallRow]]:
    """Return attempts still open although their call is over: nobody came to write how they ended.

    Of ``owners`` (``None``: of everybody but ``owner``), and of anybody when the call was over before an
    instant.
    """
    query = (
        select(AttemptRow, OutboundCallRow)
        .join(OutboundCallRow, OutboundCallRow.id == AttemptRow.call)
        .where(
            AttemptRow.outcome.is_(None), AttemptRow.owner != owner, OutboundCallRow.state.not_in(OPEN_STATES)
        )
    )
    if owners is not None:
        query = query.where(or_(AttemptRow.owner.in_(list(owners)), OutboundCallRow.ended_at < ended_before))
    return [(attempt, call) for attempt, call in session.execute(query)]


def being_called(session: Session) -> frozenset[str]:
    """Return the numbers that are rung or spoken to just now, by all processes."""
    query = (
        select(AttemptRow.to)
        .join(OutboundCallRow, OutboundCallRow.id == AttemptRow.call)
        .where(OutboundCallRow.state == CallState.PLACING, AttemptRow.outcome.is_(None))
    )
    return frozenset(session.scalars(query))


def still_spoken_to(session: Session, now: datetime) -> frozenset[str]:
    """Return the numbers of calls that were settled just now and whose telephone is not free again.

    After the key that settles a matter comes a thank-you, and a ring that is called off takes a moment.
    """
    query = (
        select(AttemptRow.to)
        .join(OutboundCallRow, OutboundCallRow.id == AttemptRow.call)
        .where(
            OutboundCallRow.state.in_((CallState.DONE, CallState.GIVEN_UP, CallState.CANCELLED)),
            OutboundCallRow.next_at > now - LONGEST_CALL,  # of those the index finds the latest
            OutboundCallRow.ended_at > now - AFTERWARDS,
            AttemptRow.outcome.is_(None),
        )
    )
    return frozenset(session.scalars(query))


def settled(session: Session, calls: Iterable[str]) -> frozenset[str]:
    """Return those of ``calls`` nobody needs to be called about any more."""
    query = select(OutboundCallRow.id).where(
        OutboundCallRow.id.in_(list(calls)), OutboundCallRow.state.not_in(OPEN_STATES)
    )
    return frozenset(session.scalars(query))


def under_way(session: Session, policy: str) -> int:
    """Return how many calls of a policy are being placed or spoken, by all processes."""
    query = select(func.count()).where(
        OutboundCallRow.state == CallState.PLACING, OutboundCallRow.policy == policy
    )
    return session.scalar(query) or 0


def attempts(session: Session, call: str) -> Sequence[AttemptRow]:
    """Return a call's attempts, oldest first."""
    query = select(AttemptRow).where(AttemptRow.call == call).order_by(AttemptRow.number)
    return session.scalars(query).all()


def past(rows: Iterable[AttemptRow]) -> tuple[Past, ...]:
    """Return attempts that are over, for the policy."""
    return tuple(
        Past(row.at, row.ended_at, row.outcome)
        for row in rows
        if row.ended_at is not None and row.outcome is not None
    )


def last_attempt(session: Session, call: str) -> AttemptRow | None:
    """Return the attempt made last."""
    query = select(AttemptRow).where(AttemptRow.call == call).order_by(AttemptRow.number.desc())
    return session.scalars(query.limit(1)).first()


def find(session: Session, kind: str, subject: str, occurrence: str = "1") -> OutboundCallRow | None:
    """Return one call by what it is about."""
    query = select(OutboundCallRow).where(
        OutboundCallRow.kind == kind,
        OutboundCallRow.subject == subject,
        OutboundCallRow.occurrence == occurrence,
    )
    return session.scalars(query).first()


def release(session: Session, held_by: str, *, now: datetime) -> int:
    """Let calls wait no longer for ``held_by``; returns how many."""
    done = session.execute(
        update(OutboundCallRow)
        .where(OutboundCallRow.state == CallState.HELD, OutboundCallRow.held_by == held_by)
        .values(state=CallState.WAITING, next_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(done, "rowcount", 0))


def release_old(session: Session, *, before: datetime, now: datetime) -> int:
    """Let calls held since before an instant wait no longer: whatever held them is gone or stuck."""
    done = session.execute(
        update(OutboundCallRow)
        .where(OutboundCallRow.state == CallState.HELD, OutboundCallRow.created_at < before)
        .values(state=CallState.WAITING, next_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(done, "rowcount", 0))


def end(row: OutboundCallRow, state: CallState, *, now: datetime, result: str) -> None:
    """Close a call for good."""
    row.state, row.ended_at, row.result = state, now, result
    row.lease_owner, row.lease_until = "", None


def cancel(session: Session, *, kind: str = "", subject: str = "", now: datetime, why: str) -> int:
    """Cancel open calls of a subject (and kind); one that is being spoken goes on, but is not tried again."""
    query = select(OutboundCallRow).where(
        OutboundCallRow.subject == subject, OutboundCallRow.state.in_(OPEN_STATES)
    )
    if kind:
        query = query.where(OutboundCallRow.kind == kind)
    rows = session.scalars(query).all()
    for row in rows:
        end(row, CallState.CANCELLED, now=now, result=why)
    return len(rows)


def close_attempt(attempt: AttemptRow, outcome: Outcome, *, now: datetime, detail: str = "") -> None:
    """Write how an attempt ended."""
    attempt.ended_at, attempt.outcome = now, outcome
    attempt.detail = detail or attempt.detail


def has_open(session: Session, kind: str, subject: str) -> bool:
    """True when such a call is planned or under way."""
    query = select(OutboundCallRow.id).where(
        OutboundCallRow.kind == kind,
        OutboundCallRow.subject == subject,
        OutboundCallRow.state.in_(OPEN_STATES),
    )
    return session.scalars(query.limit(1)).first() is not None


def held_since_before(session: Session, before: datetime) -> bool:
    """True when a call was held for too long."""
    query = select(OutboundCallRow.id).where(
        OutboundCallRow.state == CallState.HELD, OutboundCallRow.created_at < before
    )
    return session.scalars(query.limit(1)).first() is not None


def next_due(session: Session) -> datetime | None:
    """Return when the next waiting call is due; ``None`` when none waits."""
    return session.scalar(
        select(func.min(OutboundCallRow.next_at)).where(OutboundCallRow.state == CallState.WAITING)
    )
