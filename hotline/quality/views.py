"""Reviews as plain values, for pages, API and command line."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hotline.quality.form import Form, of_row
from hotline.quality.models import ReviewRow, SampleRow
from hotline.quality.repository import Record


def review(row: ReviewRow, zone: ZoneInfo) -> dict[str, Any]:
    """Return a review without its form."""
    return {
        "review": row.id,
        "operator": row.operator,
        "call": row.call,
        "call_at": _moment(row.call_at, zone),
        "talked": round(row.talked, 1),
        "state": row.state.value,
        "percent": row.percent,
        "passed": row.passed,
        "scored_by": row.scored_by,
        "scored_at": _moment(row.scored_at, zone),
        "example": row.example,
        "example_note": row.example_note,
        "version": row.version,
    }  # fmt: skip


def whole(row: ReviewRow, zone: ZoneInfo, form: Form) -> dict[str, Any]:
    """Return a review with its points; ``form``: the one in service, used while nothing is scored."""
    used = of_row(row.form) if row.form else form
    return review(row, zone) | {
        "comment": row.comment,
        "form": used.mark,
        "pass": used.passes,
        "criteria": [
            {"id": one.id, "zh": one.zh, "en": one.en, "weight": one.weight, "most": one.points,
             "optional": one.optional, "critical": one.critical, "points": row.points.get(one.id)}
            for one in used.criteria
        ],
    }  # fmt: skip


def sample(row: SampleRow, calls: int) -> dict[str, Any]:
    """Return a draw, so that it can be checked."""
    return {
        "sample": row.id,
        "operator": row.operator,
        "first": row.first_day.isoformat(),
        "last": row.last_day.isoformat(),
        "seed": row.seed,
        "candidates": row.candidates,
        "calls": calls,
    }


def record(found: Record) -> dict[str, Any]:
    """Return an operator's scores so far."""
    return {
        "operator": found.operator,
        "scored": found.scored,
        "passed": found.passed,
        "average": found.average,
        "trend": found.trend,
        "waiting": found.waiting,
        "months": [
            {"month": one.month, "scored": one.scored, "average": one.average} for one in found.months
        ],
    }


def _moment(at: datetime | None, zone: ZoneInfo) -> str | None:
    return None if at is None else at.astimezone(zone).isoformat(timespec="seconds")
