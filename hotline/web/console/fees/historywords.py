"""What happened to a bill, who did it and what is noted about it, Chinese and English. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from hotline.web.masks import ACCOUNT, Masks
from hotline.web.registerwords import PEOPLE

Both = Mapping[str, tuple[str, str]]

EVENTS: Both = {
    "issued": ("开单", "issued"), "changed": ("更改", "changed"), "paid": ("缴费", "paid"),
    "payment_taken_back": ("撤回缴费", "payment taken back"), "withdrawn": ("撤销账单", "withdrawn"),
    "issued_again": ("重新开单", "issued again"), "promised": ("承诺", "promised"),
    "reminded": ("已提醒", "reminded"), "says_paid": ("称已缴", "says it is paid"),
    "dispute": ("有异议", "dispute"),
}  # fmt: skip
HOW: Both = {"list": ("名单", "list")}
"""How a payment came, where nobody typed it."""
_CALLS: Both = {"reminder": ("催费电话", "reminder"), "menu": ("语音菜单", "menu"), **PEOPLE}
_DETAILS = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"(\S+) yuan, due (\S+)", r"\1 元，应缴日 \2"),
        (r"on (\S+), list", r"缴费日 \1，名单"),
        (r"on (\S+), (.+)", r"缴费日 \1，\2"),
        (r"on (\S+)", r"缴费日 \1"),
        (r"to be paid by (\S+)", r"承诺 \1 前缴清"),
        (r"total (\S+ → \S+)", r"总额 \1"),
        (r"items divided otherwise", "各项金额有变"),
        (r"due (\S+ → \S+)", r"应缴日 \1"),
        (r"notice none → (\S+)", r"通知日 \1"),
        (r"notice (\S+ → \S+)", r"通知日 \1"),
    )
)


def who(name: str, t: Callable[[str, str], str], masks: Masks) -> str:
    """Return who it was: a call, the hotline, an account by its name, anybody else masked."""
    return t(*_CALLS[name]) if name in _CALLS else masks.name(name).removeprefix(ACCOUNT)


def detail(text: str, *, chinese: bool) -> str:
    """Return what the hotline noted, in the page's language: it is kept in English."""
    return "；".join(_part(part) for part in text.split("; ")) if chinese else text


def _part(part: str) -> str:
    found = ((pattern.fullmatch(part), said) for pattern, said in _DETAILS)
    return next((match.expand(said) for match, said in found if match), part)
