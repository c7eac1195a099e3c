"""Wake-ups and bills as plain values; instants in ISO 8601 with the estate's own offset."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hotline.call.ports import BillSummary
from hotline.call.ports.wakeups import WakeTime, WakeupSummary
from hotline.confirmations.models import ConfirmationRow
from hotline.confirmations.states import Standing
from hotline.wakeup.entries import Entry
from hotline.wakeup.models import WakeupHistoryRow
from hotline.wakeup.register import Attempt
from hotline.web.masks import Masks


def moment(at: datetime | None, zone: ZoneInfo) -> str | None:
    """``2026-11-23T07:00:00+08:00``."""
    return None if at is None else at.astimezone(zone).isoformat(timespec="seconds")


def when(found: WakeTime) -> dict[str, Any]:
    """Return a time as it was asked for."""
    return {
        "at": f"{found.at:%H:%M}",
        "repeat": found.repeat.value,
        "days": sorted(found.days),
        "first": _day(found.first),
        "until": _day(found.until),
    }


def wakeup(found: WakeupSummary, zone: ZoneInfo) -> dict[str, Any]:
    """Return a booking."""
    return {
        "number": found.number,
        "room": str(found.place),
        **when(found.when),
        "state": found.state,
        "next_at": moment(found.next_at, zone),
    }


def entry(found: Entry, zone: ZoneInfo, masks: Masks) -> dict[str, Any]:
    """Return a line of the register with every attempt."""
    line = found.line
    return {
        "number": line.number,
        "room": line.place,
        "due_at": moment(line.due_at, zone),
        "state": line.state.value,
        "shown_as": found.shown_as,
        "planned": found.filed,
        "first_ring_late_seconds": found.first_ring_late,
        "snoozes": line.snoozes,
        "confirmed_at": moment(line.confirmed_at, zone),
        "confirmed_by": masks.name(line.confirmed_by),
        "minutes_late": found.minutes_late,
        "reason": line.reason,
        "alarmed_at": moment(line.alarmed_at, zone),
        "telephone": masks.number(found.booking.to, found.booking.to_raw),
        "requested_by": masks.name(line.requested_by),
        "note": masks.text(found.booking.note),
        "attempts": [attempt(one, zone, masks) for one in line.attempts],
    }


def attempt(one: Attempt, zone: ZoneInfo, masks: Masks) -> dict[str, Any]:
    """Return an attempt to ring the guest or floor staff."""
    return {
        "at": moment(one.at, zone),
        "ended_at": moment(one.ended_at, zone),
        "rung": "guest" if one.to_guest else "floor",
        "who": one.name if one.to_guest else masks.name(one.name),
        "outcome": one.outcome.value if one.outcome else None,
        "pressed": one.pressed,
    }


def history(row: WakeupHistoryRow, zone: ZoneInfo, masks: Masks) -> dict[str, Any]:
    """Return a line of a booking's history."""
    words = row.event == "cancelled"
    return {
        "at": moment(row.at, zone),
        "who": masks.name(row.who),
        "event": row.event,
        "day": _day(row.day),
        "why": masks.text(row.why) if words else row.why,
    }


def bill(found: BillSummary) -> dict[str, Any]:
    """Return a bill; amounts are texts: yuan with two places, never rounded by a reader."""
    return {
        "number": found.number,
        "room": str(found.place),
        "month": found.month,
        "items": [
            {"kind": item.kind, "label": item.label, "amount": str(item.amount)} for item in found.items
        ],
        "total": str(found.total),
        "late_fee": str(found.late_fee),
        "due_on": found.due_on.isoformat(),
        "notice_on": _day(found.notice_on),
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def confirmation(row: ConfirmationRow, standing: Standing, zone: ZoneInfo, masks: Masks) -> dict[str, Any]:
    """Return a question to an owner with its answer as of now."""
    return {
        "number": str(row.id),
        "room": str(row.place),
        "matter": row.matter.value,
        "standing": standing.value,
        "who": masks.name(row.who),
        "what": masks.text(row.what),
        "persons": row.persons,
        "plate": row.plate if masks.unmasked or not row.plate else row.plate[:2] + "***",
        "at": row.spot or None,
        "asked_by": masks.name(row.asked_by),
        "asked_at": moment(row.asked_at, zone),
        "expires_at": moment(row.expires_at, zone),
        "answered_at": moment(row.answered_at, zone),
        "answered_by": masks.name(row.answered_by),
        "answered_on": masks.number(row.answered_on),
        "call": row.leg,
        "note": masks.text(row.note),
    }
