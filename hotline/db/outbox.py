"""Events that others must not miss, written in the transaction of what they tell about (DESIGN section 6).

Readers (notifications, live screens, other nodes) each keep their place; a socket or database
notification only wakes them. Rows carry identifiers, never personal data.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String, delete, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db.base import Base, Json, UtcDateTime

_ORDER_LOCK = 0x686F746C
"""PostgreSQL advisory lock: numbers come from a sequence *before* the commit, so without it a
reader could pass number 6 while 5 is not yet visible and never see it."""


class OutboxEvent(Base):
    """One thing that happened; ``id`` grows in commit order."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    kind: Mapped[str] = mapped_column(String)
    """``call.closed``, ``ticket.opened`` …"""
    subject: Mapped[str] = mapped_column(String)
    """What it is about: a ``linkedid``, a ticket number …"""
    detail: Mapped[dict[str, str]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "at"), {"sqlite_autoincrement": True})


class OutboxReader(Base):
    """How far a named reader has come."""

    __tablename__ = "outbox_readers"

    name: Mapped[str] = mapped_column(String, primary_key=True)
    seen: Mapped[int] = mapped_column(BigInteger)


def add(
    session: Session,
    *,
    estate: str,
    kind: str,
    subject: str,
    at: datetime,
    detail: dict[str, str] | None = None,
) -> None:
    """Add an event to the transaction of ``session``."""
    add_all(session, [OutboxEvent(estate=estate, kind=kind, subject=subject, detail=detail or {}, at=at)])


def add_all(session: Session, events: Sequence[OutboxEvent]) -> None:
    """Add events to the transaction of ``session``, in this order and with one round trip."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ORDER_LOCK})
    session.add_all(events)
    session.flush()


def unseen(session: Session, reader: str, *, limit: int = 100) -> Sequence[OutboxEvent]:
    """Return the next events ``reader`` has not passed, oldest first."""
    place = session.get(OutboxReader, reader)
    after = place.seen if place is not None else 0
    query = select(OutboxEvent).where(OutboxEvent.id > after).order_by(OutboxEvent.id).limit(limit)
    return session.scalars(query).all()


def passed(session: Session, reader: str, event: int) -> None:
    """Note in this transaction that ``reader`` is done with everything up to ``event``."""
    place = session.get(OutboxReader, reader, with_for_update=True)
    if place is None:
        session.add(OutboxReader(name=reader, seen=event))
    else:
        place.seen = max(place.seen, event)


def forget(session: Session, *, before: datetime) -> int:
    """Delete events older than ``before`` that every reader has passed; returns how many."""
    slowest = session.scalar(select(func.min(OutboxReader.seen)))
    old = delete(OutboxEvent).where(OutboxEvent.at < before)
    if slowest is not None:
        old = old.where(OutboxEvent.id <= slowest)
    return session.connection().execute(old).rowcount
