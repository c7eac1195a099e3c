"""Tables of operators at work, callers who waited, and calls back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.call.ports import Presence
from hotline.db.base import Base, Json, UtcDateTime, Word
from hotline.operators.lines import Leave


class PresentRow(Base):
    """How an operator stands now; survives restarts."""

    __tablename__ = "operator_present"

    estate: Mapped[str] = mapped_column(String, primary_key=True)
    """As in ``operators.yaml``; empty: all."""
    number: Mapped[str] = mapped_column(String, primary_key=True)
    presence: Mapped[Presence] = mapped_column(Word(Presence))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String)
    line: Mapped[str] = mapped_column(String)
    """Where they signed in; empty: their own."""
    idle_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """End of wrap-up."""
    afterwards: Mapped[str] = mapped_column(String)
    missed: Mapped[int]


class StateRow(Base):
    """A stretch of time in one state: what presence reports are made of. Only its end is ever written."""

    __tablename__ = "operator_states"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    number: Mapped[str] = mapped_column(String)
    presence: Mapped[Presence] = mapped_column(Word(Presence))
    reason: Mapped[str] = mapped_column(String)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "estate", "number", "since"), Index(None, "until"))


class WaitRow(Base):
    """One caller in one queue, from the entry to the end of the talk."""

    __tablename__ = "queue_waits"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    visit: Mapped[str] = mapped_column(String)
    """The caller's visit: one value through all queues it leads through."""
    estate: Mapped[str] = mapped_column(String)
    queue: Mapped[str] = mapped_column(String)
    leg: Mapped[str] = mapped_column(String)
    """The caller's leg; of a call back the one in which it was asked for."""
    priority: Mapped[int]
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    position: Mapped[int]
    """On entering, from 1."""
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    how: Mapped[Leave | None] = mapped_column(Word(Leave))
    """``None`` while they wait."""
    waited: Mapped[float | None]
    """Seconds."""
    short: Mapped[bool]
    operator: Mapped[str] = mapped_column(String)
    offers: Mapped[int]
    """Lines rung for them."""
    talk_ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    talked: Mapped[float | None]
    """Seconds, hold and consultation included."""
    talk_end: Mapped[str] = mapped_column(String)

    __table_args__ = (
        Index(None, "estate", "entered_at"),
        Index(None, "visit"),
        Index(None, "leg"),
        Index(None, "estate", "operator", "leg"),
    )


class CallBackState(StrEnum):
    """How a call back stands."""

    WAITING = "waiting"
    PLACING = "placing"
    """An operator has been found, the caller is being rung."""
    DONE = "done"
    FAILED = "failed"


class CallBackRow(Base):
    """A place in a queue kept for a caller who is called back."""

    __tablename__ = "call_backs"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    visit: Mapped[str] = mapped_column(String)
    estate: Mapped[str] = mapped_column(String)
    queue: Mapped[str] = mapped_column(String)
    leg: Mapped[str] = mapped_column(String)
    """In which it was asked for."""
    linkedid: Mapped[str] = mapped_column(String)
    number: Mapped[str] = mapped_column(String)
    """Raw, as it is dialled; personal data."""
    account: Mapped[str] = mapped_column(String)
    """The trunk the caller came in by."""
    language: Mapped[str] = mapped_column(String)
    priority: Mapped[int]
    about: Mapped[dict[str, str]] = mapped_column(Json)
    """The rest of what the operator should know."""
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the caller began to wait: their place."""
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[CallBackState] = mapped_column(Word(CallBackState))
    attempts: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    operator: Mapped[str] = mapped_column(String)
    outcome: Mapped[str] = mapped_column(String)
    """Of the last attempt: ``talked``, ``NO ANSWER`` …"""

    __table_args__ = (Index(None, "state", "next_at"), Index(None, "leg"))
