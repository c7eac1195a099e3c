"""Turns on duty, gaps and overlaps as tables, sentences and plain values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any

from hotline.cli import tables
from hotline.cli.personal import Shown
from hotline.duty.coverage import Finding
from hotline.duty.roster import Reason, Turn
from hotline.duty.timetable import Stretch

Fields = dict[str, Any]
GAP = "nobody is on duty"


def turn_fields(turn: Turn, shown: Shown) -> Fields:
    """Return a turn as plain values; instants in ISO 8601, UTC; ``until`` none for who is always on."""
    always = turn.reason is Reason.STANDING and not turn.shift
    return {
        "name": shown.name(turn.contact.name),
        "number": shown.text(turn.contact.number),
        "reason": turn.reason.value,
        "shift": turn.shift,
        "after": turn.after,
        "until": None if always else turn.end.isoformat(),
        "instead_of": shown.name(turn.instead_of),
        "why": shown.text(turn.why),
    }


def stretch_fields(one: Stretch, shown: Shown) -> Fields:
    """Return a stretch of time with who is on in it as plain values."""
    return {
        "begin": one.begin.isoformat(),
        "end": one.end.isoformat(),
        "covered": one.covered,
        "people": [turn_fields(turn, shown) for turn in one.turns],
    }


def finding_fields(estate: str, one: Finding) -> Fields:
    """Return a gap or overlap as plain values."""
    return {
        "estate": estate,
        "roster": one.roster,
        "kind": "overlap" if one.shifts else "gap",
        "begin": one.begin.isoformat(),
        "end": one.end.isoformat(),
        "shifts": list(one.shifts),
        "mistake": one.mistake,
    }


def print_who(
    rosters: Mapping[str, list[Fields]],
    then: Mapping[str, Fields | None],
    windows: Mapping[str, Fields],
    at: datetime,
    zone: tzinfo,
) -> None:
    """Print windows, and for each roster who is rung in turn, why, and who takes over when."""
    print(f"{at.astimezone(zone):%Y-%m-%d %H:%M %A}\n")
    lines = [
        (
            name,
            "open" if window["open"] else "closed",
            "never" if window["next_opening"] is None else _time(window["next_opening"], zone),
        )
        for name, window in windows.items()
    ]
    tables.print_table(("window", "", "opens next"), lines)
    print()
    people: list[tuple[str, ...]] = []
    for name, turns in rosters.items():
        for place, turn in enumerate(turns or [{"name": "nobody", "number": ""}]):
            people.append((name if place == 0 else "", turn["name"], turn["number"], _reason(turn)))
        later = then[name]
        if later is not None:
            people.append(("", f"from {_time(later['begin'], zone)}", _names(later["people"]), ""))
    tables.print_table(("roster", "rings in turn", "number", "why"), people)


def print_week(rosters: Mapping[str, list[Fields]], begin: datetime, days: int, zone: tzinfo) -> None:
    """Print day by day when who takes over, roster after roster; ``begin`` is local."""
    for place, (name, found) in enumerate(rosters.items()):
        print(("" if place == 0 else "\n") + name)
        rows = [
            row for offset in range(days) for row in _day_rows(begin + timedelta(days=offset), found, zone)
        ]
        tables.print_table(("day", "from", "to", "on duty", "after them", "why"), rows)


def _day_rows(day: datetime, found: list[Fields], zone: tzinfo) -> Iterator[tuple[str, ...]]:
    """Yield the hand-overs of a day; a day without any goes on as the one before."""
    shown = False
    for one in found:
        begin = datetime.fromisoformat(one["begin"]).astimezone(zone)
        if begin.date() != day.date():
            continue
        end = datetime.fromisoformat(one["end"]).astimezone(zone)
        on = [turn for turn in one["people"] if not turn["after"]]
        yield (
            "" if shown else f"{day:%Y-%m-%d %a}",
            f"{begin:%H:%M}",
            f"{end:%H:%M}" if end.date() == begin.date() else f"{end:%m-%d %H:%M}",
            _names(on) if on else "NOBODY",
            _names([turn for turn in one["people"] if turn["after"]]),
            ", ".join(dict.fromkeys(_reason(turn) for turn in on)),
        )
        shown = True
    if not shown:
        yield (f"{day:%Y-%m-%d %a}", "", "", "as the day before", "", "")


def _names(people: Iterable[Fields]) -> str:
    return ", ".join(turn["name"] for turn in people) or "nobody"


def _reason(turn: Fields) -> str:
    """``weekly day_shift``, ``change instead of 张* (ill)``; empty for a plain list."""
    if "reason" not in turn:
        return ""
    if turn["after"]:
        return "follows"
    words = [] if turn["reason"] == Reason.STANDING else [turn["reason"]]
    words += [turn["shift"]] if turn["shift"] else []
    words += [f"instead of {turn['instead_of']}"] if turn["instead_of"] else []
    words += [f"({turn['why']})"] if turn["why"] else []
    return " ".join(words)


def _time(text: str, zone: tzinfo) -> str:
    return f"{datetime.fromisoformat(text).astimezone(zone):%Y-%m-%d %H:%M}"


def sentences(found: Iterable[Finding], zone: tzinfo) -> Iterator[tuple[str, str, bool]]:
    """Yield (roster, sentence, mistake); the same hours on several days are one sentence."""
    grouped: dict[tuple[Any, ...], list[datetime]] = defaultdict(list)
    for one in found:
        begin, end = one.begin.astimezone(zone), one.end.astimezone(zone)
        days = (end.date() - begin.date()).days
        key = (one.roster, one.shifts, one.mistake, f"{begin:%H:%M}", f"{end:%H:%M}", days)
        grouped[key].append(begin)
    for (roster, shifts, mistake, since, until, days), begins in grouped.items():
        first = begins[0]
        when = f"{first:%Y-%m-%d} {since}-{until}"
        if since == until == "00:00":
            last = first.date() + timedelta(days=days - 1)
            when = f"{first:%Y-%m-%d}, the whole day"
            when = when if days == 1 else f"{first:%Y-%m-%d} to {last}, whole days"
        elif days > 1 or (days == 1 and until > since):
            when = f"{first:%Y-%m-%d} {since} to {first.date() + timedelta(days=days)} {until}"
        if len(begins) > 1:
            again = "again on" if since == until == "00:00" else "the same hours on"
            when += f" and {again} {len(begins) - 1} more days up to {begins[-1]:%Y-%m-%d}"
        if shifts:
            yield roster, f"{' and '.join(shifts)} overlap {when}: both are rung, is that meant?", False
        else:
            yield roster, f"{GAP} {when}", mistake
