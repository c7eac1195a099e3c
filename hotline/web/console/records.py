"""Pages and files of calls and tickets."""

from __future__ import annotations

from hotline.web.console.calls import callpage, exporting, listpage
from hotline.web.console.tickets import boardpage, newpage, ticketpage
from hotline.web.console.tickets import exporting as ticket_files
from hotline.web.console.tickets import listpage as ticketlist

PAGES = (listpage, callpage, ticketlist, boardpage, newpage, ticketpage)
"""Modules with ``register(console)``."""
ROUTERS = (exporting.router, ticket_files.router)
"""Files; their addresses come before those of pages."""
