"""Pages and requests about menus and prompts."""

from __future__ import annotations

from hotline.web.console.menus import (
    comparepage,
    discardedpage,
    editpage,
    filespage,
    historypage,
    promptlist,
    promptpage,
)
from hotline.web.console.menus.routes import build_router as build_router

PAGES = (filespage, editpage, historypage, comparepage, discardedpage, promptlist, promptpage)
"""Modules with ``register(console)``."""
