"""``/setup/operator``: whoever sets the hotline up as an operator with a headset in the browser."""

from __future__ import annotations

from typing import Any

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts import userchanges
from hotline.accounts.rights import Scope
from hotline.accounts.userchanges import Facts
from hotline.call.errors import InvalidInput, Problem
from hotline.web.console.kit import fields
from hotline.web.console.setup import edits, parts
from hotline.web.console.shell import Console, View


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/setup/operator", needs=parts.NEEDS)
    async def operator(view: View) -> None:
        parts.head(view, "话务员", "Operator")
        ui.label(
            view.t(
                "给自己一个话务员工号，就能用浏览器接听和试打。其他话务员在 operators.yaml 和“账号”中添加。",
                "With an operator's number you take calls in the browser. Others are added in operators.yaml "
                "and under Accounts.",
            )
        )
        _form(view)


def _form(view: View) -> None:
    with ui.row().classes("items-start q-my-sm"):
        number = fields.words(view.t("工号", "Number"), view.holder.number or "01", longest=8)
        name = fields.words(view.t("姓名", "Name"), view.signed.name, longest=64)
    shown: dict[str, Any] = {"number": number, "name": name}

    def write() -> None:
        typed = (number.value or "").strip()
        if not (typed.isascii() and typed.isdigit()):
            sentence = view.t("工号只有数字，如 01。", "Digits only, such as 01.")
            raise InvalidInput((Problem("operators.yaml", 0, "number", sentence),))
        edits.add_operator(view.parts.home, typed, (name.value or "").strip() or view.signed.name)

    async def save() -> None:
        if not await parts.save(view, write, shown, what=f"operator {number.value}"):
            return

        def mine(session: Session) -> int:
            return userchanges.change(
                session, view.holder.name, Facts(number=(number.value or "").strip()), by=view.holder.who,
                at=view.parts.clock.now(), keep_session=view.signed.session,
            ).version  # fmt: skip

        done = await view.attempt(lambda: view.parts.db.write(mine), needs=Scope.ACCOUNTS_WRITE)
        if done is not None:
            ui.navigate.to("/setup/test")

    fields.button(view.t("成为话务员", "Make me an operator"), save, main=True)
