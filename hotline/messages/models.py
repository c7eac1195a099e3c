"""The table of messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.call.ports import Place, Span
from hotline.db.base import Base, Json, UtcDateTime, Word
from hotline.messages.states import MessageState


class MessageRow(Base):
    """One message."""

    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    key: Mapped[str] = mapped_column(String)
    """Given by whoever takes it: the same message sent twice is kept once."""
    building: Mapped[str] = mapped_column(String)
    unit: Mapped[str] = mapped_column(String)
    room: Mapped[str] = mapped_column(String)
    staff: Mapped[str] = mapped_column(String)
    """Staff number; empty: it is for the room."""
    staff_name: Mapped[str] = mapped_column(String)
    """Without staff number and room: the department it is for."""
    to: Mapped[str] = mapped_column(String)
    """What is dialled; empty: the supervisors are rung."""
    from_name: Mapped[str] = mapped_column(String)
    from_number: Mapped[str] = mapped_column(String)
    words: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """``recording`` (leg), ``start`` and ``end`` in seconds."""
    text: Mapped[str] = mapped_column(Text)
    urgent: Mapped[bool]
    language: Mapped[str] = mapped_column(String)
    taken_by: Mapped[str] = mapped_column(String)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    call: Mapped[str] = mapped_column(String)
    """``leg`` of the call in which it was left."""
    state: Mapped[MessageState] = mapped_column(Word(MessageState))
    deliver_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[str] = mapped_column(String)
    """Who acknowledged it, handed it over or took it back."""
    leg: Mapped[str] = mapped_column(String)
    """Call in which it was acknowledged."""
    note: Mapped[str] = mapped_column(String)

    __table_args__ = (
        UniqueConstraint("estate", "key"),
        Index(None, "estate", "state"),
        Index(None, "estate", "building", "unit", "room"),
        Index(None, "staff"),
    )

    @property
    def department(self) -> str:
        """Name of the department it is for; empty for a room or for staff."""
        return "" if self.staff or self.room else self.staff_name

    @property
    def place(self) -> Place:
        """The room it is for; empty for staff."""
        return Place(self.building, self.unit, self.room)

    @property
    def span(self) -> Span | None:
        """The caller's own words."""
        return None if self.words is None else Span(**self.words)
