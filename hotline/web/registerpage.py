"""The wake-up register 叫醒登记表 as a page: on a screen it renews itself, on paper it fits A4.

One file without scripts: what a caller or a list wrote is text, never markup, and nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib.resources import files
from string import Template
from zoneinfo import ZoneInfo

from hotline.wakeup import entries, wording
from hotline.wakeup.entries import Entry
from hotline.wakeup.register import Attempt
from hotline.web import registerwords as words
from hotline.web.masks import Masks

_LATEST = 3
"""Attempts of a line that are told one by one."""
_SPOKEN_LATE = 10
"""Seconds; a first ring later than that is told in the entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the page is about."""

    estate: str
    """Its name."""
    begin: datetime
    end: datetime
    made_at: datetime
    zone: ZoneInfo
    entries: Sequence[Entry]
    masks: Masks
    controls: str = ""
    """Markup above the table on a screen; not printed."""
    renew: int = 0
    """Seconds until a screen asks again; 0: never."""


def render(sheet: Sheet) -> str:
    """Return the page."""
    template = (files("hotline.web") / "static" / "wakeups.html").read_text(encoding="utf-8")
    return Template(template).substitute(
        renew=f'<meta http-equiv="refresh" content="{sheet.renew}">' if sheet.renew else "",
        estate=escape(sheet.estate),
        span=escape(_span(sheet)),
        made=escape(_local(sheet.made_at, sheet.zone, "%Y-%m-%d %H:%M:%S")),
        controls=sheet.controls,
        totals=_totals(sheet.entries),
        rows="\n".join(_row(one, sheet) for one in sheet.entries) or _nothing(),
    )


def _nothing() -> str:
    return (
        f'<tr><td colspan="9" class="none">{_both("这段时间没有叫醒", "no wake-ups in this time")}</td></tr>'
    )


def _row(one: Entry, sheet: Sheet) -> str:
    colour = f"red {one.shown_as}" if one.shown_as in entries.RED else one.shown_as
    cells = (
        f'<b class="when">{_local(one.line.due_at, sheet.zone, "%H:%M")}</b>{_day(one, sheet)}',
        f'<b class="room">{escape(one.line.place)}</b>',
        _state(one),
        _rings(one, sheet),
        _confirmed(one, sheet),
        _late(one),
        _knocks(one, sheet),
        _booked(one, sheet),
        _remarks(one, sheet),
    )
    return f'<tr class="{colour}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _day(one: Entry, sheet: Sheet) -> str:
    return f"<small>{_local(one.line.due_at, sheet.zone, '%m-%d')}</small>"


def _state(one: Entry) -> str:
    mark = _both(*words.SHOWN[one.shown_as])
    state = words.STATES[one.line.state.value]
    again = f"<br><small>{state[0]} {state[1]}</small>" if state != words.SHOWN[one.shown_as] else ""
    return f'<span class="mark">{mark}</span>{again}'


def _rings(one: Entry, sheet: Sheet) -> str:
    if not one.rings:
        return ""
    late = one.first_ring_late or 0
    begun = f"<br>{_both(f'首次迟 {late} 秒', f'first {late} s late')}" if late > _SPOKEN_LATE else ""
    return (
        _counted(len(one.rings)) + "".join(_tried(each, "", sheet) for each in one.rings[-_LATEST:]) + begun
    )


def _knocks(one: Entry, sheet: Sheet) -> str:
    if not one.knocks:
        return ""
    tried = (_tried(each, sheet.masks.name(each.name), sheet) for each in one.knocks[-_LATEST:])
    return _counted(len(one.knocks)) + "".join(tried)


def _counted(tries: int) -> str:
    return f"<b>{tries}</b>" + (f" {_both('最近', 'latest')}" if tries > _LATEST else "")


def _tried(attempt: Attempt, who: str, sheet: Sheet) -> str:
    outcome = attempt.outcome.value if attempt.outcome else ""
    said = words.PRESSED.get(attempt.pressed) or words.OUTCOMES.get(outcome, (outcome, ""))
    at = _local(attempt.at, sheet.zone, "%H:%M:%S")
    return f'<span class="try">{at} {escape(who)} {_both(*said)}</span>'


def _confirmed(one: Entry, sheet: Sheet) -> str:
    if one.line.confirmed_at is None:
        return ""
    return f"{_local(one.line.confirmed_at, sheet.zone, '%H:%M:%S')}<br>{_who(one.line.confirmed_by, sheet)}"


def _late(one: Entry) -> str:
    return f"<b>{one.minutes_late}</b>" if one.minutes_late else ""


def _booked(one: Entry, sheet: Sheet) -> str:
    zh, en = wording.days_in_chinese(one.booking.when), wording.days_described(one.booking.when)
    often = f"<br>{_both(zh, en)}" if zh else ""
    return f"{escape(one.line.number)} {_who(one.booking.requested_by, sheet)}{often}"


def _remarks(one: Entry, sheet: Sheet) -> str:
    said = []
    zh, en = words.REASONS.get(one.line.reason, (one.line.reason, ""))
    if zh:
        said.append(_both(zh, en))
    if one.line.snoozes:
        said.append(_both(f"稍后再叫 {one.line.snoozes} 次", f"snoozed {one.line.snoozes}"))
    if one.line.alarmed_at is not None:
        at = _local(one.line.alarmed_at, sheet.zone, "%H:%M")
        said.append(_both(f"{at} 告警", "alarm"))
    if one.booking.note:
        said.append(escape(sheet.masks.text(one.booking.note)))
    return "<br>".join(said)


def _totals(found: Sequence[Entry]) -> str:
    counted = entries.totals(found)
    shown = [("共", "booked", counted["booked"], "")]
    shown += [
        (*words.SHOWN[name], counted[name], "red" if name in entries.RED else "") for name in words.SHOWN
    ]
    return " ".join(
        f'<span class="total {colour if number else ""}">{_both(zh, en)} <b>{number}</b></span>'
        for zh, en, number, colour in shown
    )


def _who(name: str, sheet: Sheet) -> str:
    return _both(*words.PEOPLE[name]) if name in words.PEOPLE else escape(sheet.masks.name(name))


def _both(zh: str, en: str) -> str:
    return f"{escape(zh)} <small>{escape(en)}</small>" if en else escape(zh)


def _span(sheet: Sheet) -> str:
    begin, end = (at.astimezone(sheet.zone) for at in (sheet.begin, sheet.end))
    if (begin.hour, begin.minute, end.hour, end.minute) == (0, 0, 0, 0) and (end - begin).days <= 1:
        return f"{begin:%Y-%m-%d}"
    return f"{begin:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M}"


def _local(at: datetime, zone: ZoneInfo, form: str) -> str:
    return at.astimezone(zone).strftime(form)
