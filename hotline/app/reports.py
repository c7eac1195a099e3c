"""Where reports meet the slices they count."""

from __future__ import annotations

from hotline.app.reportfacts import FactReader
from hotline.app.reportpeople import Crew
from hotline.home import Home
from hotline.reports.service import Reports
from hotline.settings import Settings


def open_reports(home: Home, settings: Settings) -> Reports:
    """Return what makes reports of this data folder."""
    crew = Crew(home.config)
    return Reports(FactReader(crew, settings.sip.ringing.ring_cycle), crew.names)
