"""What a figure is: which facts count, how they are put together, how it is divided. Pure.

Value and rows come from the same facts by the same rules: :func:`value_of` of a figure's rows is the figure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from hotline.reports.facts import Leads, Source

F = TypeVar("F")


class How(StrEnum):
    """How facts become one number."""

    COUNT = "count"
    SHARE = "share"
    """Of the facts that count at all, those that hit: 0 to 1."""
    MEAN = "mean"
    SUM = "sum"
    MAX = "max"


class Unit(StrEnum):
    """What the number is."""

    NUMBER = "number"
    SHARE = "share"
    SECONDS = "seconds"
    MINUTES = "minutes"
    FEN = "fen"
    """0.01 yuan; whole."""
    SCORE = "score"
    """1 to 5."""
    PERCENT = "percent"
    """0 to 100."""


HOURS = tuple(f"{number:02d}" for number in range(24))
NONE = "-"
"""Key of the part of facts that have no other."""


def _every(_: Any) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)  # no slots: ``Figure[CallFact](…)`` leaves a mark on what it makes
class Figure(Generic[F]):
    """One figure with its definition."""

    id: str
    """Stable: programs, links and saved sheets name it."""
    zh: str
    en: str
    about_zh: str
    """What is counted, in a sentence."""
    about_en: str
    source: Source
    leads: Leads = Leads.CALL
    how: How = How.COUNT
    unit: Unit = Unit.NUMBER
    of: Callable[[F], bool] = _every
    """Which facts count at all."""
    hit: Callable[[F], bool] = _every
    """Of a share: which of them hit."""
    measure: Callable[[F], float | None] | None = None
    """What is added up, averaged or compared; facts without a value do not count."""
    by: Callable[[F], str] | None = None
    """Into which part a fact falls; empty: :data:`NONE`."""
    keys: tuple[str, ...] = ()
    """Parts that are always shown, in this order; others follow."""
    by_day: bool = False
    """Parts are the days of the period."""


@dataclass(frozen=True, slots=True)
class Row(Generic[F]):
    """One fact behind a figure."""

    fact: F
    counted: bool
    """Of a share: it hit. Always true of others."""
    value: float | None
    """What was added up, averaged or compared."""
    part: str


@dataclass(frozen=True, slots=True)
class Part:
    """A figure of some of the facts."""

    key: str
    value: float | None
    count: int
    """Facts behind it."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure with its value."""

    figure: Figure[Any]
    value: float | None
    """``None``: nothing to average or to take a share of."""
    count: int
    parts: tuple[Part, ...] = ()


def rows(figure: Figure[F], facts: Sequence[F], part: str = "") -> list[Row[F]]:
    """Return the facts behind a figure, or behind one of its parts."""
    found = []
    for fact in _counting(figure, facts):
        key = _key(figure, fact)
        if not part or key == part:
            value = None if figure.measure is None else figure.measure(fact)
            found.append(Row(fact, figure.hit(fact), value, key))
    return found


def value_of(figure: Figure[F], facts: Sequence[F]) -> float | None:
    """Return what facts that count (those of :func:`rows`) come to."""
    if figure.how is How.COUNT:
        return len(facts)
    if figure.how is How.SHARE:
        return round(sum(map(figure.hit, facts)) / len(facts), 4) if facts else None
    assert figure.measure is not None, "what is added up or compared is measured"
    values = [value for value in map(figure.measure, facts) if value is not None]
    if figure.how is How.SUM:
        return _tidy(sum(values))
    if not values:
        return None
    return _tidy(max(values) if figure.how is How.MAX else sum(values) / len(values))


def counted(figure: Figure[F], facts: Sequence[F], days: Sequence[str] = ()) -> Counted:
    """Return a figure and its parts; ``days``: those of the period, for figures by day."""
    found = _counting(figure, facts)
    if figure.by is None:
        return Counted(figure, value_of(figure, found), len(found))
    always = tuple(days) if figure.by_day else figure.keys
    by, groups = figure.by, defaultdict[str, list[F]](list, {key: [] for key in always})
    for fact in found:
        groups[by(fact) or NONE].append(fact)
    others = sorted((key for key in groups if key not in set(always)), key=lambda key: (key == NONE, key))
    parts = tuple(Part(key, value_of(figure, groups[key]), len(groups[key])) for key in (*always, *others))
    return Counted(figure, value_of(figure, found), len(found), parts)


def _counting(figure: Figure[F], facts: Sequence[F]) -> Sequence[F]:
    """Return the facts that count at all: whole lists at a time, a month has hundred thousands."""
    found = facts if figure.of is _every else [fact for fact in facts if figure.of(fact)]
    measure = figure.measure
    return found if measure is None else [fact for fact in found if measure(fact) is not None]


def _key(figure: Figure[F], fact: F) -> str:
    return "" if figure.by is None else figure.by(fact) or NONE


def hour(fact: Any) -> str:
    """``09``: the hour of the day, local."""
    at: datetime = fact.at
    return HOURS[at.hour]


def day(fact: Any) -> str:
    """``2026-11-23``, local."""
    at: datetime = fact.at
    return at.date().isoformat()


def _tidy(value: float) -> float:
    """To the thousandth; whole numbers stay whole: amounts are exact."""
    return value if isinstance(value, int) else round(value, 3)
