"""Days and times as pages write them, in the estate's zone. Pure."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

_DAYS = "一二三四五六日"
_SHORT = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def moment(at: datetime | None, zone: ZoneInfo) -> str:
    """``2026-11-23 07:00``; empty for none."""
    return "" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def clock(at: datetime | None, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """``07:00``; empty for none."""
    return "" if at is None else at.astimezone(zone).strftime("%H:%M:%S" if seconds else "%H:%M")


def short(at: datetime | None, zone: ZoneInfo) -> str:
    """``11-23 07:00``; empty for none."""
    return "" if at is None else f"{at.astimezone(zone):%m-%d %H:%M}"


def day(found: date | None) -> str:
    """``2026-11-23``; empty for none."""
    return "" if found is None else found.isoformat()


def weekday(found: date, *, chinese: bool) -> str:
    """``周一``, ``Mon``."""
    return f"周{_DAYS[found.weekday()]}" if chinese else _SHORT[found.weekday()]
