"""Alarms to people: raised once, reminded of while they stand, cleared at the end.

Whoever finds something wrong says so as often as it likes; people hear of it when it begins, every
few hours while it lasts, and when it is over. Each of these is an outbox event in the transaction
that changes the row, so none is lost or doubled by a crash or a second node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.db import outbox
from hotline.db.engine import Database
from hotline.notifications.alarmkinds import AlarmKind
from hotline.notifications.models import AlarmRow, AlarmState
from hotline.notifications.routes import EVERYWHERE

RAISED = "alarm.raised"
REMINDER = "alarm.reminder"
CLEARED = "alarm.cleared"

Detail = Mapping[str, str]
"""Figures and words for the message; never personal data."""


def raise_(
    session: Session,
    *,
    kind: AlarmKind,
    subject: str,
    at: datetime,
    estate: str = EVERYWHERE,
    detail: Detail | None = None,
) -> bool:
    """Raise an alarm in the transaction of ``session``; one that stands already is only counted.

    ``subject`` is what it is about: a trunk's name, a ticket's number. Returns whether it began now.
    """
    row, new = _locked(session, estate, kind, subject, at)
    row.detail = dict(detail or {})
    row.last_at = at
    if not new and row.state is AlarmState.RAISED:
        row.count += 1
        return False
    row.state, row.first_at, row.told_at, row.count = AlarmState.RAISED, at, at, 1
    _tell(session, row, RAISED, at)
    return True


def clear(
    session: Session,
    *,
    kind: AlarmKind,
    subject: str,
    at: datetime,
    estate: str = EVERYWHERE,
    detail: Detail | None = None,
) -> bool:
    """Clear an alarm in the transaction of ``session``; returns whether it stood until now."""
    row = session.scalars(
        select(AlarmRow)
        .where(
            AlarmRow.estate == estate,
            AlarmRow.kind == kind.value,
            AlarmRow.subject == subject,
            AlarmRow.state == AlarmState.RAISED,
        )
        .with_for_update()
    ).first()
    if row is None:
        return False
    row.state, row.last_at = AlarmState.CLEARED, at
    row.detail = {**row.detail, **(detail or {})}
    _tell(session, row, CLEARED, at)
    return True


def remind(session: Session, *, at: datetime, every: timedelta) -> int:
    """Tell people again of every alarm they were last told of ``every`` ago; returns of how many."""
    due = session.scalars(
        select(AlarmRow)
        .where(AlarmRow.state == AlarmState.RAISED, AlarmRow.told_at <= at - every)
        .order_by(AlarmRow.first_at)
        .with_for_update(skip_locked=True)
    ).all()
    for row in due:
        row.told_at = at
        _tell(session, row, REMINDER, at)
    return len(due)


def standing(session: Session, *, kind: AlarmKind | None = None) -> Sequence[AlarmRow]:
    """Return the alarms that stand, oldest first."""
    query = select(AlarmRow).where(AlarmRow.state == AlarmState.RAISED)
    if kind is not None:
        query = query.where(AlarmRow.kind == kind.value)
    return session.scalars(query.order_by(AlarmRow.first_at, AlarmRow.id)).all()


def recent(session: Session, *, limit: int) -> Sequence[AlarmRow]:
    """Return alarms, those that stand first, then the latest."""
    query = select(AlarmRow).order_by(AlarmRow.state.desc(), AlarmRow.last_at.desc(), AlarmRow.id)
    return session.scalars(query.limit(limit)).all()


class Alarms:
    """Alarms for whoever has no transaction of their own."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def raise_(
        self, kind: AlarmKind, subject: str, *, estate: str = EVERYWHERE, detail: Detail | None = None
    ) -> bool:
        """See :func:`raise_`. May raise :class:`~hotline.call.errors.EnvironmentFault`."""
        now = self._clock.now()
        return await self._db.write(
            lambda s: raise_(s, kind=kind, subject=subject, at=now, estate=estate, detail=detail)
        )

    async def clear(
        self, kind: AlarmKind, subject: str, *, estate: str = EVERYWHERE, detail: Detail | None = None
    ) -> bool:
        """See :func:`clear`. Asks before it writes: most of the time nothing stands."""
        if not any((row.estate, row.subject) == (estate, subject) for row in await self.standing(kind)):
            return False
        now = self._clock.now()
        return await self._db.write(
            lambda s: clear(s, kind=kind, subject=subject, at=now, estate=estate, detail=detail)
        )

    async def standing(self, kind: AlarmKind | None = None) -> Sequence[AlarmRow]:
        """See :func:`standing`."""
        return await self._db.read(lambda session: standing(session, kind=kind))

    async def remind(self, every: timedelta) -> int:
        """See :func:`remind`."""
        now = self._clock.now()
        due = [row for row in await self.standing() if row.told_at <= now - every]
        return await self._db.write(lambda s: remind(s, at=now, every=every)) if due else 0


def _locked(
    session: Session, estate: str, kind: AlarmKind, subject: str, at: datetime
) -> tuple[AlarmRow, bool]:
    """Return the row, made if need be, locked until the transaction ends; and whether it was made."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    made = session.connection().execute(
        insert(AlarmRow)
        .values(
            estate=estate, kind=kind.value, subject=subject, state=AlarmState.CLEARED,
            first_at=at, last_at=at, told_at=at, count=0, detail={},
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
    row = session.scalars(
        select(AlarmRow)
        .where(AlarmRow.estate == estate, AlarmRow.kind == kind.value, AlarmRow.subject == subject)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    return row, made.rowcount == 1


def _tell(session: Session, row: AlarmRow, event: str, at: datetime) -> None:
    detail = {
        **row.detail,
        "alarm": row.kind,
        "since": row.first_at.isoformat(),
        "count": str(row.count),
    }
    outbox.add(session, estate=row.estate, kind=event, subject=row.subject, at=at, detail=detail)
