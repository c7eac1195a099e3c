"""What happened to a wake-up and why, Chinese and English. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hotline.web import registerwords
from hotline.web.masks import Masks

Both = Mapping[str, tuple[str, str]]

EVENTS: Both = {
    "booked": ("登记", "booked"), "changed": ("更改", "changed"), "cancelled": ("取消", "cancelled"),
    "skipped": ("跳过一次", "left one out"), "moved": ("随客换房", "moved along"), "over": ("结束", "over"),
    "snoozed": ("客人稍后再叫", "snoozed by the guest"), "confirmed": ("客人确认", "confirmed by the guest"),
    "confirmed_again": ("客人再次确认", "confirmed once more"),
    "knocked": ("已敲醒", "the guest is awake"),
    "knocked_again": ("再次报已敲醒", "reported awake once more"),
    "rung_out": ("客房呼叫无果", "rung in vain"), "not_rung": ("未能呼叫客房", "could not be rung"),
    "escalated": ("请楼层敲门", "floor staff rung"), "going": ("正前往", "on the way"),
    "passed_on": ("转下一位", "passed on"), "cannot_enter": ("无法进入", "cannot enter"),
    "alarm": ("告警", "alarm"),
}  # fmt: skip
WHYS: Both = {
    "by telephone": ("通过电话", "by telephone"), "checkout": ("退房", "checkout"),
    "cannot_enter": ("无法进入", "cannot enter"), "too_late": ("已错过", "too late"),
    "rounds": ("楼层全部呼叫无果", "everybody was rung in vain"),
    "unconfirmed": ("到最后无人确认", "nobody confirmed it until the end"),
    "nobody": ("无人当班可呼叫", "nobody on duty to be rung"), "time": ("久未确认", "not confirmed for long"),
}  # fmt: skip
_CALLS = re.compile(r"(\d+) calls")
_TYPED = "cancelled"
"""Its reason may be somebody's own words."""
_TIME = re.compile(r"(\d\d:\d\d) (once|daily|workdays|days)(?: ([1-7](?:,[1-7])*))?((?: [\d–-]+)*)")
_OFTEN: Both = {
    "once": ("一次", "once"), "daily": ("每天", "daily"), "workdays": ("工作日", "workdays"),
    "days": ("", ""),
}  # fmt: skip
_DAYS = ("一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))


def event(name: str, *, chinese: bool) -> str:
    """Return what happened; an unknown word as it is."""
    return EVENTS[name][not chinese] if name in EVENTS else name


def why(name: str, text: str, masks: Masks, *, chinese: bool) -> str:
    """Return why: a reason of the hotline's, a time booked or changed (``old → new``), or what was typed."""
    known = WHYS.get(text) or registerwords.REASONS.get(text)
    if known is not None:
        return known[not chinese]
    if found := _CALLS.fullmatch(text):
        return f"呼叫 {found[1]} 次" if chinese else text
    if name == _TYPED:
        return masks.text(text)
    return " → ".join(_time(part, chinese=chinese) for part in text.split(" → "))


def _time(text: str, *, chinese: bool) -> str:
    found = _TIME.fullmatch(" ".join(text.split()))
    if found is None:
        return text
    at, often, days, dates = found.groups()
    chosen = [int(day) - 1 for day in (days or "").split(",") if day]
    of_week = "周" + "".join(_DAYS[0][day] for day in chosen) if chinese else ""
    of_week = of_week or " ".join(_DAYS[1][day] for day in chosen)
    return f"{at} {of_week if chosen else _OFTEN[often][not chinese]}{dates}"
