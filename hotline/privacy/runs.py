"""One deletion a night, whoever restarts when: the day's row is the claim."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from hotline.privacy.models import RetentionRunRow

LEASE = timedelta(hours=1)
"""A run that has not ended by then was killed, and is taken up again: what it did is not done twice."""


def claim(session: Session, day: date, now: datetime) -> bool:
    """Take a day's run; False when it is done, or somebody is at it."""
    row = session.get(RetentionRunRow, day, with_for_update=True)
    if row is None:
        session.add(RetentionRunRow(day=day, began_at=now, ended_at=None, counts={}))
        session.flush()
        return True
    if row.ended_at is not None or now - row.began_at < LEASE:
        return False
    row.began_at = now
    return True


def finish(session: Session, day: date, now: datetime, counts: Mapping[str, int]) -> None:
    """Write down that a day's run is done."""
    row = session.get_one(RetentionRunRow, day)
    row.ended_at, row.counts = now, dict(counts)
