"""Alarms that follow from what happens to tickets and wake-ups (DOMAIN sections 3 and 7)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from hotline.db import outbox
from hotline.db.outbox import OutboxEvent
from hotline.notifications import alarms
from hotline.notifications.alarmkinds import AlarmKind
from hotline.notifications.repository import lock_reader

READER = "alarms"
_BATCH = 200
_AWAKE = frozenset(("wakeup.confirmed", "wakeup.cancelled"))
_UNTAKEN = frozenset(("registered", "assigned", "reopened"))
"""States in which nobody has taken a ticket."""


def waiting(session: Session) -> bool:
    """True when there are events to look at."""
    return bool(outbox.unseen(session, READER, limit=1))


def follow(session: Session, now: datetime) -> int:
    """Raise and clear alarms by the next events and pass them, in this transaction; returns how many.

    Exactly once: a second node finds the events passed, and both alarms and their clearing are
    idempotent.
    """
    lock_reader(session, READER, now)
    events = outbox.unseen(session, READER, limit=_BATCH)
    for event in events:
        _follow(session, event, now)
    if events:
        outbox.passed(session, READER, events[-1].id)
    return len(events)


def _follow(session: Session, event: OutboxEvent, now: datetime) -> None:
    kind, estate, subject = AlarmKind.TICKET_UNACCEPTED, event.estate, event.subject
    if event.kind == "ticket.unaccepted":
        alarms.raise_(session, kind=kind, subject=subject, at=now, estate=estate, detail=event.detail)
    elif event.kind == "wakeup.alarm":
        asleep = AlarmKind.WAKEUP_UNCONFIRMED
        alarms.raise_(session, kind=asleep, subject=subject, at=now, estate=estate, detail=event.detail)
    elif event.kind in _AWAKE:
        alarms.clear(session, kind=AlarmKind.WAKEUP_UNCONFIRMED, subject=subject, at=now, estate=estate)
    elif event.kind == "selftest.failed":
        failed = AlarmKind.SELFTEST_FAILED
        alarms.raise_(session, kind=failed, subject=subject, at=now, estate=estate, detail=event.detail)
    elif event.kind == "selftest.passed":
        alarms.clear(session, kind=AlarmKind.SELFTEST_FAILED, subject=subject, at=now, estate=estate)
    elif event.kind == "ticket.changed" and event.detail.get("state", "") not in {"", *_UNTAKEN}:
        alarms.clear(session, kind=kind, subject=subject, at=now, estate=estate)
