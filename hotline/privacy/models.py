"""Tables of requests about people's own data and of the nightly deletion."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db.base import Base, Json, UtcDateTime, Word


class RequestKind(StrEnum):
    """What was asked for."""

    EXPORT = "export"
    DELETE = "delete"


class PrivacyRequestRow(Base):
    """One request and what was done. It names nobody: the person stands as a salted hash."""

    __tablename__ = "privacy_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    kind: Mapped[RequestKind] = mapped_column(Word(RequestKind))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String)
    """Who of the staff did it: ``user:wang``, an account of the machine."""
    person: Mapped[str] = mapped_column(String)
    """HMAC-SHA-256 of who it is about, hex: the same person is known again, and cannot be read from it."""
    reason: Mapped[str] = mapped_column(String)
    """How the person asked and proved who they are, in staff's words: ``letter of 20 November``."""
    counts: Mapped[dict[str, int]] = mapped_column(Json)
    """Rows by table, and files."""
    stays: Mapped[list[str]] = mapped_column(Json)
    """Why something was not deleted, as codes of :mod:`hotline.privacy.reasons`."""

    __table_args__ = (Index(None, "at"), Index(None, "person"))


class SaltRow(Base):
    """The secret that persons' hashes are made with; made once."""

    __tablename__ = "privacy_salts"

    name: Mapped[str] = mapped_column(String, primary_key=True)
    salt: Mapped[str] = mapped_column(String)


class RetentionRunRow(Base):
    """The deletion of one night: its day is what makes it happen once."""

    __tablename__ = "retention_runs"

    day: Mapped[date] = mapped_column(primary_key=True)
    """Local day of the first estate."""
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """``None``: under way, or killed; then taken up again."""
    counts: Mapped[dict[str, int]] = mapped_column(Json)
