"""Operators, waits and figures as rows for tables and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, tzinfo
from typing import Any

from hotline.call.ports import Presence
from hotline.cli import tables
from hotline.cli.personal import Shown
from hotline.operators.config import OperatorRules
from hotline.operators.figures import Figures, Wait, figures, presence_seconds, whole_visits
from hotline.operators.lines import Leave, OperatorKey
from hotline.operators.models import StateRow, WaitRow
from hotline.operators.presence import Standing
from hotline.operators.repository import stretches

OPERATORS = ("number", "name", "estate", "presence", "since", "reason", "line")
QUEUES = ("queue", "waiting", "longest", "there", "ready", "handling", "strategy", "then")
WAITS = (
    "entered_at",
    "queue",
    "position",
    "waited",
    "how",
    "operator",
    "offers",
    "talked",
    "talk_end",
    "leg",
)
FIGURES = (
    "of", "callers", "answered", "abandoned", "short_abandons", "moved_on", "service_level", "goal",
    "abandoned_share", "average_wait", "longest_wait", "average_talk", "talk_seconds",
)  # fmt: skip
SHIFTS = ("of", "answered", "average_wait", "average_talk", "talk_seconds", *Presence)
STATES = ("since", "until", "presence", "reason")
EVERYBODY = "all"


def offline(rules: OperatorRules, standings: Mapping[OperatorKey, Standing]) -> list[dict[str, Any]]:
    """Return operators as they were last written down, for when no hotline runs."""
    found = []
    for entry in rules.operators:
        standing = standings.get(entry.key, Standing())
        found.append(
            {
                "number": entry.number,
                "name": entry.name,
                "estate": entry.estate,
                "presence": standing.presence.value,
                "since": standing.since.isoformat() if standing.since is not None else None,
                "reason": standing.reason,
                "line": standing.line or entry.home_line,
            }
        )
    return found


def operator(found: Mapping[str, Any], zone: tzinfo, shown: Shown) -> dict[str, Any]:
    """Return an operator with their time in ``zone`` and their name and line masked."""
    since, line = found["since"], str(found["line"])
    return dict(found) | {
        "name": shown.name(str(found["name"])),
        "line": line if line.startswith("headset:") else shown.number("", line),
        "since": tables.local(datetime.fromisoformat(since), zone) if since else "",
    }


def wait(row: WaitRow, zone: tzinfo) -> dict[str, Any]:
    """Return one caller in one queue; nothing personal."""
    return {
        "entered_at": tables.local(row.entered_at, zone),
        "estate": row.estate,
        "queue": row.queue,
        "position": row.position,
        "waited": _rounded(row.waited),
        "how": "waiting" if row.how is None else "short abandon" if row.short else row.how.value,
        "operator": row.operator,
        "offers": row.offers,
        "talked": _rounded(row.talked),
        "talk_end": row.talk_end,
        "priority": row.priority,
        "leg": row.leg,
        "visit": row.visit,
    }


def state(row: StateRow, zone: tzinfo) -> dict[str, Any]:
    """Return a stretch of time in one state."""
    return {
        "since": tables.local(row.since, zone),
        "until": tables.local(row.until, zone),
        "presence": row.presence.value,
        "reason": row.reason,
    }


def queue_figures(waits: Sequence[Wait], rules: OperatorRules) -> list[dict[str, Any]]:
    """Return the figures of every queue that had callers or is in the file, and of all together."""
    names = [*rules.queues, *sorted({one.queue for one in waits} - set(rules.queues))]
    found = []
    for name in names:
        queue = rules.queues.get(name)
        level = queue.service_level if queue is not None else None
        mine = whole_visits(one for one in waits if one.queue == name)
        found.append(_told(name, figures(mine, within=level.within if level else 20.0)))
        found[-1] |= {"within": level.within if level else 20.0, "goal": level.goal if level else None}
    strictest = min((queue.service_level.within for queue in rules.queues.values()), default=20.0)
    total = _told(EVERYBODY, figures(whole_visits(waits), within=strictest))
    return [*found, total | {"within": strictest, "goal": None}]


def operator_figures(
    number: str, waits: Sequence[Wait], rows: Sequence[StateRow], *, since: datetime, until: datetime
) -> dict[str, Any]:
    """Return what an operator did within a span of time."""
    mine = [one for one in waits if one.operator == number and one.how is Leave.ANSWERED]
    seconds = presence_seconds(stretches(rows), since=since, until=until)
    told = _told(number, figures(mine, within=0.0))
    kept = ("of", "answered", "average_wait", "average_talk", "talk_seconds")
    return {name: told[name] for name in kept} | {
        presence.value: round(spent) for presence, spent in seconds.items()
    }


def _told(of: str, found: Figures) -> dict[str, Any]:
    return {"of": of, **{name: _rounded(value) for name, value in asdict(found).items()}}


def _rounded(value: float | None) -> float | None:
    return round(value, 3) if isinstance(value, float) else value


def print_rows(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows as a table."""
    tables.print_table(columns, [[row.get(column) for column in columns] for row in rows])
