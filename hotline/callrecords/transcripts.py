"""The queue of recordings to transcribe: claimed by compare-and-swap, under a lease.

A worker that dies holds its claim until the lease runs out; then the row is somebody else's. A
recording that broke its worker :data:`ATTEMPTS` times is given up with a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.callrecords.models import RecordingRow, TranscriptRow, TranscriptState
from hotline.db import outbox
from hotline.db.engine import Database

LEASE = timedelta(minutes=30)
"""Longer than the slowest transcription: whisper-base on one busy core takes about the call's length."""
ATTEMPTS = 3
RETRY_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class TranscriptJob:
    """A recording to transcribe. ``attempt`` proves the claim when the result comes."""

    leg: str
    path: Path
    estate: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptText:
    """A finished transcript; ``segments`` as :class:`~hotline.callrecords.models.TranscriptRow` has them."""

    text: str
    segments: Sequence[dict[str, Any]]
    language: str
    engine: str


class TranscriptQueue:
    """Pending transcripts of all estates, oldest first."""

    def __init__(self, db: Database, *, clock: Clock, recordings: Path) -> None:
        """Serve recordings below ``recordings``."""
        self._db = db
        self._clock = clock
        self._recordings = recordings

    async def claim(self) -> TranscriptJob | None:
        """Take the next recording that is due, or ``None``. Two workers never get the same."""
        return await self._db.write(lambda session: self._claim(session, self._clock.now()))

    async def done(self, job: TranscriptJob, transcript: TranscriptText) -> bool:
        """Store the transcript; False when the claim had run out and was given to another."""

        def store(session: Session) -> bool:
            row = _held(session, job)
            if row is None:
                return False
            row.state, row.finished_at, row.failure = TranscriptState.DONE, self._clock.now(), ""
            row.text, row.segments = transcript.text, list(transcript.segments)
            row.language, row.engine = transcript.language, transcript.engine
            outbox.add(
                session, estate=row.estate, kind="transcript.done", subject=job.leg, at=self._clock.now()
            )
            return True

        return await self._db.write(store)

    async def failed(self, job: TranscriptJob, sentence: str, retry: bool) -> None:
        """Note why it failed; tried again later when ``retry`` and attempts are left."""

        def store(session: Session) -> None:
            row = _held(session, job)
            if row is None:
                return
            row.failure = sentence
            if retry and row.attempts < ATTEMPTS:
                row.state, row.due_at = TranscriptState.PENDING, self._clock.now() + RETRY_AFTER
            else:
                row.state, row.finished_at = TranscriptState.FAILED, self._clock.now()

        await self._db.write(store)

    async def release(self, job: TranscriptJob) -> None:
        """Give a claim back untried (shutting down, no model): it costs no attempt."""

        def store(session: Session) -> None:
            row = _held(session, job)
            if row is not None:
                row.state, row.due_at = TranscriptState.PENDING, self._clock.now()
                row.attempts -= 1

        await self._db.write(store)

    async def waiting(self) -> int:
        """Return how many are not transcribed yet."""
        states = (TranscriptState.PENDING, TranscriptState.RUNNING)
        return await self._db.read(
            lambda session: len(
                session.scalars(select(TranscriptRow.uniqueid).where(TranscriptRow.state.in_(states))).all()
            )
        )

    def _claim(self, session: Session, now: datetime) -> TranscriptJob | None:
        while True:
            row = session.scalars(
                select(TranscriptRow)
                .where(
                    TranscriptRow.state.in_((TranscriptState.PENDING, TranscriptState.RUNNING)),
                    TranscriptRow.due_at <= now,
                )
                .order_by(TranscriptRow.due_at, TranscriptRow.uniqueid)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).first()
            if row is None:
                return None
            if row.attempts >= ATTEMPTS:
                row.state, row.finished_at = TranscriptState.FAILED, now
                row.failure = row.failure or f"the transcription was interrupted {row.attempts} times"
                session.flush()
                continue
            if not _swap(session, row, now):
                session.expire(row)
                continue
            recording = session.get_one(RecordingRow, row.uniqueid)
            return TranscriptJob(
                row.uniqueid, self._recordings / recording.path, row.estate, row.attempts + 1
            )


def _swap(session: Session, row: TranscriptRow, now: datetime) -> bool:
    """Claim ``row`` only if it is as it was read."""
    changed = session.connection().execute(
        update(TranscriptRow)
        .where(
            TranscriptRow.uniqueid == row.uniqueid,
            TranscriptRow.attempts == row.attempts,
            TranscriptRow.state == row.state,
        )
        .values(state=TranscriptState.RUNNING, attempts=row.attempts + 1, due_at=now + LEASE)
    )
    return changed.rowcount == 1


def _held(session: Session, job: TranscriptJob) -> TranscriptRow | None:
    """Return the row if this job's claim still holds it."""
    row = session.get(TranscriptRow, job.leg, with_for_update=True)
    if row is None or row.state is not TranscriptState.RUNNING or row.attempts != job.attempt:
        return None
    return row


def text_between(segments: Sequence[dict[str, Any]], start: float, end: float) -> str:
    """Return what the caller said in a stretch (seconds) of a recording, one line a segment.

    A segment belongs to the stretch when its middle does: recognisers cut a little early or late.
    """
    return "\n".join(
        str(segment["text"]).strip()
        for segment in segments
        if segment.get("side", "caller") == "caller"
        and start <= (float(segment["start"]) + float(segment["end"])) / 2 <= end
        and str(segment["text"]).strip()
    )
