"""``/users``: accounts of people, for administrators."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts import passwords, sessions, userchanges, users
from hotline.accounts.rights import Role, Scope
from hotline.accounts.userchanges import Facts
from hotline.accounts.usermodels import UserRow
from hotline.accounts.users import BadUser, NewUser
from hotline.web.console.accounts import words
from hotline.web.console.kit import fields, grid, times
from hotline.web.console.kit.grid import Column, Row
from hotline.web.console.shell import Console, Entry, View

LANGUAGES = {"zh": "中文", "en": "English"}
Deed = Callable[[Session], Any]


def register(console: Console) -> None:
    """Add the list, and the page of one account."""

    @console.page("/users", needs=Scope.ACCOUNTS_WRITE, entry=Entry("账号", "Accounts", "group", 910))
    async def listed(view: View) -> None:
        grid.styled()
        grid.heading(view, "账号", "Accounts")
        rows = await view.read(lambda session: _rows(session, view))
        titles = (
            ("用户名", "Username"), ("姓名", "Name"), ("角色", "Roles"), ("工号", "Number"),
            ("项目", "Estate"), ("第二步验证", "Second factor"), ("最近使用", "Last seen"), ("状态", "State"),
        )  # fmt: skip
        grid.grid(
            view, view.t("账号", "Accounts"), [Column(view.t(*one)) for one in titles], rows,
            nothing=view.t("还没有账号。", "No accounts yet."),
        )  # fmt: skip
        grid.heading(view, "新建账号", "New account", 2)
        _adding(view)

    @console.page("/users/{username}", needs=Scope.ACCOUNTS_WRITE)
    async def one(view: View, username: str) -> None:
        grid.styled()
        row = await view.read(lambda session: _found(session, view, username))
        grid.heading(view, f"账号 {row.username}", f"Account {row.username}")
        ui.link(view.t("所有账号", "All accounts"), "/users").classes("text-blue-900")
        if not row.active:
            ui.label(view.t("该账号已停用，记录中保留姓名。", "Removed; records keep the name."))
            return
        _changing(view, row)
        grid.heading(view, "操作", "What can be done", 2)
        _deeds(view, row)


def _rows(session: Session, view: View) -> Sequence[Row]:
    zone, now = view.estate.zone, view.parts.clock.now()

    def state(row: UserRow) -> str:
        if not row.active:
            return view.t("已停用", "removed")
        if row.locked_until is not None and now < row.locked_until:
            until = times.short(row.locked_until, zone)
            return view.t(f"锁定至 {until}", f"locked until {until}")
        return view.t("须改密码", "must choose a password") if row.must_change else view.t("正常", "fine")

    everywhere = view.t("全部", "all")
    return [
        Row(
            (
                row.username, row.name, words.roles(view, row.roles), row.number, row.estate or everywhere,
                view.t("是", "yes") if row.totp_secret else view.t("否", "no"),
                times.moment(row.last_seen_at, zone), state(row),
            ),
            link=f"/users/{row.username}", tone="" if row.active else "dim",
        )
        for row in users.listed(session, inactive=True)
        if view.holder.serves(row.estate)
    ]  # fmt: skip


def _found(session: Session, view: View, username: str) -> UserRow:
    """Return an account of theirs; raises :class:`BadUser` for others as for none."""
    row = users.find(session, username)
    if not view.holder.serves(row.estate):
        raise BadUser(f'There is no account "{username}".', code="user-unknown")
    return row


class _Form:
    """Fields that say of an account what people know."""

    def __init__(self, view: View, row: UserRow | None = None) -> None:
        t = view.t
        known = {role: t(*said) for role, said in words.ROLES.items()}
        self.name = fields.words(t("姓名", "Name"), row.name if row else "", longest=64)
        self.roles = fields.several(
            t("角色", "Roles"), known, [Role(one) for one in row.roles] if row else []
        )
        self.number = fields.words(
            t("工号（员工或话务员）", "Number (staff or operator)"), row.number if row else "", longest=8
        )
        self.estate = words.estate_choice(view, row.estate if row else view.holder.estate)
        self.language = fields.choice(t("语言", "Language"), LANGUAGES, row.language if row else "zh")

    def facts(self) -> Facts:
        """Return what they hold."""
        return Facts(
            name=self.name.value or "", roles=list(self.roles.value or []), estate=self.estate.value,
            number=self.number.value or "", language=self.language.value,
        )  # fmt: skip


def _adding(view: View) -> None:
    with ui.row().classes("items-start q-my-sm"):
        username = fields.words(view.t("用户名", "Username"), longest=32)
        form = _Form(view)

    asked: set[str] = set()

    async def add() -> None:
        wanted = (username.value or "").strip()
        if wanted in asked:  # the second click of a double click: its refusal would hide the password
            return
        asked.add(wanted)
        if not await make():
            asked.discard(wanted)

    async def make() -> bool:
        facts, password = form.facts(), passwords.generate()
        hashed = await asyncio.to_thread(passwords.hashed, password)
        new = NewUser(
            username=username.value or "", name=facts.name or "", roles=facts.roles or (),
            estate=facts.estate or "", number=facts.number or "", language=facts.language or "zh",
        )  # fmt: skip
        made = await _write(
            view,
            lambda session: (
                users.add(session, new, hashed, by=view.holder.who, at=view.parts.clock.now()).username
            ),
        )
        if made is not None:
            words.show_once(view, f"{made} 的初始密码", f"First password of {made}", password)
        return made is not None

    fields.button(view.t("新建", "Make the account"), add, main=True)


def _changing(view: View, row: UserRow) -> None:
    with ui.row().classes("items-start q-my-sm"):
        form = _Form(view, row)
    version = [row.version]

    async def save() -> None:
        def write(session: Session) -> int:
            _found(session, view, row.username)  # it may have been given to another estate meanwhile
            return userchanges.change(
                session, row.username, form.facts(), by=view.holder.who, at=view.parts.clock.now(),
                version=version[0],
            ).version  # fmt: skip

        found = await _write(view, write)
        if found is not None:
            version[0] = found
            view.told("已保存", "Saved")

    fields.button(view.t("保存", "Save"), save, main=True)


def _deeds(view: View, row: UserRow) -> None:
    name = row.username

    async def password() -> None:
        new = passwords.generate()
        hashed = await asyncio.to_thread(passwords.hashed, new)
        done = await _write(
            view,
            lambda session: (
                users.set_password(
                    session, name, hashed, by=view.holder.who, at=view.parts.clock.now(), must_change=True
                ).version
            ),
        )
        if done is not None:
            words.show_once(view, f"{name} 的新密码", f"New password of {name}", new)

    def simple(
        deed: Callable[..., UserRow], zh: str, en: str, *, ask: bool = True
    ) -> Callable[[], Awaitable[None]]:
        async def do() -> None:
            question = view.t(f"{zh}：{name}？", f"{en}: {name}?")
            if ask and not await fields.sure(view, question, view.t(zh, en)):
                return
            by, at = view.holder.who, view.parts.clock.now()
            if await _write(view, lambda session: deed(session, name, by=by, at=at).version) is not None:
                ui.navigate.reload()

        return do

    with ui.row():
        fields.button(view.t("新密码", "New password"), password)
        fields.button(view.t("解锁", "Unlock"), simple(userchanges.unlock, "解锁", "Unlock", ask=False))
        fields.button(
            view.t("清除第二步验证", "Reset the second factor"),
            simple(userchanges.reset_second_factor, "清除第二步验证", "Reset the second factor"),
        )
        fields.button(
            view.t("退出其所有设备", "End their sessions"),
            simple(_signed_out, "退出其所有设备", "End their sessions"),
        )
        fields.button(view.t("停用", "Remove"), simple(userchanges.remove, "停用账号", "Remove the account"))


def _signed_out(session: Session, username: str, *, by: str, at: Any) -> UserRow:
    row = users.find(session, username)
    for one in sessions.of(session, row.username):
        sessions.end_one(session, row.username, one.id, by=by, at=at)
    return row


async def _write(view: View, deed: Deed) -> Any:
    """Change something; the accounts themselves write the audit."""
    return await view.attempt(lambda: view.parts.db.write(deed), needs=Scope.ACCOUNTS_WRITE)
