"""The one function that makes reports – for pages, API, sheets and the command line alike."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any, Protocol

from sqlalchemy.orm import Session

from hotline.reports import catalogue
from hotline.reports.catalogue import SECTIONS, Section
from hotline.reports.facts import Fact, Source
from hotline.reports.figures import Counted, Figure, Row, counted, rows, value_of
from hotline.reports.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a report is to be about."""

    estate: str
    period: Period
    now: datetime
    """What is still open is judged by it."""


class Load(Protocol):
    """Reads the facts of one kind (:mod:`hotline.app.reportfacts`)."""

    def __call__(self, session: Session, source: Source, asked: Asked) -> Sequence[Any]:
        """Return the facts of an estate that belong to a period, in order of time."""
        ...


OperatorNames = Callable[[str], Mapping[str, str]]
"""Names of an estate's operators by number; nothing where they are not known."""


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of a period."""

    asked: Asked
    sections: tuple[tuple[Section, tuple[Counted, ...]], ...]
    names: Mapping[str, str]
    """Of operators, by number."""

    def named(self, shown: Callable[[str], str]) -> Report:
        """Return it with the operators' names as ``shown`` gives them: masked."""
        return replace(self, names={number: shown(name) for number, name in self.names.items()})

    def find(self, figure: str) -> Counted:
        """Return a figure by its id; raises :class:`KeyError`."""
        for _, found in self.sections:
            for one in found:
                if one.figure.id == figure:
                    return one
        raise KeyError(figure)


@dataclass(frozen=True, slots=True)
class Behind:
    """The rows behind one figure, or one part of it."""

    asked: Asked
    figure: Figure[Any]
    part: str
    value: float | None
    rows: Sequence[Row[Any]]
    names: Mapping[str, str]


class Counting:
    """While facts are read the garbage collector rests: again and again it went through hundred thousands of
    them, a third of a report's time, and found nothing. Threads may count side by side.
    """

    def __init__(self) -> None:
        """Nobody counts."""
        self._lock = Lock()
        self._now = 0

    def __enter__(self) -> None:
        """Begin."""
        with self._lock:
            if self._now == 0:
                gc.disable()
            self._now += 1

    def __exit__(self, *_: object) -> None:
        """End; the last lets the collector go on."""
        with self._lock:
            self._now -= 1
            if self._now == 0:
                gc.enable()


class Reports:
    """Makes reports."""

    def __init__(self, load: Load, operators: OperatorNames) -> None:
        """``load`` reads, ``operators`` names."""
        self._load = load
        self.names = operators
        self._counting = Counting()

    def report(self, session: Session, asked: Asked) -> Report:
        """Return every figure; nothing is read twice."""
        with self._counting:
            return self._report(session, asked)

    def _report(self, session: Session, asked: Asked) -> Report:
        read = _once(partial(self._load, session, asked=asked))
        days = [day.isoformat() for day in asked.period.days]
        sections = tuple(
            (section, tuple(counted(figure, read(figure.source), days) for figure in section.figures))
            for section in SECTIONS
        )
        return Report(asked, sections, self.names(asked.estate))

    def behind(self, session: Session, asked: Asked, wanted: str) -> Behind:
        """Return the rows behind ``calls.unanswered`` or ``calls.by_hour:09``, in order of time.

        Raises :class:`~hotline.reports.catalogue.NoFigure`.
        """
        figure, part = catalogue.find(wanted)
        with self._counting:
            found = rows(figure, self._load(session, figure.source, asked), part)
        value = value_of(figure, [row.fact for row in found])
        return Behind(asked, figure, part, value, found, self.names(asked.estate))


def _once(read: Callable[[Source], Sequence[Fact]]) -> Callable[[Source], Sequence[Fact]]:
    kept: dict[Source, Sequence[Fact]] = {}

    def once(source: Source) -> Sequence[Fact]:
        if source not in kept:
            kept[source] = read(source)
        return kept[source]

    return once
