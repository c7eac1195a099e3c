"""``/me``: one's own account, second factor and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts import sessions, signingin, users
from hotline.accounts.rights import Scope
from hotline.web.console.accounts import words
from hotline.web.console.kit import fields, grid, times
from hotline.web.console.kit.grid import Column, Row
from hotline.web.console.shell import Console, View


@dataclass(frozen=True, slots=True)
class _Own:
    """What the page shows."""

    second_factor: bool
    recovery_left: int
    sessions: Sequence[Row]


def register(console: Console) -> None:
    """Add the page: everybody may, so it asks for the right that every role has."""

    @console.page("/me", needs=Scope.DIRECTORY_READ)
    async def me(view: View) -> None:
        grid.styled()
        grid.heading(view, "我的账号", "My account")
        own = await view.read(lambda session: _own(session, view))
        holder = view.holder
        everywhere = view.t("全部", "all")
        grid.facts(
            [
                (view.t("用户名", "Username"), holder.name),
                (view.t("姓名", "Name"), view.signed.name),
                (view.t("角色", "Roles"), words.roles(view, view.signed.roles)),
                (view.t("工号", "Number"), holder.number),
                (view.t("项目", "Estate"), holder.estate or everywhere),
            ]
        )
        ui.link(view.t("更改密码", "Change the password"), "/password").classes("text-blue-900")
        _second_factor(view, own)
        grid.heading(view, "已登录的设备", "Where I am signed in", 2)
        columns = (
            Column(view.t("登录时间", "Since"), tight=True),
            Column(view.t("最近使用", "Last used"), tight=True),
            Column(view.t("地址", "Address"), tight=True),
            Column(view.t("浏览器", "Browser")),
        )
        caption = view.t("会话", "Sessions")
        grid.grid(view, caption, columns, own.sessions, nothing="", actions=lambda row: _end(view, row))
        fields.button(view.t("退出其他设备", "End all others"), lambda: _end_others(view))


def _own(session: Session, view: View) -> _Own:
    row, zone = users.find(session, view.holder.name), view.estate.zone
    here = view.t("（本机）", " (this one)")
    listed = [
        Row(
            (
                times.moment(one.created_at, zone) + (here if one.id == view.signed.session else ""),
                times.moment(one.seen_at, zone), one.address, one.agent,
            ),
            key="" if one.id == view.signed.session else one.id[: sessions.SHOWN],
        )
        for one in sessions.of(session, row.username)
    ]  # fmt: skip
    return _Own(bool(row.totp_secret), len(row.recovery), listed)


def _second_factor(view: View, own: _Own) -> None:
    grid.heading(view, "第二步验证", "Second factor", 2)
    if not own.second_factor:
        ui.label(view.t("尚未设置：登录只需密码。", "Not set up: the password alone lets you in."))
        ui.link(view.t("设置", "Set it up"), "/second-factor?next=/me").classes("text-blue-900")
        return
    left = own.recovery_left
    ui.label(view.t(f"已设置，还有 {left} 个恢复码。", f"Set up; {left} recovery codes are left."))
    with ui.row():
        ui.link(view.t("换一部手机", "Use another telephone"), "/second-factor?next=/me").classes(
            "text-blue-900"
        )

        async def renew() -> None:
            codes = await view.attempt(
                lambda: view.parts.db.write(
                    lambda session: signingin.renew_recovery(
                        session, view.holder.name, at=view.parts.clock.now()
                    )
                ),
                needs=Scope.DIRECTORY_READ,
            )
            if codes:
                with ui.dialog(value=True), ui.card():
                    ui.label(view.t("新的恢复码，只显示这一次：", "New recovery codes, shown only now:"))
                    for code in codes:
                        ui.label(code).classes("font-mono")

        fields.button(view.t("换新恢复码", "New recovery codes"), renew)


def _end(view: View, row: Row) -> None:
    if not row.key:
        return

    async def end() -> None:
        done = await view.attempt(
            lambda: view.parts.db.write(
                lambda session: sessions.end_one(
                    session, view.holder.name, row.key, by=view.holder.who, at=view.parts.clock.now()
                )
            ),
            needs=Scope.DIRECTORY_READ,
        )
        if done is not None:
            ui.navigate.reload()

    fields.button(view.t("退出", "End"), end)


async def _end_others(view: View) -> None:
    done = await view.attempt(
        lambda: view.parts.db.write(
            lambda session: sessions.end_all(session, view.holder.name, but=view.signed.session)
        ),
        needs=Scope.DIRECTORY_READ,
    )
    if done is not None:
        ui.navigate.reload()
