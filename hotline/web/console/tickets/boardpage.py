"""``/tickets/board``: open tickets by state; a card moves only where the table of states lets it.

Cards are moved with the mouse or with their own button; either way the action behind the move is done with
all its rules, and asks for what it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from nicegui import events, ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.call.ports import TicketAction
from hotline.tickets import listing, meanwhile
from hotline.tickets.life import TicketState
from hotline.tickets.listing import Sight
from hotline.tickets.models import TicketLimitRow, TicketRow
from hotline.web import ticketsight
from hotline.web.callsearch import BadAsked
from hotline.web.console import lists
from hotline.web.console.calls.shaping import Look
from hotline.web.console.calls.words import word
from hotline.web.console.kit import fields
from hotline.web.console.refusals import sentence_of
from hotline.web.console.shell import Console, View
from hotline.web.console.tickets import limitbars, listpage, shaping, words
from hotline.web.console.tickets.dialogs import ActionDialog
from hotline.web.console.tickets.moving import COLUMNS, actions_to
from hotline.web.ticketsearch import EVERY, Asked, search_of

STYLE = """
.hl-board{display:grid;grid-auto-flow:column;grid-auto-columns:minmax(11.5rem,1fr);gap:.6rem;width:100%;
overflow-x:auto;align-items:start;padding-bottom:.5rem}
.hl-column{background:#f1f5f9;border-radius:6px;padding:.4rem;min-height:8rem}
.hl-column h2{font-size:.95rem;font-weight:600;margin:.1rem 0 .4rem;line-height:1.3}
.hl-card{background:#fff;border:1px solid #cbd5e1;border-radius:4px;padding:.4rem;margin-bottom:.4rem;
font-size:.85rem}
.hl-card.bad{border-left:4px solid #b91c1c}.hl-card.warn{border-left:4px solid #c05621}
.hl-card p{margin:.15rem 0}
"""

_CARD = (
    '<article :class="\'col-12 hl-card \' + props.row.tone" :aria-label="props.row.number"'
    ' :draggable="props.row.movable" @dragstart="$parent.$emit(\'taken\', props.row.number)">'
    '<a class="hl-a" :href="\'/tickets/\' + props.row.number">{{ props.row.number }}</a>'
    "<p>{{ props.row.kind }} · {{ props.row.place }}"
    ' <span v-if="props.row.urgency" class="hl-chip bad">{{ props.row.urgency }}</span></p>'
    '<p>{{ props.row.what }}</p><p v-if="props.row.who" class="hl-quiet">{{ props.row.who }}</p>'
    f"{limitbars.SLOT}"
    '<button v-if="props.row.movable" type="button" class="hl-a" :aria-label="props.row.label"'
    " @click=\"$parent.$emit('move', props.row.number)\">{{ props.row.move }}</button></article>"
)
"""A card (Vue); texts go through ``{{ }}``, which escapes."""


@dataclass(frozen=True, slots=True)
class BoardFound:
    """The board's cards with what stands around them."""

    columns: Mapping[TicketState, tuple[Sequence[TicketRow], int]]
    limits: Mapping[str, TicketLimitRow]
    seen: Mapping[str, int]
    sight: Sight
    departments: Sequence[str]
    people: Sequence[str]


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/tickets/board", needs=Scope.TICKETS_READ)
    async def board(view: View) -> None:
        lists.styled()
        limitbars.prepared()
        ui.add_css(STYLE)
        asked, problem = Asked.of(view.request.query_params), ""
        await view.unmask("ticket.list")
        try:
            found = await view.read(partial(_look, view, asked))
        except BadAsked as refused:
            problem = sentence_of(refused, chinese=view.chinese)
            found = await view.read(partial(_look, view, Asked()))
        with ui.row().classes("items-center w-full"):
            lists.heading(view.t("工单看板", "Board of tickets"))
            ui.space()
            lists.link(view.t("列表", "List"), lists.address("/tickets", asked.query()), "hl-plain")
        listpage.form(view, asked, found.departments, "/tickets/board")
        if problem:
            lists.tag("p", problem, "hl-red", role="alert")
        _Board(view, found).show()


def _look(view: View, asked: Asked, session: Session) -> BoardFound:
    estate = view.estate
    sight = ticketsight.sight_of(session, view.holder, estate.id, view.signed.name)
    every = replace(asked, state=EVERY)
    now = view.parts.clock.now()
    wanted = search_of(every, session, estate.id, estate.zone, sight, now, view.masks)
    columns = listing.board(session, wanted, COLUMNS)
    rows = [row for found, _ in columns.values() for row in found]
    return BoardFound(
        columns, listing.limits_of(session, rows), meanwhile.seen_of(session, [row.number for row in rows]),
        sight, listing.departments(session, estate.id),
        sorted(view.parts.tickets.people_in(session, estate.id)),
    )  # fmt: skip


class _Board:
    def __init__(self, view: View, found: BoardFound) -> None:
        self._view, self._found = view, found
        self._look = Look(view.masks, view.estate.zone, view.chinese)
        self._rows = {row.number: row for rows, _ in found.columns.values() for row in rows}
        self._dragged = ""

    def show(self) -> None:
        self._dialogs = ui.element("div")
        label = self._view.t("看板", "Board")
        with lists.tag("div", "", "hl-board", role="region", aria_label=label, tabindex="0"):
            for state in COLUMNS:
                self._column(state, *self._found.columns[state])

    def _column(self, state: TicketState, rows: Sequence[TicketRow], count: int) -> None:
        name = word(words.STATES, state.value, chinese=self._view.chinese)
        with lists.tag("section", "", "hl-column", aria_label=name) as column:
            lists.tag("h2", f"{name} ({count})")
            cards = ui.table(rows=[self._card(row) for row in rows], columns=[], row_key="number")
            cards.props("flat grid hide-pagination hide-header hide-no-data").classes("w-full")
            cards.add_slot("item", _CARD)
            cards.on("move", self._asked)
            cards.on("taken", self._taken)
            if count > len(rows):
                more = self._view.t(f"其余 {count - len(rows)} 张…", f"{count - len(rows)} more…")
                lists.link(more, lists.address("/tickets", {"state": state.value}))
        column.on("dragover.prevent", js_handler="() => {}")
        column.on("drop", partial(self._dropped, state), [])

    def _card(self, row: TicketRow) -> dict[str, str | int | bool]:
        """Return a card as its template takes it."""
        view, now = self._view, self._view.parts.clock.now()
        limit = self._found.limits.get(row.number)
        points = limitbars.points(shaping.bar_of_row(limit, now, self._look)) if limit is not None else "[]"
        return shaping.line(row, limit, now, self._look) | {
            "points": points, "movable": bool(self._moves(row)), "move": view.t("移动…", "Move…"),
            "label": view.t(f"移动 {row.number}", f"Move {row.number}"),
        }  # fmt: skip

    def _asked(self, event: events.GenericEventArguments) -> None:
        """Offer the moves of a card: the way without a mouse."""
        row = self._rows.get(str(event.args))
        if row is None:
            return
        view = self._view
        with ui.dialog() as dialog, ui.card():
            ui.label(view.t(f"移动 {row.number}", f"Move {row.number}")).props("role=heading aria-level=2")
            for action in self._moves(row):
                name = word(words.ACTIONS, action.value, chinese=view.chinese)

                def chosen(action: TicketAction = action, number: str = row.number) -> None:
                    dialog.close()
                    self._open(number, action)

                fields.button(name, chosen).classes("w-full")
            fields.button(view.t("返回", "Back"), dialog.close).classes("w-full")
        dialog.on("hide", dialog.delete)
        dialog.open()

    def _moves(self, row: TicketRow) -> tuple[TicketAction, ...]:
        return ticketsight.allowed(self._view.holder, row, self._found.sight)

    def _taken(self, event: events.GenericEventArguments) -> None:
        self._dragged = str(event.args)

    def _dropped(self, state: TicketState, _: events.GenericEventArguments) -> None:
        row = self._rows.get(self._dragged)
        self._dragged = ""
        if row is None or row.state is state:
            return
        ways = [one for one in actions_to(row.state, state) if one in self._moves(row)]
        if not ways:
            self._refuse(row.state, state)
            return
        self._open(row.number, ways[0])

    def _open(self, number: str, action: TicketAction) -> None:
        found = self._found
        dialog = ActionDialog(
            self._view, number, found.seen.get(number, 0), people=found.people, departments=found.departments
        )
        with self._dialogs:  # not within the choice of moves: what goes takes with it what is in it
            dialog.open(action, ui.navigate.reload)

    def _refuse(self, begin: TicketState, end: TicketState) -> None:
        one = partial(word, words.STATES, chinese=self._view.chinese)
        begin_name, end_name = one(begin.value), one(end.value)
        ui.notify(
            self._view.t(
                f"不能从“{begin_name}”直接到“{end_name}”。",
                f"There is no step from {begin_name} to {end_name}.",
            ),
            type="warning", position="top",
        )  # fmt: skip
