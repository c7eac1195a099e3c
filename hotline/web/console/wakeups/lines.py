"""The register's entries as lines of a table, red ones first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from hotline.call.ports.wakeups import WakeTime
from hotline.wakeup import entries, wording
from hotline.wakeup.entries import Entry
from hotline.wakeup.models import WakeupHistoryRow
from hotline.wakeup.register import Attempt
from hotline.web import registerwords as words
from hotline.web.console.kit import times
from hotline.web.console.kit.grid import Row
from hotline.web.console.wakeups import historywords
from hotline.web.masks import ACCOUNT, Masks

Texts = Callable[[str, str], str]
_TONES = {entries.RINGING: "amber", entries.OFF: "dim", entries.DONE: "dim"}
_URGENT = (entries.ALARM, entries.ESCALATED, entries.LATE)
"""Red ones, the worst first."""


def in_order(found: Sequence[Entry]) -> list[Entry]:
    """Return the entries with the red ones on top, the worst first; else by time as they came."""
    return sorted(found, key=_urgency)


def _urgency(one: Entry) -> int:
    return _URGENT.index(one.shown_as) if one.shown_as in _URGENT else len(_URGENT)


def entry(one: Entry, t: Texts, zone: ZoneInfo, masks: Masks) -> Row:
    """Return a line: time, room, state, rings, floor staff, confirmed, minutes late, booked by, remarks."""
    line = one.line
    state = t(*words.SHOWN[one.shown_as])
    detail = t(*words.STATES[line.state.value])
    cells = (
        times.short(line.due_at, zone),
        line.place,
        state if detail == state else f"{state}\n{detail}",
        _tried(one.rings, t, zone, masks),
        _tried(one.knocks, t, zone, masks),
        _confirmed(one, t, zone, masks),
        str(one.minutes_late or ""),
        f"{line.number} {person(line.requested_by, t, masks)}",
        remarks(one, t, zone, masks),
    )
    tone = "red" if one.shown_as in entries.RED else _TONES.get(one.shown_as, "")
    return Row(cells, link=f"/register/{line.number}", tone=tone, key=line.number)


def person(name: str, t: Texts, masks: Masks) -> str:
    """Return who did something: a word for those who are no person, an account by its name."""
    return t(*words.PEOPLE[name]) if name in words.PEOPLE else masks.name(name).removeprefix(ACCOUNT)


def outcome(attempt: Attempt, t: Texts) -> str:
    """Return how an attempt ended, in a word; what a key said before how the line went."""
    ended = attempt.outcome.value if attempt.outcome else ""
    said = words.PRESSED.get(attempt.pressed) or words.OUTCOMES.get(ended, (ended, ended))
    return t(*said)


def attempt(one: Attempt, t: Texts, zone: ZoneInfo, masks: Masks) -> Row:
    """Return an attempt of a booking's page: when, whom, how it ended, until when."""
    whom = t("客房", "guest") if one.to_guest else f"{t('楼层', 'floor')} {masks.name(one.name)}"
    at = times.moment(one.at, zone)[:10] + " " + times.clock(one.at, zone, seconds=True)
    return Row((at, whom, outcome(one, t), times.clock(one.ended_at, zone, seconds=True)))


def history(row: WakeupHistoryRow, t: Texts, zone: ZoneInfo, masks: Masks, *, chinese: bool) -> Row:
    """Return what was done to a booking: when, who, what, which day, why."""
    return Row(
        (
            times.moment(row.at, zone), person(row.who, t, masks),
            historywords.event(row.event, chinese=chinese), times.day(row.day),
            historywords.why(row.event, row.why, masks, chinese=chinese),
        )
    )  # fmt: skip


def often(when: WakeTime, t: Texts) -> str:
    """Return on which days it rings, as it is read back."""
    days = t(wording.days_in_chinese(when) or "一次", wording.days_described(when) or "once")
    until = "" if when.until is None else t(f"，至 {when.until}", f" until {when.until}")
    return days + until


def totals(found: Sequence[Entry], t: Texts) -> str:
    """``共 12 · 待叫醒 3 · …``: what is none is left out."""
    counted = entries.totals(found)
    shown = [t(f"共 {counted['booked']}", f"{counted['booked']} booked")]
    shown += [f"{t(*words.SHOWN[name])} {counted[name]}" for name in words.SHOWN if counted[name]]
    return " · ".join(shown)


def remarks(one: Entry, t: Texts, zone: ZoneInfo, masks: Masks) -> str:
    """Return what else is to be known of a line."""
    line, said = one.line, []
    reason = t(*words.REASONS.get(line.reason, (line.reason, line.reason)))
    said += [reason] if reason else []
    if line.snoozes:
        said.append(t(f"稍后再叫 {line.snoozes} 次", f"snoozed {line.snoozes}×"))
    if line.alarmed_at is not None:
        said.append(f"{times.clock(line.alarmed_at, zone)} {t('告警', 'alarm')}")
    days = t(wording.days_in_chinese(one.booking.when), wording.days_described(one.booking.when))
    said += [days] if days else []
    said += [masks.text(one.booking.note)] if one.booking.note else []
    return "\n".join(said)


def _tried(found: Sequence[Attempt], t: Texts, zone: ZoneInfo, masks: Masks) -> str:
    if not found:
        return ""
    last = found[-1]
    who = "" if last.to_guest else f"{masks.name(last.name)} "
    at = times.clock(last.at, zone, seconds=True)
    return f"{len(found)} {t('次', '×')}\n{at} {who}{outcome(last, t)}"


def _confirmed(one: Entry, t: Texts, zone: ZoneInfo, masks: Masks) -> str:
    if one.line.confirmed_at is None:
        return ""
    at = times.clock(one.line.confirmed_at, zone, seconds=True)
    return f"{at} {person(one.line.confirmed_by, t, masks)}"
