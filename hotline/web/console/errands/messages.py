"""``/messages``: messages for rooms and staff – taken by hand, handed over, told again, taken back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.call.errors import MessageRefused
from hotline.call.ports import Place
from hotline.call.ports.messages import NewMessage
from hotline.messages import service
from hotline.messages.models import MessageRow
from hotline.messages.states import SETTLED, MessageState
from hotline.web.console import lists
from hotline.web.console.errands import words
from hotline.web.console.kit import fields, grid, paging, times
from hotline.web.console.kit.grid import Row
from hotline.web.console.shell import Console, Entry, View

PATH = "/messages"
Deed = Callable[[Session, MessageRow], None]


def tabs(view: View, current: str) -> None:
    """Lead to the errands this person may see."""
    pages = [
        (PATH, "留言", "Messages", Scope.MESSAGES_READ),
        ("/confirmations", "业主确认", "Questions to owners", Scope.CONFIRMATIONS_READ),
        ("/outside", "外线电话", "Outside calls", Scope.OUTSIDE_READ),
    ]
    grid.tabs(view, [(path, zh, en) for path, zh, en, scope in pages if view.may(scope)], current)


def register(console: Console) -> None:
    """Add the page."""

    @console.page(PATH, needs=Scope.MESSAGES_READ, entry=Entry("留言", "Messages", "sticky_note_2", 55))
    async def show(view: View, state: str = "", before: int = 0) -> None:
        grid.styled()
        lists.styled()
        await view.unmask("messages.list")
        chosen = MessageState(state) if state in set(MessageState) else None
        grid.heading(view, "留言", "Messages")
        tabs(view, PATH)
        if view.may(Scope.MESSAGES_WRITE):
            with ui.expansion(view.t("记一条留言", "Take a message"), icon="add_comment").classes(
                "w-full no-print"
            ):
                _form(view)
        with lists.form(view.t("筛选", "Filter"), PATH):
            options = [("", view.t("全部", "all"))]
            options += [(one.value, view.t(*said)) for one, said in words.MESSAGES.items()]
            lists.choice(view.t("状态", "State"), "state", state, options, width="12rem")
            lists.buttons(view, PATH)
        found = await view.read(
            lambda session: service.listed(
                session, estate=view.estate.id, state=chosen, before=before or None, limit=paging.PAGE + 1
            )
        )
        _list(view, [*found], state)


def message_row(row: MessageRow, view: View) -> Row:
    """Return a message: number, for whom, what, from whom, when, state, who has it."""
    t, zone, masks = view.t, view.estate.zone, view.masks
    whom = str(row.place) or row.department
    if row.staff:
        whom = f"{t('工号', 'staff')} {row.staff} {masks.name(row.staff_name)}"
    text = masks.text(row.text) or t("（录音）", "(recorded)")
    sender = f"{masks.name(row.from_name)} {masks.number('', row.from_number)}".strip()
    settled = f"{times.short(row.settled_at, zone)} {masks.name(row.settled_by)} {masks.text(row.note)}"
    state = t(*words.MESSAGES[row.state])
    cells = (
        str(row.id), whom, (t("【急】", "URGENT ") if row.urgent else "") + text, sender,
        times.short(row.taken_at, zone), times.short(row.deliver_at, zone), state,
        settled.strip() if row.settled_at else "",
    )  # fmt: skip
    tone = {MessageState.UNDELIVERED: "red", MessageState.WAITING: ""}.get(row.state, "dim")
    return Row(cells, tone=tone, key=str(row.id))


def _list(view: View, found: list[MessageRow], state: str) -> None:
    t = view.t
    shown = found[: paging.PAGE]
    columns = grid.columns(
        view, ("编号", "Number", "tight"), ("给谁", "For"), ("内容", "Words"), ("谁留的", "From"),
        ("记下", "Taken", "tight"), ("转达", "Told from", "tight"), ("状态", "State"), ("经手", "Settled"),
    )  # fmt: skip
    states = {str(row.id): row.state for row in shown}
    actions = partial(_actions, view, states) if view.may(Scope.MESSAGES_WRITE) else None
    nothing = t("没有留言。", "There are no messages.")
    rows = [message_row(row, view) for row in shown]
    grid.grid(view, t("最近的在前", "The latest first"), columns, rows, nothing=nothing, actions=actions)
    if len(found) > paging.PAGE:
        older = paging.address(PATH, {"state": state, "before": shown[-1].id})
        lists.link(t("较早 ›", "Older ›"), older, "hl-plain")


def _form(view: View) -> None:
    t = view.t
    with ui.row().classes("items-start gap-2 q-pt-sm"):
        room = fields.words(t("给哪个房间", "For room"), longest=64)
        staff = fields.words(t("或给哪位员工（工号）", "Or staff number"), longest=20)
        sender = fields.words(t("谁留的", "From"), longest=64)
        number = fields.words(t("回电号码", "Call back on"), longest=40)
        urgent = ui.checkbox(t("紧急", "Urgent"))
    text = fields.lines(t("留言内容", "What is to be told"))

    async def take() -> None:
        typed = (room.value or "").strip()

        def deed(session: Session) -> int:
            place = view.parts.room(session, view.estate.id, typed) if typed else Place()
            new = NewMessage(
                estate=view.estate.id, place=place, staff=(staff.value or "").strip(),
                text=text.value or "", from_name=(sender.value or "").strip(),
                from_number=(number.value or "").strip(), urgent=bool(urgent.value),
                taken_by=view.holder.who,
            )  # fmt: skip
            return service.take(session, new, view.parts.house, now=view.parts.clock.now()).id

        if await view.act("message.take", deed, needs=Scope.MESSAGES_WRITE, about=typed) is not None:
            ui.navigate.to(PATH)

    fields.button(t("记下留言", "Keep it"), take, main=True)


def _actions(view: View, states: dict[str, MessageState], row: Row) -> None:
    t, state = view.t, states[row.key]
    if state not in SETTLED:
        _named(fields.button(t("已亲手转达", "Handed over"), partial(_deliver, view, row.key)), row)
        _named(fields.button(t("撤回", "Take back"), partial(_cancel, view, row.key)), row)
    if state is MessageState.UNDELIVERED:
        _named(fields.button(t("再打", "Call again"), partial(_retry, view, row.key)), row)


def _named(button: ui.button, row: Row) -> None:
    button.props(f'aria-label="{button.text} {row.key}"')


async def _deliver(view: View, number: str) -> None:
    question = view.t(f"留言 {number} 怎样转达的？", f"How was message {number} handed over?")
    note = await fields.asked(
        view, question, view.t("说明（如：门缝留条）", "How"), view.t("已转达", "Handed over"),
        value=view.t("当面", "in person"),
    )  # fmt: skip
    if note:
        now, who = view.parts.clock.now(), view.holder.who

        def deed(session: Session, row: MessageRow) -> None:
            service.acknowledged(session, row, by=who, now=now, note=note)

        await _do(view, "message.delivered", number, deed)


async def _cancel(view: View, number: str) -> None:
    question = view.t(f"撤回留言 {number} 的原因？", f"Why is message {number} taken back?")
    why = await fields.asked(view, question, view.t("原因", "Why"), view.t("撤回", "Take it back"))
    if why:
        now, who = view.parts.clock.now(), view.holder.who

        def deed(session: Session, row: MessageRow) -> None:
            service.cancel(session, row.id, by=who, why=why, now=now)

        await _do(view, "message.cancel", number, deed)


async def _retry(view: View, number: str) -> None:
    now, who = view.parts.clock.now(), view.holder.who

    def deed(session: Session, row: MessageRow) -> None:
        service.retry(session, row.id, by=who, now=now)

    await _do(view, "message.retry", number, deed)


async def _do(view: View, what: str, number: str, deed: Deed) -> None:
    def write(session: Session) -> bool:
        row = service.find(session, int(number), lock=True)
        if row.estate != view.estate.id:
            raise MessageRefused(f"There is no message {number}.", code="message-unknown")
        deed(session, row)
        return True

    if await view.act(what, write, needs=Scope.MESSAGES_WRITE, about=number):
        ui.navigate.to(PATH)
