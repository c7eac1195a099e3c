"""Names and numbers in full: on request, by those whose role needs them, on the record."""

from __future__ import annotations

from hotline.accounts.rights import Scope
from hotline.web.console import lists
from hotline.web.console.shell import View


async def look(view: View, what: str, full: str) -> None:
    """Show people in full when the address asks for it; the audit says who looked at ``what``."""
    if full == "1":
        await view.unmask(what)


def look_button(view: View, target: str) -> None:
    """Offer the page with names and numbers in full to those who may see them."""
    if view.masks.unmasked or not view.may(Scope.PERSONAL_READ):
        return
    joined = f"{target}{'&' if '?' in target else '?'}full=1"
    with lists.tag("p", "", "no-print"):
        lists.link(
            view.t("显示完整姓名和号码（会记录）", "Show names and numbers in full (on the record)"), joined
        )
