"""Tables of tickets. A ticket's number is its key: it is what people say and write down."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.call.ports import TicketKind, Urgency
from hotline.db.base import Base, UtcDateTime, Word


class TicketState(StrEnum):
    """States of DOMAIN section 4."""

    REGISTERED = "registered"
    ASSIGNED = "assigned"
    """派单"""
    ACCEPTED = "accepted"
    """签领"""
    ON_SITE = "on_site"
    """到场"""
    DONE = "done"
    FOLLOWED_UP = "followed_up"
    """回访"""
    CLOSED = "closed"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"
    REOPENED = "reopened"


class TicketRow(Base):
    """A ticket. Words of the caller are stretches of a recording, in seconds."""

    __tablename__ = "tickets"

    number: Mapped[str] = mapped_column(String, primary_key=True)
    """``YYYYMMDD`` of the estate's day, then the serial in at least four digits."""
    estate: Mapped[str] = mapped_column(String)
    day: Mapped[date] = mapped_column(Date)
    serial: Mapped[int]
    state: Mapped[TicketState] = mapped_column(Word(TicketState))
    kind: Mapped[TicketKind] = mapped_column(Word(TicketKind))
    topic: Mapped[str] = mapped_column(String)
    urgency: Mapped[Urgency] = mapped_column(Word(Urgency))
    complete: Mapped[bool]
    building: Mapped[str] = mapped_column(String)
    unit: Mapped[str] = mapped_column(String)
    room: Mapped[str] = mapped_column(String)
    place_note: Mapped[str] = mapped_column(String)
    caller_number: Mapped[str] = mapped_column(String)
    """Normalised, for comparing; the raw forms are what was dialled from and what was keyed in."""
    caller_number_raw: Mapped[str] = mapped_column(String)
    callback_number: Mapped[str] = mapped_column(String)
    callback_number_raw: Mapped[str] = mapped_column(String)
    caller_name: Mapped[str] = mapped_column(String)
    description: Mapped[str] = mapped_column(Text)
    words_recording: Mapped[str] = mapped_column(String)
    words_start: Mapped[float | None]
    words_end: Mapped[float | None]
    name_recording: Mapped[str] = mapped_column(String)
    name_start: Mapped[float | None]
    name_end: Mapped[float | None]
    call: Mapped[str] = mapped_column(String)
    """``uniqueid`` of the leg it was filed in; empty for a ticket filed without a call."""
    language: Mapped[str] = mapped_column(String)
    assignee: Mapped[str] = mapped_column(String)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    respond_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    responded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("day", "serial"),
        Index(None, "estate", "opened_at"),
        Index(None, "estate", "state"),
        Index(None, "estate", "serial"),
        Index(None, "call"),
        Index(None, "words_recording"),
    )


class TicketHistoryRow(Base):
    """One change or remark: who, when, what, why."""

    __tablename__ = "ticket_history"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    number: Mapped[str] = mapped_column(ForeignKey("tickets.number", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String)
    """``hotline`` for the machine, else a person."""
    event: Mapped[str] = mapped_column(String)
    """``registered``, ``described``, ``acknowledged``, ``remark`` …"""
    detail: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index(None, "number", "at"),)


class TicketCounterRow(Base):
    """The last serial given on a day. One counter for all estates: a number names one ticket only."""

    __tablename__ = "ticket_counters"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    last: Mapped[int]
