"""``/directory/room``: people, telephone, guest, open tickets and fees of a room; people are corrected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from nicegui import ui
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.call.ports import Place
from hotline.fees import repository as bills
from hotline.residents import people, rooms, stays
from hotline.residents.models import ResidentRow
from hotline.tickets.life import ENDED
from hotline.tickets.models import TicketRow
from hotline.web.api.parts import place_of
from hotline.web.console import lists
from hotline.web.console.directory import lines
from hotline.web.console.directory.listpage import room_form, tabs
from hotline.web.console.directory.people import resident_columns
from hotline.web.console.kit import fields, grid, paging, times
from hotline.web.console.kit.grid import Row
from hotline.web.console.kit.looking import look, look_button
from hotline.web.console.shell import Console, View

PATH = "/directory/room"
MOST = 50


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a room."""

    place: Place
    address: str
    guest: str
    months: list[str]
    has_bills: bool
    people: Sequence[ResidentRow]
    tickets: Sequence[TicketRow]


def register(console: Console) -> None:
    """Add the page."""

    @console.page(PATH, needs=Scope.RESIDENTS_READ)
    async def show(view: View, room: str = "", full: str = "") -> None:
        grid.styled()
        lists.styled()
        await look(view, "residents.room", full)
        found = await view.read(lambda session: _find(view, session, room[:64]))
        grid.heading(view, f"房间 {found.place}", f"Room {found.place}")
        tabs(view, "")
        room_form(view, "")
        _facts(view, found)
        _people(view, found)
        if view.may(Scope.TICKETS_READ):
            _tickets(view, found)
        look_button(view, paging.address(PATH, {"room": str(found.place)}))


def _find(view: View, session: Session, room: str) -> Found:
    row = rooms.named(session, view.estate.id, place_of(room))
    stay = stays.current(session, row.id)
    place = row.place
    query = (
        select(TicketRow)
        .where(
            TicketRow.estate == view.estate.id, TicketRow.state.not_in(ENDED),
            TicketRow.building == place.building, TicketRow.unit == place.unit, TicketRow.room == place.room,
        )
        .order_by(TicketRow.opened_at.desc())
        .limit(MOST)
    )  # fmt: skip
    unpaid = bills.unpaid_rows(session, view.estate.id, place)
    persons = people.of_room(session, row.id)
    for one in persons:
        _ = one.room  # read while the session is open
    return Found(
        place, row.address, stay.name if stay else "", [one.month for one in unpaid],
        bills.has_bills(session, view.estate.id, place), persons, session.scalars(query).all(),
    )  # fmt: skip


def _facts(view: View, found: Found) -> None:
    t = view.t
    fees = ""
    if view.may(Scope.FEES_READ):
        owed = t("未缴：", "unpaid: ") + "、".join(found.months)
        fees = owed if found.months else t("已缴清", "paid") if found.has_bills else t("没有账单", "no bills")
    grid.facts(
        [
            (t("客房电话", "Telephone"), found.address),
            (t("在住客人", "Guest"), view.masks.name(found.guest)),
            (t("费用", "Fees"), fees),
        ]
    )
    with ui.row().classes("gap-4 no-print"):
        room = str(found.place)
        if view.may(Scope.FEES_READ):
            lists.link(t("账单", "Bills"), paging.address("/fees/room", {"room": room}))
        if view.may(Scope.WAKEUPS_READ):
            lists.link(
                t("住客与叫醒", "Stays and wake-ups"), paging.address("/register/stays", {"room": room})
            )


def _people(view: View, found: Found) -> None:
    t = view.t
    grid.heading(view, "住户", "Residents", 2)
    writes = view.may(Scope.RESIDENTS_WRITE) and view.may(Scope.PERSONAL_READ) and view.masks.unmasked
    rows = [lines.resident(one, t, view.masks) for one in found.people]
    by_id = {str(one.id): one for one in found.people}
    nothing = t("没有登记住户。", "Nobody is listed here.")
    actions = partial(_actions, view, found, by_id) if writes else None
    grid.grid(
        view, t("按登记顺序", "As listed"), resident_columns(view), rows, nothing=nothing, actions=actions
    )
    if writes:
        fields.button(t("添加住户", "Add somebody"), partial(_edit, view, found, None))
    elif view.may(Scope.RESIDENTS_WRITE):
        ui.label(
            t(
                "要修改住户，请先显示完整姓名和号码。",
                "To correct people, show names and numbers in full first.",
            )
        ).classes("hl-muted")


def _actions(view: View, found: Found, by_id: dict[str, ResidentRow], row: Row) -> None:
    for zh, en, deed in (("修改", "Correct", _edit), ("移除", "Remove", _remove)):
        label = view.t(zh, en)
        button = fields.button(label, partial(deed, view, found, by_id[row.key]))
        button.props(f'aria-label="{label} {row.key}"')


async def _edit(view: View, found: Found, person: ResidentRow | None) -> None:
    t = view.t
    with ui.dialog() as dialog, ui.card().classes("min-w-[22rem]"):
        grid.heading(view, "住户", "Resident", 2)
        name = fields.words(t("姓名", "Name"), person.name if person else "", longest=people.LONGEST)
        kind = fields.choice(
            t("身份", "Kind"), fields.options(view, lines.KINDS), person.kind if person else "owner"
        )
        numbers = fields.words(
            t("电话（用、分开）", "Numbers, with commas"),
            "、".join(one.raw for one in person.numbers) if person else "",
        )  # fmt: skip
        note = fields.words(t("备注", "Note"), person.note if person else "")
        version = people.version_of(person) if person else None

        async def save() -> None:
            given = (numbers.value or "").replace("，", "、").replace(",", "、").split("、")

            def deed(session: Session) -> int:
                room = rooms.named(session, view.estate.id, found.place)
                return people.keep(
                    session, room, name=name.value or "", kind=kind.value, numbers=given,
                    note=note.value or "", normalise=view.parts.normalise,
                    person=person.id if person else None, version=version,
                ).id  # fmt: skip

            await _do(view, found, "resident.change", deed)

        with ui.row().classes("justify-end w-full"):
            fields.button(t("不改", "No"), dialog.close)
            fields.button(t("保存", "Save"), save, main=True)
    dialog.open()


async def _remove(view: View, found: Found, person: ResidentRow | None) -> None:
    if person is None:
        return
    question = view.t(
        f"把 {person.name} 从 {found.place} 移除？", f"Remove {person.name} from {found.place}?"
    )
    if await fields.sure(view, question, view.t("移除", "Remove")):

        def deed(session: Session) -> int:
            people.remove(session, view.estate.id, person.id)
            return person.id

        await _do(view, found, "resident.remove", deed)


async def _do(view: View, found: Found, what: str, deed: Callable[[Session], int]) -> None:
    if await view.act(what, deed, needs=Scope.RESIDENTS_WRITE, about=str(found.place)) is not None:
        ui.navigate.to(paging.address(PATH, {"room": str(found.place), "full": "1"}))


def _tickets(view: View, found: Found) -> None:
    t, zone = view.t, view.estate.zone
    grid.heading(view, "未结工单", "Open tickets", 2)
    columns = grid.columns(view, ("工单", "Number", "tight"), ("登记", "Opened", "tight"), ("内容", "What"))
    rows = [
        Row(
            (one.number, times.moment(one.opened_at, zone), view.masks.text(one.description)),
            link=f"/tickets/{one.number}",
        )
        for one in found.tickets
    ]
    grid.grid(
        view, t("最近的在前", "The latest first"), columns, rows, nothing=t("没有未结工单。", "None is open.")
    )
