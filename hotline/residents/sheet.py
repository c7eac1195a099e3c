"""Tables that people keep – CSV in UTF-8 or GBK, or XLSX – as rows with their line numbers."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from hotline.call.errors import InvalidInput, Problem

COLUMNS: dict[str, tuple[str, ...]] = {
    "estate": ("estate", "项目", "小区", "物业项目"),
    "building": (
        "building", "block", "楼栋", "楼栋号", "楼号", "楼幢", "栋", "栋号", "幢", "幢号", "座", "楼",
    ),
    "unit": ("unit", "entrance", "单元", "单元号"),
    "room": ("room", "flat", "apartment", "房号", "房间", "房间号", "室", "室号", "房屋", "房产", "门牌号"),
    "name": ("name", "姓名", "名称", "业主", "业主姓名", "住户", "住户姓名", "客户姓名", "联系人"),
    "phone": (
        "phone", "telephone", "mobile", "number", "tel", "电话", "电话号码", "手机", "手机号", "手机号码",
        "联系电话", "联系方式", "固定电话", "号码",
    ),
    "kind": ("kind", "type", "类型", "类别", "身份", "住户类型", "客户类型"),
    "note": ("note", "notes", "remark", "remarks", "备注", "说明"),
}  # fmt: skip
"""Column headings understood, in English and Chinese; several telephone columns may be there."""

_KNOWN = {heading: column for column, headings in COLUMNS.items() for heading in headings}


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: texts by column; a column that occurs several times has several texts."""

    line: int
    cells: dict[str, tuple[str, ...]]

    def text(self, column: str) -> str:
        """Return the first text of a column; empty when the sheet has no such column."""
        return next((text for text in self.cells.get(column, ()) if text), "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as read, and what was odd about its headings."""

    file: str
    rows: tuple[SheetRow, ...]
    warnings: tuple[Problem, ...]


def read(path: Path) -> Sheet:
    """Read a ``.csv`` or ``.xlsx`` file; the first row that is not empty has the headings.

    Raises :class:`~hotline.call.errors.InvalidInput` when it cannot be read or lacks a needed column.
    """
    name = str(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInput((Problem(name, 0, "", f"cannot be read: {error.strerror}"),)) from error
    lines = _xlsx(content, name) if content[:2] == b"PK" else _csv(content, name)
    filled = [(line, cells) for line, cells in lines if any(cells)]
    if not filled:
        raise InvalidInput((Problem(name, 0, "", "has no rows"),))
    return _with_headings(name, filled[0], filled[1:])


def _csv(content: bytes, name: str) -> list[tuple[int, list[str]]]:
    text = _decoded(content, name)
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t，", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, line = [], 1
    try:
        for cells in reader:
            rows.append((line, [cell.strip() for cell in cells]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InvalidInput((Problem(name, line, "", f"is not valid CSV: {error}"),)) from error
    return rows


def _decoded(content: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise InvalidInput((Problem(name, 0, "", "is neither CSV in UTF-8 or GBK nor XLSX"),))


def _xlsx(content: bytes, name: str) -> list[tuple[int, list[str]]]:
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = [
            (line, [_cell(value) for value in values])
            for line, values in enumerate(sheet.iter_rows(values_only=True), start=1)
        ]
        book.close()
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError) as error:
        raise InvalidInput((Problem(name, 0, "", f"is not a readable XLSX file: {error}"),)) from error
    return rows


def _cell(value: Any) -> str:
    """Sheets keep telephone and room numbers as floating-point numbers."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _with_headings(name: str, heading: tuple[int, list[str]], rows: Iterable[tuple[int, list[str]]]) -> Sheet:
    line, titles = heading
    columns = [_KNOWN.get(title.strip().strip("*").rstrip("0123456789 ").lower()) for title in titles]
    warnings = tuple(
        Problem(name, line, title, "is not a column of the directory and is left out", warning=True)
        for title, column in zip(titles, columns, strict=True)
        if column is None and title
    )
    if "room" not in columns:
        wanted = ", ".join(COLUMNS["room"][:5])
        found = ", ".join(title for title in titles if title) or "nothing"
        message = f"no column for the room (one of: {wanted} …); the headings are: {found}"
        raise InvalidInput((Problem(name, line, "", message),))
    return Sheet(name, tuple(_row(number, cells, columns) for number, cells in rows), warnings)


def _row(line: int, cells: list[str], columns: list[str | None]) -> SheetRow:
    found: dict[str, tuple[str, ...]] = {}
    for column, cell in zip(columns, cells, strict=False):
        if column is not None:
            found[column] = (*found.get(column, ()), cell)
    return SheetRow(line, found)
