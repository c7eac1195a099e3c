"""The fields that say when somebody is to be woken, and how it is read back."""

from __future__ import annotations

from datetime import datetime

from nicegui import ui

from hotline.call.ports.wakeups import Repeat, WakeTime, WakeupSummary
from hotline.web.console.kit import fields, times
from hotline.web.console.kit.fields import BadField
from hotline.web.console.shell import View
from hotline.web.console.wakeups import lines

REPEATS = {
    Repeat.ONCE: ("一次", "once"), Repeat.DAILY: ("每天", "daily"), Repeat.WORKDAYS: ("工作日", "workdays"),
    Repeat.DAYS: ("选定的星期", "chosen days"),
}  # fmt: skip
_WEEK = (
    ("周一", "Mon"), ("周二", "Tue"), ("周三", "Wed"), ("周四", "Thu"),
    ("周五", "Fri"), ("周六", "Sat"), ("周日", "Sun"),
)  # fmt: skip


class When:
    """Time, first day, repetition, days of the week, last day."""

    def __init__(self, view: View, before: WakeTime | None = None) -> None:
        """Show the fields, with what was booked ``before``."""
        t = view.t
        self._view = view
        repeat = before.repeat if before else Repeat.ONCE
        with ui.row().classes("items-start gap-2"):
            self._at = fields.clock(t("时间", "Time"), before.at if before else None)
            self._first = fields.day(t("日期（首次）", "(First) day"), before.first if before else None)
            self._repeat = fields.choice(
                t("重复", "Repeat"), {one: t(*said) for one, said in REPEATS.items()}, repeat
            )
            self._days = fields.several(
                t("星期", "Days"), {place: t(*said) for place, said in enumerate(_WEEK, 1)},
                sorted(before.days) if before else [],
            )  # fmt: skip
            self._until = fields.day(t("最后一天", "Last day"), before.until if before else None)
        self._repeat.on_value_change(self._fit)
        self._fit()

    def _fit(self) -> None:
        """Show only what belongs to the repetition chosen."""
        self._days.set_visibility(self._repeat.value is Repeat.DAYS)
        self._until.set_visibility(self._repeat.value is not Repeat.ONCE)

    def read(self) -> WakeTime:
        """Return what was typed; raises :class:`~hotline.web.console.kit.fields.BadField`."""
        view, repeat = self._view, Repeat(self._repeat.value)
        days = frozenset(int(one) for one in self._days.value or ()) if repeat is Repeat.DAYS else frozenset()
        if repeat is Repeat.DAYS and not days:
            raise BadField(view.t("请选择星期几。", "Choose days of the week."))
        return WakeTime(
            at=fields.clock_in(view, self._at), repeat=repeat, first=fields.day_in(view, self._first),
            days=days, until=None if repeat is Repeat.ONCE else fields.day_in(view, self._until),
        )  # fmt: skip


def read_back(found: WakeupSummary, view: View) -> str:
    """Return a booking as it is read back before it is accepted (DOMAIN section 7): room, day, time, days."""
    often = lines.often(found.when, view.t)
    if found.next_at is None:
        return view.t(
            f"{found.place} 房，{found.when.at:%H:%M}，{often}",
            f"Room {found.place}, {found.when.at:%H:%M}, {often}",
        )
    at = _spoken(found.next_at, view)
    return view.t(f"{found.place} 房，{at}，{often}", f"Room {found.place}, {at}, {often}")


def _spoken(at: datetime, view: View) -> str:
    day = times.weekday(at.date(), chinese=view.chinese)
    return f"{at:%Y-%m-%d} {day} {at:%H:%M}"
