"""Rows of the list of calls as people read them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from hotline.call.ports import Direction
from hotline.callrecords.models import CallRow, LegRow
from hotline.web.console.calls import words
from hotline.web.console.calls.words import word
from hotline.web.masks import Masks

GOOD = frozenset({"ANSWERED"})
BAD = frozenset({"LOST", "FAILED", "CONGESTION", "NO ANSWER", "CANCELLED"})
HEADINGS = (
    "uniqueid", "direction", "start", "answer", "end", "src", "src_name", "dst", "disposition", "outcome",
    "ring_seconds", "rings", "duration", "billsec", "hangup_by", "hangup_cause", "emergency", "tickets",
    "recorded", "codec", "loss", "jitter", "mos",
)  # fmt: skip
"""Of the exported file."""


@dataclass(frozen=True, slots=True)
class Around:
    """What other tables know of a page's calls."""

    recorded: Collection[str] = ()
    """Legs whose recording can be heard."""
    tickets: Mapping[str, list[str]] = field(default_factory=dict)
    """Numbers of tickets by leg."""
    rooms: Mapping[str, str] = field(default_factory=dict)
    """Rooms by the normalised number of somebody who lives there."""
    legs: Mapping[str, LegRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody sees a list."""

    masks: Masks
    zone: ZoneInfo
    chinese: bool


def line(row: CallRow, around: Around, look: Look) -> dict[str, str | bool]:
    """Return a row of the table: texts and flags only, escaped by whoever shows them."""
    inbound = row.direction is Direction.INBOUND
    other = row.src if inbound else row.dst
    room = around.rooms.get(other, "") if look.masks.unmasked else ""
    return {
        "id": row.uniqueid,
        "time": local(row.start, look.zone),
        "direction": word(words.DIRECTIONS, row.direction.value, chinese=look.chinese),
        "inbound": inbound,
        "from": look.masks.number(row.src, row.src_raw),
        "name": look.masks.name(row.src_name),
        "room": room,
        "to": dialled(row, look.masks),
        "result": word(words.DISPOSITIONS, row.disposition, chinese=look.chinese),
        "mood": "good" if row.disposition in GOOD else "bad" if row.disposition in BAD else "",
        "rings": "" if row.rings is None else str(row.rings),
        "talk": words.clock(row.billsec),
        "outcome": word(words.OUTCOMES, row.outcome, chinese=look.chinese),
        "emergency": row.emergency,
        "tickets": " ".join(around.tickets.get(row.uniqueid, ())),
        "recorded": row.uniqueid in around.recorded,
    }


def cells(row: CallRow, around: Around, look: Look) -> list[object]:
    """Return a row of the exported file, in order of :data:`HEADINGS`; words as records have them."""
    leg = around.legs.get(row.uniqueid)
    return [
        row.uniqueid, row.direction.value, row.start, row.answer, row.end,
        look.masks.number(row.src, row.src_raw), look.masks.name(row.src_name), dialled(row, look.masks),
        row.disposition or "RUNNING", row.outcome, row.ring_seconds, row.rings, row.duration, row.billsec,
        row.hangup_by.value if row.hangup_by else "", row.hangup_cause, int(row.emergency),
        " ".join(around.tickets.get(row.uniqueid, ())), int(row.uniqueid in around.recorded),
        leg.codec if leg else "", leg.loss if leg else None, leg.jitter if leg else None,
        leg.mos if leg else None,
    ]  # fmt: skip


def dialled(row: CallRow | LegRow, masks: Masks) -> str:
    """Return the number dialled: the hotline's own on an incoming call, somebody's on one it placed."""
    if row.direction is Direction.INBOUND:
        return row.dst or row.dst_raw
    return masks.number(row.dst, row.dst_raw)


def local(at: datetime | None, zone: ZoneInfo) -> str:
    """Return an instant as people read it."""
    return "" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
