"""Which report a page shows, as its address says, and where figures and rows lead. Pure."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from urllib.parse import quote, urlencode

from hotline.reports import periods
from hotline.reports.facts import Leads
from hotline.reports.periods import Grain, Period
from hotline.reports.service import Asked
from hotline.web.api.parts import EstateFacts

GRAINS = ((Grain.DAY, "日报", "Day"), (Grain.WEEK, "周报", "Week"), (Grain.MONTH, "月报", "Month"))
PAGES = MappingProxyType({Leads.CALL: "/calls/", Leads.TICKET: "/tickets/", Leads.WAKEUP: "/register/"})
"""Where a row of each kind is looked at; others have no page of their own."""


def asked(estate: EstateFacts, period: str, first: str, now: datetime) -> Asked:
    """Return what an address asks for; raises :class:`~hotline.reports.periods.BadPeriod`."""
    return Asked(estate=estate.id, period=periods.asked(period or "month", first, estate.zone, now), now=now)


def address(path: str, period: Period, **more: str) -> str:
    """Return an address of a period."""
    given = {"period": period.grain.value, "from": period.first.isoformat(), **more}
    return f"{path}?{urlencode({name: value for name, value in given.items() if value})}"


def rows_address(period: Period, figure: str, part: str = "") -> str:
    """Return where the rows behind a figure, or a part of it, are listed."""
    return address("/reports/rows", period, figure=f"{figure}:{part}" if part else figure)


def row_address(leads: Leads, key: str) -> str:
    """Return where what a row is about is looked at; empty: nowhere."""
    page = PAGES.get(leads, "")
    return f"{page}{quote(key, safe='')}" if page else ""


def title(period: Period, *, chinese: bool) -> str:
    """``2026年11月``, ``2026-11-16 – 2026-11-22``."""
    match period.grain:
        case Grain.DAY:
            return period.first.isoformat()
        case Grain.WEEK:
            return f"{period.first} – {period.last}"
        case Grain.MONTH:
            return f"{period.first.year}年{period.first.month}月" if chinese else f"{period.first:%B %Y}"
