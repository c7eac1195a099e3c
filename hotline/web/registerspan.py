"""Which stretch of the wake-up register somebody wants: a day, a shift, the shift that comes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from hotline.call.errors import HotlineError
from hotline.duty import shifts
from hotline.duty.models import ShiftRow

SHIFT_LASTS = timedelta(hours=12)
"""How long a shift is taken to last while nobody has taken it over (*default*)."""
NOW = "now"
"""Instead of a shift's number: the one that runs."""
_LONGEST = 9
"""Digits of a shift's number: PostgreSQL's integers end at 2,147,483,647."""


class UnknownShift(HotlineError):
    """There is no such shift."""

    code = "shift-unknown"


def of_day(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the instants from which and before which it is ``day``: 23 to 25 hours where clocks change."""
    begin, end = (datetime.combine(one, time(), tzinfo=zone) for one in (day, day + timedelta(days=1)))
    return begin.astimezone(UTC), end.astimezone(UTC)


def of_shift(session: Session, estate: str, wanted: str, *, now: datetime) -> tuple[datetime, datetime]:
    """Return begin and end of a shift by its number or :data:`NOW`; one that runs ends as if it were 12 h.

    Raises :class:`UnknownShift`.
    """
    row = _shift(session, estate, wanted)
    end = row.ended_at or max(row.opened_at + SHIFT_LASTS, now)
    return row.opened_at, end


def _shift(session: Session, estate: str, wanted: str) -> ShiftRow:
    if wanted == NOW:
        running = shifts.unfinished(session, estate)
        if not running:
            raise UnknownShift("No shift runs now. `hotline shift log` lists the shifts there were.")
        return max(running, key=lambda row: row.opened_at)
    digits = wanted.isascii() and wanted.isdigit() and len(wanted) <= _LONGEST
    row = session.get(ShiftRow, int(wanted)) if digits else None
    if row is None or row.estate != estate:
        raise UnknownShift(f'There is no shift "{wanted}". `hotline shift log` lists them.')
    return row
