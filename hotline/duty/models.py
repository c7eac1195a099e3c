"""Tables of duty: changes of single dates, shifts and their handover."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db.base import Base, Json, UtcDateTime, Word

_UNFINISHED = text("ended_at IS NULL")
_PENDING = text("answer IS NULL")


class DutyChangeRow(Base):
    """Somebody taken off a roster, put on it, or both, for some dates or between two instants."""

    __tablename__ = "duty_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    roster: Mapped[str] = mapped_column(String)
    first_day: Mapped[date | None] = mapped_column(Date)
    """Dates in the estate's zone, both inclusive; empty for a change between instants."""
    last_day: Mapped[date | None] = mapped_column(Date)
    begins_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    remove: Mapped[str] = mapped_column(String)
    """Name; empty for an addition."""
    put_name: Mapped[str] = mapped_column(String)
    """Empty for a mere absence."""
    put_number: Mapped[str] = mapped_column(String)
    why: Mapped[str] = mapped_column(String)
    who: Mapped[str] = mapped_column(String)
    """Who made the change."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    swap_of: Mapped[int | None] = mapped_column(ForeignKey("duty_changes.id"))
    """The other half of a swap; both are cancelled together."""
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_by: Mapped[str] = mapped_column(String)

    __table_args__ = (
        CheckConstraint(
            "(first_day IS NOT NULL AND last_day IS NOT NULL AND begins_at IS NULL AND ends_at IS NULL)"
            " OR (first_day IS NULL AND last_day IS NULL AND begins_at IS NOT NULL AND ends_at IS NOT NULL)",
            name="days_or_instants",
        ),
        CheckConstraint("remove <> '' OR put_name <> ''", name="somebody"),
        Index(None, "estate", "cancelled_at"),
    )


class ShiftState(StrEnum):
    """How far a shift is."""

    OPEN = "open"
    HANDING_OVER = "handing_over"
    """Closed and signed by the outgoing, who stays responsible until somebody takes over."""
    ENDED = "ended"
    """Taken over and signed by both."""


class ShiftRow(Base):
    """Somebody's time at a post."""

    __tablename__ = "shifts"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    post: Mapped[str] = mapped_column(String)
    """Where: ``hotline``, ``monitoring_room`` …"""
    who: Mapped[str] = mapped_column(String)
    state: Mapped[ShiftState] = mapped_column(Word(ShiftState))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_from: Mapped[int | None] = mapped_column(ForeignKey("shifts.id"))
    """The shift it was handed over by."""

    __table_args__ = (
        Index(
            None, "estate", "post", unique=True, sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED
        ),
        Index(None, "estate", "opened_at"),
    )  # fmt: skip


class HandoverRow(Base):
    """One attempt at handing a shift over 交接班: what was handed over, and what came of it."""

    __tablename__ = "shift_handovers"

    id: Mapped[int] = mapped_column(primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id", ondelete="CASCADE"))
    outgoing: Mapped[str] = mapped_column(String)
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    snapshot: Mapped[dict[str, Any]] = mapped_column(Json)
    """Open cases and wake-ups due as they were then; see :class:`~hotline.duty.handover.Snapshot`."""
    equipment: Mapped[str] = mapped_column(Text)
    remarks: Mapped[str] = mapped_column(Text)
    incoming: Mapped[str] = mapped_column(String)
    """Empty until somebody answers."""
    answer: Mapped[str | None] = mapped_column(String)
    """``accepted`` or ``refused``; none while nobody has answered."""
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
    """Why it was refused."""

    __table_args__ = (Index(None, "shift_id", unique=True, sqlite_where=_PENDING, postgresql_where=_PENDING),)


class ShiftLogRow(Base):
    """A line of a shift's log page."""

    __tablename__ = "shift_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String)
    event: Mapped[str] = mapped_column(String)
    """``opened``, ``closed``, ``accepted``, ``refused``, ``note``."""
    detail: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index(None, "shift_id", "at"),)
