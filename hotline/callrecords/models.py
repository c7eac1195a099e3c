"""Tables of call records. Names follow the field's call detail records (DESIGN section 6).

A *leg* is one SIP dialogue, a *call* is what belongs together: one ``linkedid`` across every
transfer, with the facts of its first leg. Seconds are real numbers.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from hotline.call.events import HangupBy
from hotline.call.ports import TEST_CALL, Direction
from hotline.db.base import Base, Json, PathText, UtcDateTime, Word

TESTS = (TEST_CALL, "selftest")
"""Outcomes of calls the hotline makes to itself: kept, and left out of every figure."""


class Cdr:
    """The facts of a call detail record, the same for a leg and for the call it began."""

    linkedid: Mapped[str]
    estate: Mapped[str] = mapped_column(String)
    process: Mapped[str] = mapped_column(String)
    """The calls process that owns it: tells a dead process's open rows from a live one's."""
    direction: Mapped[Direction] = mapped_column(Word(Direction))
    src: Mapped[str] = mapped_column(String)
    """Normalised number of the caller; empty when it was withheld or is no number (``src_raw`` has it)."""
    src_raw: Mapped[str] = mapped_column(String)
    src_name: Mapped[str] = mapped_column(String)
    dst: Mapped[str] = mapped_column(String)
    dst_raw: Mapped[str] = mapped_column(String)
    account: Mapped[str] = mapped_column(String)
    start: Mapped[datetime] = mapped_column(UtcDateTime)
    answer: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end: Mapped[datetime | None] = mapped_column(UtcDateTime)
    duration: Mapped[float | None]
    """Seconds from start to end."""
    billsec: Mapped[float | None]
    """Seconds from answer to end; 0 when it was not answered."""
    disposition: Mapped[str] = mapped_column(String)
    """Empty while it lasts; then a word of :class:`~hotline.call.ports.LegReport`."""
    ring_seconds: Mapped[float | None]
    rings: Mapped[int | None]
    hangup_by: Mapped[HangupBy | None] = mapped_column(Word(HangupBy))
    hangup_cause: Mapped[str] = mapped_column(String)
    outcome: Mapped[str] = mapped_column(String)


class CallRow(Cdr, Base):
    """A call, from its first leg's ring to that leg's end."""

    __tablename__ = "calls"

    linkedid: Mapped[str] = mapped_column(String, primary_key=True)
    uniqueid: Mapped[str] = mapped_column(String)
    """The leg it began with, whose facts these are."""
    emergency: Mapped[bool]

    __table_args__ = (
        Index(None, "estate", "start"),
        Index(None, "start"),
        Index(None, "src"),
        Index(None, "dst"),
    )


class LegRow(Cdr, Base):
    """One leg."""

    __tablename__ = "legs"

    uniqueid: Mapped[str] = mapped_column(String, primary_key=True)
    linkedid: Mapped[str] = mapped_column(ForeignKey("calls.linkedid", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String)
    sip_status: Mapped[int | None]
    codec: Mapped[str] = mapped_column(String)
    received_packets: Mapped[int | None]
    sent_packets: Mapped[int | None]
    loss: Mapped[int | None]
    """Packets lost."""
    jitter: Mapped[float | None]
    """Milliseconds."""
    mos: Mapped[float | None]

    __table_args__ = (Index(None, "linkedid"), Index(None, "end", "process"))


MENU, CHOICE = "MENU", "CHOICE"
"""Events of a call that came to a step of its menu, and of a key that led to one."""


def _step(context: DefaultExecutionContext) -> str | None:
    """Return the step of an event that is written; ``None``: it has none."""
    values: dict[str, Any] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return values["detail"].get("step") if values["kind"] in (MENU, CHOICE) else None


class CallEventRow(Base):
    """A CEL-like event of a leg."""

    __tablename__ = "call_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    uniqueid: Mapped[str] = mapped_column(ForeignKey("legs.uniqueid", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String)
    detail: Mapped[dict[str, str]] = mapped_column(Json)
    step: Mapped[str | None] = mapped_column(String, default=_step)
    """The step of ``detail`` where callers came through one or chose it: calls are looked for by it."""

    __table_args__ = (
        Index(None, "uniqueid", "at"),
        Index(None, "estate", "kind", "at"),
        Index(
            None, "estate", "kind", "step", "at", "uniqueid",
            sqlite_where=text("step IS NOT NULL"), postgresql_where=text("step IS NOT NULL"),
        ),
    )  # fmt: skip


class RecordingRow(Base):
    """The recording of a leg. The row stays when the file is purged."""

    __tablename__ = "recordings"

    uniqueid: Mapped[str] = mapped_column(ForeignKey("legs.uniqueid", ondelete="CASCADE"), primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    path: Mapped[Path] = mapped_column(PathText)
    """Relative to the recordings folder, so that a data folder can be moved; absolute outside it."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seconds: Mapped[float | None]
    purged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the far end asked not to be recorded: the file was deleted at once."""

    __table_args__ = (Index(None, "started_at"),)


class TranscriptState(StrEnum):
    """Life of a transcript."""

    PENDING = "pending"
    RUNNING = "running"
    """Claimed; belongs to its worker until the lease runs out."""
    DONE = "done"
    FAILED = "failed"
    PURGED = "purged"
    """Text deleted by retention."""


class TranscriptRow(Base):
    """The transcript of a leg's recording, and its place in the queue of the work process."""

    __tablename__ = "transcripts"

    uniqueid: Mapped[str] = mapped_column(
        ForeignKey("recordings.uniqueid", ondelete="CASCADE"), primary_key=True
    )
    estate: Mapped[str] = mapped_column(String)
    state: Mapped[TranscriptState] = mapped_column(Word(TranscriptState))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Pending: not to be tried before. Running: end of the lease."""
    attempts: Mapped[int]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str] = mapped_column(Text)
    """Why the last attempt failed, as a sentence."""
    language: Mapped[str] = mapped_column(String)
    engine: Mapped[str] = mapped_column(String)
    text: Mapped[str] = mapped_column(Text)
    segments: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    """``{"start": seconds, "end": seconds, "side": "caller"|"hotline", "text": …}`` in order of time."""

    __table_args__ = (Index(None, "state", "due_at"), Index(None, "estate", "created_at"))


class DraftRow(Base):
    """What an intake under way has got so far; gone once its ticket is filed."""

    __tablename__ = "intake_drafts"

    uniqueid: Mapped[str] = mapped_column(ForeignKey("legs.uniqueid", ondelete="CASCADE"), primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When this intake's first draft was written: a ticket of the call filed later is its ticket."""
    said_something: Mapped[bool]
    version: Mapped[int]
    """Layout of ``ticket``: see :mod:`hotline.callrecords.drafts`."""
    ticket: Mapped[dict[str, Any]] = mapped_column(Json)
