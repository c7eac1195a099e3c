"""``/tickets/new``: a ticket filed by hand; what its record lacks, and one like it, is pointed out first."""

from __future__ import annotations

from functools import partial
from typing import Any

from nicegui import ui
from pydantic import ValidationError
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.call.errors import HotlineError, TicketRefused
from hotline.call.ports import TicketKind, Urgency
from hotline.callrecords.models import LegRow
from hotline.tickets import listing, parts
from hotline.tickets.models import PartKind
from hotline.tickets.repository import must_find
from hotline.web.api import ticketfiling
from hotline.web.api.ticketbodies import NewTicketBody
from hotline.web.console import lists
from hotline.web.console.calls.words import word
from hotline.web.console.kit import fields
from hotline.web.console.refusals import sentence_of
from hotline.web.console.shell import Console, View
from hotline.web.console.tickets import words


class BadRecord(HotlineError):
    """A field of a new ticket that cannot be taken."""

    code = "bad-record"


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/tickets/new", needs=Scope.TICKETS_WRITE)
    async def new(view: View) -> None:
        lists.styled()
        query = view.request.query_params
        call = await view.read(partial(_call, view, query.get("call", "")))
        departments = await view.read(lambda session: listing.departments(session, view.estate.id))
        await view.unmask("ticket.new")
        with ui.row().classes("items-center w-full"):
            lists.heading(view.t("新建工单", "New ticket"))
            ui.space()
            lists.link(view.t("‹ 工单", "‹ Tickets"), "/tickets")
        _Form(
            view, call, departments, {key: query.get(key, "")[:100] for key in ("room", "caller", "name")}
        ).show()


def _call(view: View, uniqueid: str, session: Session) -> LegRow | None:
    row = session.get(LegRow, uniqueid) if uniqueid else None
    return row if row is not None and row.estate == view.estate.id else None


class _Form:
    def __init__(self, view: View, call: LegRow | None, departments: Any, given: dict[str, str]) -> None:
        self._view, self._call, self._departments = view, call, departments
        self._given = given
        self._twin = ""

    def show(self) -> None:
        view, t = self._view, self._view.t
        chinese = view.chinese
        kinds = {one.value: word(words.KINDS, one.value, chinese=chinese) for one in TicketKind}
        urgencies = {one.value: word(words.URGENCIES, one.value, chinese=chinese) for one in Urgency}
        caller = self._given["caller"] or (self._call.src_raw if self._call and view.masks.unmasked else "")
        with ui.card().classes("w-full max-w-[60rem]"):
            with ui.row().classes("w-full q-gutter-sm"):
                self.kind = fields.choice(t("类别", "Kind"), kinds, "repair")
                self.urgency = fields.choice(t("紧急程度", "Urgency"), urgencies, "ordinary")
                self.department = fields.words(t("部门", "Department"), longest=64)
            with ui.row().classes("w-full q-gutter-sm"):
                self.room = fields.words(
                    t("房号（3-2-602）", "Room (3-2-602)"), self._given["room"], longest=64
                )
                self.place = fields.words(t("或其他地点", "or another place"), longest=64)
            with ui.row().classes("w-full q-gutter-sm"):
                self.name = fields.words(t("来电人", "Caller"), self._given["name"], longest=64)
                self.caller = fields.words(t("来电号码", "Called from"), caller, longest=64)
                self.callback = fields.words(t("回电号码（不同时）", "Call back (if another)"), longest=64)
            self.text = fields.lines(t("什么问题或需求", "What is wrong or wanted"), longest=4000)
            self.incomplete = ui.checkbox(
                t("资料不全，需回电补充", "Incomplete: to be called back for the rest")
            )
            with ui.column().classes("w-full") as self.problem:
                pass
            self.problem.props("role=alert")
            with ui.row():
                fields.button(t("立单", "File it"), self._file, main=True)

    async def _file(self, *, anyway: bool = False) -> None:
        view = self._view
        self.problem.clear()
        try:
            body = self._body(anyway=anyway)
        except BadRecord as refused:
            view.tell(refused)
            return
        refusals: list[TicketRefused] = []

        def deed(session: Session) -> str:
            try:
                return self._filed(session, body)
            except TicketRefused as refused:
                refusals.append(refused)
                raise

        number = await view.act("ticket.file", deed, needs=Scope.TICKETS_WRITE)
        if number:
            ui.navigate.to(f"/tickets/{number}")
        elif refusals:
            self._pointed_out(refusals[0])

    def _filed(self, session: Session, body: NewTicketBody) -> str:
        view = self._view
        new = ticketfiling.checked(session, view.parts, view.estate, body)
        who = view.signed.name
        filed = view.parts.tickets.file(session, new, who=who, department=body.department)
        if self._call is not None:
            row = must_find(session, filed.number)
            row.call = self._call.uniqueid
            now = view.parts.clock.now()
            parts.add(session, row, PartKind.CALL, by=who, at=now, recording=self._call.uniqueid)
        return filed.number

    def _body(self, *, anyway: bool) -> NewTicketBody:
        try:
            return NewTicketBody(
                kind=TicketKind(self.kind.value), urgency=Urgency(self.urgency.value),
                room=self.room.value or "", place=self.place.value or "", caller=self.caller.value or "",
                callback=self.callback.value or "", name=self.name.value or "", text=self.text.value or "",
                department=self.department.value or "", complete=not self.incomplete.value, anyway=anyway,
            )  # fmt: skip
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise BadRecord(f"{where}: {first['msg']}") from error

    def _pointed_out(self, refused: TicketRefused) -> None:
        """Offer what may be done about a refusal that somebody may know better than."""
        t = self._view.t
        if refused.code not in ("duplicate", "unknown-room", "implausible-number"):
            return
        with self.problem:
            lists.tag("p", sentence_of(refused, chinese=self._view.chinese), "hl-red")
            with ui.row():
                twin = next(
                    (part for part in refused.sentence.split() if part.isdigit() and len(part) >= 12), ""
                )
                if refused.code == "duplicate" and twin:
                    lists.link(t(f"查看工单 {twin}", f"See ticket {twin}"), f"/tickets/{twin}")
                    fields.button(t("并入该工单", "Add to that ticket"), partial(self._add, twin))
                fields.button(t("仍然立单", "File it anyway"), partial(self._file, anyway=True))

    async def _add(self, number: str) -> None:
        view = self._view
        try:
            body = self._body(anyway=True)
        except BadRecord as refused:
            view.tell(refused)
            return

        def deed(session: Session) -> str:
            new = ticketfiling.plain(view.parts, view.estate.id, body)
            view.parts.tickets.add_to_in(session, number, new, who=view.signed.name)
            return number

        if await view.act("ticket.add", deed, needs=Scope.TICKETS_WRITE, about=number):
            ui.navigate.to(f"/tickets/{number}")
