"""What belongs to somebody's calls and tickets: recordings, transcripts, events, notes, files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.callrecords.hidden import HIDES
from hotline.callrecords.models import (
    CallEventRow,
    DraftRow,
    LegRow,
    RecordingRow,
    TranscriptRow,
    TranscriptState,
)
from hotline.callrecords.peaks import beside
from hotline.db.base import Base
from hotline.tickets.models import TicketHistoryRow, TicketPartRow, TicketRow

R = TypeVar("R", bound=Base)
_AT_ONCE = 500
"""Values of one IN: databases limit them."""
_CODES = frozenset({"sla_breach", "sla_warning", "more_urgent"})
"""Lines of a ticket's history whose detail is the program's own word."""
_BEFORE_WHY = frozenset({"nature", "fault", "owner", "promised", "assigned"})
"""Lines that name a code, a day or somebody of the staff before the reason somebody typed."""
_SCORE = re.compile(r"[1-5] of 5(?=$|: )")
"""At the beginning of a line ``followed_up``: reports count it, also when the ticket was reopened since."""
_DAY = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d(?=$|: )")
_BEGINS = {"followed_up": _SCORE, "postponed": _DAY}


@dataclass(frozen=True, slots=True)
class Below:
    """Rows that belong to calls and tickets."""

    events: Sequence[CallEventRow]
    recordings: Sequence[RecordingRow]
    transcripts: Sequence[TranscriptRow]
    drafts: Sequence[DraftRow]
    parts: Sequence[TicketPartRow]
    history: Sequence[TicketHistoryRow]

    def tables(self) -> dict[str, Sequence[Base]]:
        """Return the rows by table."""
        return {
            "call_events": self.events, "recordings": self.recordings, "transcripts": self.transcripts,
            "intake_drafts": self.drafts, "ticket_parts": self.parts, "ticket_history": self.history,
        }  # fmt: skip


def legs_of_calls(session: Session, linkedids: Iterable[str]) -> set[str]:
    """Return every leg of some calls."""
    rows = _in(session, LegRow, LegRow.linkedid, set(linkedids))
    return {row.uniqueid for row in rows}


def calls_of_legs(session: Session, legs: Iterable[str]) -> set[str]:
    """Return the calls some legs belong to."""
    return {row.linkedid for row in _in(session, LegRow, LegRow.uniqueid, {leg for leg in legs if leg})}


def legs_of_tickets(tickets: Iterable[TicketRow]) -> set[str]:
    """Return the legs whose sound tickets need."""
    return {leg for row in tickets for leg in (row.call, row.words_recording, row.name_recording) if leg}


def gather(session: Session, *, legs: Collection[str], tickets: Collection[str]) -> Below:
    """Return what belongs to legs and tickets (numbers)."""
    return Below(
        events=_in(session, CallEventRow, CallEventRow.uniqueid, legs),
        recordings=_in(session, RecordingRow, RecordingRow.uniqueid, legs),
        transcripts=_in(session, TranscriptRow, TranscriptRow.uniqueid, legs),
        drafts=_in(session, DraftRow, DraftRow.uniqueid, legs),
        parts=_in(session, TicketPartRow, TicketPartRow.number, tickets),
        history=_in(session, TicketHistoryRow, TicketHistoryRow.number, tickets),
    )


def files_of(below: Below, *, recordings: Path, home: Path) -> dict[str, Path]:
    """Return the files by the name an export gives them."""
    sounds = {
        f"recordings/{row.uniqueid}.wav": recordings / row.path
        for row in below.recordings
        if row.purged_at is None
    }
    attached = {
        f"attachments/{row.number}-{row.id}{Path(row.path).suffix}": home / row.path
        for row in below.parts
        if row.path
    }
    return {name: path for name, path in (sounds | attached).items() if path.is_file()}


def delete_files(files: Iterable[Path]) -> None:
    """Delete files and what was worked out of them; one that is gone is no mistake. Raises OSError."""
    for path in files:
        beside(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def blank(session: Session, below: Below, now: datetime) -> None:
    """Write over what is personal in the rows; who of the staff did what and when stays."""
    blank_events(below.events)
    for recording in below.recordings:
        recording.purged_at = recording.purged_at or now
    for transcript in below.transcripts:
        transcript.state, transcript.text, transcript.segments = TranscriptState.PURGED, "", []
    for draft in below.drafts:
        session.delete(draft)
    for part in below.parts:
        part.text, part.name, part.path, part.sha256 = "", "", "", ""
    for line in below.history:
        line.detail = _without_words(line.event, line.detail)


def _without_words(event: str, detail: str) -> str:
    """Return what a line of history may say without people's own words: a reason may hold a number."""
    if event in _CODES:
        return detail
    if event in _BEGINS:
        found = _BEGINS[event].match(detail)
        return found[0] if found else ""
    return detail.partition(": ")[0] if event in _BEFORE_WHY else ""


def blank_events(events: Iterable[CallEventRow]) -> None:
    """Write over keys, words and names in the events of calls; that something happened stays."""
    for event in events:
        if any((event.kind, name) in HIDES for name in event.detail):
            event.detail = {
                name: "" if (event.kind, name) in HIDES else value for name, value in event.detail.items()
            }


def _in(session: Session, row: type[R], column: Any, values: Collection[str]) -> list[R]:
    wanted, found = sorted(values), list[R]()
    for begin in range(0, len(wanted), _AT_ONCE):
        found += session.scalars(select(row).where(column.in_(wanted[begin : begin + _AT_ONCE]))).all()
    return found
