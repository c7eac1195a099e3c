"""Rows for people (a table), for programs (JSON) and for sheets (CSV, XLSX)."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from rich.console import Console
from rich.table import Table

from hotline.call.errors import EnvironmentFault, HotlineError
from hotline.cli import sheettimes

SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="WHEN",
        help="From then on: today, yesterday, 2h, 3d, 2026-11-21, '2026-11-21 08:00'.",
    ),
]
UntilOption = Annotated[str | None, typer.Option("--until", metavar="WHEN", help="Before then.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="At most so many rows.")]
EstateOption = Annotated[str | None, typer.Option("--estate", help="Only this estate (its id).")]
OutOption = Annotated[
    Path, typer.Option("--out", "-o", metavar="FILE", help="File to write; - is standard output.")
]
_AGO = re.compile(r"(\d+)\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_PLAIN_NUMBER = re.compile(r"[+-]?[\d. ()*-]+")
_WIDE = 200
"""Columns of a table that goes into a pipe: nothing is cut off."""


class SheetFormat(StrEnum):
    """What an export can be."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


FormatOption = Annotated[
    SheetFormat | None, typer.Option("--format", help="Default: by the file's ending; csv where it has none.")
]


class BadTime(HotlineError):
    """A time on the command line that cannot be understood."""

    code = "bad-time"


def instant(text: str | None, *, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return ``today``, ``2h`` (ago) or a local date and time as an instant; raises :class:`BadTime`."""
    if text is None:
        return None
    words = text.strip().lower()
    if words in ("today", "今天"):
        return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if words in ("yesterday", "昨天"):
        day = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return day - timedelta(days=1)
    ago = _AGO.fullmatch(words)
    if ago is not None:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        given = datetime.fromisoformat(words)
    except ValueError as error:
        raise BadTime(
            f'"{text}" is no time: write today, yesterday, 2h, 3d, 2026-11-21 or "2026-11-21 08:00".'
        ) from error
    return given if given.tzinfo is not None else given.replace(tzinfo=zone)


def local(at: datetime | None, zone: tzinfo) -> str:
    """Return an instant as people read it."""
    return "" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def seconds(value: float | None) -> str:
    """Return a duration as ``m:ss``."""
    return "" if value is None else f"{int(value) // 60}:{int(value) % 60:02d}"


def print_table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; in a pipe it is wide enough for everything."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(_plain(value) for value in row))
    Console(width=None if sys.stdout.isatty() else _WIDE, markup=False, highlight=False).print(table)


def print_facts(facts: Mapping[str, Any]) -> None:
    """Print names and values, one a line; empty ones are left out."""
    width = max((len(name) for name in facts), default=0)
    for name, value in facts.items():
        if value not in (None, ""):
            print(f"{name:>{width}}  {_plain(value)}")


def _plain(value: Any) -> str:
    """Return text without control characters: a caller's name must not steer the terminal."""
    text = "" if value is None else str(value)
    return "".join(character if character.isprintable() else " " for character in text)


def export(
    rows: Iterable[Mapping[str, Any]],
    columns: Sequence[str],
    out: Path,
    form: SheetFormat | None,
    *,
    zone: tzinfo | None = None,
) -> int:
    """Write rows to ``out`` (``-``: standard output) and return how many.

    Instants are local in ``zone``: ISO 8601 with offset in CSV, cells with a date and a time in XLSX; in
    JSON, which programs read, they stay UTC.

    Raises :class:`~hotline.call.errors.EnvironmentFault` when the file cannot be written; a file
    that was there stays as it was then. Raises :class:`~hotline.call.errors.HotlineError` for an ending that
    promises another form.
    """
    form = form or _form_of(out)
    kept = list(rows)
    content = {SheetFormat.CSV: _csv, SheetFormat.XLSX: _xlsx, SheetFormat.JSON: _json}[form](
        kept, columns, zone
    )
    if str(out) == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return len(kept)
    half = out.with_name(out.name + ".part")
    try:
        half.write_bytes(content)
        half.replace(out)
    except OSError as error:
        raise EnvironmentFault(
            f"{out} cannot be written: {error.strerror}. Choose another file with --out.", code="export-file"
        ) from error
    return len(kept)


def _form_of(out: Path) -> SheetFormat:
    ending = out.suffix.removeprefix(".").lower()
    if ending not in {*SheetFormat, "", "txt"}:
        raise HotlineError(
            f'"{out.name}": an export is {", ".join(SheetFormat)}. Give the file one of these endings, or '
            "say --format.",
            code="export-form",
        )
    return SheetFormat(ending) if ending in set(SheetFormat) else SheetFormat.CSV


def _csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], zone: tzinfo | None) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_harmless(_told(row.get(column), zone)) for column in columns] for row in rows)
    return text.getvalue().encode("utf-8-sig")  # the mark tells sheet programs that it is not GBK


def _told(value: Any, zone: tzinfo | None) -> Any:
    return value if zone is None else sheettimes.iso(value, zone)


def _harmless(value: Any) -> Any:
    """A text such as ``=HYPERLINK(…)`` from a caller's display name would run in a sheet program."""
    if not isinstance(value, str):
        return "" if value is None else value
    if value[:1] in tuple("=+-@\t\r") and not _PLAIN_NUMBER.fullmatch(value):
        return "'" + value
    return value


def _xlsx(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], zone: tzinfo | None) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("hotline")
    sheet.append(list(columns))
    for row in rows:
        sheet.append([_cell(sheet, row.get(column), zone) for column in columns])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _cell(sheet: Any, given: Any, zone: tzinfo | None) -> Any:
    value, number_format = sheettimes.cell(given, zone)
    if isinstance(value, str):
        value = "".join(character if character.isprintable() else " " for character in value)
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"  # never a formula
    if number_format:
        cell.number_format = number_format
    return cell


def _json(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], _zone: tzinfo | None) -> bytes:
    kept = [{column: row.get(column) for column in columns} for row in rows]
    return (json.dumps(kept, ensure_ascii=False, indent=2, default=str) + "\n").encode()
