"""``hours.yaml``, ``roster.yaml`` and ``holidays.yaml`` as one checked plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from pathlib import Path
from typing import TypeVar

from hotline import yamlsource
from hotline.call.errors import InvalidInput, Problem
from hotline.call.ports import DutyContact
from hotline.duty import rosterfile
from hotline.duty.hours import Calendar, Rule, Season, Window
from hotline.duty.roster import Change, Roster
from hotline.duty.sections import DateRange, Holidays, Hours, Rosters, Section
from hotline.home import shipped
from hotline.keptconfig import file_of as file_of

FILES = ("hours.yaml", "roster.yaml", "holidays.yaml")
_LONGEST_HOLIDAY = 31
"""Days; a longer one is a mistyped year."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the three files say."""

    windows: Mapping[str, Window]
    shipped: Mapping[str, Window]
    """Windows that come with the program, for rules that count on one the file does not name."""
    rosters: Mapping[str, Roster]
    topics: Mapping[str, tuple[str, ...]]
    people: Mapping[str, DutyContact]
    """Everybody named in roster.yaml, by name."""
    changes: tuple[Change, ...]
    calendar: Calendar
    warnings: tuple[Problem, ...]
    """What holds but is probably not meant: nobody on a roster, the same number twice."""
    places: Mapping[str, Problem]
    """Where each roster stands, for problems found later; without a message."""


def load(config: Path, zone: tzinfo) -> Plan:
    """Read the three files; local times are in ``zone``.

    Raises :class:`~hotline.call.errors.InvalidInput` with all their problems.
    """
    problems: list[Problem] = []
    hours = _read(Hours, file_of(config, "hours.yaml"), problems)
    rosters = _read(Rosters, file_of(config, "roster.yaml"), problems)
    holidays = _read(Holidays, file_of(config, "holidays.yaml"), problems)
    windows: dict[str, Window] | None = None
    if hours is not None:
        found = [*_doubtful_hours(*hours)]
        problems += found
        windows = None if found else _windows(hours[0])
    reading = None
    if rosters is not None:
        known = None if hours is None else frozenset(hours[0].windows)
        reading = rosterfile.Reading(*rosters, windows=known, zone=zone)
        problems += reading.problems()
    if holidays is not None:
        problems += _impossible_days(*holidays)
    if problems or windows is None or reading is None or holidays is None:
        raise InvalidInput(tuple(problems))
    return Plan(
        windows=windows,
        shipped=_shipped_windows(),
        rosters=reading.rosters(windows),
        topics=dict(reading.section.topics),
        people=reading.people(),
        changes=reading.changes(),
        calendar=Calendar(_all_days(holidays[0].holidays), _all_days(holidays[0].workdays)),
        warnings=tuple(reading.warnings()),
        places={
            name: reading.document.problem(("rosters", name), "", warning=True)
            for name in reading.section.rosters
        },
    )


S = TypeVar("S", bound=Section)


def _read(model: type[S], path: Path, problems: list[Problem]) -> tuple[S, yamlsource.Document] | None:
    try:
        document = yamlsource.read(path)
        return yamlsource.validate(model, document), document
    except InvalidInput as error:
        problems.extend(error.problems)
        return None


def _windows(hours: Hours) -> dict[str, Window]:
    seasons = _seasons(hours)
    return {
        name: tuple(
            Rule(rule.days, rule.times, seasons[rule.season] if rule.season else None) for rule in rules
        )
        for name, rules in hours.windows.items()
    }


def _shipped_windows() -> dict[str, Window]:
    """Return the windows that come with the program.

    A folder's own file need not name all of them: rules shipped later than it was written (sla.yaml,
    outbound.yaml) count on windows it does not know. Menus and rosters name those of the file only.
    """
    return _windows(yamlsource.validate(Hours, yamlsource.read(shipped("config") / "hours.yaml")))


def _seasons(hours: Hours) -> dict[str, Season]:
    """Return the seasons; each ends where the next of the year begins, so there is no gap between them."""
    order = sorted(hours.seasons.items(), key=lambda season: season[1])
    return {
        name: Season(begins, order[(place + 1) % len(order)][1]) for place, (name, begins) in enumerate(order)
    }


def _doubtful_hours(hours: Hours, document: yamlsource.Document) -> Iterator[Problem]:
    for name, rules in hours.windows.items():
        if not rules:
            yield document.problem(("windows", name), "the window has no hours: give days and times")
        for place, rule in enumerate(rules):
            if rule.season is not None and rule.season not in hours.seasons:
                known = ", ".join(hours.seasons) or "none"
                message = f'no season "{rule.season}" (there are: {known})'
                yield document.problem(("windows", name, place, "season"), message)
    firsts: dict[tuple[int, int], str] = {}
    for name, begins in hours.seasons.items():
        if begins in firsts:
            message = f'begins on the same day as "{firsts[begins]}"'
            yield document.problem(("seasons", name), message)
        firsts.setdefault(begins, name)


def _impossible_days(holidays: Holidays, document: yamlsource.Document) -> list[Problem]:
    found = []
    for kind in ("holidays", "workdays"):
        for position, days in enumerate(getattr(holidays, kind)):
            if days.last < days.begin:
                found.append(document.problem((kind, position, "to"), "ends before it begins"))
            elif (days.last - days.begin).days >= _LONGEST_HOLIDAY:
                message = f"is longer than {_LONGEST_HOLIDAY} days: is the year right?"
                found.append(document.problem((kind, position, "to"), message))
    both = _all_days(holidays.holidays) & _all_days(holidays.workdays) if not found else frozenset()
    found += [
        document.problem(("workdays",), f"{day} is a holiday as well: which of both?") for day in sorted(both)
    ]
    return found


def _all_days(spans: tuple[DateRange, ...]) -> frozenset[date]:
    return frozenset(
        span.begin + timedelta(days=step)
        for span in spans
        for step in range((span.last - span.begin).days + 1)
    )
