"""A roster over a stretch of time: who follows whom when, where nobody is on, where shifts overlap. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hotline.duty.roster import Reason, Turn
from hotline.duty.rota import Rota, active, turns

_AHEAD = timedelta(days=31)
"""How far a hand-over is looked for."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time during which the same people are on duty for the same reasons."""

    begin: datetime
    """UTC, inclusive."""
    end: datetime
    """Exclusive."""
    turns: tuple[Turn, ...]
    """Who is responsible and who after them, in order."""

    @property
    def covered(self) -> bool:
        """True when somebody is on duty; those who only follow do not count."""
        return any(not turn.after for turn in self.turns)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two or more shifts of a roster at the same time."""

    begin: datetime
    end: datetime
    shifts: tuple[str, ...]


def stretches(rota: Rota, name: str, begin: datetime, end: datetime) -> tuple[Stretch, ...]:
    """Return ``begin`` to ``end`` as stretches without holes, in order.

    Raises :class:`KeyError` for a name that is neither roster nor topic.
    """
    begin, end = begin.astimezone(UTC), end.astimezone(UTC)
    found = turns(rota, name, begin, end)
    cuts = {begin, end} | {cut for turn in found for cut in (turn.begin, turn.end) if begin < cut < end}
    merged: list[Stretch] = []
    for since, until in pairwise(sorted(cuts)):
        now = active(found, since)
        if merged and _same(merged[-1].turns, now):
            merged[-1] = Stretch(merged[-1].begin, until, merged[-1].turns)
        else:
            merged.append(Stretch(since, until, now))
    return tuple(merged)


def _same(one: tuple[Turn, ...], other: tuple[Turn, ...]) -> bool:
    return [_identity(turn) for turn in one] == [_identity(turn) for turn in other]


def _identity(turn: Turn) -> tuple[object, ...]:
    return turn.contact, turn.reason, turn.shift, turn.after, turn.instead_of, turn.why


def handover(rota: Rota, name: str, at: datetime) -> Stretch | None:
    """Return the first stretch after ``at`` with other people; ``None`` when nobody changes for a month."""
    now, *later = stretches(rota, name, at, at + _AHEAD)
    people = [turn.contact for turn in now.turns]
    return next((one for one in later if [turn.contact for turn in one.turns] != people), None)


def gaps(rota: Rota, name: str, begin: datetime, end: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """Return when nobody is on duty, in order; people who only follow do not fill a gap."""
    found: list[tuple[datetime, datetime]] = []
    for one in stretches(rota, name, begin, end):
        if one.covered:
            continue
        if found and found[-1][1] == one.begin:
            found[-1] = (found[-1][0], one.end)
        else:
            found.append((one.begin, one.end))
    return tuple(found)


def overlaps(rota: Rota, name: str, begin: datetime, end: datetime) -> tuple[Overlap, ...]:
    """Return when different lines of a roster are on at once, in order.

    Several people on one line are one shift; a plain list and additions by a change are meant so.
    """
    begin, end = begin.astimezone(UTC), end.astimezone(UTC)
    found: list[Overlap] = []
    all_turns = turns(rota, name, begin, end)
    cuts = {begin, end} | {cut for turn in all_turns for cut in (turn.begin, turn.end) if begin < cut < end}
    for since, until in pairwise(sorted(cuts)):
        shifts = _shifts(tuple(turn for turn in all_turns if turn.begin <= since < turn.end))
        if len(shifts) < 2:
            continue
        names = tuple(shifts.values())
        if found and found[-1].end == since and found[-1].shifts == names:
            found[-1] = Overlap(found[-1].begin, until, names)
        else:
            found.append(Overlap(since, until, names))
    return tuple(found)


def _shifts(on: tuple[Turn, ...]) -> dict[tuple[date, int], str]:
    """Return what is on at once, by day and line."""
    return {
        (turn.day, turn.rank[1]): turn.shift or "the whole day"
        for turn in on
        if not turn.after
        and turn.reason is not Reason.STANDING
        and (turn.instead_of or turn.reason is not Reason.CHANGE)
    }
