"""A list of people to call – CSV in UTF-8 or GBK, or XLSX – and every mistake in it."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from hotline.call.errors import InvalidInput, Problem

Normalise = Callable[[str], str]

COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("name", "姓名", "业主", "业主姓名", "住户", "住户姓名", "客户姓名", "联系人"),
    "phone": (
        "phone", "telephone", "mobile", "number", "tel", "电话", "电话号码", "手机", "手机号",
        "联系电话",
    ),
    "building": ("building", "block", "楼栋", "楼栋号", "楼号", "栋", "幢", "座", "楼"),
    "unit": ("unit", "entrance", "单元", "单元号"),
    "room": ("room", "flat", "apartment", "房号", "房间", "房间号", "室", "室号"),
    "language": ("language", "语言"),
}  # fmt: skip
"""Headings understood, in English and Chinese."""
LANGUAGES: dict[str, str] = {
    "zh": "zh", "中文": "zh", "普通话": "zh", "汉语": "zh", "chinese": "zh", "mandarin": "zh",
    "en": "en", "英文": "en", "英语": "en", "english": "en",
}  # fmt: skip
_KNOWN = {heading: column for column, headings in COLUMNS.items() for heading in headings}
_LONGEST = 64
"""Characters of a name or a room; longer is a column that slipped."""
_SIP = re.compile(r"sips?:[^@\s]+@[^@\s]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Somebody to call."""

    number: str
    """Normalised, or a SIP address."""
    raw: str
    name: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class PeopleList:
    """A whole list, each telephone once, and what was odd about it."""

    people: tuple[Listed, ...]
    warnings: tuple[Problem, ...] = ()


def read_list(path: Path, *, normalise: Normalise, language: str) -> PeopleList:
    """Read a list; rows without a language get ``language``.

    A telephone that is listed again is called once, with a warning. Raises
    :class:`~hotline.call.errors.InvalidInput` with the problems of all rows, each with its line.
    """
    name = str(path)
    rows = [(line, cells) for line, cells in _rows(path) if any(cells)]
    if not rows:
        raise InvalidInput((Problem(name, 0, "", "has no rows"),))
    line, headings = rows[0]
    reader = _Reader(name, line, headings, normalise, language)
    for number, cells in rows[1:]:
        reader.take(number, cells)
    if not rows[1:]:
        reader.problems.append(Problem(name, line, "", "has headings and nobody below them"))
    if reader.problems:
        raise InvalidInput(tuple(reader.problems))
    return PeopleList(tuple(reader.found.values()), tuple(reader.warnings))


def number_of(raw: str, normalise: Normalise) -> str:
    """Return what a telephone is known by; empty for what is none."""
    if _SIP.fullmatch(raw.strip()):
        return raw.strip()
    number = normalise(raw)
    return number if _plausible(number) else ""


class _Reader:
    def __init__(
        self, file: str, line: int, headings: Sequence[str], normalise: Normalise, language: str
    ) -> None:
        self._file = file
        self._normalise = normalise
        self._language = language
        self._columns = [_KNOWN.get(heading.strip().strip("*").lower()) for heading in headings]
        self._lines: dict[str, int] = {}
        self.found: dict[str, Listed] = {}
        self.problems: list[Problem] = []
        self.warnings = [
            Problem(file, line, heading, "is not a column of the list and is left out", warning=True)
            for heading, column in zip(headings, self._columns, strict=True)
            if column is None and heading
        ]
        if "phone" not in self._columns:
            wanted = ", ".join(COLUMNS["phone"][:8])
            there = ", ".join(heading for heading in headings if heading) or "nothing"
            message = f"no column for the telephone (one of: {wanted} …); the headings are: {there}"
            raise InvalidInput((Problem(file, line, "", message),))

    def take(self, line: int, cells: Sequence[str]) -> None:
        """Read one row."""
        texts: dict[str, str] = {}
        for column, cell in zip(self._columns, cells, strict=False):
            if column is not None and cell:
                texts.setdefault(column, cell)
        before = len(self.problems)
        raw = texts.get("phone", "")
        number = number_of(raw, self._normalise)
        if not raw:
            self._bad(line, "phone", "the telephone number is missing")
        elif not number:
            self._bad(line, "phone", f'"{raw}" is no telephone number')
        said = texts.get("language", self._language).lower()
        if said not in LANGUAGES:
            self._bad(line, "language", f'unknown language "{said}" (zh or en)')
        for column in ("name", "building", "unit", "room"):
            if len(texts.get(column, "")) > _LONGEST:
                self._bad(line, column, f"longer than {_LONGEST} characters")
        if len(self.problems) == before:
            self._add(line, number, raw, texts, LANGUAGES[said])

    def _add(self, line: int, number: str, raw: str, texts: dict[str, str], language: str) -> None:
        if number in self.found:
            message = f"the same telephone as in line {self._lines[number]}: it is called once"
            self.warnings.append(Problem(self._file, line, "phone", message, warning=True))
            return
        self._lines[number] = line
        facts = {column: texts.get(column, "") for column in ("name", "building", "unit", "room")}
        self.found[number] = Listed(number=number, raw=raw, language=language, **facts)

    def _bad(self, line: int, column: str, message: str) -> None:
        self.problems.append(Problem(self._file, line, column, message))


def _plausible(number: str) -> bool:
    """E.164, an extension, or a local number where no area code is configured."""
    if re.match(r"\+861[3-9]", number):
        return len(number) == 14  # a mobile number of the mainland has eleven digits
    if number.startswith("+"):
        return 8 <= len(number) <= 16
    if len(number) > 6 and number.startswith("1"):
        return False  # a mobile number cut short: no exchange has local numbers that begin with 1
    return 2 <= len(number) <= 8


# --- files ---------------------------------------------------------------------------------------


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    name = str(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInput((Problem(name, 0, "", f"cannot be read: {error.strerror}"),)) from error
    return _xlsx(content, name) if content[:2] == b"PK" else _csv(content, name)


def _csv(content: bytes, name: str) -> list[tuple[int, list[str]]]:
    text = _decoded(content, name)
    first = text.lstrip("\r\n").partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t，", key=first.count), strict=True)
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
        rows = [
            (line, [_cell(value) for value in values])
            for line, values in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1)
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
