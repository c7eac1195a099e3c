"""Reading and writing the tables of call records inside somebody's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from hotline.call.errors import HotlineError
from hotline.call.ports import IntakeDraft, LegReport
from hotline.callrecords import drafts
from hotline.callrecords.models import (
    TESTS,
    CallEventRow,
    CallRow,
    DraftRow,
    LegRow,
    RecordingRow,
    TranscriptRow,
    TranscriptState,
)
from hotline.db import outbox

Q = TypeVar("Q", bound="Select[*tuple[Any, ...]]")

REFUSED = "RECORDING_REFUSED"
"""Event of a leg whose far end does not want to be recorded."""
SHORTEST_TRANSCRIBED = 0.5
"""Seconds: nothing is said in less."""


class UnknownLeg(HotlineError, LookupError):
    """A record was asked for a leg that was never opened."""

    code = "unknown-leg"


def leg_row(session: Session, leg: str) -> LegRow:
    """Return the leg; raises :class:`UnknownLeg`."""
    row = session.get(LegRow, leg)
    if row is None:
        raise UnknownLeg(f"no leg {leg} was opened")
    # a session holds its rows weakly: without this every event of a batch asks for its leg again
    session.info.setdefault("legs", {})[leg] = row
    return row


def rows_of(session: Session, leg: str) -> list[LegRow | CallRow]:
    """Return the leg and, when the call began with it, the call: both carry the same facts."""
    row = leg_row(session, leg)
    call = session.get(CallRow, row.linkedid)
    return [row, call] if call is not None and call.uniqueid == leg else [row]


def add_event(
    session: Session, leg: str, kind: str, at: datetime, detail: Mapping[str, str] | None = None
) -> None:
    """Add an event to a leg."""
    row = leg_row(session, leg)
    session.add(CallEventRow(estate=row.estate, uniqueid=leg, at=at, kind=kind, detail=dict(detail or {})))


def close(session: Session, leg: str, report: LegReport, *, outcome: str, recorded_seconds: float) -> None:
    """Write how a leg ended, on the leg, its call and its recording.

    The telephony and the menu each close a leg, in either order: others are told ``call.closed`` at
    the first, and ``call.outcome`` should the outcome come only with the second.
    """
    rows = rows_of(session, leg)
    ended = leg_row(session, leg)
    first_time, outcome_before = ended.end is None, ended.outcome
    for row in rows:
        _write_end(row, report, outcome)
    _write_quality(ended, report)
    _close_recording(session, leg, recorded_seconds, report.ended_at)
    if first_time:
        cause = {"cause": report.hangup_cause, "by": report.hangup_by.value}
        add_event(session, leg, "HANGUP", report.ended_at, cause)
    if len(rows) > 1 and (first_time or ended.outcome != outcome_before):
        outbox.add(
            session,
            estate=ended.estate,
            kind="call.closed" if first_time else "call.outcome",
            subject=ended.linkedid,
            at=report.ended_at,
            detail={"disposition": report.disposition, "outcome": ended.outcome},
        )


def finish(session: Session, leg: str, *, outcome: str, recorded_seconds: float) -> None:
    """Write the outcome of a leg that ended earlier than its conversation, and close its recording."""
    ended = leg_row(session, leg)
    for row in rows_of(session, leg):
        _write_outcome(row, outcome)
    _close_recording(session, leg, recorded_seconds, ended.end or ended.start)
    outbox.add(
        session, estate=ended.estate, kind="call.outcome", subject=ended.linkedid,
        at=ended.end or ended.start, detail={"disposition": ended.disposition, "outcome": outcome},
    )  # fmt: skip


def _write_quality(leg: LegRow, report: LegReport) -> None:
    leg.sip_status = report.sip_status
    quality = report.quality
    if quality is None:
        return
    leg.codec = quality.codec
    leg.received_packets, leg.sent_packets = quality.received_packets, quality.sent_packets
    leg.loss, leg.jitter, leg.mos = quality.lost, quality.jitter_ms, quality.mos


def _write_end(row: LegRow | CallRow, report: LegReport, outcome: str) -> None:
    row.answer = report.answered_at
    row.end = report.ended_at
    row.duration = _seconds(row.start, report.ended_at)
    row.billsec = _seconds(report.answered_at, report.ended_at)
    row.disposition = report.disposition
    row.ring_seconds = round(report.ring_seconds, 3)
    row.rings = report.rings
    row.hangup_by = report.hangup_by
    row.hangup_cause = report.hangup_cause
    _write_outcome(row, outcome)


def _write_outcome(row: LegRow | CallRow, outcome: str) -> None:
    """A test stays one, whatever the menu did in it."""
    if outcome and row.outcome not in TESTS:
        row.outcome = outcome


def _seconds(begin: datetime | None, end: datetime) -> float:
    """Return the span, never negative: a clock set back must not make a record absurd."""
    return 0.0 if begin is None else max(0.0, round((end - begin).total_seconds(), 3))


def _close_recording(session: Session, leg: str, seconds: float, at: datetime) -> None:
    recording = session.get(RecordingRow, leg)
    if recording is None:
        return
    recording.seconds = max(round(seconds, 3), recording.seconds or 0.0)
    if recording.refused_at is not None:
        recording.seconds = 0.0
        return
    if seconds < SHORTEST_TRANSCRIBED or session.get(TranscriptRow, leg) is not None:
        return
    session.add(
        TranscriptRow(
            uniqueid=leg, estate=recording.estate, state=TranscriptState.PENDING, created_at=at, due_at=at,
            attempts=0, finished_at=None, failure="", language="", engine="", text="", segments=[],
        )
    )  # fmt: skip


def put_recording(session: Session, leg: str, path: Path, at: datetime) -> None:
    """Note that a leg is being recorded to ``path``."""
    row = session.get(RecordingRow, leg)
    if row is not None:
        row.path = path
        return
    estate = leg_row(session, leg).estate
    session.add(
        RecordingRow(
            uniqueid=leg, estate=estate, path=path, started_at=at, seconds=None, purged_at=None,
            refused_at=None,
        )
    )  # fmt: skip


def refuse_recording(session: Session, leg: str, at: datetime) -> None:
    """Note that the far end does not want to be recorded: the row says so, the file is gone."""
    estate = leg_row(session, leg).estate
    row = session.get(RecordingRow, leg)
    if row is None:
        row = RecordingRow(uniqueid=leg, estate=estate, path=Path(), started_at=at)
        session.add(row)
    row.seconds, row.purged_at, row.refused_at = 0.0, at, at
    add_event(session, leg, REFUSED, at)


def recording_refused(session: Session, linkedid: str) -> bool:
    """Whether somebody on a call does not want to be recorded: none of its later legs is."""
    query = (
        select(RecordingRow.uniqueid)
        .join(LegRow, LegRow.uniqueid == RecordingRow.uniqueid)
        .where(LegRow.linkedid == linkedid, RecordingRow.refused_at.is_not(None))
    )
    return session.scalars(query.limit(1)).first() is not None


def recording_path(session: Session, *, leg: str, recordings: Path) -> Path | None:
    """Return the file with a leg's recording; ``None`` when there is none (any more)."""
    row = session.get(RecordingRow, leg)
    if row is None or row.purged_at is not None:
        return None
    path = recordings / row.path
    return path if path.is_file() else None


