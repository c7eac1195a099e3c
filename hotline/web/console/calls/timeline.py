"""A call as one line of time: what happened on which leg, when, and where that is in the recording. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.callrecords import hidden
from hotline.callrecords.hidden import Hides
from hotline.callrecords.models import CallEventRow, CallRow, LegRow, RecordingRow, TranscriptRow
from hotline.callrecords.repository import WholeCall
from hotline.web.console.calls import words
from hotline.web.console.calls.shaping import Look, dialled
from hotline.web.console.calls.words import clock, word

SHORT = 6
"""Digits of a leg's id that tell it from the call's others."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One event."""

    clock: str
    """Local time of day."""
    since: str
    """From the beginning of the call, ``+m:ss.s``."""
    leg: str
    what: str
    detail: str
    seek: float | None
    """Seconds into the leg's recording; ``None`` where nothing was recorded."""
    uniqueid: str


def moments(whole: WholeCall, look: Look) -> list[Moment]:
    """Return everything that happened, in order of time."""
    began = {row.uniqueid: row for row in whole.recordings}
    names = leg_names(whole.legs, look)
    return [
        _moment(event, whole.call.start, began.get(event.uniqueid), names, look) for event in whole.events
    ]


def leg_names(legs: Sequence[LegRow], look: Look) -> dict[str, str]:
    """Return what each leg is called: what it is for, or the beginning of its id where several are alike."""
    purposes = {leg.uniqueid: word(words.PURPOSES, leg.purpose, chinese=look.chinese) for leg in legs}
    alike = list(purposes.values())
    return {
        leg: name if alike.count(name) == 1 else f"{name} {leg[:SHORT]}" for leg, name in purposes.items()
    }


def since(at: datetime, begin: datetime) -> str:
    """Return how long after ``begin`` something was: ``+1:05.2``; ``-`` for before (a clock set back)."""
    seconds = (at - begin).total_seconds()
    sign, seconds = ("-" if seconds < 0 else "+"), abs(seconds)
    tenths = int(seconds * 10) % 10
    return f"{sign}{clock(seconds)}.{tenths}"


def leg_line(leg: LegRow, name: str, look: Look) -> tuple[str, ...]:
    """Return a leg as a line of the table: with figures of its sound."""
    lost = "" if leg.loss is None else str(leg.loss)
    share = f" ({leg.loss / leg.received_packets:.1%})" if leg.loss and leg.received_packets else ""
    return (
        name,
        word(words.DIRECTIONS, leg.direction.value, chinese=look.chinese),
        look.masks.number(leg.src, leg.src_raw),
        dialled(leg, look.masks),
        word(words.DISPOSITIONS, leg.disposition, chinese=look.chinese),
        "" if leg.ring_seconds is None else f"{leg.ring_seconds:.1f} s",
        clock(leg.billsec),
        leg.codec,
        lost + share,
        "" if leg.jitter is None else f"{leg.jitter:.1f} ms",
        "" if leg.mos is None else f"{leg.mos:.1f}",
        ended(leg, chinese=look.chinese),
    )


def ended(row: CallRow | LegRow, *, chinese: bool) -> str:
    """Return who ended it and why."""
    by = word(words.ENDED_BY, row.hangup_by.value, chinese=chinese) if row.hangup_by else ""
    return " ".join(part for part in (by, row.hangup_cause) if part)


def segments(row: TranscriptRow | None) -> list[dict[str, str | float]]:
    """Return the sentences of a transcript as the player takes them."""
    if row is None:
        return []
    return [
        {
            "start": round(float(one.get("start", 0.0)), 2), "end": round(float(one.get("end", 0.0)), 2),
            "side": str(one.get("side", "caller")), "text": str(one.get("text", "")),
        }
        for one in row.segments
        if str(one.get("text", "")).strip()
    ]  # fmt: skip


def _moment(
    event: CallEventRow, begin: datetime, recording: RecordingRow | None, names: Mapping[str, str], look: Look
) -> Moment:
    at = event.at.astimezone(look.zone)
    return Moment(
        clock=f"{at:%H:%M:%S}",
        since=since(event.at, begin),
        leg=names.get(event.uniqueid, event.uniqueid[:SHORT]),
        what=word(words.EVENTS, event.kind, chinese=look.chinese),
        detail=detail(event, look),
        seek=_seek(event.at, recording),
        uniqueid=event.uniqueid,
    )


def detail(event: CallEventRow, look: Look) -> str:
    """Return an event's details in one line, masked as the role needs."""
    masks = look.masks
    ways = {Hides.KEY: masks.key, Hides.WORDS: masks.words, Hides.NAME: masks.name, Hides.TEXT: masks.text}
    if event.kind == "REMARK":
        return f"{event.detail.get('by', '')}：{masks.text(event.detail.get('text', ''))}"
    found = hidden.shown(event.kind, event.detail, ways)
    return "，".join(
        f"{word(words.FIELDS, name, chinese=look.chinese)} {value}" for name, value in found.items() if value
    )


def _seek(at: datetime, recording: RecordingRow | None) -> float | None:
    if recording is None or recording.purged_at is not None:
        return None
    inside = (at - recording.started_at).total_seconds()
    return round(inside, 1) if 0 <= inside <= (recording.seconds or 0.0) else None
