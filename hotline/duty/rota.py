"""Who is responsible at an instant, and who after them. Pure: time and everything else is passed in.

DOMAIN section 5. A roster is a list of lines; a line puts people on the hours of certain days. What
holds on a day is, from the weakest to the strongest: the weekly lines and the week of the rotation,
the roster of public holidays instead of them, and changes of single dates. A shift belongs to the
day on which it begins: Friday's night is Friday's until Saturday morning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from hotline.duty.hours import DAY_MINUTES, Calendar, Window, instant, intervals
from hotline.duty.roster import Change, Line, Reason, Roster, Turn

_DAY = timedelta(days=1)
_ADDED = 1_000_000
"""Rank of people added by a change: behind those of the roster's own lines."""


@dataclass(frozen=True, slots=True)
class Rota:
    """All rosters of an estate with their changes, in its zone."""

    rosters: Mapping[str, Roster]
    calendar: Calendar
    zone: tzinfo
    topics: Mapping[str, tuple[str, ...]]
    """Matters by name, and the rosters that are rung for them in turn."""
    changes: tuple[Change, ...] = ()
    """In the order in which they were made: a later one may change what an earlier one put."""

    def roster_names(self, name: str) -> tuple[str, ...]:
        """Return the rosters a roster or topic stands for; raises :class:`KeyError` for neither."""
        return (name,) if name in self.rosters else self.topics[name]


def responsible(rota: Rota, name: str, at: datetime) -> tuple[Turn, ...]:
    """Return who is responsible for a roster or topic at ``at``, and who after them, in order.

    A number stands only once, at its first place. Raises :class:`KeyError` for a name that is
    neither roster nor topic.
    """
    return active(turns(rota, name, at, at + timedelta(microseconds=1)), at)


def active(found: Iterable[Turn], at: datetime) -> tuple[Turn, ...]:
    """Return those of ``found`` (rosters one after another) that are on at ``at``, in ringing order."""
    first: dict[str, Turn] = {}
    for turn in found:
        if turn.begin <= at < turn.end:
            first.setdefault(plain_number(turn.contact.number), turn)
    return tuple(first.values())


def turns(rota: Rota, name: str, begin: datetime, end: datetime) -> tuple[Turn, ...]:
    """Return the turns on a roster or topic that touch ``begin`` to ``end``, in ringing order.

    Raises :class:`KeyError` for a name that is neither.
    """
    return tuple(turn for one in rota.roster_names(name) for turn in _of_roster(rota, one, begin, end))


def plain_number(number: str) -> str:
    """Return a number without the marks people put in to read it."""
    return re.sub(r"[\s()-]", "", number)


def _of_roster(rota: Rota, name: str, begin: datetime, end: datetime) -> list[Turn]:
    roster = rota.rosters[name]
    day, last = begin.astimezone(rota.zone).date() - _DAY, end.astimezone(rota.zone).date()
    found: list[Turn] = []
    while day <= last:  # yesterday's shifts may last past midnight
        found += _of_day(rota, roster, day)
        day += _DAY
    for change in rota.changes:
        if change.roster == name:
            found = _changed(rota, found, change)
            if change.put is not None and not change.remove:
                found += _added(rota, change, begin, end)
    return sorted(
        (turn for turn in found if turn.begin < end and turn.end > begin), key=lambda turn: turn.rank
    )


def _of_day(rota: Rota, roster: Roster, day: date) -> Iterator[Turn]:
    lines, reason = _lines(rota, roster, day)
    for number, line in lines:
        for begin, end in _hours(rota, line.window, day):
            for place, contact in enumerate(line.people):
                yield Turn(
                    contact=contact, reason=reason, begin=begin, end=end, day=day, shift=line.shift,
                    rank=(0, number, place),
                )  # fmt: skip
    for begin, end in _hours(rota, None, day) if roster.after else ():
        for place, contact in enumerate(roster.after):
            yield Turn(
                contact=contact, reason=Reason.STANDING, begin=begin, end=end, day=day, after=True,
                rank=(1, 0, place),
            )  # fmt: skip


def _lines(rota: Rota, roster: Roster, day: date) -> tuple[list[tuple[int, Line]], Reason]:
    """Return the numbered lines that hold on ``day``, and why."""
    weekly = [*roster.lines, *(roster.rotation.lines(day) if roster.rotation else ())]
    if roster.holidays and rota.calendar.is_public_holiday(day):
        special = _applying(rota, roster.holidays, day, first=len(weekly))
        if special:
            return special, Reason.HOLIDAY
    return _applying(rota, weekly, day), Reason.STANDING if roster.plain else Reason.WEEKLY


def _applying(rota: Rota, lines: Iterable[Line], day: date, *, first: int = 0) -> list[tuple[int, Line]]:
    return [(n, line) for n, line in enumerate(lines, first) if line.applies(day, rota.calendar)]


def _hours(rota: Rota, window: Window | None, day: date) -> tuple[tuple[datetime, datetime], ...]:
    if window is None:
        return ((instant(day, 0, rota.zone), instant(day, DAY_MINUTES, rota.zone)),)
    return intervals(window, rota.calendar, rota.zone, day)


def _changed(rota: Rota, found: list[Turn], change: Change) -> list[Turn]:
    """Return the turns with those of the person taken off cut out, or given to the one put there."""
    if not change.remove:
        return found
    kept: list[Turn] = []
    for turn in found:
        part = change.stretch(turn) if turn.contact.name == change.remove else None
        if part is None:
            kept.append(turn)
            continue
        begin, end = part
        kept += [replace(turn, begin=b, end=e) for b, e in ((turn.begin, begin), (end, turn.end)) if b < e]
        if change.put is not None:
            kept.append(
                replace(
                    turn, contact=change.put, reason=Reason.CHANGE, begin=begin, end=end,
                    instead_of=change.remove, why=change.why,
                )
            )  # fmt: skip
    return kept


def _added(rota: Rota, change: Change, begin: datetime, end: datetime) -> Iterator[Turn]:
    assert change.put is not None, "an addition puts somebody"
    if change.first is None or change.last is None:
        stretches = [(change.begin, change.end)]
    else:
        first = max(change.first, begin.astimezone(rota.zone).date() - _DAY)
        last = min(change.last, end.astimezone(rota.zone).date())
        stretches = [
            hours
            for step in range((last - first).days + 1)
            for hours in _hours(rota, None, first + step * _DAY)
        ]
    for since, until in stretches:
        if since is not None and until is not None:
            yield Turn(
                contact=change.put, reason=Reason.CHANGE, begin=since, end=until,
                day=since.astimezone(rota.zone).date(), why=change.why, rank=(0, _ADDED, 0),
            )  # fmt: skip