def put_draft(session: Session, leg: str, draft: IntakeDraft | None, at: datetime) -> None:
    """Keep, replace or (``None``) drop the draft of a leg's intake."""
    row = session.get(DraftRow, leg)
    if draft is None:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        row = DraftRow(uniqueid=leg, estate=draft.ticket.estate, began_at=at)
        session.add(row)
    row.said_something = draft.said_something
    row.version = drafts.VERSION
    row.ticket = drafts.dump(draft.ticket)


# --- questions ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls to list, newest first."""

    estate: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    number: str | None = None
    """Normalised number of either side."""
    disposition: str | None = None
    outcome: str | None = None
    limit: int | None = 50
    offset: int = 0


def calls(session: Session, wanted: CallFilter) -> Sequence[CallRow]:
    """Return calls, newest first."""
    query = _conditions(select(CallRow), wanted).order_by(CallRow.start.desc(), CallRow.linkedid)
    return session.scalars(query.limit(wanted.limit).offset(wanted.offset)).all()


def any_before(session: Session, at: datetime) -> bool:
    """Whether any call began earlier, in either direction."""
    return session.scalars(select(CallRow.linkedid).where(CallRow.start < at).limit(1)).first() is not None


def _conditions(query: Q, wanted: CallFilter) -> Q:
    if wanted.estate is not None:
        query = query.where(CallRow.estate == wanted.estate)
    if wanted.since is not None:
        query = query.where(CallRow.start >= wanted.since)
    if wanted.until is not None:
        query = query.where(CallRow.start < wanted.until)
    if wanted.number is not None:
        query = query.where((CallRow.src == wanted.number) | (CallRow.dst == wanted.number))
    if wanted.disposition is not None:
        query = query.where(CallRow.disposition == wanted.disposition)
    if wanted.outcome is not None:
        query = query.where(CallRow.outcome == wanted.outcome)
    return query


