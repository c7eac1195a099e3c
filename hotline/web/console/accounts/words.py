"""What roles and rights are called."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from nicegui import ui

from hotline.accounts.rights import Role
from hotline.web.api import estates
from hotline.web.console.kit import fields
from hotline.web.console.shell import View

ROLES: Mapping[Role, tuple[str, str]] = MappingProxyType(
    {
        Role.OPERATOR: ("话务员", "Operator"),
        Role.SUPERVISOR: ("话务主管", "Supervisor"),
        Role.MANAGER: ("经理", "Manager"),
        Role.TECHNICIAN: ("维修人员", "Technician"),
        Role.ADMINISTRATOR: ("管理员", "Administrator"),
        Role.AUDITOR: ("审计员", "Auditor"),
    }
)


def roles(view: View, given: Collection[str]) -> str:
    """Return roles as people read them."""
    known = set(Role)
    return "、".join(view.t(*ROLES[Role(one)]) if one in known else one for one in given)


def estate_choice(view: View, chosen: str) -> ui.select:
    """Return a choice of the estates somebody can hand out; all of them only by who has all of them."""
    everywhere = {"": view.t("全部项目", "Every estate")} if view.holder.serves("") else {}
    named = {one.id: one.name for one in estates.choices(view.parts, view.holder)}
    return fields.choice(view.t("项目", "Estate"), everywhere | named, chosen)


def show_once(view: View, zh: str, en: str, secret: str) -> None:
    """Show a secret that is not shown again."""
    with ui.dialog(value=True).props("persistent") as dialog, ui.card().props("role=alertdialog"):
        ui.label(view.t(zh, en))
        ui.input(view.t("只显示这一次", "Shown only now"), value=secret).props(
            "readonly outlined dense stack-label"
        ).classes("w-96 shown-once").style("font-family:ui-monospace,monospace")
        with ui.row().classes("justify-end w-full"):
            fields.button(view.t("已记下", "Noted"), dialog.delete, main=True)
