"""Shifts, handovers and log pages as tables and plain values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from hotline.cli import tables
from hotline.cli.personal import Shown
from hotline.duty.models import HandoverRow, ShiftLogRow, ShiftRow

Fields = dict[str, Any]


def shift_fields(row: ShiftRow, shown: Shown) -> Fields:
    """Return a shift as plain values; instants in ISO 8601, UTC."""
    return {
        "number": row.id,
        "estate": row.estate,
        "post": row.post,
        "who": shown.name(row.who),
        "state": row.state.value,
        "opened_at": row.opened_at.isoformat(),
        "ended_at": None if row.ended_at is None else row.ended_at.isoformat(),
        "taken_from": row.taken_from,
    }


def handover_fields(row: HandoverRow, shown: Shown) -> Fields:
    """Return a handover as plain values, with what was open then."""
    return {
        "outgoing": shown.name(row.outgoing),
        "signed_at": row.signed_at.isoformat(),
        "incoming": shown.name(row.incoming),
        "answer": row.answer,
        "answered_at": None if row.answered_at is None else row.answered_at.isoformat(),
        "reason": shown.text(row.reason),
        "equipment": shown.text(row.equipment),
        "remarks": shown.text(row.remarks),
        "cases": row.snapshot["cases"],
        "wake_ups": row.snapshot["wake_ups"],
    }


def log_fields(row: ShiftLogRow, shown: Shown) -> Fields:
    """Return a line of a log page as plain values."""
    return {
        "at": row.at.isoformat(),
        "who": shown.name(row.who),
        "event": row.event,
        "detail": shown.text(row.detail),
    }


def print_shifts(rows: Sequence[ShiftRow], shown: Shown, zone: tzinfo) -> None:
    """Print shifts as a table."""
    if not rows:
        print("No shifts.")
        return
    lines = [
        (
            row.id, row.post, shown.name(row.who), row.state.value.replace("_", " "),
            tables.local(row.opened_at, zone)[:16], tables.local(row.ended_at, zone)[:16],
        )
        for row in rows
    ]  # fmt: skip
    tables.print_table(("number", "post", "who", "state", "opened", "ended"), lines)


def print_shift(
    row: ShiftRow, handovers: Sequence[HandoverRow], log: Sequence[ShiftLogRow], shown: Shown, zone: tzinfo
) -> None:
    """Print a shift with its handovers and log page."""
    facts = shift_fields(row, shown)
    facts |= {name: tables.local(getattr(row, name), zone) for name in ("opened_at", "ended_at")}
    tables.print_facts(facts)
    for one in handovers:
        print()
        facts = handover_fields(one, shown)
        facts |= {name: tables.local(getattr(one, name), zone) for name in ("signed_at", "answered_at")}
        facts["answer"] = one.answer or "waits for who takes over"
        facts["cases"] = _counted([case["number"] for case in facts["cases"]])
        facts["wake_ups"] = _counted([_wake_up(one, zone) for one in facts["wake_ups"]])
        tables.print_facts(facts)
    print()
    print_log(log, shown, zone)


def print_log(rows: Sequence[ShiftLogRow], shown: Shown, zone: tzinfo) -> None:
    """Print a log page."""
    lines = [
        (tables.local(row.at, zone), shown.name(row.who), row.event, shown.text(row.detail)) for row in rows
    ]
    tables.print_table(("time", "who", "what", ""), lines)


def _wake_up(one: dict[str, str], zone: tzinfo) -> str:
    at = datetime.fromisoformat(one["at"]).astimezone(zone)
    return f"{at:%m-%d %H:%M} {one['room']} ({one['reference']})"


def _counted(references: Sequence[str]) -> str:
    return f"{len(references)}: {', '.join(references)}" if references else "none"
