"""Sheets that are written for people's sheet programs: nothing in them runs there. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

_PLAIN_NUMBER = re.compile(r"[+-]?[\d. ()*-]+")
_BEGINS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""Also the wide forms: sheet programs set to Chinese or Japanese take them for the narrow ones."""


def harmless(value: Any) -> Any:
    """Return a cell's value; a text such as ``=HYPERLINK(…)`` is marked as a text by an apostrophe."""
    if not isinstance(value, str):
        return "" if value is None else value
    if value.startswith(_BEGINS_A_FORMULA) and not _PLAIN_NUMBER.fullmatch(value):
        return "'" + value
    return value


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a CSV file: UTF-8 with the mark that tells sheet programs that it is not GBK."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([harmless(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")
