"""Deliveries inside somebody's transaction: made from events, claimed, finished, listed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hotline.db import outbox
from hotline.db.outbox import OutboxEvent, OutboxReader
from hotline.notifications.models import DeliveryRow, DeliveryState
from hotline.notifications.port import Event

READER = "notifications"
FIRST_LOOK_BACK = timedelta(hours=1)
"""The very first time, what happened before that is history, not news."""
_NAMESPACE = uuid.UUID("6c0a6e0e-6a3b-5b57-9a6e-0f6b6c1f6a55")
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Leading:
    """Where an event goes."""

    channels: tuple[str, ...]
    urgent: bool = False


Route = Callable[[Session, Event], Leading]


def event_of(row: OutboxEvent) -> Event:
    """Return an outbox row as an event. Its id stays the same for ever and differs between installations."""
    parts = (str(row.id), row.at.isoformat(), row.estate, row.kind, row.subject)
    return Event(
        id=str(uuid.uuid5(_NAMESPACE, "\n".join(parts))),
        estate=row.estate,
        kind=row.kind,
        subject=row.subject,
        detail=row.detail,
        at=row.at,
    )


def event_in(row: DeliveryRow) -> Event:
    """Return the event a delivery carries."""
    return Event(
        id=row.event_id,
        estate=row.estate,
        kind=row.kind,
        subject=row.subject,
        detail=row.detail,
        at=row.at,
    )


def waiting_events(session: Session) -> bool:
    """True when there are events that have not become deliveries."""
    return bool(outbox.unseen(session, READER, limit=1))


def take_events(session: Session, route: Route, now: datetime) -> int:
    """Turn the next events into deliveries and pass them, in this one transaction.

    Two nodes that do it at once wait for each other here: each event becomes exactly one row per
    channel. Returns how many events were passed.
    """
    lock_reader(session, READER, now)
    rows = outbox.unseen(session, READER, limit=_BATCH)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    for row in rows:
        event = event_of(row)
        leading = route(session, event)
        for channel in leading.channels:
            session.execute(
                insert(DeliveryRow)
                .values(
                    event=row.id, event_id=event.id, channel=channel, estate=event.estate,
                    kind=event.kind, subject=event.subject, detail=row.detail, at=event.at,
                    urgent=leading.urgent, state=DeliveryState.WAITING, attempts=0, next_at=now,
                    held_until=None, last_error="", finished_at=None,
                )
                .on_conflict_do_nothing()
            )  # fmt: skip
    if rows:
        outbox.passed(session, READER, rows[-1].id)
    return len(rows)


def lock_reader(session: Session, reader: str, now: datetime) -> None:
    """Hold a reader's place until the transaction ends; one that is new begins with what happened lately."""
    if session.get(OutboxReader, reader, with_for_update=True) is not None:
        return
    old = select(func.max(OutboxEvent.id)).where(OutboxEvent.at < now - FIRST_LOOK_BACK)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    begin = insert(OutboxReader).values(name=reader, seen=session.scalar(old) or 0)
    session.execute(begin.on_conflict_do_nothing())
    session.get_one(OutboxReader, reader, with_for_update=True, populate_existing=True)


def _free(now: datetime) -> ColumnElement[bool]:
    return and_(
        DeliveryRow.state == DeliveryState.WAITING,
        DeliveryRow.next_at <= now,
        or_(DeliveryRow.held_until.is_(None), DeliveryRow.held_until <= now),
    )


def work(session: Session, now: datetime) -> dict[str, int]:
    """Return how much is to be sent now, by channel."""
    query = select(DeliveryRow.channel, func.count()).where(_free(now)).group_by(DeliveryRow.channel)
    return {channel: number for channel, number in session.execute(query)}  # noqa: C416 - rows are no tuples to mypy


