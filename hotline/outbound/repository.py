"""Reading and changing machine-placed calls inside somebody's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hotline.outbound.models import OPEN_STATES, AttemptRow, CallState, OutboundCallRow
from hotline.outbound.policy import Outcome, Past


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


def due(session: Session, now: datetime, *, limit: int) -> Sequence[OutboundCallRow]:
    """Return calls whose turn it is, most important first."""
    query = (
        select(OutboundCallRow)
        .where(OutboundCallRow.state == CallState.WAITING, OutboundCallRow.next_at <= now)
        .order_by(OutboundCallRow.priority, OutboundCallRow.next_at)
        .limit(limit)
    )
    return session.scalars(query).all()


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


def abandoned(session: Session, now: datetime, *, alone: bool, owner: str) -> Sequence[OutboundCallRow]:
    """Return calls whose process is gone: leases run out, or – ``alone`` – anybody else's."""
    gone = OutboundCallRow.lease_until < now
    if alone:
        gone = or_(gone, OutboundCallRow.lease_owner != owner)
    query = select(OutboundCallRow).where(and_(OutboundCallRow.state == CallState.PLACING, gone))
    return session.scalars(query.with_for_update(skip_locked=True)).all()


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


def needs_recovery(session: Session, now: datetime, *, held_before: datetime) -> bool:
    """True when a lease ran out or a call was held for too long."""
    query = select(OutboundCallRow.id).where(
        or_(
            and_(OutboundCallRow.state == CallState.PLACING, OutboundCallRow.lease_until < now),
            and_(OutboundCallRow.state == CallState.HELD, OutboundCallRow.created_at < held_before),
        )
    )
    return session.scalars(query.limit(1)).first() is not None
