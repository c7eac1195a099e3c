"""``/calls``: every call, looked for by what people remember of it."""

from __future__ import annotations

from functools import partial

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.callrecords import listing
from hotline.db.pages import Turn, mark_of
from hotline.web.callsearch import Asked, BadAsked, search_of
from hotline.web.console import lists
from hotline.web.console.calls import reading, shaping, words
from hotline.web.console.calls.reading import Found
from hotline.web.console.refusals import sentence_of
from hotline.web.console.shell import Console, Entry, View

_CELLS = {
    "time": '<a :href="\'/calls/\' + props.row.id">{{ props.row.time }}</a>',
    "from": (
        "{{ props.row.from }} <span v-if=\"props.row.name\">{{ props.row.name }}</span>"
        ' <span v-if="props.row.room" class="hl-chip">{{ props.row.room }}</span>'
    ),
    "result": '<span :class="\'hl-chip \' + props.row.mood">{{ props.row.result }}</span>',
    "outcome": (
        '<span v-if="props.row.emergency" class="hl-chip bad">{{ props.row.urgent }}</span>'
        " {{ props.row.outcome }}"
    ),
    "tickets": (
        "<a v-for=\"one in props.row.tickets.split(' ').filter(x => x)\" :key=\"one\""
        " :href=\"'/tickets/' + one\" style=\"margin-right:.4rem\">{{ one }}</a>"
    ),
    "recorded": '<span v-if="props.row.recorded" :title="props.row.heard">●</span>',
}  # fmt: skip
"""Templates of cells (Vue); texts go through ``{{ }}``, which escapes."""
_CARD = (
    '<div class="q-pa-xs col-12"><q-card flat bordered class="q-pa-sm">'
    f"<div>{_CELLS['time']} · {{{{ props.row.direction }}}} {_CELLS['result']}</div>"
    f"<div>{_CELLS['from']} → {{{{ props.row.to }}}}</div>"
    f"<div>{_CELLS['outcome']} {{{{ props.row.talk }}}} {_CELLS['tickets']}</div></q-card></div>"
)
"""A row on a telephone."""


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/calls", needs=Scope.CALLS_READ, entry=Entry("通话记录", "Calls", "call", 30))
    async def calls(view: View) -> None:
        lists.styled()
        query = view.request.query_params
        asked = Asked.of(query).dated(view.parts.clock.now(), view.estate.zone)
        turn = Turn(mark_of(query.get("after", "")), newer=False)
        if query.get("before"):
            turn = Turn(mark_of(query["before"]), newer=True)
        await view.unmask("call.list")
        problem = ""
        try:
            found = await view.read(partial(_look, view, asked, turn))
        except BadAsked as refused:
            problem = sentence_of(refused, chinese=view.chinese)
            found = await view.read(partial(_look, view, Asked(), Turn()))
        lists.heading(view.t("通话记录", "Calls"))
        _form(view, asked, found)
        if problem:
            lists.tag("p", problem, "hl-red", role="alert")
        _table(view, asked, found)


def _look(view: View, asked: Asked, turn: Turn, session: Session) -> Found:
    estate = view.estate
    if not view.may(Scope.RECORDINGS) and asked.text:
        raise BadAsked("Your role may not read transcripts.", code="scope-missing")
    wanted = search_of(asked, session, estate.id, estate.zone, view.parts.settings, view.masks)
    return reading.look(session, wanted, turn)


def _form(view: View, asked: Asked, found: Found) -> None:
    t, every = view.t, view.t("全部", "All")
    choices = partial(words.options, chinese=view.chinese, every=every)
    with ui.card().classes("w-full"), lists.form(t("查询通话", "Search calls"), "/calls"):
        lists.text_field(t("从", "From"), "since", asked.since, kind="date", width="9rem")
        lists.text_field(t("到", "To"), "until", asked.until, kind="date", width="9rem")
        ends = t("全部或尾号", "or its end") if view.masks.unmasked else t("全部或末四位", "or its last four")
        lists.text_field(t("号码", "Number"), "number", asked.number, hint=ends, width="9rem")
        lists.text_field(t("房号", "Room"), "room", asked.room, hint="3-2-602", width="6rem")
        lists.choice(
            t("方向", "Direction"), "direction", asked.direction, choices(words.DIRECTIONS), width="6rem"
        )
        results = [*choices(words.DISPOSITIONS), (listing.RUNNING, t("进行中", "in progress"))]
        lists.choice(t("接听", "Answer"), "result", asked.result, results, width="8rem")
        lists.buttons(view, "/calls")
        with lists.more(view, asked.seldom):
            lists.choice(t("结果", "Outcome"), "outcome", asked.outcome, choices(words.OUTCOMES))
            steps = [("", every), *((step, step) for step in found.steps)]
            lists.choice(t("经过菜单", "Menu step"), "step", asked.step, steps)
            lists.text_field(t("话务员工号", "Operator"), "operator", asked.operator, width="6rem")
            lists.text_field(t("工单号", "Ticket"), "ticket", asked.ticket, width="9rem")
            if view.may(Scope.RECORDINGS):
                lists.text_field(t("通话内容含", "Words said"), "text", asked.text, width="10rem")
            lists.tick(t("有录音", "Recorded"), "recorded", bool(asked.recorded))
            lists.tick(t("紧急", "Emergency"), "emergency", bool(asked.emergency))


def _table(view: View, asked: Asked, found: Found) -> None:
    t, query = view.t, asked.query()
    how = shaping.Look(view.masks, view.estate.zone, view.chinese)
    said = {"heard": t("有录音", "recorded"), "urgent": t("紧急", "emergency")}
    rows = [{**shaping.line(row, found.around, how), **said} for row in found.page.rows]
    with ui.row().classes("items-center w-full q-gutter-sm"):
        lists.tag("p", lists.counted(view, found.count, found.most, "通电话", "calls"), role="status")
        ui.space()
        for form in ("csv", "xlsx"):
            lists.link(
                t(f"导出 {form.upper()}", f"Export {form.upper()}"),
                lists.address(f"/calls/export.{form}", query),
            )
    if not rows:
        lists.tag("p", t("没有符合条件的通话。", "No calls that fit."))
        return
    table = ui.table(rows=rows, columns=_columns(view), row_key="id").classes("w-full hl-list")
    table.props('flat dense hide-pagination :grid="Quasar.Screen.lt.sm"')
    for name, template in _CELLS.items():
        table.add_slot(f"body-cell-{name}", f'<q-td :props="props">{template}</q-td>')
    table.add_slot("item", _CARD)
    lists.neighbours(view, "/calls", query, found.page.older, found.page.newer)


def _columns(view: View) -> list[dict[str, str]]:
    named = (
        ("time", "时间", "Time"), ("direction", "方向", "Dir."), ("from", "主叫", "From"),
        ("to", "被叫", "To"),
        ("result", "接听", "Answer"), ("rings", "振铃声数", "Rings"), ("talk", "通话", "Talk"),
        ("outcome", "结果", "Outcome"), ("tickets", "工单", "Tickets"), ("recorded", "录音", "Rec."),
    )  # fmt: skip
    return [{"name": name, "label": view.t(zh, en), "field": name, "align": "left"} for name, zh, en in named]
