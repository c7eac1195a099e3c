"""``/tokens``: what programs and desktop headsets show to be let in, for administrators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts import tokens
from hotline.accounts.rights import OPERATOR, Scope
from hotline.web.console.accounts import words
from hotline.web.console.kit import fields, grid, times
from hotline.web.console.kit.grid import Column, Row
from hotline.web.console.shell import Console, Entry, View

DAYS = {0: ("不过期", "No end"), 30: ("30 天", "30 days"), 90: ("90 天", "90 days"), 365: ("一年", "A year")}


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/tokens", needs=Scope.ACCOUNTS_WRITE, entry=Entry("接口令牌", "API tokens", "key", 920))
    async def listed(view: View) -> None:
        grid.styled()
        grid.heading(view, "接口令牌", "API tokens")
        rows = await view.read(lambda session: _rows(session, view))
        titles = (
            ("名称", "Name"), ("权限", "Scopes"), ("项目", "Estate"), ("建立", "Made"), ("到期", "Expires"),
            ("最近使用", "Last used"),
        )  # fmt: skip
        grid.grid(
            view, view.t("使用中的令牌", "Tokens in use"), [Column(view.t(*one)) for one in titles], rows,
            nothing=view.t("没有令牌。程序用令牌访问接口。", "None. Programs show one to use the API."),
            actions=lambda row: _revoking(view, row),
        )  # fmt: skip
        grid.heading(view, "程序的令牌", "For a program", 2)
        _for_program(view)
        grid.heading(view, "话务员电脑耳机的令牌", "For an operator's desktop headset", 2)
        _for_operator(view)


def _rows(session: Session, view: View) -> Sequence[Row]:
    zone, everywhere = view.estate.zone, view.t("全部", "all")
    return [
        Row(
            (
                row.name, " ".join(row.scopes), row.estate or everywhere,
                f"{times.moment(row.created_at, zone)} {row.created_by}", times.moment(row.expires_at, zone),
                times.moment(row.last_used_at, zone),
            ),
            key=row.id,
        )
        for row in tokens.listed(session)
        if view.holder.serves(row.estate)
    ]  # fmt: skip


def _common(view: View) -> tuple[ui.select, ui.select]:
    estate = words.estate_choice(view, view.holder.estate)
    days = fields.choice(view.t("有效期", "Valid for"), {one: view.t(*said) for one, said in DAYS.items()}, 0)
    return estate, days


def _for_program(view: View) -> None:
    with ui.row().classes("items-start q-my-sm"):
        name = fields.words(view.t("名称（哪个程序）", "Name (which program)"), longest=tokens.LONGEST_NAME)
        scopes = fields.several(view.t("权限", "Scopes"), {one: one.value for one in Scope}, [])
        estate, days = _common(view)

    async def make() -> None:
        typed = (name.value or "").strip()
        if typed.partition(":")[0] == OPERATOR:
            view.tell(
                tokens.BadToken("This name is an operator's: use the form below.", code="bad-token-name")
            )
            return
        await _make(view, typed, list(scopes.value or []), estate.value, days.value)

    fields.button(view.t("生成", "Make the token"), make, main=True)


def _for_operator(view: View) -> None:
    with ui.row().classes("items-start q-my-sm"):
        number = fields.words(view.t("话务员工号", "Operator's number"), longest=8)
        estate, days = _common(view)

    async def make() -> None:
        typed = (number.value or "").strip()
        if not typed.isdigit():
            view.tell(tokens.BadToken("An operator's number has digits only.", code="bad-number"))
            return
        await _make(view, f"{OPERATOR}:{typed}", [Scope.DESK], estate.value, days.value)

    fields.button(view.t("生成话务员令牌", "Make the operator's token"), make, main=True)


async def _make(view: View, name: str, scopes: list[Scope], estate: str, days: int) -> None:
    now = view.parts.clock.now()

    def write(session: Session) -> str:
        return tokens.create(
            session, name=name, scopes=scopes, by=view.holder.who, at=now, estate=estate,
            expires_at=now + timedelta(days=days) if days else None,
        ).token  # fmt: skip

    made = await _write(view, write)
    if made:
        words.show_once(view, f"{name} 的令牌", f"Token of {name}", made)


def _revoking(view: View, row: Row) -> None:
    fields.button(view.t("吊销", "Revoke"), lambda: _revoke(view, row))


async def _revoke(view: View, row: Row) -> None:
    question = view.t(f"吊销 {row.cells[0]} 的令牌？", f"Revoke the token of {row.cells[0]}?")
    if not await fields.sure(view, question, view.t("吊销", "Revoke")):
        return
    by, at = view.holder.who, view.parts.clock.now()
    if await _write(view, lambda session: tokens.revoke(session, row.key, by=by, at=at).id):
        ui.navigate.reload()


async def _write(view: View, deed: Any) -> Any:
    """Change something; tokens write the audit themselves."""
    return await view.attempt(lambda: view.parts.db.write(deed), needs=Scope.ACCOUNTS_WRITE)
