"""Recordings made for single calls – a notice, who waits at the gate – go when their time is over.

They are people's voices and names like the recordings of calls, and are kept as long (DOMAIN section 9).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from hotline.call.errors import EnvironmentFault
from hotline.campaigns import notices
from hotline.confirmations import service as confirmations
from hotline.db.engine import Database

log = structlog.get_logger(__name__)


def purge_clips(db: Database, *, prompts: Path, before: datetime, dry_run: bool = False) -> int:
    """Delete what belongs to notices and questions that were over before an instant; returns how many.

    ``prompts`` is the folder with a folder for each language. The files go first: a crash in between is made
    up for by the next time. Raises :class:`~hotline.call.errors.EnvironmentFault` when one cannot be deleted.
    """
    with db.reading() as session:
        found = _old(session, before)
    if dry_run or not found:
        return len(found)
    for prompt in found:
        for path in prompts.glob(f"*/{prompt}.wav"):
            _delete(path)
    with db.transaction() as session:
        for question in confirmations.with_old_clips(session, before):
            question.clip = "" if question.clip in found else question.clip
        for notice in notices.with_old_recordings(session, before):
            if notices.Notice.of(notice).prompt in found:
                notices.without_recording(notice)
    log.info("recordings made for single calls were deleted", count=len(found))
    return len(found)


def _old(session: Session, before: datetime) -> frozenset[str]:
    clips = {row.clip for row in confirmations.with_old_clips(session, before)}
    told = {notices.Notice.of(row).prompt for row in notices.with_old_recordings(session, before)}
    return frozenset(clips | told)


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise EnvironmentFault(
            f"The recording {path} cannot be deleted: {error.strerror}. Give the user that runs the "
            "hotline write access to its folder.",
            code="recording-undeletable",
        ) from error
