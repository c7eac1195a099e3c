"""Reading back days and what repeats on them."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from hotline.language.wording import PAUSE, Ids, Wording, between

_SAME_YEAR_DAYS = 300
"""A date nearer than this is unambiguous without its year."""
_SCHEDULE = re.compile(
    r"(?P<at>\d\d:\d\d) (?:once (?P<once>\S+)|(?P<often>daily|workdays)|days (?P<days>[1-7]{1,7}))"
    r"(?: from (?P<first>\S+))?(?: until (?P<last>\S+))?"
)


def day_ids(words: Wording, day: date, today: date | None) -> Ids:
    """Say a day: by its name when it is near, without its year when that is clear."""
    offset = (day - today).days if today is not None else None
    year = offset is None or abs(offset) > _SAME_YEAR_DAYS
    said = words.day_name(offset) if offset is not None else ()
    return said or words.date(day, year=year)


def moment_ids(words: Wording, moment: datetime, today: date | None) -> Ids:
    """Say a day and a time."""
    return words.at(day_ids(words, moment.date(), today), words.time(moment.time()))


def month_ids(words: Wording, value: str, today: date | None) -> Ids:
    """Say the month ``2026-11``, with its year when that is not this one, or ``1`` to ``12`` alone.

    Raises :class:`ValueError` for anything else.
    """
    year, _, month = value.rpartition("-")
    if not month.isdigit() or not 1 <= int(month) <= 12 or (year and not year.isdigit()):
        raise ValueError(f'"{value}" is not a month')
    other_year = bool(year) and today is not None and int(year) != today.year
    return words.month(int(month), year=int(year) if other_year else None)


def schedule_ids(words: Wording, value: str, today: date | None) -> Ids:
    """Say when something happens and how often.

    ``06:30 once 2026-11-24`` · ``07:00 daily`` · ``06:50 workdays`` · ``07:00 days 135``; the last
    three perhaps with ``from 2026-12-01`` and ``until 2026-12-05``. Raises :class:`ValueError` else.
    """
    found = _SCHEDULE.fullmatch(value)
    try:
        return _said(words, found, today)
    except ValueError as error:
        raise ValueError(f'"{value}" is not a schedule such as 07:00 daily until 2026-12-05') from error


def _said(words: Wording, found: re.Match[str] | None, today: date | None) -> Ids:
    if found is None:
        raise ValueError("another form")
    at = words.time(time.fromisoformat(found["at"]))
    if found["once"]:
        day = day_ids(words, date.fromisoformat(found["once"]), today)
        return between(PAUSE, [words.at(day, at), words.once()])
    days = sorted({int(number) for number in found["days"] or ""})
    said = [words.repeated(found["often"] or "days", days, at)]
    if found["first"]:
        said.append(words.starting(day_ids(words, date.fromisoformat(found["first"]), today)))
    if found["last"]:
        said.append(words.ending(day_ids(words, date.fromisoformat(found["last"]), today)))
    return between(PAUSE, said)
