"""The table of questions: what was asked, of whom, and the answer that is the proof."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.call.ports import Place
from hotline.confirmations.states import Matter, Standing
from hotline.db.base import Base, Json, UtcDateTime, Word


class ConfirmationRow(Base):
    """One question."""

    __tablename__ = "confirmations"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    key: Mapped[str] = mapped_column(String)
    """Given by whoever asks: the same question sent twice is put once."""
    building: Mapped[str] = mapped_column(String)
    unit: Mapped[str] = mapped_column(String)
    room: Mapped[str] = mapped_column(String)
    matter: Mapped[Matter] = mapped_column(Word(Matter))
    who: Mapped[str] = mapped_column(String)
    """Name as the desk wrote it; what cannot be spoken is on screen only."""
    what: Mapped[str] = mapped_column(String)
    persons: Mapped[int | None]
    plate: Mapped[str] = mapped_column(String)
    spot: Mapped[str] = mapped_column(String)
    """A :class:`~hotline.confirmations.states.Spot`; empty: not said."""
    clip: Mapped[str] = mapped_column(String)
    """Prompt with a recording of who it is; empty: none."""
    numbers: Mapped[list[str]] = mapped_column(Json)
    """The owner's, as dialled, in the order in which they are rung."""
    names: Mapped[list[str]] = mapped_column(Json)
    """Whose each of ``numbers`` is."""
    language: Mapped[str] = mapped_column(String)
    asked_by: Mapped[str] = mapped_column(String)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Without an answer by then it is a refusal."""
    standing: Mapped[Standing] = mapped_column(Word(Standing))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by: Mapped[str] = mapped_column(String)
    """Whose number answered; who at the desk wrote it down, when it was said there."""
    answered_on: Mapped[str] = mapped_column(String)
    """The number that answered."""
    leg: Mapped[str] = mapped_column(String)
    """Call with the answer: its recording is the proof."""
    note: Mapped[str] = mapped_column(String)

    __table_args__ = (
        UniqueConstraint("estate", "key"),
        Index(None, "standing", "expires_at"),
        Index(None, "estate", "building", "unit", "room"),
    )

    @property
    def place(self) -> Place:
        """The owner's room."""
        return Place(self.building, self.unit, self.room)
