"""Who was let in and is not to stay: sessions and tokens that ended while something is open with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hotline.accounts import sessions
from hotline.accounts.models import ApiTokenRow
from hotline.accounts.usermodels import UserRow, UserSessionRow


def ended_sessions(session: Session, ids: Collection[str], now: datetime) -> Mapping[str, bool]:
    """Return which of these sessions let nobody in any more; True: only for the time that has passed.

    The others were ended: signed out, account changed or removed.
    """
    if not ids:
        return {}
    rows = session.execute(
        select(UserSessionRow, UserRow.active)
        .join(UserRow, UserRow.username == UserSessionRow.username)
        .where(UserSessionRow.id.in_(ids))
    ).all()
    found = {row.id: (row, active) for row, active in rows}
    return {
        one: one in found and found[one][1]
        for one in ids
        if one not in found or not found[one][1] or not sessions.holds(found[one][0], now)
    }


def ended_tokens(session: Session, ids: Collection[str], now: datetime) -> Mapping[str, bool]:
    """Return which of these tokens let nobody in any more; True: they expired, the others were revoked."""
    if not ids:
        return {}
    rows = {row.id: row for row in session.scalars(select(ApiTokenRow).where(ApiTokenRow.id.in_(ids))).all()}
    ended: dict[str, bool] = {}
    for one in ids:
        row = rows.get(one)
        if row is None or row.revoked_at is not None:
            ended[one] = False
        elif row.expires_at is not None and row.expires_at <= now:
            ended[one] = True
    return ended


def count_as_used(session: Session, ids: Collection[str], now: datetime) -> None:
    """Count sessions as used: an operator who waits for calls at their headset is at work."""
    if ids:
        session.execute(update(UserSessionRow).where(UserSessionRow.id.in_(ids)).values(seen_at=now))
