"""Tables of the menus' history and of drafts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db.base import Base, UtcDateTime


class MenuVersionRow(Base):
    """One content a file of the menus has had; kept for good, so that every one can come back."""

    __tablename__ = "menu_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    file: Mapped[str] = mapped_column(String)
    """Name below the folder of menus, without ``.yaml``: ``main``, ``outbound/reminder``."""
    number: Mapped[int]
    """From 1, for each file."""
    kind: Mapped[str] = mapped_column(String)
    """A :class:`~hotline.menubook.words.Kind`."""
    content: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String)
    """SHA-256 of the file's bytes, hex; empty: the file was gone."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String)
    """As histories name people; empty for what was found on disk."""
    reason: Mapped[str] = mapped_column(Text)
    restored: Mapped[int | None]
    """The version whose content came back."""
    tests: Mapped[str] = mapped_column(String)
    """What the scenarios said: ``365/365``; empty when none were run."""

    __table_args__ = (UniqueConstraint("file", "number"), Index(None, "file", "hash"))


class MenuDraftRow(Base):
    """Somebody's text that is not in service."""

    __tablename__ = "menu_drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    file: Mapped[str] = mapped_column(String)
    author: Mapped[str] = mapped_column(String)
    content: Mapped[str] = mapped_column(Text)
    base_hash: Mapped[str] = mapped_column(String)
    """Hash of the content it was taken from; empty: there was no such file."""
    version: Mapped[int]
    """Grows with every change: two people, or two windows, at one draft."""
    state: Mapped[str] = mapped_column(String)
    """A :class:`~hotline.menubook.words.DraftState`."""
    note: Mapped[str] = mapped_column(String)
    """Why it is there, when it was not begun on purpose."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_by: Mapped[str] = mapped_column(String)

    __table_args__ = (Index(None, "state", "file"),)
