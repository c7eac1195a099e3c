"""Parts of a ticket: calls, words in recordings, notes, photos, files. Rows in somebody's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.ports import NewTicket, Span
from hotline.tickets.models import PartKind, TicketPartRow, TicketRow


def add(
    session: Session,
    row: TicketRow,
    kind: PartKind,
    *,
    by: str,
    at: datetime,
    text: str = "",
    recording: str = "",
    span: tuple[float, float] | None = None,
) -> TicketPartRow:
    """Add a part that is no file."""
    part = TicketPartRow(
        estate=row.estate, number=row.number, kind=kind, at=at, by=by, text=text, recording=recording,
        start=None if span is None else round(span[0], 3), end=None if span is None else round(span[1], 3),
        name="", path="", sha256="", bytes=None, media_type="",
    )  # fmt: skip
    session.add(part)
    return part


def add_words(
    session: Session, row: TicketRow, words: Span, *, by: str, at: datetime, text: str = ""
) -> None:
    """Add a stretch of a recording: what somebody said."""
    add(
        session, row, PartKind.RECORDING, by=by, at=at, text=text, recording=words.recording,
        span=(words.start, words.end),
    )  # fmt: skip


def add_call(session: Session, row: TicketRow, new: NewTicket, *, by: str, at: datetime) -> None:
    """Add what a call brought: the call itself and the caller's words."""
    if new.call:
        add(session, row, PartKind.CALL, by=by, at=at, recording=new.call)
    if new.words is not None:
        add_words(session, row, new.words, by=by, at=at)


def of(session: Session, number: str) -> Sequence[TicketPartRow]:
    """Return a ticket's parts, oldest first."""
    part = TicketPartRow
    return session.scalars(select(part).where(part.number == number).order_by(part.at, part.id)).all()
