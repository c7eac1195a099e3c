"""Times in sheets and on the screen: instants are kept in UTC, people read them as their clocks show them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from typing import Any

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
DATE_FORMAT, TIME_FORMAT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
"""Of cells; sheet programs show dates in the order of their own country otherwise."""


def instant_of(value: Any) -> datetime | None:
    """Return a value that is an instant, or the ISO 8601 text of one with its offset; else ``None``."""
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else None
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:  # written like an instant, but no day of the calendar
        return None


def iso(value: Any, zone: tzinfo) -> Any:
    """Return an instant as local ISO 8601 with its offset, to the second; anything else as it is."""
    at = instant_of(value)
    return value if at is None else at.astimezone(zone).isoformat(timespec="seconds")


def cell(value: Any, zone: tzinfo | None) -> tuple[Any, str]:
    """Return the value of a cell and its format: dates and times are real ones, in local time.

    Sheet programs know no offsets. The format is empty for what is neither.
    """
    at = instant_of(value)
    if at is not None:
        if zone is None:
            return (value if isinstance(value, str) else value.isoformat()), ""
        return at.astimezone(zone).replace(tzinfo=None, microsecond=0), TIME_FORMAT
    if isinstance(value, str):
        try:
            if _LOCAL.fullmatch(value):
                return datetime.fromisoformat(value), TIME_FORMAT
            if _DAY.fullmatch(value):
                return date.fromisoformat(value), DATE_FORMAT
        except ValueError:
            return value, ""
    return value, ""


def localised(facts: Mapping[str, Any], zone: tzinfo) -> dict[str, Any]:
    """Return facts for the screen: instants in local time."""
    return {
        name: value if (at := instant_of(value)) is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        for name, value in facts.items()
    }
