"""``/staff``: who reports by telephone – numbers, roles, PINs –, as ``hotline staff`` does it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts import pins, repository
from hotline.accounts.administration import Given, NewMember, Office
from hotline.accounts.models import StaffRow
from hotline.accounts.rights import Scope
from hotline.call.ports import StaffRole
from hotline.language import numbers
from hotline.web.console.accounts import words
from hotline.web.console.kit import fields, grid, looking, times
from hotline.web.console.kit.grid import Row, columns
from hotline.web.console.shell import Console, Entry, View

ROLES = {
    StaffRole.TECHNICIAN: ("维修工", "Technician"), StaffRole.SUPERVISOR: ("主管", "Supervisor"),
    StaffRole.MANAGER: ("经理", "Manager"), StaffRole.FLOOR: ("楼层值班", "Floor staff"),
    StaffRole.OPERATOR: ("话务员", "Operator"),
}  # fmt: skip


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/staff", needs=Scope.STAFF_READ, entry=Entry("员工", "Staff", "badge", 905))
    async def staff(view: View, full: str = "") -> None:
        await looking.look(view, "staff", full)
        grid.styled()
        grid.heading(view, "员工", "Staff")
        ui.label(
            view.t(
                "员工专线：来电输入工号和密码，即可报工单、查工单。",
                "The staff line: a number and a PIN let somebody report and ask by telephone.",
            )
        ).classes("hl-muted")
        rows = await view.read(lambda session: repository.everybody(session, view.estate.id, left=False))
        looking.look_button(view, "/staff")
        _table(view, rows)
        if view.may(Scope.STAFF_WRITE):
            grid.heading(view, "添加员工", "Add somebody", 2)
            _adding(view)


def _table(view: View, rows: Sequence[StaffRow]) -> None:
    t = view.t
    by_number = {row.number: row for row in rows}
    lines = [
        Row(
            (
                row.number, view.masks.name(row.name), view.masks.number(row.telephone, row.telephone_raw),
                "、".join(_role(view, one) for one in row.roles), _pin(view, row),
            ),
            key=row.number,
        )
        for row in rows
    ]  # fmt: skip
    titles = columns(
        view, ("工号", "Number"), ("姓名", "Name"), ("电话", "Telephone"), ("角色", "Roles"), ("密码", "PIN")
    )
    may = view.may(Scope.STAFF_WRITE)
    grid.grid(
        view, t("员工", "Staff"), titles, lines, nothing=t("还没有员工。", "No staff yet."),
        actions=(lambda line: _actions(view, by_number[line.key])) if may else None,
    )  # fmt: skip


def _role(view: View, word: str) -> str:
    return view.t(*ROLES[StaffRole(word)]) if word in set(StaffRole) else word


def _pin(view: View, row: StaffRow) -> str:
    if row.locked_until is not None and row.locked_until > view.parts.clock.now():
        until = times.short(row.locked_until, view.estate.zone)
        return view.t(f"锁定至 {until}", f"locked until {until}")
    return view.t("有", "has one") if row.pin_hash else view.t("没有", "none")


def _actions(view: View, row: StaffRow) -> None:
    number = row.number
    buttons: tuple[tuple[str, str, Callable[[], Any]], ...] = (
        ("新密码", "New PIN", partial(_new_pin, view, number)),
        ("解锁", "Unlock", partial(_unlock, view, number)),
        ("修改", "Change", partial(_change, view, row)),
        ("移除", "Remove", partial(_remove, view, number)),
    )
    for zh, en, do in buttons:
        fields.button(view.t(zh, en), do).props(f'aria-label="{view.t(zh, en)} {number}"')


async def _new_pin(view: View, number: str) -> None:
    made = await asyncio.to_thread(pins.made_up, number=number)
    given = await _do(view, lambda office: office.give_pin(number, made))
    if given is not None:
        _show(view, given)


def _show(view: View, given: Given) -> None:
    words.show_once(view, f"{given.number} 的新密码", f"New PIN of {given.number}", given.pin)


async def _unlock(view: View, number: str) -> None:
    if await _done(view, lambda office: office.unlock(number)):
        view.told(f"{number} 已解锁", f"{number} is unlocked")
        ui.navigate.reload()


async def _remove(view: View, number: str) -> None:
    question = view.t(f"移除工号 {number}？其记录保留。", f"Remove {number}? What they did stays on record.")
    if not await fields.sure(view, question, view.t("移除", "Remove")):
        return
    if await _done(view, lambda office: office.remove(number)):
        ui.navigate.reload()


class _Form:
    """What is known of somebody."""

    def __init__(self, view: View, row: StaffRow | None = None) -> None:
        t = view.t
        self.name = fields.words(t("姓名", "Name"), row.name if row else "", longest=64)
        self.telephone = fields.words(t("电话", "Telephone"), row.telephone_raw if row else "", longest=40)
        known = {role: t(*said) for role, said in ROLES.items()}
        given = [StaffRole(one) for one in row.roles] if row else [StaffRole.TECHNICIAN]
        self.roles = fields.several(t("角色", "Roles"), known, given)

    def facts(self) -> dict[str, Any]:
        """Return what the fields hold."""
        return {
            "name": self.name.value or "", "telephone": self.telephone.value or "",
            "roles": frozenset(self.roles.value or []),
        }  # fmt: skip


async def _change(view: View, row: StaffRow) -> None:
    await view.unmask(f"staff {row.number}")
    with ui.dialog(value=True) as dialog, ui.card():
        ui.label(f"{view.t('修改工号', 'Change number')} {row.number}").classes("text-lg")
        form = _Form(view, row)

        async def save() -> None:
            facts = form.facts()
            if await _do(view, lambda office: office.change(row.number, **facts).number) is not None:
                dialog.close()
                ui.navigate.reload()

        with ui.row():
            fields.button(view.t("取消", "Cancel"), dialog.close)
            fields.button(view.t("保存", "Save"), save, main=True)


def _adding(view: View) -> None:
    with ui.row().classes("items-start q-my-sm"):
        number = fields.words(view.t("工号", "Number"), longest=8)
        form = _Form(view)

    async def add() -> None:
        wanted, facts = (number.value or "").strip(), form.facts()
        made = await asyncio.to_thread(pins.made_up, number=wanted)

        def deed(office: Office) -> Given:
            office.add(NewMember(number=wanted, **facts))
            return office.give_pin(wanted, made)

        given = await _do(view, deed)
        if given is not None:
            _show(view, given)

    fields.button(view.t("添加并给出密码", "Add, and give a PIN"), add, main=True)


async def _done(view: View, deed: Callable[[Office], None]) -> bool:
    """Change something that gives nothing back."""

    def told(office: Office) -> bool:
        deed(office)
        return True

    return await _do(view, told) is not None


async def _do(view: View, deed: Callable[[Office], Any]) -> Any:
    """Change the staff in one transaction; the office itself writes its audit."""
    sip = view.parts.settings.sip
    normalise = partial(numbers.normalise, country=sip.country, area_code=sip.area_code)

    def write(session: Session) -> Any:
        now = view.parts.clock.now()
        return deed(Office(session, view.estate.id, view.holder.who, now, normalise))

    return await view.attempt(lambda: view.parts.db.write(write), needs=Scope.STAFF_WRITE)
