"""CSV and XLSX files as lines of texts; nothing here knows what a column means."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from hotline.call.errors import InvalidInput, Problem

MOST_BYTES = 32 * 1024 * 1024
"""Size of a file; a list of 100,000 people has about a quarter of it."""
MOST_UNPACKED = 512 * 1024 * 1024
"""Bytes of the parts of an XLSX file once unpacked: a few kilobytes can be made to hold terabytes."""
_SEPARATORS = ",;\t，"
_OLE = b"\xd0\xcf\x11\xe0"
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, SyntaxError, KeyError, ValueError, IndexError,
    TypeError, AttributeError, EOFError, OSError, RuntimeError,
)  # fmt: skip
"""What openpyxl lets through of files that are cut short, edited by hand or locked with a password."""


@dataclass(frozen=True, slots=True)
class Line:
    """The cells of one line, stripped; empty lines are none."""

    number: int
    """From 1, as the spreadsheet program or an editor counts; of several, where the row begins."""
    cells: tuple[str, ...]


def is_xlsx(path: Path) -> bool:
    """Return whether the file is a workbook, whatever its name says; False when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(2) == b"PK"
    except OSError:
        return False


def lines(path: Path, *, most: int) -> list[Line]:
    """Return the lines that are not empty: CSV in UTF-8 or GB18030, or the first sheet of an XLSX file.

    Raises :class:`~hotline.call.errors.InvalidInput` when the file cannot be read, is damaged, or has
    more than ``most`` lines.
    """
    name = str(path)
    content = _content(path, name)
    found: list[Line] = []
    for line in _xlsx(content, name) if content[:2] == b"PK" else _csv(content, name):
        if not any(line.cells):
            continue
        if len(found) == most:
            raise _refused(name, f"has more than {most} rows: divide it", line.number)
        found.append(line)
    return found


def _content(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _refused(name, f"cannot be read: {error.strerror}") from error
    if len(content) > MOST_BYTES:
        raise _refused(name, f"is larger than {MOST_BYTES // 1024**2} MiB: divide it")
    return content


def _csv(content: bytes, name: str) -> Iterator[Line]:
    text = _decoded(content, name)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    number = 1
    try:
        for cells in reader:
            yield Line(number, tuple(cell.strip() for cell in cells))
            number = reader.line_num + 1
    except csv.Error as error:
        raise _refused(name, f"is not valid CSV: {error}", number) from error


def _separator(text: str) -> str:
    """Return the separator met most often in the first line that has one: a title has none."""
    for line in text.splitlines():
        if any(separator in line for separator in _SEPARATORS):
            return max(_SEPARATORS, key=line.count)
    return _SEPARATORS[0]


def _decoded(content: bytes, name: str) -> str:
    if content.startswith(_OLE):
        sentence = "is an old XLS file, or has a password: save it as XLSX without one, or as CSV"
        raise _refused(name, sentence)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _refused(name, "is neither CSV in UTF-8 or GBK nor XLSX")


def _xlsx(content: bytes, name: str) -> Iterator[Line]:
    # 0.3 s: processes that take calls know this module and never open a workbook
    from openpyxl import load_workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
        if unpacked > MOST_UNPACKED:
            raise ValueError("it is too large once unpacked")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        if isinstance(sheet, ReadOnlyWorksheet):
            sheet.reset_dimensions()  # programs that export write wrong ones, and rows would be cut
        for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield Line(number, tuple(_cell(value) for value in values))
        book.close()
    except _DAMAGED as error:
        raise _refused(name, f"is not a readable XLSX file: {error}") from error


def _cell(value: Any) -> str:
    """Return what the spreadsheet shows, or nearly; dates as ``2026-11-01``, times as ``07:30``."""
    if value is None:
        return ""
    if isinstance(value, float):
        # sheets keep room and telephone numbers as floating-point numbers, and show fifteen digits
        return format(Decimal(f"{value:.15g}").normalize(), "f")
    if isinstance(value, datetime):
        midnight = value.time() == time.min
        return value.date().isoformat() if midnight else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return str(value).strip()


def _refused(name: str, sentence: str, line: int = 0) -> InvalidInput:
    return InvalidInput((Problem(name, line, "", sentence),))
