"""How lists, command lines and programs write on which days a wake-up rings. Pure."""

from __future__ import annotations

import re
import unicodedata

from hotline.call.ports.wakeups import Repeat, WakeTime

_WORDS = {
    Repeat.ONCE: ("", "once", "one time", "一次", "单次", "不重复"),
    Repeat.DAILY: ("daily", "every day", "everyday", "每天", "每日", "天天"),
    Repeat.WORKDAYS: ("workdays", "weekdays", "working days", "工作日", "每个工作日"),
}
_DAYS = {
    "mon": 1, "monday": 1, "一": 1, "1": 1,
    "tue": 2, "tues": 2, "tuesday": 2, "二": 2, "2": 2,
    "wed": 3, "wednesday": 3, "三": 3, "3": 3,
    "thu": 4, "thur": 4, "thurs": 4, "thursday": 4, "四": 4, "4": 4,
    "fri": 5, "friday": 5, "五": 5, "5": 5,
    "sat": 6, "saturday": 6, "六": 6, "6": 6,
    "sun": 7, "sunday": 7, "日": 7, "天": 7, "7": 7,
}  # fmt: skip
_WEEKEND = frozenset({6, 7})
_SHORT = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHORT_ZH = "一二三四五六日"
_BEFORE_A_DAY = re.compile(r"每周|周|星期|礼拜|每")
_BETWEEN = re.compile(r"[,;/、，；和\s]+|\band\b")


def repeat_of(text: str) -> tuple[Repeat, frozenset[int]] | None:
    """Return on which days; ``None`` for what says none, once for nothing written.

    ``daily``, ``工作日``, ``mon,wed``, ``周一、周三``, ``一三五``.
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    for repeat, words in _WORDS.items():
        if plain in words:
            return repeat, frozenset()
    days = days_of(plain)
    return None if days is None else (Repeat.DAYS, days)


def days_of(text: str) -> frozenset[int] | None:
    """Return days of the week, 1 (Monday) to 7; ``None`` for what names none, or something else besides."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if plain in ("weekend", "weekends", "周末"):
        return _WEEKEND
    parts = [part for part in _BETWEEN.split(_BEFORE_A_DAY.sub(" ", plain)) if part]
    found = set()
    for part in parts:
        for word in [part] if part in _DAYS else list(part):
            if word not in _DAYS:
                return None
            found.add(_DAYS[word])
    return frozenset(found) or None


def described(when: WakeTime) -> str:
    """``07:00 daily until 2026-12-01``: for lists and histories."""
    until = f" until {when.until}" if when.until is not None else ""
    if when.repeat is Repeat.ONCE:
        return f"{when.at:%H:%M}" + (f" on {when.first}" if when.first is not None else "")
    return f"{when.at:%H:%M} {days_described(when)}{until}"


def days_described(when: WakeTime) -> str:
    """``daily``, ``workdays``, ``Mon Wed``; empty for once."""
    if when.repeat is Repeat.DAYS:
        return " ".join(_SHORT[day - 1] for day in sorted(when.days))
    return "" if when.repeat is Repeat.ONCE else when.repeat.value


def days_in_chinese(when: WakeTime) -> str:
    """``每天``, ``工作日``, ``周一三``; empty for once."""
    if when.repeat is Repeat.DAYS:
        return "周" + "".join(_SHORT_ZH[day - 1] for day in sorted(when.days))
    return {Repeat.ONCE: "", Repeat.DAILY: "每天", Repeat.WORKDAYS: "工作日"}[when.repeat]
