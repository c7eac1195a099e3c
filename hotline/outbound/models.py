"""Tables of machine-placed calls. The row is the truth; an attempt is committed before its INVITE."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db.base import Base, Json, UtcDateTime, Word
from hotline.outbound.policy import Outcome


class CallState(StrEnum):
    """Where a machine-placed call stands."""

    HELD = "held"
    """Waits for something else to end first: ``held_by`` says what."""
    WAITING = "waiting"
    """Due at ``next_at``."""
    PLACING = "placing"
    """Claimed: an attempt is under way under a lease."""
    PAUSED = "paused"
    DONE = "done"
    """A human's key confirmed it."""
    GIVEN_UP = "given_up"
    """Every attempt the policy allows was made, or it came too late."""
    CANCELLED = "cancelled"
    """No longer wanted."""


OPEN_STATES = (CallState.HELD, CallState.WAITING, CallState.PLACING, CallState.PAUSED)


class OutboundCallRow(Base):
    """Something somebody has to be called about, exactly once: kind, subject and occurrence are unique."""

    __tablename__ = "outbound_calls"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    """32 hex digits."""
    estate: Mapped[str] = mapped_column(String)
    kind: Mapped[str] = mapped_column(String)
    """``dispatch``, ``message``, ``follow_up``, ``survey`` … (later ``wakeup``, ``reminder``)."""
    subject: Mapped[str] = mapped_column(String)
    """What it is about: a ticket number, a booking."""
    occurrence: Mapped[str] = mapped_column(String)
    """Which of several: a date, a counter."""
    policy: Mapped[str] = mapped_column(String)
    flow: Mapped[str] = mapped_column(String)
    """``config/menus/outbound/<flow>.yaml``."""
    language: Mapped[str] = mapped_column(String)
    roster: Mapped[str] = mapped_column(String)
    """People rung in turn; empty: ``to``."""
    supervisor: Mapped[str] = mapped_column(String)
    """Roster that joins after the first round."""
    to: Mapped[str] = mapped_column(String)
    to_name: Mapped[str] = mapped_column(String)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    """What the kind wants to remember; identifiers, no words."""
    priority: Mapped[int]
    """Smaller goes first."""
    state: Mapped[CallState] = mapped_column(Word(CallState))
    held_by: Mapped[str] = mapped_column(String)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int]
    lease_owner: Mapped[str] = mapped_column(String)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    requested_by: Mapped[str] = mapped_column(String)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result: Mapped[str] = mapped_column(String)
    """What was confirmed (``accepted`` …), or why it ended."""

    __table_args__ = (
        UniqueConstraint("kind", "subject", "occurrence"),
        Index(None, "state", "next_at"),
        Index(None, "held_by"),
        Index(None, "subject"),
    )


class AttemptRow(Base):
    """One try to reach one person."""

    __tablename__ = "outbound_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    call: Mapped[str] = mapped_column(ForeignKey("outbound_calls.id", ondelete="CASCADE"))
    number: Mapped[int]
    """Counts from 1 within the call."""
    to: Mapped[str] = mapped_column(String)
    to_name: Mapped[str] = mapped_column(String)
    owner: Mapped[str] = mapped_column(String)
    """Process that placed it."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[Outcome | None] = mapped_column(Word(Outcome))
    """``None`` while under way."""
    leg: Mapped[str] = mapped_column(String)
    """``uniqueid`` of the leg once it was answered."""
    confirmed: Mapped[str] = mapped_column(String)
    """What a key reported, committed before the thank-you."""
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    detail: Mapped[str] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("call", "number"),)
