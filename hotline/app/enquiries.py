"""Directory enquiries in a process: the file, with the estates' hours and time zones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.duty.service import DutyBook
from hotline.enquiries.service import Enquiries
from hotline.home import Home
from hotline.settings import Settings


def open_enquiries(
    home: Home, settings: Settings, duty: Mapping[str, DutyBook], *, last_good: Path | None = None
) -> Enquiries:
    """Open the directory of all estates; raises :class:`~hotline.call.errors.InvalidInput`."""
    book = next(iter(duty.values()))
    return Enquiries(
        home.config,
        zones={estate.id: ZoneInfo(estate.timezone) for estate in settings.estates},
        is_open=lambda estate, window, at: duty[estate].is_open(window, at),
        windows=lambda: book.known_windows,
        last_good=last_good,
    )
