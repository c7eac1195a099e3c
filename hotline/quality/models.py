"""Tables of quality review: what was drawn, and how each call was scored."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db.base import Base, Json, UtcDateTime, Word


class ReviewState(StrEnum):
    """Where the review of a call stands."""

    DRAWN = "drawn"
    """To be listened to."""
    SCORED = "scored"
    LEFT_OUT = "left_out"
    """Nothing can be scored: a wrong number, a recording that is gone. It is not drawn again."""


class SampleRow(Base):
    """One draw: of whose calls, of which days, and from what chance, so that it can be checked."""

    __tablename__ = "quality_samples"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    operator: Mapped[str] = mapped_column(String)
    first_day: Mapped[date]
    last_day: Mapped[date]
    seed: Mapped[str] = mapped_column(String)
    wanted: Mapped[int]
    candidates: Mapped[int]
    """Calls there were to draw from."""
    drawn_at: Mapped[datetime] = mapped_column(UtcDateTime)
    drawn_by: Mapped[str] = mapped_column(String)

    __table_args__ = (Index(None, "estate", "drawn_at"),)


class ReviewRow(Base):
    """A drawn call, and its score. The form it was scored by stays with it, whatever the file says later."""

    __tablename__ = "quality_reviews"

    id: Mapped[int] = mapped_column(primary_key=True)
    sample: Mapped[int] = mapped_column(ForeignKey("quality_samples.id", ondelete="CASCADE"))
    estate: Mapped[str] = mapped_column(String)
    operator: Mapped[str] = mapped_column(String)
    call: Mapped[str] = mapped_column(String)
    """``uniqueid`` of the caller's leg: its recording is listened to."""
    call_at: Mapped[datetime] = mapped_column(UtcDateTime)
    talked: Mapped[float]
    """Seconds."""
    state: Mapped[ReviewState] = mapped_column(Word(ReviewState))
    form: Mapped[dict[str, Any]] = mapped_column(Json)
    """The form as it was when the call was scored; empty before."""
    points: Mapped[dict[str, Any]] = mapped_column(Json)
    """By criterion: points; ``None``: does not apply."""
    percent: Mapped[float | None]
    passed: Mapped[bool | None]
    comment: Mapped[str] = mapped_column(Text)
    scored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    scored_by: Mapped[str] = mapped_column(String)
    example: Mapped[bool]
    """Shown in training."""
    example_note: Mapped[str] = mapped_column(Text)
    """What it is an example of."""
    version: Mapped[int]
    """Grows with every change: two people at one form."""

    __table_args__ = (
        UniqueConstraint("operator", "call"),
        Index(None, "estate", "operator", "call_at"),
        Index(None, "estate", "state"),
        Index(None, "sample"),
    )
