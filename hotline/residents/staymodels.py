"""Tables of guests: who stays in which room, and what happened to the stay."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hotline.db.base import Base, UtcDateTime
from hotline.residents.models import RoomRow


class StayRow(Base):
    """One guest's stay. It moves from room to room and ends at checkout; the row remains."""

    __tablename__ = "stays"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String)
    language: Mapped[str] = mapped_column(String)
    """Spoken first on calls to the guest: ``zh``, ``en``."""
    from_on: Mapped[date]
    """Local day of arrival."""
    to_on: Mapped[date | None]
    """Local day of departure as planned; only the checkout ends a stay."""
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    room: Mapped[RoomRow] = relationship()

    __table_args__ = (Index(None, "estate", "left_at"), Index(None, "room_id", "left_at"))


class StayEventRow(Base):
    """One line of a stay's history."""

    __tablename__ = "stay_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    stay: Mapped[int] = mapped_column(ForeignKey("stays.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    event: Mapped[str] = mapped_column(String)
    """``checked_in``, ``moved``, ``changed``, ``checked_out``."""
    detail: Mapped[str] = mapped_column(String)
    """Rooms and days; no names."""
    who: Mapped[str] = mapped_column(String)

    __table_args__ = (Index(None, "stay"),)
