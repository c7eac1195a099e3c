"""Reading and writing shifts inside somebody's transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hotline.duty.models import HandoverRow, ShiftLogRow, ShiftRow


def add(session: Session, shift: ShiftRow) -> bool:
    """Add a shift; False when another is unfinished at the post: the database allows one only."""
    try:
        with session.begin_nested():
            session.add(shift)
    except IntegrityError:
        return False
    return True


def running(session: Session, estate: str, post: str) -> ShiftRow | None:
    """Return the unfinished shift of a post, locked until the transaction ends."""
    query = select(ShiftRow).where(
        ShiftRow.estate == estate, ShiftRow.post == post, ShiftRow.ended_at.is_(None)
    )
    return session.scalars(query.with_for_update()).first()


def unfinished(session: Session, estate: str) -> Sequence[ShiftRow]:
    """Return the unfinished shifts of an estate, by post."""
    query = select(ShiftRow).where(ShiftRow.estate == estate, ShiftRow.ended_at.is_(None))
    return session.scalars(query.order_by(ShiftRow.post)).all()


def recent(
    session: Session, estate: str, *, post: str | None, limit: int, offset: int = 0
) -> Sequence[ShiftRow]:
    """Return the latest shifts, newest first."""
    query = select(ShiftRow).where(ShiftRow.estate == estate)
    if post is not None:
        query = query.where(ShiftRow.post == post)
    return session.scalars(
        query.order_by(ShiftRow.opened_at.desc(), ShiftRow.id.desc()).limit(limit).offset(offset)
    ).all()


def pending(session: Session, shift: int) -> HandoverRow | None:
    """Return the handover of a shift that waits for an answer."""
    query = select(HandoverRow).where(HandoverRow.shift_id == shift, HandoverRow.answer.is_(None))
    return session.scalars(query).first()


def handovers(session: Session, shift: int) -> Sequence[HandoverRow]:
    """Return a shift's handovers, refused ones too, oldest first."""
    query = select(HandoverRow).where(HandoverRow.shift_id == shift)
    return session.scalars(query.order_by(HandoverRow.id)).all()


def log(session: Session, shift: int) -> Sequence[ShiftLogRow]:
    """Return a shift's log page, oldest first."""
    query = select(ShiftLogRow).where(ShiftLogRow.shift_id == shift)
    return session.scalars(query.order_by(ShiftLogRow.at, ShiftLogRow.id)).all()
