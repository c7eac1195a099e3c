"""Parts of a ticket: calls, words in recordings, notes, photos, files. Rows in somebody's transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    name: str = "",
    recording: str = "",
    span: tuple[float, float] | None = None,
) -> TicketPartRow:
    """Add a part that is no file."""
    part = TicketPartRow(
        estate=row.estate, number=row.number, kind=kind, at=at, by=by, text=text, recording=recording,
        start=None if span is None else round(span[0], 3), end=None if span is None else round(span[1], 3),
        name=name, path="", sha256="", bytes=None, media_type="",
    )  # fmt: skip
    session.add(part)
    return part


def add_words(
    session: Session, row: TicketRow, words: Span, *, by: str, at: datetime, name: str = ""
) -> None:
    """Add a stretch of a recording: what somebody said; ``name`` says what it is.

    Its text is filled once the recording has been transcribed (:func:`fill_words`).
    """
    add(
        session, row, PartKind.RECORDING, by=by, at=at, name=name, recording=words.recording,
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


def fill_words(session: Session, leg: str, text_of: Callable[[Span], str]) -> list[str]:
    """Write what was said into the stretches of ``leg``'s recording that have no text yet.

    Returns the numbers of their tickets, each once. What is there already stays, however often the
    recording is transcribed.
    """
    part = TicketPartRow
    waiting = select(part).where(
        part.recording == leg, part.kind == PartKind.RECORDING, part.text == "", part.start.is_not(None)
    )
    filled: dict[str, None] = {}
    for found in session.scalars(waiting.order_by(part.id)).all():
        assert found.start is not None, "asked for"
        end = found.start if found.end is None else found.end
        if words := text_of(Span(leg, found.start, end)).strip():
            found.text = words
            filled[found.number] = None
    return list(filled)
