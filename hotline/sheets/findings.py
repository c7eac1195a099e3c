"""Taking rows apart: each value with its mistake, every mistake kept until the last row is read."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

from hotline.call.errors import InvalidInput, Problem
from hotline.sheets import values
from hotline.sheets.table import Row, Sheet

LONGEST = 64
"""Characters of a name or a room; longer is a column that slipped."""


class Findings:
    """Mistakes and oddities of one list. Values that are mistaken come back as if they were not there."""

    def __init__(self, sheet: Sheet) -> None:
        """Begin with what was odd about the headings."""
        self._file = sheet.file
        self._line = sheet.line
        self._warnings = list(sheet.warnings)
        self._problems = list(sheet.problems)
        self._bad_lines = {problem.line for problem in sheet.problems}

    def bad(self, row: Row, column: str, message: str) -> None:
        """Keep a mistake of a row."""
        self.bad_line(row.line, column, message)

    def bad_line(self, line: int, column: str, message: str) -> None:
        """Keep a mistake of a line read before."""
        self._bad_lines.add(line)
        self._problems.append(Problem(self._file, line, column, message))

    def bad_list(self, message: str) -> None:
        """Keep a mistake of the whole list; it is told at the line of the headings."""
        self._problems.append(Problem(self._file, self._line, "", message))

    def warn(self, row: Row, column: str, message: str) -> None:
        """Keep what holds but is probably not meant."""
        self._warnings.append(Problem(self._file, row.line, column, message, warning=True))

    def clean(self, row: Row) -> bool:
        """Return whether nothing was wrong with a row so far."""
        return row.line not in self._bad_lines

    def settle(self) -> tuple[Problem, ...]:
        """Return the warnings, in the order of the list.

        Raises :class:`~hotline.call.errors.InvalidInput` with every mistake.
        """
        if self._problems:
            raise InvalidInput(tuple(sorted(self._problems, key=lambda problem: problem.line)))
        return tuple(sorted(self._warnings, key=lambda problem: problem.line))

    def text(self, row: Row, column: str, *, needed: bool = False, longest: int = LONGEST) -> str:
        """Return a text of at most ``longest`` characters; empty when there is none."""
        found = row.text(column)
        if len(found) > longest:
            self.bad(row, column, f"longer than {longest} characters")
            return ""
        if needed and not found:
            self.bad(row, column, "is missing")
        return found

    def telephone(self, row: Row, column: str, normalise: values.Normalise, *, needed: bool = False) -> str:
        """Return the first telephone as it is known; empty when there is none."""
        raw = row.text(column)
        found = values.telephone(raw, normalise) if raw else ""
        if raw and not found:
            self.bad(row, column, f'"{raw}" is no telephone number')
        elif needed and not raw:
            self.bad(row, column, "the telephone number is missing")
        return found

    def language(self, row: Row, column: str, otherwise: str) -> str:
        """Return ``zh`` or ``en``; ``otherwise`` where the row names no language."""
        raw = row.text(column)
        found = values.language(raw) if raw else otherwise
        if found is None:
            self.bad(row, column, f'unknown language "{raw}" (zh or en)')
        return found or otherwise

    def amount(self, row: Row, column: str, *, needed: bool = False) -> Decimal | None:
        """Return an amount of money with two places, of either sign."""
        raw = self.text(row, column, needed=needed)
        found = values.amount(raw) if raw else None
        if raw and found is None:
            self.bad(row, column, f'"{raw}" is no amount: write it like 1234.50')
        return found

    def day(self, row: Row, column: str, *, needed: bool = False) -> date | None:
        """Return a day."""
        raw = self.text(row, column, needed=needed)
        found = values.day(raw) if raw else None
        if raw and found is None:
            self.bad(row, column, f'"{raw}" is no day: write it like 2026-11-01')
        return found

    def time_of_day(self, row: Row, column: str, *, needed: bool = False) -> time | None:
        """Return a local time."""
        raw = self.text(row, column, needed=needed)
        found = values.time_of_day(raw) if raw else None
        if raw and found is None:
            self.bad(row, column, f'"{raw}" is no time: write it like 07:30')
        return found

    def moment(self, row: Row, column: str, *, needed: bool = False) -> tuple[date, time | None] | None:
        """Return a local day and, where one is given, the time on it."""
        raw = self.text(row, column, needed=needed)
        found = values.moment(raw) if raw else None
        if raw and found is None:
            self.bad(row, column, f'"{raw}" is no day and time: write it like 2026-11-01 14:00')
        return found
