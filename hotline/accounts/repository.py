"""Reading and writing the staff inside somebody's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.accounts import pins
from hotline.accounts.models import StaffAuditRow, StaffRow
from hotline.call.ports import StaffMember, StaffRole
from hotline.db import outbox

TELEPHONE = "telephone"
"""Who did it, in the audit, when it was done by calling in."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that was counted before its PIN is compared."""

    pin_hash: str
    """Empty when no PIN fits: no such person, not active, no PIN."""
    member: StaffMember | None
    locked_until: datetime | None = None
    """The account is locked already: no PIN fits."""
    locks_until: datetime | None = None
    """The lock that begins with this attempt if it is wrong."""


def member_of(row: StaffRow) -> StaffMember:
    """Return a row as the port's value."""
    roles = frozenset(StaffRole(role) for role in row.roles)
    return StaffMember(number=row.number, name=row.name, telephone=row.telephone, roles=roles)


def find(session: Session, estate: str, number: str) -> StaffRow | None:
    """Return a member of staff by number, also one who has left."""
    query = select(StaffRow).where(StaffRow.estate == estate, StaffRow.number == number)
    return session.scalars(query).first()


def named(session: Session, estate: str, name: str) -> StaffMember | None:
    """Return the active member of that name; ``None`` when there is none, or several."""
    query = select(StaffRow).where(StaffRow.estate == estate, StaffRow.name == name, StaffRow.active)
    rows = session.scalars(query.limit(2)).all()
    return member_of(rows[0]) if len(rows) == 1 else None


def everybody(session: Session, estate: str | None, *, left: bool = False) -> Sequence[StaffRow]:
    """Return the staff by number; with ``left`` also those who are not active any more."""
    query = select(StaffRow).order_by(StaffRow.estate, StaffRow.number)
    if estate is not None:
        query = query.where(StaffRow.estate == estate)
    return session.scalars(query if left else query.where(StaffRow.active)).all()


def audit(session: Session, estate: str, number: str, event: str, *, by: str, at: datetime) -> None:
    """Write down what happened to an account."""
    session.add(StaffAuditRow(estate=estate, number=number, at=at, event=event, by=by))


def audit_of(session: Session, estate: str, number: str) -> Sequence[StaffAuditRow]:
    """Return what happened to an account, oldest first."""
    query = select(StaffAuditRow).where(StaffAuditRow.estate == estate, StaffAuditRow.number == number)
    return session.scalars(query.order_by(StaffAuditRow.id)).all()


def begin_attempt(session: Session, estate: str, number: str, at: datetime) -> Attempt:
    """Count an attempt as wrong before its PIN is looked at.

    So ten calls at the same time have five tries between them, not ten; a right PIN takes it back.
    """
    row = find(session, estate, number)
    if row is None or not row.active or not row.pin_hash:
        audit(session, estate, number if row else "", "refused", by=TELEPHONE, at=at)
        return Attempt("", None)
    if row.locked_until is not None and row.locked_until > at:
        audit(session, estate, number, "refused", by=TELEPHONE, at=at)
        return Attempt("", member_of(row), row.locked_until)
    row.failed += 1
    if row.failed >= pins.TRIES:
        row.locked_until = at + pins.lock_for(row.locks)
        row.failed, row.locks = 0, row.locks + 1
        return Attempt(row.pin_hash, member_of(row), locks_until=row.locked_until)
    return Attempt(row.pin_hash, member_of(row))


def entered(session: Session, estate: str, number: str, at: datetime, *, rehashed: str = "") -> None:
    """The PIN was right: what was counted before is forgotten."""
    row = find(session, estate, number)
    if row is None:
        return
    row.failed, row.locks, row.locked_until = 0, 0, None
    row.pin_hash = rehashed or row.pin_hash
    audit(session, estate, number, "entered", by=TELEPHONE, at=at)


def refused(
    session: Session, estate: str, number: str, at: datetime, *, locks_until: datetime | None
) -> None:
    """Write down that the PIN was wrong, and the lock that came of it."""
    audit(session, estate, number, "refused", by=TELEPHONE, at=at)
    if locks_until is None:
        return
    audit(session, estate, number, "locked", by=TELEPHONE, at=at)
    detail = {"until": locks_until.isoformat()}
    outbox.add(session, estate=estate, kind="staff.locked", subject=number, at=at, detail=detail)
