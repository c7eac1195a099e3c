"""Beside the record: time limits, remarks, and what is settled besides the table of states."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.call.ports import TicketKind
from hotline.tickets import merging
from hotline.tickets.life import ENDED
from hotline.tickets.models import Nature
from hotline.web.console import lists
from hotline.web.console.calls.words import word
from hotline.web.console.kit import fields
from hotline.web.console.kit.fields import BadField
from hotline.web.console.shell import View
from hotline.web.console.tickets import doing, limitbars, shaping, words
from hotline.web.console.tickets.dialogs import default_until
from hotline.web.console.tickets.reading import TicketFound

REMARK, TOLD, FEEDBACK = "remark", "responded", "feedback"


def limits(view: View, found: TicketFound) -> None:
    """Show every limit of the present round as a bar with its marks at 50 and 80 per cent."""
    t, now = view.t, view.parts.clock.now()
    with ui.card().classes("w-full"):
        lists.heading(t("时限", "Time limits"), 2)
        if not found.limits:
            lists.tag("p", t("没有时限。", "There are none."), "hl-quiet")
        for limit in found.limits:
            limitbars.show(shaping.bar(limit, now, view.estate.zone, chinese=view.chinese))


def remark(view: View, found: TicketFound) -> None:
    """Take a remark, or that the caller was told something."""
    t, row = view.t, found.row
    if not view.may(Scope.TICKETS_WRITE):
        return
    with ui.card().classes("w-full"):
        lists.heading(t("备注与反馈", "Remarks and feedback"), 2)
        typed = fields.lines(t("内容", "Words"), longest=2000)
        kinds = {
            REMARK: t("仅备注", "a remark"), TOLD: t("已联系来电人", "the caller was contacted"),
            FEEDBACK: t("已向来电人反馈进展", "the caller was told how it stands"),
        }  # fmt: skip
        chosen = ui.radio(kinds, value=REMARK).props("inline")

        async def write() -> None:
            text, event = (typed.value or "").strip(), str(chosen.value)
            if not text and event == REMARK:
                raise BadField(t("请填写备注内容。", "Write the remark first."))
            who = view.signed.name
            change = partial(view.parts.tickets.note_in, number=row.number, event=event, detail=text, who=who)
            if await doing.changed(view, row.number, found.seen, f"ticket.{event}", lambda s: change(s)):
                ui.navigate.reload()

        fields.button(t("添加", "Add"), fields.told(view, write), main=True)


def more(view: View, found: TicketFound) -> None:
    """Hold what is decided seldom: promise, owner, nature, duplicates."""
    if not view.may(Scope.TICKETS_WRITE) or not found.sight.everything or found.row.state in ENDED:
        return
    with ui.expansion(view.t("更多", "More")).classes("w-full").props("dense bordered"):
        _promise(view, found)
        if view.may(Scope.TICKETS_SUPERVISE):
            _owner(view, found)
        if found.row.kind is TicketKind.COMPLAINT:
            _nature(view, found)
        _merge(view, found)


def _promise(view: View, found: TicketFound) -> None:
    t = view.t
    at = default_until(view.parts.clock.now(), view.estate.zone)
    field = ui.input(t("承诺来电人的时间", "Promised to the caller by"), value=at)
    field.props("type=datetime-local outlined dense stack-label")

    def change(session: Session) -> None:
        view.parts.tickets.promise_in(
            session, found.row.number, doing.moment(field.value or "", view.estate.zone),
            who=view.signed.name, supervisor=view.may(Scope.TICKETS_SUPERVISE),
        )  # fmt: skip

    _button(view, found, t("记录承诺", "Note the promise"), "promise", change)


def _owner(view: View, found: TicketFound) -> None:
    t = view.t
    field = fields.words(t("新的负责人", "New owner"))

    def change(session: Session) -> None:
        owner = fields.needed(view, field, "请填写新的负责人。", "Name the new owner.")
        view.parts.tickets.hand_over_in(
            session, found.row.number, owner, who=view.signed.name, supervisor=True
        )

    _button(
        view, found, t("移交负责人", "Hand over"), "owner", change, needs=Scope.TICKETS_SUPERVISE
    )  # fmt: skip


def _nature(view: View, found: TicketFound) -> None:
    t = view.t
    natures = {one.value: word(words.NATURES, one.value, chinese=view.chinese) for one in Nature}
    chosen = fields.choice(t("投诉性质", "Nature"), {"": "–"} | natures, found.row.nature or "")
    accused = fields.words(t("被投诉人", "Complained about"))

    def change(session: Session) -> None:
        view.parts.tickets.classify_in(
            session, found.row.number, who=view.signed.name,
            nature=Nature(chosen.value) if chosen.value else None,
            accused=(accused.value or "").strip() or None,
        )  # fmt: skip

    _button(view, found, t("定性", "Classify"), "nature", change)


def _merge(view: View, found: TicketFound) -> None:
    t = view.t
    field = fields.words(t("并入工单（单号）", "Add to ticket (number)"))

    def change(session: Session) -> None:
        into = "".join(sign for sign in field.value or "" if sign.isdigit())
        if not into:
            raise BadField(t("请填写要并入的工单号。", "Give the other ticket's number."))
        merging.merge(session, view.parts.tickets, found.row.number, into, who=view.signed.name)

    _button(view, found, t("作为重复单并入", "Add it there as a duplicate"), "merge", change)


def _button(
    view: View, found: TicketFound, label: str, what: str, change: Callable[[Session], None], *,
    needs: Scope = Scope.TICKETS_WRITE,
) -> None:  # fmt: skip
    async def do() -> None:
        if await doing.changed(view, found.row.number, found.seen, f"ticket.{what}", change, needs=needs):
            ui.navigate.reload()

    fields.button(label, do)
