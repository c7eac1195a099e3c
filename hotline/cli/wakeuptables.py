"""Wake-ups as rows for tables, JSON and sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from hotline.call.ports.wakeups import WakeupSummary
from hotline.cli import tables
from hotline.cli.personal import Shown
from hotline.wakeup import wording
from hotline.wakeup.calls import SNOOZED
from hotline.wakeup.entries import Entry
from hotline.wakeup.models import WakeupHistoryRow, WakeupRow
from hotline.wakeup.register import Attempt
from hotline.wakeup.schedule import GUEST, HOTLINE

REGISTER_COLUMNS = (
    "time", "room", "number", "state", "shown_as", "rings", "first_ring", "first_ring_late_s", "outcomes",
    "snoozes", "knocks", "confirmed_at", "confirmed_by", "minutes_late", "reason", "alarmed_at", "repeat",
    "telephone", "requested_by", "note",
)  # fmt: skip
REGISTER_TABLE = (
    "time", "room", "number", "shown_as", "rings", "knocks", "confirmed_at", "confirmed_by", "minutes_late",
    "reason",
)  # fmt: skip
LIST_COLUMNS = ("number", "room", "at", "days", "next_at", "until", "state", "telephone", "requested_by")
_NOBODYS = frozenset({GUEST, HOTLINE, ""})
"""Who is no person: nothing of theirs is hidden."""


def person(name: str, shown: Shown) -> str:
    """Return who did something; names of people are masked."""
    return name if name in _NOBODYS else shown.name(name)


def summary(found: WakeupSummary, estate: str) -> dict[str, Any]:
    """Return a booking as it is read back."""
    when = found.when
    return {
        "number": found.number,
        "estate": estate,
        "room": str(found.place),
        "at": f"{when.at:%H:%M}",
        "repeat": when.repeat.value,
        "days": sorted(when.days),
        "first": when.first.isoformat() if when.first else None,
        "until": when.until.isoformat() if when.until else None,
        "state": found.state,
        "next_at": found.next_at.isoformat() if found.next_at else None,
    }


def booking(row: WakeupRow, next_at: datetime | None, zone: tzinfo, shown: Shown) -> dict[str, Any]:
    """Return a booking; instants in the estate's own zone."""
    when = row.when
    return {
        "number": row.number,
        "estate": row.estate,
        "room": str(row.place),
        "at": f"{when.at:%H:%M}",
        "repeat": when.repeat.value,
        "days": wording.days_described(when),
        "first": row.first_day.isoformat(),
        "until": row.until_day.isoformat() if row.until_day else "",
        "skipped": " ".join(row.skips),
        "state": row.state.value,
        "next_at": tables.local(next_at, zone)[:16],
        "telephone": shown.number(row.to, row.to_raw),
        "language": row.language,
        "requested_by": row.requested_by,
        "note": shown.text(row.note),
        "booked_at": tables.local(row.created_at, zone),
        "ended_at": tables.local(row.ended_at, zone),
        "ended_by": row.ended_by,
        "ended_why": row.ended_why,
    }


def entry(found: Entry, zone: ZoneInfo, shown: Shown) -> dict[str, Any]:
    """Return a line of the register; instants in the estate's own zone."""
    rings, line, row = found.rings, found.line, found.booking
    return {
        "time": tables.local(line.due_at, zone)[:16],
        "room": line.place,
        "number": line.number,
        "state": line.state.value,
        "shown_as": found.shown_as,
        "rings": len(rings),
        "first_ring": tables.local(rings[0].at, zone) if rings else "",
        "first_ring_late_s": found.first_ring_late,
        "outcomes": " ".join(_outcome(one) for one in rings),
        "snoozes": line.snoozes,
        "knocks": len(found.knocks),
        "confirmed_at": tables.local(line.confirmed_at, zone),
        "confirmed_by": person(line.confirmed_by, shown),
        "minutes_late": found.minutes_late,
        "reason": line.reason,
        "alarmed_at": tables.local(line.alarmed_at, zone),
        "repeat": wording.days_described(row.when),
        "telephone": shown.number(row.to, row.to_raw),
        "requested_by": line.requested_by,
        "note": shown.text(row.note),
    }


def day(found: Entry, zone: ZoneInfo, shown: Shown) -> dict[str, Any]:
    """Return a day of one booking with its attempts."""
    return entry(found, zone, shown) | {
        "attempts": [attempt(one, zone, shown) for one in found.line.attempts]
    }


def attempt(one: Attempt, zone: tzinfo, shown: Shown) -> dict[str, Any]:
    """Return an attempt to ring the guest or floor staff."""
    return {
        "at": tables.local(one.at, zone),
        "ended_at": tables.local(one.ended_at, zone),
        "rung": "guest" if one.to_guest else "floor",
        "who": one.name if one.to_guest else shown.name(one.name),
        "outcome": _outcome(one),
        "pressed": one.pressed,
    }


def _outcome(one: Attempt) -> str:
    if one.pressed == SNOOZED:
        return SNOOZED  # answered by key, and yet nobody was up
    return one.outcome.value if one.outcome else "under_way"


def history(row: WakeupHistoryRow, zone: tzinfo, shown: Shown) -> dict[str, Any]:
    """Return a line of the history."""
    return {
        "at": tables.local(row.at, zone),
        "who": person(row.who, shown),
        "event": row.event,
        "day": row.day.isoformat() if row.day else "",
        "why": shown.text(row.why) if row.event == "cancelled" else row.why,
    }


def print_rows(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows as a table."""
    tables.print_table(columns, [[row[column] for column in columns] for row in rows])
