"""Tables of the staff: who reports by telephone, and what happened to their PINs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db.base import Base, Json, UtcDateTime


class StaffRow(Base):
    """A member of staff. Who left stays as an inactive row: the history of tickets names them."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    number: Mapped[str] = mapped_column(String)
    """Staff number 工号, digits."""
    name: Mapped[str] = mapped_column(String)
    telephone: Mapped[str] = mapped_column(String)
    """Normalised; empty when unknown."""
    telephone_raw: Mapped[str] = mapped_column(String)
    roles: Mapped[list[str]] = mapped_column(Json)
    """Values of :class:`~hotline.call.ports.StaffRole`, sorted."""
    pin_hash: Mapped[str] = mapped_column(String)
    """argon2id in PHC form; empty: no PIN, nobody gets in."""
    failed: Mapped[int]
    """Wrong PINs since the last right one or lock."""
    locks: Mapped[int]
    """Locks since the last right PIN: each is longer than the one before."""
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    active: Mapped[bool]

    __table_args__ = (UniqueConstraint("estate", "number"), Index(None, "estate", "name"))


class StaffAuditRow(Base):
    """One line of what happened to an account; kept when the person has left."""

    __tablename__ = "staff_audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    number: Mapped[str] = mapped_column(String)
    """Staff number; empty for an attempt with one that does not exist (it may be a mistyped PIN)."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    event: Mapped[str] = mapped_column(String)
    """``added changed pin entered refused locked unlocked removed``."""
    by: Mapped[str] = mapped_column(String)
    """Who did it: an account of this machine, or ``telephone``."""

    __table_args__ = (Index(None, "estate", "number", "at"),)