def detail_records(session: Session, wanted: CallFilter) -> Iterator[tuple[CallRow, LegRow]]:
    """Return calls with their first leg, oldest first, without holding all of them in memory."""
    query = select(CallRow, LegRow).join(LegRow, LegRow.uniqueid == CallRow.uniqueid)
    query = _conditions(query, wanted).order_by(CallRow.start, CallRow.linkedid)
    query = query.limit(wanted.limit).offset(wanted.offset).execution_options(yield_per=1000)
    return ((call, leg) for call, leg in session.execute(query))


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeCall:
    """A call with everything below it, in order of time."""

    call: CallRow
    legs: Sequence[LegRow]
    events: Sequence[CallEventRow]
    recordings: Sequence[RecordingRow]
    transcripts: Sequence[TranscriptRow]

    @property
    def recording(self) -> str:
        """``refused`` when somebody on it did not want to be recorded, ``made``, or ``none``."""
        if any(row.refused_at is not None for row in self.recordings):
            return "refused"
        return "made" if self.recordings else "none"


def whole_call(session: Session, beginning: str) -> WholeCall | None:
    """Return the call of a leg or linkedid, or of the only one that begins so."""
    linkedid = _linkedid(session, beginning)
    call = session.get(CallRow, linkedid) if linkedid else None
    if call is None:
        return None
    legs = session.scalars(
        select(LegRow).where(LegRow.linkedid == call.linkedid).order_by(LegRow.start, LegRow.uniqueid)
    ).all()
    ids = [leg.uniqueid for leg in legs]
    events = (
        select(CallEventRow).where(CallEventRow.uniqueid.in_(ids)).order_by(CallEventRow.at, CallEventRow.id)
    )
    recordings = select(RecordingRow).where(RecordingRow.uniqueid.in_(ids)).order_by(RecordingRow.started_at)
    transcripts = select(TranscriptRow).where(TranscriptRow.uniqueid.in_(ids))
    return WholeCall(
        call=call, legs=legs, events=session.scalars(events).all(),
        recordings=session.scalars(recordings).all(), transcripts=session.scalars(transcripts).all(),
    )  # fmt: skip


def _linkedid(session: Session, beginning: str) -> str | None:
    """Ids are long: people give the first digits of one, as with git."""
    if not beginning or any(digit not in "0123456789abcdef" for digit in beginning):
        return None
    # a range, not LIKE: SQLite's LIKE ignores case and so cannot use the index
    query = select(LegRow.linkedid).where(LegRow.uniqueid >= beginning, LegRow.uniqueid < beginning + "g")
    found = session.scalars(query.distinct().limit(2)).all()
    return found[0] if len(found) == 1 else None


def transcript(session: Session, leg: str, *, estate: str = "") -> TranscriptRow:
    """Return the transcript of a leg's recording; ``estate`` hides those of others, empty: none.

    Raises :class:`~hotline.call.errors.HotlineError` (``transcript-unknown``).
    """
    row = session.get(TranscriptRow, leg)
    if row is None or estate not in ("", row.estate):
        raise HotlineError(f'There is no transcript of "{leg}".', code="transcript-unknown")
    return row