def claim(session: Session, channel: str, now: datetime, until: datetime) -> DeliveryRow | None:
    """Take the next delivery of a channel and hold it until ``until``; ``None`` when there is none.

    The claim is a compare-and-swap: of two workers one gets the row. ``attempts`` as returned is what
    proves the claim later.
    """
    while True:
        row = session.scalars(
            select(DeliveryRow)
            .where(DeliveryRow.channel == channel, _free(now))
            .order_by(DeliveryRow.urgent.desc(), DeliveryRow.next_at, DeliveryRow.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if row is None:
            return None
        swapped = session.connection().execute(
            update(DeliveryRow)
            .where(DeliveryRow.id == row.id, DeliveryRow.attempts == row.attempts, _free(now))
            .values(attempts=row.attempts + 1, held_until=until)
        )
        session.refresh(row)
        if swapped.rowcount == 1:
            return row


def delivered(session: Session, row: DeliveryRow, now: datetime) -> bool:
    """Note that the receiver has it; False when the claim had run out and is somebody else's."""
    return _finish(session, row, state=DeliveryState.DELIVERED, finished_at=now, last_error="")


def failed(session: Session, row: DeliveryRow, sentence: str, next_at: datetime) -> bool:
    """Note why it failed and when it is tried again."""
    return _finish(session, row, last_error=sentence, next_at=next_at)


def dead(session: Session, row: DeliveryRow, sentence: str, now: datetime) -> bool:
    """Put it on the dead-letter list."""
    return _finish(session, row, state=DeliveryState.DEAD, last_error=sentence, finished_at=now)


def put_off(session: Session, row: DeliveryRow, next_at: datetime) -> bool:
    """Give it back untried: it costs no attempt."""
    return _finish(session, row, next_at=next_at, attempts=row.attempts - 1)


def _finish(session: Session, row: DeliveryRow, **values: object) -> bool:
    changed = session.connection().execute(
        update(DeliveryRow)
        .where(
            DeliveryRow.id == row.id,
            DeliveryRow.attempts == row.attempts,
            DeliveryRow.state == DeliveryState.WAITING,
        )
        .values(held_until=None, **values)
    )
    return changed.rowcount == 1


def bury_orphans(session: Session, channels: frozenset[str], *, before: datetime, now: datetime) -> int:
    """Give up what has waited since ``before`` for a channel that is not configured any more."""
    gone = (
        update(DeliveryRow)
        .where(
            DeliveryRow.state == DeliveryState.WAITING,
            DeliveryRow.channel.not_in(channels),
            DeliveryRow.next_at < before,
        )
        .values(
            state=DeliveryState.DEAD,
            last_error="the channel is not configured any more",
            finished_at=now,
            held_until=None,
        )
    )
    return session.connection().execute(gone).rowcount


def forget(session: Session, *, delivered_before: datetime, dead_before: datetime) -> int:
    """Delete deliveries that ended long ago; returns how many."""
    old = delete(DeliveryRow).where(
        or_(
            and_(DeliveryRow.state == DeliveryState.DELIVERED, DeliveryRow.finished_at < delivered_before),
            and_(DeliveryRow.state == DeliveryState.DEAD, DeliveryRow.finished_at < dead_before),
        )
    )
    return session.connection().execute(old).rowcount


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """Which deliveries to list, newest first."""

    state: DeliveryState | None = None
    channel: str | None = None
    estate: str | None = None
    before: int | None = None
    """Only those older than this one."""
    limit: int = 50


def deliveries(session: Session, wanted: DeliveryFilter) -> Sequence[DeliveryRow]:
    """Return deliveries, newest first."""
    query = select(DeliveryRow)
    if wanted.state is not None:
        query = query.where(DeliveryRow.state == wanted.state)
    if wanted.channel is not None:
        query = query.where(DeliveryRow.channel == wanted.channel)
    if wanted.estate is not None:
        query = query.where(DeliveryRow.estate == wanted.estate)
    if wanted.before is not None:
        query = query.where(DeliveryRow.id < wanted.before)
    return session.scalars(query.order_by(DeliveryRow.id.desc()).limit(wanted.limit)).all()


def counts(session: Session) -> dict[tuple[str, DeliveryState], int]:
    """Return how many deliveries there are by channel and state."""
    query = select(DeliveryRow.channel, DeliveryRow.state, func.count()).group_by(
        DeliveryRow.channel, DeliveryRow.state
    )
    return {(channel, state): number for channel, state, number in session.execute(query)}
