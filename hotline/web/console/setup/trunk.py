"""``/setup/trunk``: the SIP line by which calls come in, or later."""

from __future__ import annotations

from typing import Any

from nicegui import ui
from pydantic import ValidationError

from hotline.call.errors import InvalidInput, Problem
from hotline.settings import Account
from hotline.web.console.kit import fields
from hotline.web.console.setup import edits, parts
from hotline.web.console.shell import Console, View

TRANSPORTS = {"udp": "UDP", "tcp": "TCP", "tls": "TLS"}


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/setup/trunk", needs=parts.NEEDS)
    async def trunk(view: View) -> None:
        parts.head(view, "外线", "Trunk")
        ui.label(
            view.t(
                "运营商或交换机给的 SIP 账号。没有也可先用内网软电话试打，稍后再填。",
                "The SIP account of your carrier or PBX. Without one the hotline answers on your own "
                "network; enter it later.",
            )
        )
        accounts = edits.current(view.parts.home).sip.accounts
        for account in (*accounts, None):
            _account(view, account)
        ui.link(view.t("稍后再说", "Later"), "/setup").classes("text-blue-900")
        parts.taking_up(view, console.taking)


def _account(view: View, account: Account | None) -> None:
    t = view.t
    if account is None:
        ui.label(t("新的外线", "Another trunk")).classes("text-lg q-mt-md").props("role=heading aria-level=2")
    with ui.row().classes("items-start q-my-sm"):
        name = fields.words(
            t("代号（英文小写）", "Short name (a-z)"), account.name if account else "trunk", longest=32
        )
        user = fields.words(t("号码或用户名", "Number or user"), account.user if account else "", longest=64)
        domain = fields.words(t("服务器", "Server (host or host:port)"), account.domain if account else "")
        password = fields.words(t("密码（留空不改）", "Password (empty: as it is)"), longest=200)
        password.props("type=password autocomplete=off")
        transport = fields.choice(t("传输", "Transport"), TRANSPORTS, account.transport if account else "udp")
        every = account.register_every if account else 600
        registers = ui.checkbox(t("需要注册", "It registers"), value=every > 0)
    if account is not None:
        name.props("readonly")
    shown: dict[str, Any] = {"name": name, "user": user, "domain": domain}

    def write() -> None:
        given = {
            "name": (name.value or "").strip(), "user": (user.value or "").strip(),
            "domain": (domain.value or "").strip(), "transport": transport.value,
            "register_every": (every or 600) if registers.value else 0,
        }  # fmt: skip
        edits.set_trunk(view.parts.home, understood(given, view), password.value or "")

    async def save() -> None:
        if await parts.save(view, write, shown, what=f"trunk {name.value}"):
            ui.navigate.reload()

    fields.button(t("保存", "Save") if account else t("添加", "Add"), save, main=True)


def understood(given: dict[str, Any], view: View) -> Account:
    """Return the account; raises :class:`InvalidInput` naming every field that does not hold."""
    sentences = {
        "name": view.t("用小写字母和数字，如 trunk。", "Small letters and digits, such as trunk."),
        "user": view.t("请填写号码或用户名。", "Give the number or user."),
        "domain": view.t(
            "请填写服务器，如 sip.example.com:5060。", "Give the server, such as sip.example.com:5060."
        ),
    }
    wrong = {
        field
        for field in ("user", "domain")
        if not given[field] or " " in given[field] or "@" in given[field]
    }
    try:
        account = Account.model_validate(given)
    except ValidationError as error:
        wrong |= {str(one["loc"][0]) for one in error.errors() if one["loc"]}
        account = None
    if wrong or account is None:
        problems = [Problem(edits.SETTINGS, 0, field, sentences.get(field, field)) for field in sorted(wrong)]
        raise InvalidInput(tuple(problems))
    return account
