"""Lists as files for sheet programs: read and sent piece by piece, so that no list is held in memory.

Columns hold plain values; instants are real dates of the estate in XLSX, ISO 8601 with offset in CSV, and
no text runs as a formula in either (:func:`hotline.sheets.writing.harmless`).
"""

from __future__ import annotations

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any

from fastapi.responses import FileResponse, StreamingResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from starlette.background import BackgroundTask
from starlette.responses import Response

from hotline.sheets.writing import harmless

MOST_ROWS = 100_000
"""Of one file; a sheet program opens about ten times as many, slowly."""
PIECE = 1000
"""Rows read at once."""
LONGEST_CELL = 32_000
"""Characters; Excel refuses a book with longer ones (32,767)."""
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MARK = "\ufeff"
"""Tells sheet programs that it is UTF-8 and not GBK."""

Pieces = AsyncIterator[Sequence[Sequence[Any]]]
"""Rows of cells, a piece at a time."""


async def answer(form: str, name: str, headings: Sequence[str], pieces: Pieces, zone: tzinfo) -> Response:
    """Return the file ``name`` as ``csv`` or ``xlsx``."""
    headers = _HEADERS | {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    if form == "csv":
        return StreamingResponse(
            csv_pieces(headings, pieces, zone), headers=headers, media_type="text/csv; charset=utf-8"
        )
    path = await xlsx_file(headings, pieces, zone)
    gone = BackgroundTask(asyncio.to_thread, path.unlink, True)
    return FileResponse(path, headers=headers, media_type=_XLSX, background=gone)


async def csv_pieces(headings: Sequence[str], pieces: Pieces, zone: tzinfo) -> AsyncIterator[bytes]:
    """Return a CSV file piece by piece (RFC 4180, UTF-8 with its mark)."""
    yield (_MARK + _lines([headings])).encode()
    async for rows in pieces:
        yield _lines([[harmless(_told(cell, zone)) for cell in row] for row in rows]).encode()


async def xlsx_file(headings: Sequence[str], pieces: Pieces, zone: tzinfo) -> Path:
    """Write a workbook to a temporary file and return it; whoever asked deletes it."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("hotline")
    sheet.append(list(headings))
    async for rows in pieces:
        await asyncio.to_thread(_append, sheet, rows, zone)
    with tempfile.NamedTemporaryFile(prefix="hotline-", suffix=".xlsx", delete=False) as file:
        path = Path(file.name)
    await asyncio.to_thread(_save, book, path)
    return path


async def in_pieces(
    read: Callable[[Any], Awaitable[tuple[Sequence[Sequence[Any]], Any]]], *, most: int = MOST_ROWS
) -> Pieces:
    """Yield what ``read`` returns for ``None`` and then for each next place, until there is none."""
    place, count = None, 0
    while count < most:
        rows, place = await read(place)
        yield rows[: most - count]
        count += len(rows)
        if place is None:
            return


def _save(book: Workbook, path: Path) -> None:
    try:
        book.save(path)
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def _lines(rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _told(cell: Any, zone: tzinfo) -> Any:
    if isinstance(cell, datetime):
        return cell.astimezone(zone).isoformat(timespec="seconds")
    return cell.isoformat() if isinstance(cell, date) else cell


def _append(sheet: Any, rows: Sequence[Sequence[Any]], zone: tzinfo) -> None:
    for row in rows:
        sheet.append([_cell(sheet, cell, zone) for cell in row])


def _cell(sheet: Any, value: Any, zone: tzinfo) -> Any:
    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value=value.astimezone(zone).replace(tzinfo=None, microsecond=0))
        cell.number_format = "yyyy-mm-dd hh:mm:ss"
        return cell
    if not isinstance(value, str):
        return value
    plain = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in value)
    cell = WriteOnlyCell(sheet, value=plain[:LONGEST_CELL])
    cell.data_type = "s"  # never a formula
    return cell
