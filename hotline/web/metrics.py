"""``/metrics`` for Prometheus: the calls process's own numbers, and what stands in the database.

Nothing personal: counts by estate, queue, trunk and state. A restart shows as a new
``hotline_process_start_time_seconds`` (``changes()`` counts them).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import HotlineError
from hotline.db.engine import Database
from hotline.db.outbox import OutboxEvent
from hotline.notifications.models import DeliveryRow, DeliveryState
from hotline.tickets.life import ENDED
from hotline.tickets.models import TicketRow
from hotline.wakeup.models import OccurrenceRow
from hotline.web.console.livefigures import red_counts
from hotline.web.console.livehub import LiveHub

KEPT = 10.0
"""Seconds: several who ask cost one count."""
AHEAD = timedelta(hours=1)
"""Wake-ups due within this are about to ring."""
_UP = frozenset({"registered", "unregistered"})
"""States of a trunk that carries calls: some need no registration."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One number with its labels."""

    name: str
    about: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


class Metrics:
    """Counts for Prometheus, at most every :data:`KEPT` seconds."""

    def __init__(self, db: Database, clock: Clock, estates: Iterable[str], hub: LiveHub) -> None:
        """Count in ``db`` by estate, look at queues and operators in ``hub``."""
        self._db = db
        self._clock = clock
        self._estates = tuple(estates)
        self._hub = hub
        self._started = clock.now().timestamp()
        self._at = -math.inf
        self._counted: list[Sample] = []

    async def text(self, status: Mapping[str, Any] | None) -> bytes:
        """Return everything as Prometheus text; a database that is away leaves its numbers out."""
        if self._clock.monotonic() - self._at >= KEPT:
            now = self._clock.now()
            try:
                self._counted = await self._db.read(lambda session: _count(session, self._estates, now))
                self._at = self._clock.monotonic()
            except HotlineError:
                self._counted = []
        return render(status, [*self._counted, *_live(self._hub), *self._processes(status)])

    def _processes(self, status: Mapping[str, Any] | None) -> Iterable[Sample]:
        about = "when the process began, seconds since 1970; a change is a restart"
        yield Sample("process_start_time_seconds", about, self._started, (("role", "web"),))
        since = (status or {}).get("calls", {}).get("since")
        if since:
            began = datetime.fromisoformat(since).timestamp()
            yield Sample("process_start_time_seconds", about, began, (("role", "calls"),))


def render(status: Mapping[str, Any] | None, more: Iterable[Sample] = ()) -> bytes:
    """Return every number of the status as a gauge ``hotline_<section>_<name>``, and the samples."""
    registry = CollectorRegistry()
    Gauge("hotline_up", "1 when the calls process answers", registry=registry).set(1 if status else 0)
    for section, values in (status or {}).items():
        for name, value in (values if isinstance(values, dict) else {}).items():
            if isinstance(value, int | float):
                Gauge(f"hotline_{section}_{name}", f"{section}: {name}", registry=registry).set(value)
    gauges: dict[str, Gauge] = {}
    for one in (*more, *_trunks(status)):
        names = [name for name, _ in one.labels]
        if one.name not in gauges:
            gauges[one.name] = Gauge(f"hotline_{one.name}", one.about, names, registry=registry)
        gauge = gauges[one.name]
        (gauge.labels(*(value for _, value in one.labels)) if names else gauge).set(one.value)
    return generate_latest(registry)


def _trunks(status: Mapping[str, Any] | None) -> Iterable[Sample]:
    for name, facts in ((status or {}).get("trunks") or {}).items():
        if isinstance(facts, dict):
            state = str(facts.get("state", ""))
            yield Sample("trunk_up", "1: calls can come and go", float(state in _UP), (("trunk", name),))
            failures = float(facts.get("failures", 0))
            yield Sample("trunk_failures", "registrations that failed in a row", failures, (("trunk", name),))


def _live(hub: LiveHub) -> Iterable[Sample]:
    for queue in hub.queues:
        label = (("queue", str(queue.get("queue", ""))),)
        for name in ("waiting", "there", "ready", "handling"):
            if isinstance(queue.get(name), int | float):
                yield Sample(f"queue_{name}", f"callers or operators of a queue: {name}", queue[name], label)
    presences: dict[str, int] = {}
    for operator in hub.operators.values():
        presence = str(operator.get("presence", "unknown"))
        presences[presence] = presences.get(presence, 0) + 1
    for presence, count in presences.items():
        yield Sample("operators", "operators by what they do", count, (("presence", presence),))
    stages: dict[str, int] = {}
    for leg in hub.calls.legs.values():
        if leg.first:
            stages[leg.stage.value] = stages.get(leg.stage.value, 0) + 1
    for stage, count in stages.items():
        yield Sample("calls_by_stage", "calls under way by where they are", count, (("stage", stage),))


def _count(session: Session, estates: Iterable[str], now: datetime) -> list[Sample]:
    found = [*_tickets(session), *_wakeups(session, now), *_deliveries(session)]
    for estate in estates:
        for what, count in red_counts(session, estate, now).items():
            found.append(Sample(f"{what}_red", f"{what} people must see to", count, (("estate", estate),)))
    newest = session.scalar(select(func.max(OutboxEvent.id))) or 0
    found.append(Sample("outbox_last_event", "number of the latest event", newest))
    return found


def _tickets(session: Session) -> Iterable[Sample]:
    query = (
        select(TicketRow.estate, TicketRow.urgency, func.count())
        .where(TicketRow.state.not_in(ENDED))
        .group_by(TicketRow.estate, TicketRow.urgency)
    )
    for estate, urgency, count in session.execute(query):
        labels = (("estate", estate), ("urgency", urgency.value))
        yield Sample("tickets_open", "tickets neither closed nor cancelled", count, labels)


def _wakeups(session: Session, now: datetime) -> Iterable[Sample]:
    query = (
        select(OccurrenceRow.estate, func.count())
        .where(OccurrenceRow.due_at > now, OccurrenceRow.due_at <= now + AHEAD)
        .group_by(OccurrenceRow.estate)
    )
    for estate, count in session.execute(query):
        yield Sample("wakeups_due", "wake-ups due within an hour", count, (("estate", estate),))


def _deliveries(session: Session) -> Iterable[Sample]:
    query = (
        select(DeliveryRow.channel, DeliveryRow.state, func.count())
        .where(DeliveryRow.state != DeliveryState.DELIVERED)
        .group_by(DeliveryRow.channel, DeliveryRow.state)
    )
    for channel, state, count in session.execute(query):
        labels = (("channel", channel), ("state", state.value))
        yield Sample("deliveries", "notifications that have not arrived", count, labels)
