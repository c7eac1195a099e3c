"""``/tickets``: what callers asked for, the newest first, with the time limit that presses most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.db.pages import Page, Turn, mark_of
from hotline.tickets import listing
from hotline.tickets.models import TicketLimitRow, TicketRow
from hotline.web.callsearch import BadAsked
from hotline.web.console import lists
from hotline.web.console.calls import words as plain
from hotline.web.console.calls.shaping import Look
from hotline.web.console.refusals import sentence_of
from hotline.web.console.shell import Console, Entry, View
from hotline.web.console.tickets import limitbars, shaping, words
from hotline.web.ticketsearch import EVERY, Asked, search_of
from hotline.web.ticketsight import sight_of

ROWS = 50
_CELLS = {
    "number": "<a :href=\"'/tickets/' + props.row.number\">{{ props.row.number }}</a>",
    "kind": (
        '{{ props.row.kind }} <span v-if="props.row.urgency" class="hl-chip bad">'
        "{{ props.row.urgency }}</span>"
    ),
    "state": "<span :class=\"'hl-chip ' + (props.row.ended ? '' : 'warn')\">{{ props.row.state }}</span>",
    "limit": limitbars.SLOT,
}
"""Templates of cells (Vue); texts go through ``{{ }}``, which escapes."""
_CARD = (
    '<div class="q-pa-xs col-12"><q-card flat bordered class="q-pa-sm">'
    f"<div>{_CELLS['number']} · {_CELLS['kind']} {_CELLS['state']}</div>"
    "<div>{{ props.row.place }} {{ props.row.who }}</div><div>{{ props.row.what }}</div>"
    f"{_CELLS['limit']}</q-card></div>"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of tickets with what stands around it."""

    page: Page[TicketRow]
    limits: Mapping[str, TicketLimitRow]
    count: int
    departments: Sequence[str]


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/tickets", needs=Scope.TICKETS_READ, entry=Entry("工单", "Tickets", "assignment", 20))
    async def tickets(view: View) -> None:
        lists.styled()
        limitbars.prepared()
        query = view.request.query_params
        asked, turn = Asked.of(query), Turn(mark_of(query.get("after", "")))
        if query.get("before"):
            turn = Turn(mark_of(query["before"]), newer=True)
        await view.unmask("ticket.list")
        problem = ""
        try:
            found = await view.read(partial(_look, view, asked, turn))
        except BadAsked as refused:
            problem = sentence_of(refused, chinese=view.chinese)
            found = await view.read(partial(_look, view, Asked(), Turn()))
        _head(view, asked)
        form(view, asked, found.departments, "/tickets")
        if problem:
            lists.tag("p", problem, "hl-red", role="alert")
        _table(view, asked, found)


def _look(view: View, asked: Asked, turn: Turn, session: Session) -> Found:
    estate = view.estate
    sight = sight_of(session, view.holder, estate.id, view.signed.name)
    now = view.parts.clock.now()
    wanted = search_of(asked, session, estate.id, estate.zone, sight, now, view.masks)
    page = listing.tickets(session, wanted, size=ROWS, turn=turn)
    limits = listing.limits_of(session, page.rows)
    return Found(page, limits, listing.count(session, wanted), listing.departments(session, estate.id))


def _head(view: View, asked: Asked) -> None:
    t = view.t
    with ui.row().classes("items-center w-full"):
        lists.heading(t("工单", "Tickets"))
        ui.space()
        lists.link(t("看板", "Board"), lists.address("/tickets/board", asked.query()), "hl-plain")
        if view.may(Scope.TICKETS_WRITE) and view.may(Scope.CALLS_READ):
            lists.link(t("新建工单", "New ticket"), "/tickets/new", "hl-go")


def form(view: View, asked: Asked, departments: Sequence[str], action: str) -> None:
    """Show the filter of list and board."""
    t, every = view.t, view.t("全部", "All")
    choices = partial(plain.options, chinese=view.chinese, every=every)
    states = [("", t("未结束", "Open")), (EVERY, every), *choices(words.STATES)[1:]]
    with ui.card().classes("w-full"), lists.form(t("查询工单", "Search tickets"), action):
        lists.text_field(t("内容或单号", "Words or number"), "text", asked.text, width="10rem")
        if action == "/tickets":
            lists.choice(t("状态", "State"), "state", asked.state, states)
        lists.choice(t("类别", "Kind"), "kind", asked.kind, choices(words.KINDS), width="6rem")
        named = [("", every), *((one, one) for one in departments)]
        lists.choice(t("部门", "Department"), "department", asked.department, named)
        lists.text_field(t("楼栋", "Building"), "building", asked.building, width="4rem")
        lists.tick(t("已超时", "Late"), "late", bool(asked.late))
        lists.buttons(view, action)
        with lists.more(view, asked.seldom):
            lists.text_field(t("从", "From"), "since", asked.since, kind="date", width="9rem")
            lists.text_field(t("到", "To"), "until", asked.until, kind="date", width="9rem")
            lists.choice(
                t("紧急程度", "Urgency"), "urgency", asked.urgency, choices(words.URGENCIES), width="6rem"
            )
            lists.text_field(t("房号", "Room"), "room", asked.room, hint="3-2-602", width="6rem")
            lists.text_field(t("负责人", "Owner"), "owner", asked.owner, width="7rem")
            lists.text_field(t("处理人", "Assignee"), "assignee", asked.assignee, width="7rem")
            lists.tick(t("资料不全", "Incomplete"), "incomplete", bool(asked.incomplete))


def _table(view: View, asked: Asked, found: Found) -> None:
    t, query, now = view.t, asked.query(), view.parts.clock.now()
    look = Look(view.masks, view.estate.zone, view.chinese)
    with ui.row().classes("items-center w-full q-gutter-sm"):
        told = lists.counted(view, found.count, listing.MOST_COUNTED, "张工单", "tickets")
        lists.tag("p", told, role="status")
        ui.space()
        for kind in ("csv", "xlsx"):
            words_ = t(f"导出 {kind.upper()}", f"Export {kind.upper()}")
            lists.link(words_, lists.address(f"/tickets/export.{kind}", query))
    if not found.page.rows:
        lists.tag("p", t("没有符合条件的工单。", "No tickets that fit."))
        return
    rows = [_row(row, found.limits.get(row.number), look, now) for row in found.page.rows]
    table = ui.table(rows=rows, columns=_columns(view), row_key="number").classes("w-full hl-list")
    table.props('flat dense hide-pagination :grid="Quasar.Screen.lt.sm"')
    for name, template in _CELLS.items():
        table.add_slot(f"body-cell-{name}", f'<q-td :props="props">{template}</q-td>')
    table.add_slot("item", _CARD)
    lists.neighbours(view, "/tickets", query, found.page.older, found.page.newer)


def _row(row: TicketRow, limit: TicketLimitRow | None, look: Look, now: datetime) -> dict[str, str | int]:
    points = limitbars.points(shaping.bar_of_row(limit, now, look)) if limit is not None else "[]"
    return shaping.line(row, limit, now, look) | {"points": points}


def _columns(view: View) -> list[dict[str, str]]:
    named = (
        ("number", "单号", "Number"), ("opened", "登记", "Opened"), ("kind", "类别", "Kind"),
        ("state", "状态", "State"), ("place", "地点", "Place"), ("what", "内容", "What"),
        ("who", "处理", "With"), ("owner", "负责人", "Owner"), ("limit", "时限", "Limit"),
    )  # fmt: skip
    return [{"name": name, "label": view.t(zh, en), "field": name, "align": "left"} for name, zh, en in named]
