"""``hours.yaml``, ``roster.yaml`` and ``holidays.yaml`` as one checked plan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from hotline import yamlsource
from hotline.call.errors import InvalidInput, Problem
from hotline.call.ports import DutyContact
from hotline.duty.hours import DAY_MINUTES, Calendar, DayKind, Rule, Window
from hotline.home import shipped

FILES = ("hours.yaml", "roster.yaml", "holidays.yaml")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIMES = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_NUMBER = re.compile(r"[+*#]?[\d*#][\d*#\s()-]{0,30}|sips?:[^\s@]+@[^\s@]+|sips?:[^\s@]+")
_LONGEST_HOLIDAY = 31
"""Days; a longer one is a mistyped year."""


def _days(value: Any) -> DayKind | frozenset[int]:
    if isinstance(value, str) and value in set(DayKind):
        return DayKind(value)
    words = value if isinstance(value, list) else [value]
    found: set[int] = set()
    for word in words:
        begin, _, end = str(word).strip().lower().partition("-")
        if begin not in _WEEKDAYS or (end and end not in _WEEKDAYS):
            kinds = ", ".join(DayKind)
            raise ValueError(f'no day "{word}": write {kinds}, or weekdays such as mon-fri or [mon, sat]')
        first, last = _WEEKDAYS.index(begin), _WEEKDAYS.index(end or begin)
        found.update((first + step) % 7 for step in range((last - first) % 7 + 1))
    return frozenset(found)


def _span(value: Any) -> tuple[int, int]:
    times = _TIMES.fullmatch(value.strip()) if isinstance(value, str) else None
    if times is None:
        raise ValueError(f'"{value}" is no stretch of time: write "08:30-11:30"')
    begin_hour, begin_minute, end_hour, end_minute = (int(part) for part in times.groups())
    begin, end = begin_hour * 60 + begin_minute, end_hour * 60 + end_minute
    if begin_minute > 59 or end_minute > 59 or begin >= DAY_MINUTES or end > DAY_MINUTES:
        raise ValueError(f'"{value}" has a time that is not on the clock (00:00 to 24:00)')
    if begin == end:
        raise ValueError(f'"{value}" begins and ends at the same time; the whole day is "00:00-24:00"')
    return begin, end if end > begin else end + DAY_MINUTES


def _holiday(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"from": value.date()}
    return {"from": value} if not isinstance(value, dict) else value


def _number(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f'write the number in quotes: "{value}" (YAML drops leading zeros otherwise)')
    number = value.strip()
    if not _NUMBER.fullmatch(number):
        raise ValueError(f'"{value}" is neither a telephone number nor a sip: address')
    return number


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class _HoursRule(_Section):
    days: Annotated[DayKind | frozenset[int], BeforeValidator(_days)]
    times: tuple[Annotated[tuple[int, int], BeforeValidator(_span)], ...] = Field(min_length=1)


class _Hours(_Section):
    windows: dict[str, tuple[_HoursRule, ...]] = {}


class _Days(_Section):
    begin: date = Field(alias="from")
    end: date | None = Field(None, alias="to")
    name: str = ""


class _Holidays(_Section):
    holidays: tuple[Annotated[_Days, BeforeValidator(_holiday)], ...] = ()
    workdays: tuple[Annotated[_Days, BeforeValidator(_holiday)], ...] = ()


class _Person(_Section):
    name: str = Field(min_length=1)
    number: Annotated[str, BeforeValidator(_number)]
    during: str | None = None
    """Window in which this person is rung; at any time without."""


class _Rosters(_Section):
    rosters: dict[str, tuple[_Person, ...]] = {}


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """Somebody to ring, perhaps only during a window."""

    contact: DutyContact
    during: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the three files say."""

    windows: Mapping[str, Window]
    rosters: Mapping[str, tuple[RosterEntry, ...]]
    calendar: Calendar
    warnings: tuple[Problem, ...]
    """What holds but is probably not meant: nobody on a roster, the same number twice."""


def file_of(config: Path, name: str) -> Path:
    """Return the file in ``config``, or the shipped default when the folder has none."""
    own = config / name
    return own if own.exists() else shipped("config") / name


