"""Recordings and transcripts are deleted when their time is over; the record of the call stays.

DOMAIN section 9: retention periods per kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.errors import EnvironmentFault
from hotline.callrecords.models import LegRow, RecordingRow, TranscriptRow, TranscriptState
from hotline.callrecords.peaks import beside
from hotline.db import outbox
from hotline.db.engine import Database

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderThan:
    """What to delete: everything of a kind from before an instant; ``None`` keeps the kind."""

    recordings: datetime | None = None
    transcripts: datetime | None = None
    events: datetime | None = None
    """Outbox events that every reader has passed."""


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """How many were (or with ``dry_run`` would be) deleted."""

    recordings: int
    transcripts: int
    events: int


def purge(db: Database, *, recordings: Path, older_than: OlderThan, dry_run: bool = False) -> PurgeReport:
    """Delete what is old below ``recordings`` and in the tables.

    A file goes before its row is marked: a crash in between leaves a row whose file is missing,
    which the next purge marks. Raises :class:`~hotline.call.errors.EnvironmentFault` when a file
    cannot be deleted; what was deleted until then is marked.
    """
    with db.reading() as session:
        files = _old_recordings(session, older_than.recordings)
        texts = [row.uniqueid for row in _old_transcripts(session, older_than.transcripts)]
    if dry_run:
        return PurgeReport(len(files), len(texts), 0)
    for leg, path in files:
        _delete(recordings / path)
        with db.transaction() as session:
            session.get_one(RecordingRow, leg).purged_at = db.clock.now()
            _give_up_transcript(session, leg, db.clock.now())
    with db.transaction() as session:
        for row in _old_transcripts(session, older_than.transcripts):
            row.state, row.text, row.segments = TranscriptState.PURGED, "", []
        events = 0 if older_than.events is None else outbox.forget(session, before=older_than.events)
    report = PurgeReport(len(files), len(texts), events)
    log.info("purged", recordings=report.recordings, transcripts=report.transcripts, events=report.events)
    return report


def _old_recordings(session: Session, before: datetime | None) -> list[tuple[str, Path]]:
    if before is None:
        return []
    query = (
        select(RecordingRow.uniqueid, RecordingRow.path)
        .join(LegRow, LegRow.uniqueid == RecordingRow.uniqueid)
        .where(RecordingRow.started_at < before, RecordingRow.purged_at.is_(None), LegRow.end.is_not(None))
        .order_by(RecordingRow.started_at)
    )
    return [(leg, path) for leg, path in session.execute(query)]


def _old_transcripts(session: Session, before: datetime | None) -> Sequence[TranscriptRow]:
    if before is None:
        return ()
    query = select(TranscriptRow).where(
        TranscriptRow.created_at < before, TranscriptRow.state == TranscriptState.DONE
    )
    return session.scalars(query).all()


def _give_up_transcript(session: Session, leg: str, now: datetime) -> None:
    """A transcript that is still to be made cannot be made any more."""
    row = session.get(TranscriptRow, leg)
    if row is not None and row.state in (TranscriptState.PENDING, TranscriptState.RUNNING):
        row.state, row.finished_at = TranscriptState.FAILED, now
        row.failure = "the recording was deleted by retention"


def _delete(path: Path) -> None:
    try:
        beside(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    except OSError as error:
        raise EnvironmentFault(
            f"The recording {path} cannot be deleted: {error.strerror}. Give the user that runs the "
            "hotline write access to its folder and purge again.",
            code="recording-undeletable",
        ) from error
