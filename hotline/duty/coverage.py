"""Where nobody is on duty, and where shifts overlap: what the check and the alarms look at."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.duty.rota import Rota
from hotline.duty.service import DutyBook
from hotline.duty.timetable import gaps, overlaps

_TODAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Finding:
    """A gap, or an overlap (then ``shifts`` names what overlaps)."""

    roster: str
    begin: datetime
    end: datetime
    shifts: tuple[str, ...] = ()
    mistake: bool = False
    """A gap on a roster that must be covered."""


def findings(rota: Rota, begin: datetime, end: datetime, *, must_cover: Collection[str]) -> list[Finding]:
    """Return gaps and overlaps of all rosters with people on them, roster by roster in order.

    Rosters named in ``must_cover`` are treated as if they said so themselves.
    """
    found: list[Finding] = []
    for name, roster in sorted(rota.rosters.items()):
        if not roster.people():
            continue  # told of by itself: nobody is on this roster
        strict = roster.must_cover or name in must_cover
        found += [Finding(name, *gap, mistake=strict) for gap in gaps(rota, name, begin, end)]
        found += [Finding(name, one.begin, one.end, one.shifts) for one in overlaps(rota, name, begin, end)]
    return found


def gaps_today(
    book: DutyBook, at: datetime, *, also: Collection[str] = ()
) -> list[tuple[str, datetime, datetime]]:
    """Return (roster, begin, end) of the gaps within 24 hours from ``at``, on rosters that must be covered.

    ``also`` names rosters that must be covered without saying so: the estate's emergency roster. One
    of these with nobody on it at all is a gap from ``at`` on; one that does not exist is left out.
    """
    rota = book.rota
    names = [name for name, roster in sorted(rota.rosters.items()) if roster.must_cover or name in also]
    return [(name, *gap) for name in names for gap in gaps(rota, name, at, at + _TODAY)]
