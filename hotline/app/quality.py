"""Where quality review meets the calls operators took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.callrecords.models import RecordingRow
from hotline.home import Home
from hotline.operators.lines import Leave
from hotline.operators.models import WaitRow
from hotline.quality.drawing import Candidate
from hotline.quality.form import FormBook
from hotline.quality.service import QualityBook


def candidates(
    session: Session, estate: str, operator: str, since: datetime, until: datetime
) -> Sequence[Candidate]:
    """Return the recorded calls an operator took; several talks in one call are one. See ``Candidates``."""
    wait, sound = WaitRow, RecordingRow
    query = (
        select(wait.leg, wait.entered_at, wait.talked)
        .join(sound, sound.uniqueid == wait.leg)
        .where(
            wait.estate == estate, wait.operator == operator, wait.how == Leave.ANSWERED,
            wait.talked.is_not(None), wait.entered_at >= since, wait.entered_at < until,
            sound.purged_at.is_(None), sound.seconds.is_not(None),
        )
        .order_by(wait.entered_at, wait.id)
    )  # fmt: skip
    found: dict[str, Candidate] = {}
    for leg, at, talked in session.execute(query):
        before = found.get(leg)
        whole = (talked or 0.0) + (before.talked if before else 0.0)
        found[leg] = Candidate(leg, before.at if before else at, whole)
    return list(found.values())


def open_quality(home: Home, *, last_good: Path | None = None) -> QualityBook:
    """Return quality review; a form that does not hold is :class:`~hotline.call.errors.InvalidInput`."""
    return QualityBook(FormBook(home.config, last_good=last_good).in_service, candidates)
