"""Tables of notifications: one row per event and channel, and the alarms that stand or stood."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db.base import Base, Json, UtcDateTime, Word


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    """To be sent at ``next_at``; while somebody holds it, it is being sent."""
    DELIVERED = "delivered"
    """The receiver took it."""
    DEAD = "dead"
    """Given up; a person may try it again (`hotline notifications retry`)."""


class DeliveryRow(Base):
    """One event for one channel. It carries the event, since the outbox forgets; no personal data."""

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    event: Mapped[int] = mapped_column(BigInteger)
    """``id`` in the outbox."""
    event_id: Mapped[str] = mapped_column(String)
    """What receivers know the event by."""
    channel: Mapped[str] = mapped_column(String)
    estate: Mapped[str] = mapped_column(String)
    kind: Mapped[str] = mapped_column(String)
    subject: Mapped[str] = mapped_column(String)
    detail: Mapped[dict[str, str]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the event happened."""
    urgent: Mapped[bool]
    """Goes before what is not."""
    state: Mapped[DeliveryState] = mapped_column(Word(DeliveryState))
    attempts: Mapped[int]
    """Attempts begun; a claim is proven by it."""
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Somebody is sending it until then; if it died, the row is free again afterwards."""
    last_error: Mapped[str] = mapped_column(Text)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("event", "channel"),
        Index(None, "state", "next_at"),
        Index(None, "channel", "state"),
        {"sqlite_autoincrement": True},
    )


class AlarmState(StrEnum):
    """Whether an alarm stands."""

    RAISED = "raised"
    CLEARED = "cleared"


class AlarmRow(Base):
    """Something people must know of, as long as it is so. One row per estate, kind and subject."""

    __tablename__ = "alarms"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    kind: Mapped[str] = mapped_column(String)
    subject: Mapped[str] = mapped_column(String)
    state: Mapped[AlarmState] = mapped_column(Word(AlarmState))
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When it was raised (this time)."""
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When it was last seen, or cleared."""
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When people were last told: raised or reminded."""
    count: Mapped[int]
    """How often it was seen since it was raised."""
    detail: Mapped[dict[str, str]] = mapped_column(Json)

    __table_args__ = (UniqueConstraint("estate", "kind", "subject"), Index(None, "state"))
