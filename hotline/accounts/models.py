"""Tables of who is let in: staff and rooms by PIN, programs by token, and what happened to each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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


class RoomPinRow(Base):
    """The PIN by which somebody who does not call from a registered number asks about a room."""

    __tablename__ = "room_pins"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    building: Mapped[str] = mapped_column(String)
    unit: Mapped[str] = mapped_column(String)
    room: Mapped[str] = mapped_column(String)
    room_key: Mapped[str] = mapped_column(String)
    """As rooms are compared: see :func:`~hotline.call.ports.fees.room_key`."""
    pin_hash: Mapped[str] = mapped_column(String)
    """argon2id in PHC form."""
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    failed: Mapped[int]
    """Wrong PINs since the last right one or lock."""
    locks: Mapped[int]
    """Locks that count for the length of the next one."""
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """End of the last lock, also when it is over."""

    __table_args__ = (UniqueConstraint("estate", "building", "unit", "room_key"),)


class RoomAuditRow(Base):
    """One line of what happened to a room's PIN."""

    __tablename__ = "room_audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    place: Mapped[str] = mapped_column(String)
    """``3-2-602``; empty for an attempt with a room that has no PIN (it may be a mistyped PIN)."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    event: Mapped[str] = mapped_column(String)
    """``pin entered refused locked unlocked removed``."""
    by: Mapped[str] = mapped_column(String)
    """Who did it: an account of this machine, or ``telephone``."""

    __table_args__ = (Index(None, "estate", "place", "at"),)


class ApiTokenRow(Base):
    """What a program or page shows to be let in. Revoked ones stay: histories name them."""

    __tablename__ = "api_tokens"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    """Eight characters, part of the token and nobody's secret."""
    name: Mapped[str] = mapped_column(String)
    estate: Mapped[str] = mapped_column(String)
    """Empty: every estate."""
    scopes: Mapped[list[str]] = mapped_column(Json)
    """Values of :class:`~hotline.accounts.tokens.Scope`, sorted."""
    secret_hash: Mapped[str] = mapped_column(String)
    """SHA-256 of 256 random bits, hex: there is nothing a slow hash would protect."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """To the minute."""
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by: Mapped[str] = mapped_column(String)

    __table_args__ = (Index(None, "name"),)


class ApiAuditRow(Base):
    """One line of what was done by people at the console and by programs, and with their tokens."""

    __tablename__ = "api_audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String)
    """Its id, or ``user:USERNAME``; empty for a wrong one."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    event: Mapped[str] = mapped_column(String)
    """``created revoked refused looked``, or what was done: ``wakeup.book`` …"""
    detail: Mapped[str] = mapped_column(String)
    """The number it was done to; no words, no personal data."""
    by: Mapped[str] = mapped_column(String)
    """Who did it: an account of this machine, ``api:NAME``, ``user:NAME``, or a wrong token's address."""

    __table_args__ = (Index(None, "token", "at"), Index(None, "at"))


class ApiAnswerRow(Base):
    """What a request with an idempotency key was answered: asked again, it is not done again."""

    __tablename__ = "api_answers"

    token: Mapped[str] = mapped_column(String, primary_key=True)
    key: Mapped[str] = mapped_column(String, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String)
    """Of method, path and body: another request with the key is a mistake of the program."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(Json)

    __table_args__ = (Index(None, "at"),)
