"""``/tickets/{number}``: a ticket with everything that is known, and what may be done now."""

from __future__ import annotations

from functools import partial

from nicegui import ui

from hotline.accounts.rights import Scope
from hotline.tickets import meanwhile
from hotline.web.console import lists
from hotline.web.console.calls.callpage import STYLE as PLAYER
from hotline.web.console.calls.shaping import Look
from hotline.web.console.calls.words import word
from hotline.web.console.shell import Console, View
from hotline.web.console.tickets import filespart, limitbars, reading, recordpart, sidepart, words
from hotline.web.console.tickets.dialogs import ActionDialog
from hotline.web.console.tickets.doing import told
from hotline.web.console.tickets.news import TicketNews, watch
from hotline.web.console.tickets.reading import TicketFound
from hotline.web.console.tickets.shaping import place_of, state_of


def register(console: Console) -> None:
    """Add the page."""
    news = TicketNews(console.parts.db)
    news.begin(console.parts.hub)

    @console.page("/tickets/{number}", needs=Scope.TICKETS_READ)
    async def ticket(view: View, number: str) -> None:
        lists.styled()
        limitbars.prepared()
        ui.add_css(PLAYER)
        ui.add_head_html('<script type="module" src="/console-static/call-player.js"></script>')
        await view.unmask("ticket.show")
        found = await view.read(partial(reading.read, view, number))
        if found.words is not None and found.words[1] is not None and view.may(Scope.RECORDINGS):
            await view.guard.listened(view.holder, found.words[0].uniqueid, what="transcript.read")
        _changes(view, found, news)
        _head(view, found)
        _actions(view, found)
        look = Look(view.masks, view.estate.zone, view.chinese)
        with ui.element("div").classes("grid grid-cols-1 lg:grid-cols-2 gap-4 w-full"):
            with ui.column().classes("w-full gap-4"):
                recordpart.facts(view, found, look)
                recordpart.said(view, found, look)
            with ui.column().classes("w-full gap-4"):
                sidepart.limits(view, found)
                sidepart.remark(view, found)
                sidepart.more(view, found)
        filespart.show(view, found, look)
        recordpart.history(view, found, look)


def _head(view: View, found: TicketFound) -> None:
    t, row = view.t, found.row
    with ui.row().classes("items-center w-full q-gutter-sm"):
        lists.heading(t(f"工单 {row.number}", f"Ticket {row.number}"))
        lists.tag("span", state_of(row, chinese=view.chinese), "hl-chip warn")
        lists.tag("span", word(words.KINDS, row.kind.value, chinese=view.chinese), "hl-chip")
        if row.urgency.value != "ordinary":
            lists.tag("span", word(words.URGENCIES, row.urgency.value, chinese=view.chinese), "hl-chip bad")
        lists.tag("span", place_of(row, view.masks))
        ui.space()
        lists.link(t("‹ 工单", "‹ Tickets"), "/tickets")


def _actions(view: View, found: TicketFound) -> None:
    """Buttons of what state and role allow now."""
    if not found.allowed:
        return
    row = found.row
    dialog = ActionDialog(view, row.number, found.seen, people=found.people, departments=found.departments)
    label = view.t("可执行的操作", "What may be done now")
    with ui.row().classes("w-full q-gutter-xs").props(f'role=group aria-label="{label}"'):
        for action in found.allowed:
            name = word(words.ACTIONS, action.value, chinese=view.chinese)
            ui.button(name, on_click=partial(dialog.open, action, ui.navigate.reload)).props(
                "no-caps dense padding='4px 12px' outline color=blue-10"
            )


def _changes(view: View, found: TicketFound, news: TicketNews) -> None:
    """Tell that somebody else has done something, as soon as they have; nothing typed here is touched."""
    number, seen = found.row.number, found.seen
    with ui.card().classes("w-full bg-amber-1").props("role=status aria-live=polite") as banner:
        said = ui.label("")
        ui.button(view.t("刷新", "Look again"), on_click=ui.navigate.reload).props(
            "no-caps dense outline color=blue-10"
        )
    banner.set_visibility(False)

    async def show() -> None:
        lines = await view.read(lambda session: meanwhile.since(session, number, seen))
        if lines:
            what = told(lines, view.estate.zone, chinese=view.chinese)
            said.set_text(view.t(f"工单刚有变化：{what}", f"This ticket has just changed: {what}"))
            banner.set_visibility(True)

    def look() -> None:
        if news.changed(number, seen) and not banner.visible:
            with banner:
                ui.timer(0.01, show, once=True)

    watch(ui.context.client, view.parts.hub, number, look)
