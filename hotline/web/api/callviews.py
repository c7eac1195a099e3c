"""Calls as answers have them: names as in the field's call detail records, numbers masked."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from hotline.call.ports import Direction
from hotline.callrecords import hidden
from hotline.callrecords.hidden import Hides
from hotline.callrecords.models import CallRow, LegRow, TranscriptRow, TranscriptState
from hotline.callrecords.repository import WholeCall
from hotline.web.api.shapes import Moment, Out, instant, moment
from hotline.web.masks import Masks


class CdrOut(Out):
    """What a call and its legs have in common."""

    uniqueid: str
    linkedid: str
    estate: str
    direction: str
    src: Annotated[str, Field(examples=["138****1111"])]
    src_name: str
    dst: str
    account: str
    start: Moment
    answer: Moment | None
    end: Moment | None
    duration: float | None
    billsec: float | None
    disposition: Annotated[str, Field(description="Empty while it lasts.", examples=["ANSWERED"])]
    ring_seconds: float | None
    rings: int | None
    hangup_by: str | None
    hangup_cause: str
    outcome: Annotated[str, Field(examples=["ticket"])]


class CallOut(CdrOut):
    """A call."""

    emergency: bool


class LegOut(CdrOut):
    """One leg of it."""

    purpose: str
    sip_status: int | None
    codec: str
    loss: int | None
    jitter: float | None
    mos: float | None


class EventOut(Out):
    """What happened on a leg."""

    leg: str
    at: Moment
    kind: Annotated[str, Field(examples=["MENU"])]
    detail: dict[str, Any]


class RecordingOut(Out):
    """A leg's recording; `/recordings/LEG` is its sound."""

    leg: str
    started_at: Moment
    seconds: float | None
    purged_at: Moment | None


class TranscriptStateOut(Out):
    """Whether a leg's words are there."""

    leg: str
    state: TranscriptState
    language: str
    engine: str
    failure: str


class WholeCallOut(CallOut):
    """A call with everything below it."""

    legs: list[LegOut]
    events: list[EventOut]
    recordings: list[RecordingOut]
    transcripts: list[TranscriptStateOut]


class Segment(Out):
    """A stretch of speech."""

    start: float
    end: float
    side: Annotated[str, Field(examples=["caller"])]
    text: str


class TranscriptOut(TranscriptStateOut):
    """The words of a leg's recording."""

    text: str
    segments: list[Segment]


class Channel(Out):
    """One side of a recording."""

    side: str
    min: list[float]
    max: list[float]


class PeaksOut(Out):
    """The shape of a recording."""

    uniqueid: str
    seconds: float
    rate: int
    buckets: int
    channels: list[Channel]


_SAME = (
    "uniqueid", "linkedid", "estate", "account", "duration", "billsec", "disposition", "ring_seconds",
    "rings", "hangup_cause", "outcome",
)  # fmt: skip
_OF_LEG = ("purpose", "sip_status", "codec", "loss", "jitter", "mos")


def call(row: CallRow, zone: ZoneInfo, masks: Masks) -> CallOut:
    """Return a call."""
    return CallOut(**_facts(row, zone, masks), emergency=row.emergency)


def whole(found: WholeCall, zone: ZoneInfo, masks: Masks) -> WholeCallOut:
    """Return a call with everything below it, in order of time."""
    ways = {Hides.KEY: masks.key, Hides.WORDS: masks.words, Hides.NAME: masks.name, Hides.TEXT: masks.text}
    return WholeCallOut(
        **_facts(found.call, zone, masks),
        emergency=found.call.emergency,
        legs=[_leg(row, zone, masks) for row in found.legs],
        events=[
            EventOut(
                leg=row.uniqueid, at=instant(row.at, zone), kind=row.kind,
                detail=hidden.shown(row.kind, row.detail, ways),
            )
            for row in found.events
        ],
        recordings=[
            RecordingOut(
                leg=row.uniqueid, started_at=instant(row.started_at, zone), seconds=row.seconds,
                purged_at=moment(row.purged_at, zone),
            )
            for row in found.recordings
        ],
        transcripts=[TranscriptStateOut(**_state(row)) for row in found.transcripts],
    )  # fmt: skip


def transcript(row: TranscriptRow) -> TranscriptOut:
    """Return the words of a leg."""
    return TranscriptOut(**_state(row), text=row.text, segments=[Segment(**one) for one in row.segments])


def _state(row: TranscriptRow) -> dict[str, Any]:
    return {
        "leg": row.uniqueid, "state": row.state, "language": row.language, "engine": row.engine,
        "failure": row.failure,
    }  # fmt: skip


def _leg(row: LegRow, zone: ZoneInfo, masks: Masks) -> LegOut:
    return LegOut(**_facts(row, zone, masks), **{name: getattr(row, name) for name in _OF_LEG})


def _facts(row: CallRow | LegRow, zone: ZoneInfo, masks: Masks) -> dict[str, Any]:
    own_number = row.direction is Direction.INBOUND  # what was dialled is the hotline's own then
    return {name: getattr(row, name) for name in _SAME} | {
        "direction": row.direction.value,
        "src": masks.number(row.src, row.src_raw),
        "src_name": masks.name(row.src_name),
        "dst": (row.dst or row.dst_raw) if own_number else masks.number(row.dst, row.dst_raw),
        "start": instant(row.start, zone),
        "answer": moment(row.answer, zone),
        "end": moment(row.end, zone),
        "hangup_by": None if row.hangup_by is None else row.hangup_by.value,
    }
