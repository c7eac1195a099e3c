"""Lists of staff that people keep: CSV in UTF-8 or GBK, or XLSX."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from hotline.accounts.administration import BadStaff, NewMember, problem_with, roles_of
from hotline.call.errors import InvalidInput, Problem
from hotline.call.ports import StaffRole

COLUMNS: dict[str, tuple[str, ...]] = {
    "number": ("number", "staff number", "staff", "工号", "员工号", "员工编号", "编号"),
    "name": ("name", "姓名", "员工姓名"),
    "telephone": ("telephone", "phone", "mobile", "tel", "电话", "手机", "手机号", "联系电话", "电话号码"),
    "roles": ("roles", "role", "角色", "岗位", "职务", "职位"),
}
"""Column headings understood; there is none for PINs: they are made up and never stand in a file."""
_KNOWN = {heading: column for column, headings in COLUMNS.items() for heading in headings}
_BETWEEN_ROLES = re.compile(r"[,;/、，；\s]+")
Line = tuple[int, dict[str, str]]


def read(path: Path, *, normalise: Callable[[str], str]) -> tuple[NewMember, ...]:
    """Return everybody on the list; raises :class:`InvalidInput` with the problems of every line."""
    lines = _lines(path)
    problems: list[Problem] = []
    members: dict[str, NewMember] = {}
    for line, cells in lines:
        try:
            member = _member(cells)
            wrong = problem_with(member, normalise)
        except BadStaff as bad:
            wrong = bad.sentence
        else:
            if not wrong and member.number in members:
                wrong = f"staff number {member.number} stands in the list twice"
            members[member.number] = member
        if wrong:
            problems.append(Problem(str(path), line, "", wrong))
    if problems:
        raise InvalidInput(tuple(problems))
    return tuple(members.values())


def _member(cells: dict[str, str]) -> NewMember:
    words = [word for word in _BETWEEN_ROLES.split(cells.get("roles", "")) if word]
    return NewMember(
        number=cells.get("number", ""),
        name=cells.get("name", ""),
        telephone=cells.get("telephone", ""),
        roles=roles_of(words) if words else frozenset({StaffRole.TECHNICIAN}),
    )


def _lines(path: Path) -> list[Line]:
    rows = [row for row in _rows(path) if any(row[1])]
    if not rows:
        raise InvalidInput((Problem(str(path), 0, "", "the list is empty"),))
    (at, headings), *rest = rows
    columns = [_KNOWN.get(heading.strip().lower()) for heading in headings]
    missing = [column for column in ("number", "name") if column not in columns]
    if missing:
        sentence = (
            f"the first row names the columns number (工号) and name (姓名); missing: {', '.join(missing)}"
        )
        raise InvalidInput((Problem(str(path), at, "", sentence),))
    return [
        (line, {column: cell for column, cell in zip(columns, cells, strict=False) if column})
        for line, cells in rest
    ]


def _rows(path: Path) -> Iterable[tuple[int, Sequence[str]]]:
    try:
        content = path.read_bytes()
        rows = _xlsx(content) if path.suffix.lower() == ".xlsx" else _csv(content)
        return list(enumerate(rows, start=1))
    except OSError as error:
        raise InvalidInput((Problem(str(path), 0, "", f"cannot be read: {error.strerror}"),)) from error
    except (UnicodeDecodeError, csv.Error, zipfile.BadZipFile, KeyError) as error:
        sentence = "is neither CSV (UTF-8 or GBK) nor XLSX"
        raise InvalidInput((Problem(str(path), 0, "", sentence),)) from error


def _csv(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gbk")  # what spreadsheet programs in China save by default
    return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text))]


def _xlsx(content: bytes) -> list[list[str]]:
    from openpyxl import load_workbook  # 0.3 s that only imports need

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        sheet: Any = book.active
        return [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    finally:
        book.close()


def _cell(value: Any) -> str:
    """Telephone and staff numbers are numbers in sheets: 7.0 is staff number 7."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()
