"""Base of all mapped tables and the column types they share.

Instants are aware UTC on both sides of the database; SQLite keeps them as sortable text.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import JSON, DateTime, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

W = TypeVar("W", bound=StrEnum)

Json = JSON().with_variant(JSONB(), "postgresql")
"""Small structured values; ``JSONB`` on PostgreSQL."""


class Base(DeclarativeBase):
    """Base of every mapped class. Constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant; given in any zone, returned in UTC. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; SQLite has no zones, so its text leaves the zone out.

        Raises :class:`ValueError` for a naive value: which instant it means is unknown.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time cannot be stored: {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC whatever zone the server's session has."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PathText(TypeDecorator[Path]):
    """A path, stored with forward slashes; relative ones are relative to what the table says."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Path | None, dialect: Dialect) -> str | None:
        """Return the path as text."""
        return None if value is None else value.as_posix()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Path | None:
        """Return the text as a path."""
        return None if value is None else Path(value)


class Word(TypeDecorator[W], Generic[W]):
    """A member of a :class:`~enum.StrEnum`, stored as its value so that people can read the table."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[W]) -> None:
        """Take the enum whose values are stored."""
        super().__init__()
        self.words = words

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Return the value; raises :class:`ValueError` for a word that is not of the enum."""
        return None if value is None else self.words(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> W | None:
        """Return the member."""
        return None if value is None else self.words(value)
