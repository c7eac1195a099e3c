"""What a dead predecessor left open is closed at the next start, while calls are already taken."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import structlog

from hotline.app.parts import Parts
from hotline.callrecords.repair import close_lost, draft_filed
from hotline.telephony.media import UnreadableRecording, repair_wav

log = structlog.get_logger(__name__)
_DAYS = 3
"""Day folders looked at: the last with recordings, and those a call over midnight may lie in."""


async def repair(parts: Parts, *, before: datetime) -> None:
    """Close open calls as lost, mend their recordings' headers, file interrupted intakes for call-back.

    ``before``: when this process began. Recordings touched since belong to its own calls.
    """
    mended = await asyncio.to_thread(mend_recordings, parts.home.recordings, before)
    report = await close_lost(parts.db, alive=frozenset({parts.process}), recordings=parts.home.recordings)
    for draft in report.drafts:
        await parts.tickets.open_incomplete(draft.ticket, since=draft.began_at)
        await draft_filed(parts.db, draft.leg)
    if report.closed_calls or mended:
        log.warning(
            "closed what an earlier process left open",
            calls=report.closed_calls,
            legs=report.closed_legs,
            tickets_to_call_back=len(report.drafts),
            recordings_mended=mended,
        )


def mend_recordings(folder: Path, before: datetime) -> int:
    """Mend the headers of recordings that nobody writes any more; returns how many needed it.

    A process died on the last days that have recordings, however long ago that was.
    """
    days = sorted(folder.glob("*/*/*/"), reverse=True)[:_DAYS]
    paths = [path for day in days for path in sorted(day.glob("*.wav"))]
    return sum(_mend(path) for path in paths if path.stat().st_mtime < before.timestamp())


def _mend(path: Path) -> bool:
    was = path.stat().st_mtime_ns
    try:
        repair_wav(path)
    except (UnreadableRecording, OSError) as error:
        log.error("a recording cannot be mended", recording=path.name, reason=type(error).__name__)
        return False
    return not path.exists() or path.stat().st_mtime_ns != was
