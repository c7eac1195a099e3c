"""What a dead calls process left open is closed as lost, and its intakes are handed over.

Run at start and whenever a calls process was replaced. Safe to run again after a crash of its own:
legs are closed in one transaction, and drafts stay until :func:`draft_filed`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.call.events import HangupBy
from hotline.call.ports import LegReport, NewTicket
from hotline.callrecords import drafts, repository, soundfile
from hotline.callrecords.models import CallEventRow, CallRow, DraftRow, LegRow, RecordingRow
from hotline.db.engine import Database

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LeftDraft:
    """An interrupted intake worth a call-back."""

    leg: str
    began_at: datetime
    """A ticket of the same call opened since then is already its ticket."""
    ticket: NewTicket
    """As far as the caller got; ``complete`` is False."""


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What was found."""

    closed_calls: int
    closed_legs: int
    drafts: tuple[LeftDraft, ...]
    """File each with ``Tickets.open_incomplete``, then call :func:`draft_filed`."""
    unreadable_drafts: int
    """Kept in the table for a newer program; logged."""


async def close_lost(db: Database, *, alive: frozenset[str], recordings: Path) -> RepairReport:
    """Close every open leg whose process is not in ``alive`` as ``LOST``.

    A leg ended, as far as anybody knows, at its last sign of life: its last event or the end of its
    recording below ``recordings``. Drafts with nothing worth a call-back are dropped.
    """
    return await db.write(lambda session: _close_lost(session, alive, recordings))


async def draft_filed(db: Database, leg: str) -> None:
    """The draft's ticket is committed: forget the draft."""
    await db.write(lambda session: repository.put_draft(session, leg, None, db.clock.now()))


def _close_lost(session: Session, alive: frozenset[str], recordings: Path) -> RepairReport:
    lost = session.scalars(
        select(LegRow).where(LegRow.end.is_(None), LegRow.process.not_in(alive)).order_by(LegRow.start)
    ).all()
    for leg in lost:
        _close_leg(session, leg, recordings)
    unfinished = _unfinished(session, alive)
    for leg in unfinished:
        recorded = _recorded(session, leg, recordings)
        repository.finish(session, leg.uniqueid, outcome="lost", recorded_seconds=recorded)
    session.flush()
    left, unreadable = _left_drafts(session, alive)
    ids = [leg.uniqueid for leg in lost]
    calls = session.scalar(select(func.count()).select_from(CallRow).where(CallRow.uniqueid.in_(ids))) or 0
    if lost or left:
        log.warning("calls of a dead process closed", calls=calls, legs=len(lost), drafts=len(left))
    return RepairReport(calls, len(lost), tuple(left), unreadable)


def _unfinished(session: Session, alive: frozenset[str]) -> list[LegRow]:
    """Return answered legs that ended while their conversation went on (people were still rung)."""
    query = (
        select(LegRow)
        .join(CallRow, CallRow.uniqueid == LegRow.uniqueid)
        .where(
            LegRow.end.is_not(None),
            LegRow.answer.is_not(None),
            LegRow.outcome == "",
            LegRow.process.not_in(alive),
        )
    )
    return list(session.scalars(query).all())


def _recorded(session: Session, leg: LegRow, recordings: Path) -> float:
    row = session.get(RecordingRow, leg.uniqueid)
    return 0.0 if row is None else soundfile.seconds(recordings / row.path) or 0.0


def _close_leg(session: Session, leg: LegRow, recordings: Path) -> None:
    ended, recorded = _last_sign(session, leg, recordings)
    ringing_until = leg.answer or ended
    ring_seconds = leg.ring_seconds
    report = LegReport(
        answered_at=leg.answer,
        ended_at=ended,
        ring_seconds=(ringing_until - leg.start).total_seconds() if ring_seconds is None else ring_seconds,
        rings=leg.rings or 0,
        disposition="LOST",
        hangup_by=HangupBy.NETWORK,
        hangup_cause="lost",
    )
    repository.close(session, leg.uniqueid, report, outcome="lost", recorded_seconds=recorded)


def _last_sign(session: Session, leg: LegRow, recordings: Path) -> tuple[datetime, float]:
    """Return the last instant the leg was known to live and the seconds recorded."""
    signs = [leg.start, leg.answer]
    signs.append(
        session.scalar(select(func.max(CallEventRow.at)).where(CallEventRow.uniqueid == leg.uniqueid))
    )
    recorded = 0.0
    recording = session.get(RecordingRow, leg.uniqueid)
    if recording is not None:
        recorded = soundfile.seconds(recordings / recording.path) or 0.0
        signs.append(recording.started_at + timedelta(seconds=recorded))
    return max(sign for sign in signs if sign is not None), recorded


def _left_drafts(session: Session, alive: frozenset[str]) -> tuple[list[LeftDraft], int]:
    rows = session.scalars(
        select(DraftRow)
        .join(LegRow, LegRow.uniqueid == DraftRow.uniqueid)
        .where(LegRow.process.not_in(alive))
        .order_by(DraftRow.began_at)
    ).all()
    found, unreadable = [], 0
    for row in rows:
        if not row.said_something:
            session.delete(row)
            continue
        try:
            ticket = drafts.load(row.version, row.ticket)
        except drafts.UnreadableDraft as error:
            log.error("a draft cannot be read", leg=row.uniqueid, problem=error.sentence)
            unreadable += 1
            continue
        found.append(LeftDraft(row.uniqueid, row.began_at, _incomplete(ticket, row.uniqueid)))
    return found, unreadable


def _incomplete(ticket: NewTicket, leg: str) -> NewTicket:
    note = ticket.note or "call lost"
    return replace(ticket, complete=False, call=ticket.call or leg, note=note)
