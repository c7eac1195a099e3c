"""The first page: where to go."""

from __future__ import annotations

from nicegui import ui

from hotline.accounts.rights import Scope
from hotline.web.console.shell import Console, Entry, View

STYLE = """
.hl-start{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr));gap:1rem;width:100%}
.hl-start .q-card{height:100%;text-align:center}
"""


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/", needs=Scope.DIRECTORY_READ, entry=Entry("首页", "Start", "home", 0))
    async def home(view: View) -> None:
        ui.label(view.t(f"{view.signed.name}，您好", f"Welcome, {view.signed.name}")).classes(
            "text-2xl"
        ).props("role=heading aria-level=1")
        ui.add_css(STYLE)
        with ui.element("div").classes("hl-start"):
            for one in console.listed:
                if one.path != "/" and view.may(one.needs):
                    with ui.link(target=one.path).classes("no-underline"), ui.card().classes("items-center"):
                        ui.icon(one.entry.icon, size="md").props("aria-hidden=true")
                        ui.label(view.t(one.entry.zh, one.entry.en))
