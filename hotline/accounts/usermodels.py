"""Tables of the people who sign in at the console, and of their sessions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db.base import Base, Json, UtcDateTime


class UserRow(Base):
    """Somebody who signs in. Who left stays as an inactive row: histories name them."""

    __tablename__ = "users"

    username: Mapped[str] = mapped_column(String, primary_key=True)
    """Lower case."""
    name: Mapped[str] = mapped_column(String)
    """As colleagues call them."""
    estate: Mapped[str] = mapped_column(String)
    """Empty: every estate."""
    number: Mapped[str] = mapped_column(String)
    """Staff or operator number; empty when they have none."""
    roles: Mapped[list[str]] = mapped_column(Json)
    """Values of :class:`~hotline.accounts.rights.Role`, sorted."""
    language: Mapped[str] = mapped_column(String)
    """Of the console: ``zh`` or ``en``."""
    password_hash: Mapped[str] = mapped_column(String)
    """argon2id in PHC form; empty: no password, nobody gets in."""
    must_change: Mapped[bool]
    """The password was given by somebody else: the next sign-in asks for a new one."""
    totp_secret: Mapped[str] = mapped_column(String)
    """Base32 (RFC 6238); empty: no second factor yet."""
    totp_counter: Mapped[int]
    """Time step of the last code taken: no code is taken twice (RFC 6238 section 5.2)."""
    recovery: Mapped[list[str]] = mapped_column(Json)
    """SHA-256 of the recovery codes that were not used yet; each stands for one code of the device."""
    failed: Mapped[int]
    """Wrong passwords or codes since the last right one or lock."""
    locks: Mapped[int]
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """To the minute."""
    active: Mapped[bool]
    version: Mapped[int]
    """Grows with every change of what is known of them: ETag, and two people at one form."""

    __table_args__ = (Index(None, "estate", "number"),)


class UserSessionRow(Base):
    """A browser that is signed in."""

    __tablename__ = "user_sessions"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    """SHA-256 of the cookie, hex."""
    username: Mapped[str] = mapped_column(ForeignKey("users.username"))
    csrf: Mapped[str] = mapped_column(String)
    """What forms and scripts of this session send with every change."""
    passed: Mapped[bool]
    """Password and second factor were both right; before that the session opens nothing."""
    offered: Mapped[str] = mapped_column(String)
    """Secret of a second factor that this session shows and that no code has confirmed yet."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """To the minute."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """At the latest; unused ones end earlier."""
    address: Mapped[str] = mapped_column(String)
    agent: Mapped[str] = mapped_column(String)
    """First 120 characters of what the browser calls itself."""

    __table_args__ = (Index(None, "username"), Index(None, "expires_at"))