def load(config: Path) -> Plan:
    """Read the three files; raises :class:`~hotline.call.errors.InvalidInput` with all their problems."""
    problems: list[Problem] = []
    hours = _read(_Hours, file_of(config, "hours.yaml"), problems)
    rosters = _read(_Rosters, file_of(config, "roster.yaml"), problems)
    holidays = _read(_Holidays, file_of(config, "holidays.yaml"), problems)
    warnings: list[Problem] = []
    if hours is not None:
        problems += _empty_windows(*hours)
    if rosters is not None:
        windows = None if hours is None else set(hours[0].windows)
        problems += _unknown_windows(*rosters, windows)
        warnings += _doubtful_rosters(*rosters)
    if holidays is not None:
        problems += _impossible_days(*holidays)
    if problems or hours is None or rosters is None or holidays is None:
        raise InvalidInput(tuple(problems))
    return Plan(
        windows={
            name: tuple(Rule(rule.days, rule.times) for rule in rules)
            for name, rules in hours[0].windows.items()
        },
        rosters={
            name: tuple(RosterEntry(DutyContact(p.name, p.number), p.during) for p in people)
            for name, people in rosters[0].rosters.items()
        },
        calendar=Calendar(_all_days(holidays[0].holidays), _all_days(holidays[0].workdays)),
        warnings=tuple(warnings),
    )


S = TypeVar("S", bound=_Section)


def _read(model: type[S], path: Path, problems: list[Problem]) -> tuple[S, yamlsource.Document] | None:
    try:
        document = yamlsource.read(path)
        return yamlsource.validate(model, document), document
    except InvalidInput as error:
        problems.extend(error.problems)
        return None


def _empty_windows(hours: _Hours, document: yamlsource.Document) -> list[Problem]:
    return [
        document.problem(("windows", name), "the window has no hours: give days and times")
        for name, rules in hours.windows.items()
        if not rules
    ]


def _unknown_windows(
    rosters: _Rosters, document: yamlsource.Document, windows: set[str] | None
) -> list[Problem]:
    if windows is None:
        return []
    return [
        document.problem(
            ("rosters", name, position, "during"),
            f'no window "{person.during}" in hours.yaml (there are: {", ".join(sorted(windows)) or "none"})',
        )
        for name, people in rosters.rosters.items()
        for position, person in enumerate(people)
        if person.during is not None and person.during not in windows
    ]


def _doubtful_rosters(rosters: _Rosters, document: yamlsource.Document) -> list[Problem]:
    found = []
    for name, people in rosters.rosters.items():
        if not people:
            message = "nobody is on this roster: whoever is sent here reaches no one"
            found.append(document.problem(("rosters", name), message, warning=True))
        seen: set[tuple[str, str | None]] = set()
        for position, person in enumerate(people):
            key = (re.sub(r"[\s()-]", "", person.number), person.during)
            if key in seen:
                where = ("rosters", name, position, "number")
                found.append(document.problem(where, "the same number is listed twice", warning=True))
            seen.add(key)
    return found


def _impossible_days(holidays: _Holidays, document: yamlsource.Document) -> list[Problem]:
    found = []
    for kind in ("holidays", "workdays"):
        for position, days in enumerate(getattr(holidays, kind)):
            if days.end is None:
                continue
            if days.end < days.begin:
                found.append(document.problem((kind, position, "to"), "ends before it begins"))
            elif (days.end - days.begin).days >= _LONGEST_HOLIDAY:
                message = f"is longer than {_LONGEST_HOLIDAY} days: is the year right?"
                found.append(document.problem((kind, position, "to"), message))
    both = _all_days(holidays.holidays) & _all_days(holidays.workdays) if not found else frozenset()
    found += [
        document.problem(("workdays",), f"{day} is a holiday as well: which of both?") for day in sorted(both)
    ]
    return found


def _all_days(spans: tuple[_Days, ...]) -> frozenset[date]:
    return frozenset(
        span.begin + timedelta(days=step)
        for span in spans
        for step in range(((span.end or span.begin) - span.begin).days + 1)
    )
