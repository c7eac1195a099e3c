"""Hundreds of thousands of rows for a report: plain columns, instants turned local without asking the zone.

Of the seconds a month of 100,000 calls took, half went into making an aware instant of each text SQLite keeps
and another one of it in the estate's zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, String, text, type_coerce
from sqlalchemy.orm import Session

_HOUR = len("2026-11-22 10")
_MAPPED = 1 << 30
"""Bytes of the file that SQLite reads without copying page by page: a third of the time of reading."""


def plain(column: Any) -> Any:
    """Return a column as the driver has it: a word, no member; an instant as :class:`Instants` takes it."""
    return type_coerce(column, String)


def rows(session: Session, query: Select[*tuple[Any, ...]]) -> Sequence[Any]:
    """Return the rows of a query of columns as the driver has them: truth may be 0 and 1."""
    result = session.connection().execute(query)
    try:
        return result.cursor.fetchall() if result.cursor is not None else ()
    finally:
        result.close()


def prepare(session: Session) -> None:
    """Let SQLite read this file quickly from now on, on this connection."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text(f"PRAGMA mmap_size = {_MAPPED}"))


class Instants:
    """Instants as the driver has them: texts in UTC from SQLite, instants from PostgreSQL."""

    def __init__(self, session: Session, zone: ZoneInfo) -> None:
        """Turn instants into local time of ``zone``."""
        self._texts = session.get_bind().dialect.name == "sqlite"
        self._zone = zone
        self._hours: dict[str, tuple[str, str] | None] = {}

    def raw(self, at: datetime) -> Any:
        """Return an instant so that it compares with those of the driver."""
        utc = at.astimezone(UTC)
        return f"{utc:%Y-%m-%d %H:%M:%S.%f}" if self._texts else utc

    def local(self, at: Any) -> datetime:
        """Return an instant of the driver in local time; its offset is that of the zone at that instant."""
        if not self._texts:
            found: datetime = at.astimezone(self._zone)
            return found
        hour = at[:_HOUR]
        if hour not in self._hours:
            self._hours[hour] = self._shifted(hour)
        shifted = self._hours[hour]
        if shifted is None:
            return datetime.fromisoformat(at).replace(tzinfo=UTC).astimezone(self._zone)
        return datetime.fromisoformat(shifted[0] + at[_HOUR:] + shifted[1])

    def _shifted(self, hour: str) -> tuple[str, str] | None:
        """Return local hour and offset of a whole hour; ``None`` where minutes differ, or clocks change."""
        begin = datetime.fromisoformat(f"{hour}:00:00").replace(tzinfo=UTC).astimezone(self._zone)
        end = (begin.astimezone(UTC) + timedelta(minutes=59, seconds=59)).astimezone(self._zone)
        if begin.minute or begin.utcoffset() != end.utcoffset():
            return None
        return f"{begin:%Y-%m-%d %H}", begin.isoformat()[-len("+08:00") :]
