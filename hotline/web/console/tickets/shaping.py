"""Tickets as lists, cards and files show them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hotline.tickets import sla
from hotline.tickets.life import ENDED
from hotline.tickets.models import TicketLimitRow, TicketRow
from hotline.tickets.policy import BREACH
from hotline.tickets.repository import summary
from hotline.web.console.calls.shaping import Look
from hotline.web.console.calls.words import word
from hotline.web.console.tickets import words
from hotline.web.masks import Masks

LONGEST_SHOWN = 60
"""Characters of a description in a list."""
AMBER, RED = 50, 80
"""Per cent of a limit from which on it is shown as pressing (DOMAIN section 4, sla.yaml's warnings)."""
HEADINGS = (
    "number", "state", "kind", "urgency", "complete", "place", "caller_name", "caller_number",
    "callback_number", "description", "owner", "department", "assignee", "nature", "opened_at", "respond_by",
    "responded_at", "promised_at", "postponed_at", "accepted_at", "arrived_at", "feedback_at", "done_at",
    "followed_up_at", "satisfaction", "closed_at", "next_due_at", "call",
)  # fmt: skip
"""Of the exported file."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A time limit as a bar; the page moves it on by itself between :attr:`points`."""

    name: str
    percent: int
    """0 to 100, now."""
    tone: str
    """``good``, ``warn``, ``bad``, ``met``, ``still``."""
    text: str
    points: tuple[tuple[float, int], ...] = ()
    """Epoch seconds and per cent: it runs straight between them. Empty: it does not move."""


def bar(limit: sla.Limit, now: datetime, zone: ZoneInfo, *, chinese: bool) -> Bar:
    """Return a limit as it stands at ``now``."""
    name = word(words.LIMITS, limit.name.value, chinese=chinese)
    if limit.met_at is not None:
        late = limit.due_at is not None and limit.met_at > limit.due_at
        said = ("超时完成", "met late") if late else ("按时", "kept")
        return Bar(name, 100, "bad" if late else "met", f"{said[not chinese]} {_at(limit.met_at, zone)}")
    if limit.due_at is None:
        return Bar(name, 0, "still", "计时暂停" if chinese else "stands still")
    if limit.ended_at is not None:
        missed = limit.ended_at > limit.due_at
        said = ("未做到", "missed") if missed else ("结束时未到期", "not due when it ended")
        return Bar(name, 100 if missed else 0, "bad" if missed else "still", said[not chinese])
    points = points_of(limit)
    percent = at_percent(points, now.timestamp())
    until = _at(limit.due_at, zone)
    text = f"截止 {until}" if chinese else f"due {until}"
    return Bar(name, percent, tone_of(percent), text, points)


def bar_of_row(limit: TicketLimitRow, now: datetime, look: Look) -> Bar:
    """Return a stored limit that runs: straight from its beginning to its end."""
    assert limit.due_at is not None, "asked for"
    points = ((limit.started_at.timestamp(), 0), (limit.due_at.timestamp(), 100))
    percent = at_percent(points, now.timestamp())
    name = word(words.LIMITS, limit.name, chinese=look.chinese)
    left = span(limit.due_at - now, chinese=look.chinese)
    return Bar(name, percent, tone_of(percent), f"{name} {left}", points)


def points_of(limit: sla.Limit) -> tuple[tuple[float, int], ...]:
    """Return where the bar stands when: time outside the windows that count does not move it."""
    levels = [(level.at.timestamp(), level.percent) for level in limit.levels]
    return ((limit.began_at.timestamp(), 0), *(one for one in levels if one[0] > limit.began_at.timestamp()))


def at_percent(points: tuple[tuple[float, int], ...], now: float) -> int:
    """Return the per cent at an instant, between 0 and 100."""
    for (begin, low), (end, high) in pairwise(points):
        if now < end:
            share = max(0.0, (now - begin) / (end - begin)) if end > begin else 1.0
            return int(low + (high - low) * share)
    return points[-1][1] if points else 0


def tone_of(percent: int) -> str:
    """Return how pressing a limit is."""
    return (
        "bad" if percent >= BREACH else "warn" if percent >= RED else "amber" if percent >= AMBER else "good"
    )


def span(left: timedelta, *, chinese: bool) -> str:
    """Return ``剩 2 小时``, ``超 10 分钟``."""
    over, minutes = left < timedelta(0), int(abs(left).total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60
    if chinese:
        amount = f"{days} 天" if days else f"{hours} 小时" if hours else f"{minutes} 分钟"
        return f"{'超' if over else '剩'} {amount}"
    amount = f"{days} d" if days else f"{hours} h" if hours else f"{minutes} min"
    return f"{amount} {'over' if over else 'left'}"


def place_of(row: TicketRow, masks: Masks) -> str:
    """``3-2-602``, ``3-2 (2号梯)``, ``车库``."""
    place = masks.place(summary(row).place)
    return f"{place} ({place.note})" if place.note and str(place) != place.note else str(place)


def line(row: TicketRow, limit: TicketLimitRow | None, now: datetime, look: Look) -> dict[str, str | int]:
    """Return a row of the list."""
    chinese = look.chinese
    running = bar_of_row(limit, now, look) if limit is not None else None
    return {
        "number": row.number,
        "opened": _at(row.opened_at, look.zone),
        "kind": word(words.KINDS, row.kind.value, chinese=chinese),
        "urgency": ""
        if row.urgency.value == "ordinary"
        else word(words.URGENCIES, row.urgency.value, chinese=chinese),
        "state": state_of(row, chinese=chinese),
        "ended": "1" if row.state in ENDED else "",
        "place": place_of(row, look.masks),
        "who": row.assignee or row.department,
        "owner": row.owner or words.HOTLINE[not chinese],
        "what": short(look.masks.text(row.description) or word(words.SUBJECTS, row.topic, chinese=chinese)),
        "limit": running.text if running else "",
        "percent": running.percent if running else 0,
        "tone": running.tone if running else "",
    }


def state_of(row: TicketRow, *, chinese: bool) -> str:
    """Return the state, with what is missing."""
    state = word(words.STATES, row.state.value, chinese=chinese)
    return state if row.complete else f"{state}，资料不全" if chinese else f"{state}, incomplete"


def short(text: str) -> str:
    """Return the beginning of a text on one line."""
    one = " ".join(text.split())
    return one if len(one) <= LONGEST_SHOWN else one[: LONGEST_SHOWN - 1] + "…"


def cells(row: TicketRow, look: Look) -> list[object]:
    """Return a row of the exported file, in order of :data:`HEADINGS`."""
    masks = look.masks
    return [
        row.number, row.state.value, row.kind.value, row.urgency.value, int(row.complete),
        place_of(row, masks),
        masks.name(row.caller_name), masks.number(row.caller_number, row.caller_number_raw),
        masks.number(row.callback_number, row.callback_number_raw), masks.text(row.description),
        row.owner or "hotline", row.department, row.assignee, row.nature.value if row.nature else "",
        row.opened_at, row.respond_by, row.responded_at, row.promised_at, row.postponed_at, row.accepted_at,
        row.arrived_at, row.feedback_at, row.done_at, row.followed_up_at, row.satisfaction, row.closed_at,
        row.next_due_at, row.call,
    ]  # fmt: skip


def _at(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%m-%d %H:%M}"
