"""The table of webhooks that administrators keep besides those of ``notifications.yaml``."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db.base import Base, Json, UtcDateTime


class WebhookRow(Base):
    """A receiver. One that was removed stays as a row: deliveries name it."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    """Eight characters."""
    name: Mapped[str] = mapped_column(String)
    estate: Mapped[str] = mapped_column(String)
    """Events of this one only; empty: of every estate, and of the whole machine."""
    url: Mapped[str] = mapped_column(String)
    events: Mapped[list[str]] = mapped_column(Json)
    """Patterns as routes have them: ``ticket.*``."""
    language: Mapped[str] = mapped_column(String)
    personal: Mapped[bool]
    """May see callers' numbers, names and words."""
    secret: Mapped[str] = mapped_column(Text)
    """Sealed with the key file (:mod:`hotline.notifications.sealing`): signing needs it in clear."""
    paused: Mapped[bool]
    """What happens meanwhile waits and is sent when it goes on."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int]
    """Grows with every change: two people at one form."""

    __table_args__ = (Index(None, "removed_at"),)

    @property
    def channel(self) -> str:
        """Its name as a channel of deliveries; no channel of the file can be called so."""
        return f"webhook:{self.id}"
