"""What may stand in ``hours.yaml``, ``roster.yaml`` and ``holidays.yaml``, as models."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from hotline.duty.hours import DAY_MINUTES, DayKind

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIMES = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_NUMBER = re.compile(r"[+*#]?[\d*#][\d*#\s()-]{0,30}|sips?:[^\s@]+@[^\s@]+|sips?:[^\s@]+")
_SEASON_DAY = re.compile(r"(\d{1,2})-(\d{1,2})")
_A_LEAP_YEAR = 2028


def days_of(value: Any) -> DayKind | frozenset[int]:
    """Read ``workdays``, ``mon-fri`` or ``[mon, sat]``; raises :class:`ValueError`."""
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


def _season_day(value: Any) -> tuple[int, int]:
    parts = _SEASON_DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        if parts is None:
            raise ValueError
        day = date(_A_LEAP_YEAR, int(parts[1]), int(parts[2]))
    except ValueError:
        raise ValueError(f'"{value}" is no day of the year: write "03-01" for the 1st of March') from None
    if (day.month, day.day) == (2, 29):
        raise ValueError("a season cannot begin on 02-29: most years have none")
    return day.month, day.day


def _date_range(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"from": value.date()}
    return {"from": value} if not isinstance(value, dict) else value


def number_of(value: Any) -> str:
    """Read a telephone number or sip: address; raises :class:`ValueError`."""
    if not isinstance(value, str):
        raise ValueError(f'write the number in quotes: "{value}" (YAML drops leading zeros otherwise)')
    number = value.strip()
    if not _NUMBER.fullmatch(number):
        raise ValueError(f'"{value}" is neither a telephone number nor a sip: address')
    return number


def _moment(value: Any) -> datetime:
    if not isinstance(value, str) or ":" not in value:
        raise ValueError(
            f'"{value}" is no date and time: write "2026-12-01 18:00", or name whole days in date'
        )
    return datetime.fromisoformat(value)


def _named(value: Any) -> Any:
    if isinstance(value, int | float | list):
        raise ValueError(
            f'"{value}" is nobody: write a name that stands under people, or '
            '{name: 王师傅, number: "13800001111"}'
        )
    return {"name": value} if isinstance(value, str) else value


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Days = Annotated[DayKind | frozenset[int], BeforeValidator(days_of)]
Times = tuple[Annotated[tuple[int, int], BeforeValidator(_span)], ...]
Number = Annotated[str, BeforeValidator(number_of)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
"""Local time without a zone when the file gives none: the estate's is meant."""


class Section(BaseModel):
    """Base: frozen, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class HoursRule(Section):
    """Hours of certain days, perhaps only in a season."""

    days: Days
    times: Times = Field(min_length=1)
    season: str | None = None


class Hours(Section):
    """``hours.yaml``."""

    seasons: dict[str, Annotated[tuple[int, int], BeforeValidator(_season_day)]] = {}
    """First day of each; a season lasts until the next one begins."""
    windows: dict[str, tuple[HoursRule, ...]] = {}


class DateRange(Section):
    """A date, or dates from one to another inclusive."""

    begin: date = Field(alias="from")
    end: date | None = Field(None, alias="to")
    name: str = ""

    @property
    def last(self) -> date:
        """The last date."""
        return self.end or self.begin


Dates = Annotated[DateRange, BeforeValidator(_date_range)]


class Holidays(Section):
    """``holidays.yaml``."""

    holidays: tuple[Dates, ...] = ()
    workdays: tuple[Dates, ...] = ()


class Person(Section):
    """Somebody by name; the number may stand under ``people`` instead."""

    name: str = Field(min_length=1)
    number: Number | None = None


class Listed(Person):
    """Somebody on a plain list."""

    during: str | None = None
    """Window in which this person is rung; at any time without."""


Someone = Annotated[Person, BeforeValidator(_named)]
People = Annotated[tuple[Someone, ...], BeforeValidator(_listed)]


class Shift(Section):
    """A line of a weekly roster."""

    who: People = Field(min_length=1)
    during: str | None = None
    times: Times = ()
    """Hours of its own instead of a window's."""
    days: Days = DayKind.EVERY_DAY

    @model_validator(mode="after")
    def _one_kind_of_hours(self) -> Shift:
        if self.during is not None and self.times:
            raise ValueError("give during (a window) or times, not both")
        return self


class HolidayShift(Shift):
    """A line of the roster of public holidays, perhaps only on some dates."""

    dates: Dates | None = None


class Cycle(Section):
    """A rotation: rounds of weeks or of days that follow each other."""

    start: date
    weeks: tuple[tuple[Shift, ...], ...] = ()
    days: tuple[tuple[Shift, ...], ...] = ()

    @model_validator(mode="after")
    def _weeks_or_days(self) -> Cycle:
        if bool(self.weeks) == bool(self.days):
            raise ValueError("a cycle has either weeks or days, each a list of shifts")
        return self


class WeeklyRoster(Section):
    """A roster by shifts."""

    must_cover: bool = False
    week: tuple[Shift, ...] = ()
    cycle: Cycle | None = None
    holidays: tuple[HolidayShift, ...] = ()
    after: People = ()


class ChangeLine(Section):
    """A change of single dates, or between two times."""

    roster: str
    dates: Dates | None = Field(None, alias="date")
    begin: Moment | None = Field(None, alias="from")
    end: Moment | None = Field(None, alias="to")
    remove: str = ""
    put: Someone | None = None
    swap_with: date | None = None
    """The other date of a swap: there ``put`` is taken off and ``remove`` put on."""
    why: str = ""

    @model_validator(mode="after")
    def _whole(self) -> ChangeLine:
        if (self.dates is not None) == (self.begin is not None or self.end is not None):
            raise ValueError("give either date, or from and to with times")
        if self.dates is None and (self.begin is None or self.end is None):
            raise ValueError("from and to belong together")
        if not self.remove and self.put is None:
            raise ValueError("give remove (who is not there), put (who is there), or both")
        if self.swap_with and not (self.remove and self.put and self.dates):
            raise ValueError("a swap needs date, remove and put")
        return self


def _form(value: Any) -> str:
    return "list" if isinstance(value, list | tuple | str) else "weekly"


PlainList = Annotated[tuple[Annotated[Listed, BeforeValidator(_named)], ...], BeforeValidator(_listed)]
RosterSection = Annotated[
    Annotated[PlainList, Tag("list")] | Annotated[WeeklyRoster, Tag("weekly")], Discriminator(_form)
]


class Rosters(Section):
    """``roster.yaml``."""

    people: dict[str, Number] = {}
    rosters: dict[str, RosterSection] = {}
    topics: dict[str, Annotated[tuple[str, ...], BeforeValidator(_listed)]] = {}
    changes: tuple[ChangeLine, ...] = ()
