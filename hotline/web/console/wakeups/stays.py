"""``/register/stays``: who is in which room; check in, move, check out – wake-ups go along."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.residents import stays
from hotline.residents.staymodels import StayRow
from hotline.residents.stays import Done
from hotline.web.console.kit import fields, grid, paging, times
from hotline.web.console.kit.grid import Column, Row
from hotline.web.console.shell import Console, View
from hotline.web.console.wakeups import daylist

PATH = "/register/stays"
MOST = 100_000
LANGUAGES = {"zh": ("中文", "Chinese"), "en": ("英文", "English")}


def register(console: Console) -> None:
    """Add the page; before ``/register/NUMBER``, which would take its address."""

    @console.page(PATH, needs=Scope.WAKEUPS_READ)
    async def show(view: View, room: str = "", page: int = 1) -> None:
        grid.styled()
        await view.unmask("stays.list")
        grid.heading(view, "住客", "Stays")
        daylist.tabs(view, PATH)
        if view.may(Scope.STAYS_WRITE):
            with ui.expansion(view.t("办理入住", "Check in"), icon="login").classes("w-full no-print"):
                _check_in(view, room)
        found = await view.read(lambda session: _in_house(view, session, room.strip()))
        _search(view, room)
        part = paging.part_of_all(found, page)
        columns = [
            Column(view.t("房间", "Room"), tight=True), Column(view.t("客人", "Guest")),
            Column(view.t("入住", "Arrival"), tight=True), Column(view.t("离店", "Departure"), tight=True),
            Column(view.t("语言", "Language")),
        ]  # fmt: skip
        nothing = view.t(
            "没有住客。用“办理入住”登记客人。", "Nobody stays here. “Check in” lets a guest stay."
        )
        actions = partial(_actions, view) if view.may(Scope.STAYS_WRITE) else None
        caption = view.t(f"在住 {len(found)} 位", f"{len(found)} guests")
        grid.grid(view, caption, columns, part.rows, nothing=nothing, actions=actions)
        grid.pager(view, part, PATH, {"room": room})


def _in_house(view: View, session: Session, room: str) -> list[Row]:
    found = stays.in_house(session, view.estate.id, limit=MOST)
    return [stay_row(one, view) for one in found if room in str(one.room.place)]


def stay_row(one: StayRow, view: View) -> Row:
    """Return who stays in a room."""
    place, language = str(one.room.place), LANGUAGES.get(one.language, (one.language, one.language))
    cells = (
        place,
        view.masks.name(one.name),
        times.day(one.from_on),
        times.day(one.to_on),
        view.t(*language),
    )
    return Row(cells, key=place)


def _search(view: View, room: str) -> None:
    with ui.row().classes("items-center gap-2 no-print"):
        typed = fields.words(view.t("房间", "Room"), room, longest=64)

        def look() -> None:
            ui.navigate.to(paging.address(PATH, {"room": (typed.value or "").strip()}))

        typed.on("keydown.enter", look)
        fields.button(view.t("查找", "Find"), look)


def _check_in(view: View, room: str) -> None:
    t = view.t
    today = view.parts.clock.now().astimezone(view.estate.zone).date()
    with ui.row().classes("items-start gap-2 q-pt-sm"):
        place = fields.words(t("房间", "Room"), room, longest=64)
        name = fields.words(t("客人姓名", "Guest's name"), longest=64)
        arrival = fields.day(t("入住", "Arrival"), today)
        departure = fields.day(t("离店", "Departure"))
        language = fields.choice(
            t("语言", "Language"), {one: t(*said) for one, said in LANGUAGES.items()}, "zh"
        )

    async def check_in() -> None:
        typed = fields.needed(view, place, "请填写房间号。", "Which room?")
        guest = fields.needed(view, name, "请填写客人姓名。", "What is the guest's name?")
        from_on, to_on = fields.day_in(view, arrival) or today, fields.day_in(view, departure)

        def deed(session: Session) -> StayRow:
            at = view.parts.room(session, view.estate.id, typed)
            return view.parts.stays.check_in(
                session, view.estate.id, at, name=guest, from_on=from_on, to_on=to_on,
                language=language.value, at=view.parts.clock.now(), who=view.holder.who,
            )  # fmt: skip

        if await view.act("stay.checkin", deed, needs=Scope.STAYS_WRITE, about=typed) is not None:
            ui.navigate.to(PATH)

    fields.button(t("办理入住", "Check in"), fields.told(view, check_in), main=True)


def _actions(view: View, row: Row) -> None:
    label = view.t("换房", "Move")
    fields.button(label, partial(_move, view, row)).props(f'aria-label="{label} {row.key}"')
    label = view.t("退房", "Check out")
    fields.button(label, partial(_check_out, view, row)).props(f'aria-label="{label} {row.key}"')


async def _move(view: View, row: Row) -> None:
    t = view.t
    with ui.dialog() as dialog, ui.card():
        ui.label(
            t(
                f"{row.key} 房换到哪个房间？叫醒随客人一起换。",
                f"From {row.key} to which room? Wake-ups go along.",
            )
        )
        to = fields.words(t("新房间", "New room"), longest=64).props("autofocus")
        with ui.row().classes("justify-end w-full"):
            fields.button(t("不换", "No"), dialog.close)
            fields.button(t("换房", "Move"), lambda: dialog.submit(to.value or ""), main=True)
    wanted = await dialog
    dialog.delete()
    if not wanted:
        return

    def deed(session: Session, stay: StayRow) -> Done:
        to_place = view.parts.room(session, view.estate.id, str(wanted))
        return view.parts.stays.move(
            session, stay, to_place, at=view.parts.clock.now(), who=view.holder.who
        )  # fmt: skip

    await _done(view, "stay.move", row.key, deed)


async def _check_out(view: View, row: Row) -> None:
    question = view.t(
        f"{row.key} 房退房？该房的叫醒随之取消。", f"Check {row.key} out? Wake-ups of the room end with it."
    )
    if not await fields.sure(view, question, view.t("退房", "Check out")):
        return

    def deed(session: Session, stay: StayRow) -> Done:
        return view.parts.stays.check_out(session, stay, at=view.parts.clock.now(), who=view.holder.who)

    await _done(view, "stay.checkout", row.key, deed)


async def _done(view: View, what: str, room: str, deed: Callable[[Session, StayRow], Done]) -> None:
    def write(session: Session) -> int:
        place = view.parts.room(session, view.estate.id, room)
        return deed(session, stays.of_room(session, view.estate.id, place)).followed

    followed = await view.act(what, write, needs=Scope.STAYS_WRITE, about=room)
    if followed is not None:
        view.told(f"已办理，涉及叫醒 {followed} 个。", f"Done; {followed} wake-ups with it.")
        ui.navigate.to(PATH)
