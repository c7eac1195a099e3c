"""Rosters over a week, gaps and overlaps, changes, as lines of tables. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hotline.duty.coverage import Finding
from hotline.duty.models import DutyChangeRow
from hotline.duty.roster import Reason, Turn
from hotline.duty.timetable import Stretch
from hotline.web.console.kit import times
from hotline.web.console.kit.grid import Row
from hotline.web.masks import Masks

Texts = Callable[[str, str], str]
DAY = timedelta(days=1)


ROSTERS = {
    "emergency": ("紧急", "Emergency"), "general_manager": ("总经理", "General manager"),
    "operator": ("话务员", "Operators"), "duty_manager": ("值班经理", "Duty manager"),
    "supervisor": ("主管", "Supervisors"), "floor": ("楼层", "Floor staff"),
    "front_desk": ("前台", "Front desk"), "collector": ("催收员", "Collectors"),
    "technicians": ("维修工", "Technicians"), "monitoring_room": ("监控室", "Monitoring room"),
}  # fmt: skip
"""Rosters of the shipped ``roster.yaml`` and its examples; others are called what the file calls them."""


def roster_name(name: str, t: Texts) -> str:
    """Return what a roster is called, with its name in the file, which is what one looks for there."""
    return f"{t(*ROSTERS[name])} ({name})" if name in ROSTERS else name


def day_cell(found: Iterable[Stretch], day: date, zone: ZoneInfo, t: Texts, masks: Masks) -> str:
    """Return who is on duty in the course of a day: a line for each stretch, with its hours."""
    begin, end = midnight(day, zone), midnight(day + DAY, zone)
    said = []
    for one in found:
        since, until = max(one.begin, begin), min(one.end, end)
        if since >= until:
            continue
        whole = (since, until) == (begin, end)
        hours = "" if whole else f"{times.clock(since, zone)}–{_until(until, end, zone)} "
        said.append(hours + people(one.turns, t, masks))
    return "\n".join(said)


def _until(at: datetime, end: datetime, zone: ZoneInfo) -> str:
    return "24:00" if at == end else times.clock(at, zone)


def people(turns: Sequence[Turn], t: Texts, masks: Masks) -> str:
    """Return who is on, and whom they stand in for; those who only follow are left out."""
    on = [turn for turn in turns if not turn.after]
    if not on:
        return t("⚠ 无人", "⚠ NOBODY")
    return t("、", ", ").join(_named(turn, t, masks) for turn in on)


def _named(turn: Turn, t: Texts, masks: Masks) -> str:
    name = masks.name(turn.contact.name)
    if turn.instead_of:
        instead = masks.name(turn.instead_of)
        return t(f"{name}（代{instead}）", f"{name} (for {instead})")
    return t(f"{name}（加班）", f"{name} (added)") if turn.reason is Reason.CHANGE else name


def now_row(
    roster: str, on: Sequence[Turn], then: Stretch | None, zone: ZoneInfo, t: Texts, masks: Masks
) -> Row:
    """Return who is rung now in turn, with numbers, and who takes over when."""
    first = [turn for turn in on if not turn.after]
    follow = [turn for turn in on if turn.after]
    nobody = "" if first else "red"
    cells = (
        roster_name(roster, t),
        "\n".join(f"{_named(turn, t, masks)} {masks.number(turn.contact.number)}" for turn in first)
        or t("⚠ 无人", "⚠ NOBODY"),
        "\n".join(f"{masks.name(turn.contact.name)} {masks.number(turn.contact.number)}" for turn in follow),
        "" if then is None else times.short(then.begin, zone),
        "" if then is None else people(then.turns, t, masks),
    )
    return Row(cells, tone=nobody)


def finding(one: Finding, zone: ZoneInfo, t: Texts) -> Row:
    """Return a gap or overlap: roster, what, when."""
    if one.shifts:
        what = t("重叠：", "overlap: ") + t("、", ", ").join(one.shifts)
    else:
        what = t("无人值班", "nobody is on duty")
    when = f"{times.moment(one.begin, zone)} – {times.moment(one.end, zone)}"
    return Row((roster_name(one.roster, t), what, when), tone="red" if one.mistake else "amber")


def unmanned(name: str, t: Texts, *, must: bool) -> Row:
    """Return a roster with nobody on it: whoever is to be rung by it is not."""
    what = t("这个班组里没有人：请编辑 roster.yaml", "there is nobody on this roster: edit roster.yaml")
    return Row((roster_name(name, t), what, ""), tone="red" if must else "amber")


def change(row: DutyChangeRow, zone: ZoneInfo, t: Texts, masks: Masks) -> Row:
    """Return a change: number, roster, when, off, on, why, by whom and when, state."""
    if row.first_day is not None:
        when = times.day(row.first_day)
        when += f" – {row.last_day}" if row.last_day not in (None, row.first_day) else ""
    else:
        when = f"{times.moment(row.begins_at, zone)} – {times.moment(row.ends_at, zone)}"
    state = (
        t(f"与 {row.swap_of} 号互换", f"swap with {row.swap_of}") if row.swap_of else t("有效", "in force")
    )
    if row.cancelled_at is not None:
        at, by = times.moment(row.cancelled_at, zone), masks.name(row.cancelled_by)
        state = t(f"{at} {by} 取消", f"cancelled {at} by {by}")
    cells = (
        str(row.id), roster_name(row.roster, t), when, masks.name(row.remove), masks.name(row.put_name),
        masks.text(row.why),
        f"{times.moment(row.at, zone)} {masks.name(row.who)}", state,
    )  # fmt: skip
    return Row(cells, tone="dim" if row.cancelled_at is not None else "", key=str(row.id))


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins."""
    return datetime.combine(day, time(), tzinfo=zone)
