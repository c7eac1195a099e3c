"""A recording somebody wants to hear: found, or said why it cannot be played."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from hotline.call.errors import HotlineError
from hotline.callrecords.models import LegRow, RecordingRow


class RecordingRefused(HotlineError):
    """A recording that cannot be played: ``recording-unknown``, ``recording-running``, ``recording-gone``."""

    code = "recording-unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A recording's file: WAV (A-law), the caller left and the hotline right."""

    uniqueid: str
    path: Path
    started_at: datetime


def find(session: Session, uniqueid: str, *, recordings: Path, estate: str = "") -> Sound:
    """Return the recording of a leg; ``estate`` hides those of others, empty means every estate.

    Raises :class:`RecordingRefused`: there is none, it is still being written, or retention deleted it.
    """
    row = session.get(RecordingRow, uniqueid)
    if row is None or estate not in ("", row.estate):
        raise RecordingRefused(f'There is no recording "{uniqueid}".')
    if row.purged_at is not None:
        raise RecordingRefused("This recording was deleted when its time was over.", code="recording-gone")
    leg = session.get(LegRow, uniqueid)
    if leg is not None and leg.end is None:
        raise RecordingRefused(
            "This call is still going on: its recording can be heard once it has ended.",
            code="recording-running",
        )
    path = recordings / row.path
    if not path.is_file():
        raise RecordingRefused("The file of this recording is not there any more.", code="recording-gone")
    return Sound(uniqueid=uniqueid, path=path, started_at=row.started_at)
