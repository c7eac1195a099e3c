"""``/setup/rooms``: buildings, rooms and residents from lists, as the command line imports them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Protocol

from nicegui import ui

from hotline.accounts.rights import Scope
from hotline.language import numbers
from hotline.residents import rooms
from hotline.residents.rooms import RoomChanges
from hotline.residents.service import ImportReport, import_list
from hotline.web.console.kit import fields, grid
from hotline.web.console.kit.uploads import Sending
from hotline.web.console.setup import parts
from hotline.web.console.shell import Console, View


class Take(Protocol):
    """Has the list that was chosen checked or imported."""

    async def __call__(self, *, dry_run: bool) -> None:
        """Do it and tell."""
        ...


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/setup/rooms", needs=Scope.RESIDENTS_WRITE)
    async def lists(view: View) -> None:
        parts.head(view, "房号与住户", "Rooms and residents")
        grid.heading(view, "住户名单", "Residents", 2)
        ui.label(
            view.t(
                "列：楼栋、单元、房号、姓名、电话、类型、备注。没有的列可省去。",
                "Columns: building, unit, room, name, phone, kind, note; all but room may be missing.",
            )
        )
        _residents(view)
        grid.heading(view, "房间电话", "Telephones of rooms", 2)
        ui.label(view.t("列：楼栋、单元、房号、分机。", "Columns: building, unit, room, extension."))
        _rooms(view)


def _residents(view: View) -> None:
    sending = Sending(view, view.t("住户名单", "Residents"))
    estates = {one.id: one.name for one in view.parts.estates.values()}

    async def take(*, dry_run: bool) -> None:
        def read(path: Path) -> ImportReport:
            return import_list(
                view.parts.db, path, estates=estates, default=view.estate.id,
                normalise=_normalise(view), dry_run=dry_run,
            )  # fmt: skip

        done = await sending.take(read, needs=Scope.RESIDENTS_WRITE, what="residents.import", dry_run=dry_run)
        if done is not None:
            new = done.changes
            zh = f"{new.rooms} 间房、{new.people} 位住户、{new.lifts} 部电梯电话，更改 {new.changed} 条。"
            en = f"{new.rooms} rooms, {new.people} people, {new.lifts} lifts, {new.changed} changed."
            sending.report(_told(view, zh, en, dry_run=dry_run), done.warnings)

    _buttons(view, take)


def _rooms(view: View) -> None:
    sending = Sending(view, view.t("房间电话", "Telephones of rooms"))

    async def take(*, dry_run: bool) -> None:
        def read(path: Path) -> RoomChanges:
            return rooms.import_rooms(
                view.parts.db, path, estate=view.estate.id, normalise=_normalise(view), dry_run=dry_run
            )

        done = await sending.take(read, needs=Scope.RESIDENTS_WRITE, what="rooms.import", dry_run=dry_run)
        if done is not None:
            zh, en = f"新增 {done.added}，更改 {done.changed}。", f"{done.added} new, {done.changed} changed."
            sending.report(_told(view, zh, en, dry_run=dry_run), done.warnings)

    _buttons(view, take)


def _told(view: View, zh: str, en: str, *, dry_run: bool) -> str:
    if dry_run:
        return view.t(f"检查通过，将导入：{zh}", f"It holds; would be imported: {en}")
    return view.t(f"已导入：{zh}", f"Imported: {en}")


def _buttons(view: View, take: Take) -> None:
    with ui.row().classes("q-my-sm"):
        fields.button(view.t("先检查", "Check first"), lambda: take(dry_run=True))
        fields.button(view.t("导入", "Import"), lambda: take(dry_run=False), main=True)


def _normalise(view: View) -> partial[str]:
    sip = view.parts.settings.sip
    return partial(numbers.normalise, country=sip.country, area_code=sip.area_code)
