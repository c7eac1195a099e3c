"""The pages of reports and of quality review, in the order in which their addresses are looked at."""

from __future__ import annotations

from hotline.web.console.quality import overview as quality
from hotline.web.console.quality import reviewpage
from hotline.web.console.reports import overview, printpage, rowspage

PAGES = (overview, rowspage, printpage, quality, reviewpage)
"""Modules with ``register(console)``."""
