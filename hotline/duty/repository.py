"""Reading and writing changes of the roster inside somebody's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from hotline.call.ports import DutyContact
from hotline.duty.models import DutyChangeRow
from hotline.duty.roster import Change

PAST = timedelta(days=60)
"""Changes that are over for longer are not kept in memory."""


def changes(session: Session, estate: str, *, since: datetime) -> Sequence[Change]:
    """Return an estate's changes that are not over before ``since``, in the order they were made."""
    rows = session.scalars(_in_force(since).where(DutyChangeRow.estate == estate))
    return [change_of(row) for row in rows]


def changes_of_all(session: Session, *, since: datetime) -> dict[str, list[Change]]:
    """Return the changes of every estate that has some, by estate."""
    found: dict[str, list[Change]] = {}
    for row in session.scalars(_in_force(since)):
        found.setdefault(row.estate, []).append(change_of(row))
    return found


def _in_force(since: datetime) -> Select[DutyChangeRow]:
    return (
        select(DutyChangeRow)
        .where(DutyChangeRow.cancelled_at.is_(None))
        .where(or_(DutyChangeRow.last_day >= since.date() - timedelta(days=1), DutyChangeRow.ends_at > since))
        .order_by(DutyChangeRow.id)
    )


def change_of(row: DutyChangeRow) -> Change:
    """Return a row as what the rota understands."""
    return Change(
        roster=row.roster,
        first=row.first_day,
        last=row.last_day,
        begin=row.begins_at,
        end=row.ends_at,
        remove=row.remove,
        put=DutyContact(row.put_name, row.put_number) if row.put_name else None,
        why=row.why,
        ref=row.id,
    )


def rows(
    session: Session, estate: str | None, *, roster: str | None = None, since: datetime | None = None
) -> Sequence[DutyChangeRow]:
    """Return changes with the cancelled ones, newest first; ``since`` leaves out those that are over."""
    query = select(DutyChangeRow).order_by(DutyChangeRow.id.desc())
    if estate is not None:
        query = query.where(DutyChangeRow.estate == estate)
    if roster is not None:
        query = query.where(DutyChangeRow.roster == roster)
    if since is not None:
        day = since.date() - timedelta(days=1)
        query = query.where(or_(DutyChangeRow.last_day >= day, DutyChangeRow.ends_at > since))
    return session.scalars(query).all()


def other_half(session: Session, row: DutyChangeRow) -> Sequence[DutyChangeRow]:
    """Return the other half of a swap; empty when the change is none."""
    query = select(DutyChangeRow).where(DutyChangeRow.swap_of == row.id)
    if row.swap_of is not None:
        query = select(DutyChangeRow).where(DutyChangeRow.id == row.swap_of)
    return session.scalars(query.where(DutyChangeRow.cancelled_at.is_(None))).all()
