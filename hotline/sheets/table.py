"""Lines under their headings: a :class:`Sheet` of rows whose texts are found by the column's own name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hotline.call.errors import InvalidInput, Problem
from hotline.sheets.files import Line, is_xlsx, lines

MOST_ROWS = 100_000
_TITLES = 4
"""Lines that may stand above the headings: the name of the list, its date, who made it."""
_NAMED = 6
"""Headings named where a column is missing."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list, and the headings people give it."""

    called: str
    """As problems call it: ``the room``."""
    headings: tuple[str, ...]
    """English and Chinese, the most usual first."""
    needed: bool = False
    repeats: Literal["refused", "first", "all"] = "refused"
    """What a second column of the kind does: it is a mistake, stands in for an empty cell of the
    first (with a warning), or counts as well. With the last two headings may be numbered: 电话1, 电话2.
    """


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns a list may have."""

    called: str
    """The list as problems call it: ``the directory``."""
    columns: Mapping[str, Column]
    """By the name the program uses."""

    def find(self, heading: str) -> str | None:
        """Return the name of the column with this heading."""
        for text in (heading, re.sub(r"[(（\[【].*[)）\]】]\s*$", "", heading)):
            folded = _folded(text)
            unnumbered = folded.rstrip("0123456789")
            for name, column in self.columns.items():
                known = {_folded(one) for one in column.headings}
                if folded in known or (column.repeats != "refused" and unnumbered in known):
                    return name
        return None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: texts by column; empty cells are not there."""

    line: int
    cells: Mapping[str, tuple[str, ...]]

    def text(self, column: str) -> str:
        """Return the first text of a column; empty when the row has none."""
        return next(iter(self.cells.get(column, ())), "")

    def texts(self, column: str) -> tuple[str, ...]:
        """Return all texts of a column that may repeat."""
        return self.cells.get(column, ())


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list as read, and what was odd about its headings."""

    file: str
    line: int
    """Of the headings."""
    rows: tuple[Row, ...]
    columns: frozenset[str]
    """Names of the columns the list has."""
    warnings: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
    """Rows that do not fit under the headings; raised by ``Findings.settle`` with those of the rows."""


def read(path: Path, columns: Columns, *, most: int = MOST_ROWS) -> Sheet:
    """Read a list. Rows whose cells are all empty are none.

    Raises :class:`~hotline.call.errors.InvalidInput` when the file cannot be read, is empty or larger
    than allowed (``most`` rows below the headings), or when its headings do not do: all that is wrong
    with them at once.
    """
    found = lines(path, most=most + 1 + _TITLES)
    if not found:
        raise InvalidInput((Problem(str(path), 0, "", "has no rows"),))
    place = _place_of_headings(found, columns)
    headings = _Headings(str(path), found[place], columns)
    headings.check()
    above = [
        Problem(str(path), line.number, "", "stands above the headings and is left out", warning=True)
        for line in found[:place]
    ]
    below = found[place + 1 :]
    if len(below) > most:
        sentence = f"has more than {most} rows: divide it"
        raise InvalidInput((Problem(str(path), below[most].number, "", sentence),))
    return Sheet(
        file=str(path),
        line=found[place].number,
        rows=tuple(headings.row(line) for line in below),
        columns=frozenset(name for name in headings.names if name is not None),
        warnings=(*above, *headings.warnings(), *headings.without_heading(below)),
        problems=() if is_xlsx(path) else tuple(headings.too_long(below)),
    )


def _place_of_headings(found: Sequence[Line], columns: Columns) -> int:
    needed = {name for name, column in columns.columns.items() if column.needed}
    for place, line in enumerate(found[: _TITLES + 1]):
        if needed <= {columns.find(cell) for cell in line.cells if cell} and any(
            columns.find(cell) for cell in line.cells if cell
        ):
            return place
    return 0


class _Headings:
    """What each column of one file is."""

    def __init__(self, file: str, line: Line, columns: Columns) -> None:
        self._file = file
        self._line = line
        self._columns = columns
        self.names = [columns.find(cell) if cell else None for cell in line.cells]

    def check(self) -> None:
        """Raise :class:`InvalidInput` for columns that are missing, or there twice."""
        problems = [*self._missing(), *self._twice()]
        if problems:
            raise InvalidInput(tuple(problems))

    def warnings(self) -> Iterator[Problem]:
        """Columns that are left out, and those that only stand in."""
        for heading, name in zip(self._line.cells, self.names, strict=True):
            if heading and name is None:
                yield self._warning(heading, f"is not a column of {self._columns.called} and is left out")
        for heading, first, column in self._again():
            if column.repeats == "first":
                yield self._warning(heading, f'says the same as "{first}": it is used where that is empty')

    def without_heading(self, below: Sequence[Line]) -> Iterator[Problem]:
        """Warn of columns that have texts but no heading."""
        from openpyxl.utils import get_column_letter  # see files.py

        empty = {place for place, heading in enumerate(self._line.cells) if not heading}
        used = {place for line in below for place in empty if place < len(line.cells) and line.cells[place]}
        for place in sorted(used):
            yield self._warning(get_column_letter(place + 1), "has texts but no heading and is left out")

    def too_long(self, below: Sequence[Line]) -> Iterator[Problem]:
        """Name the rows of a CSV file in which an unquoted separator has moved the cells."""
        for line in below:
            count = len(line.cells)
            if any(line.cells[len(self.names) :]):
                message = f"{count} cells below {len(self.names)} headings: put texts with a comma in quotes"
                yield Problem(self._file, line.number, "", message)

    def row(self, line: Line) -> Row:
        """Return a line as a row."""
        cells: dict[str, tuple[str, ...]] = {}
        for name, cell in zip(self.names, line.cells, strict=False):
            if name is not None and cell:
                cells[name] = (*cells.get(name, ()), cell)
        return Row(line.number, cells)

    def _missing(self) -> Iterator[Problem]:
        there = ", ".join(heading for heading in self._line.cells if heading)
        for name, column in self._columns.columns.items():
            if column.needed and name not in self.names:
                more = " …" if len(column.headings) > _NAMED else ""
                wanted = ", ".join(column.headings[:_NAMED]) + more
                message = f"no column for {column.called} (one of: {wanted}); the headings are: {there}"
                yield Problem(self._file, self._line.number, "", message)

    def _twice(self) -> Iterator[Problem]:
        for heading, first, column in self._again():
            if column.repeats == "refused":
                message = f'is {column.called}, as "{first}" is: keep one of both'
                yield Problem(self._file, self._line.number, heading, message)

    def _again(self) -> Iterator[tuple[str, str, Column]]:
        firsts: dict[str, str] = {}
        for heading, name in zip(self._line.cells, self.names, strict=True):
            if name is None:
                continue
            if name in firsts:
                yield heading, firsts[name], self._columns.columns[name]
            firsts.setdefault(name, heading)

    def _warning(self, heading: str, message: str) -> Problem:
        return Problem(self._file, self._line.number, heading, message, warning=True)


def _folded(heading: str) -> str:
    """``Due_Date *`` and ``due date`` are one heading; ``姓 名`` is ``姓名``."""
    return re.sub(r"[\s_*-]+", "", unicodedata.normalize("NFKC", heading)).lower()
