"""What a shift hands over: where duty meets tickets and wake-ups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from hotline.db.engine import Database
from hotline.duty.handover import OpenCase, WakeUpDue
from hotline.tickets.models import TicketRow, TicketState
from hotline.wakeup import entries
from hotline.wakeup.schedule import Schedule


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Open tickets, and the wake-ups not over or due in the shift to come: a ``ShiftFacts``."""

    db: Database
    schedule: Callable[[], Schedule]
    ahead: timedelta
    """How long the shift to come lasts."""

    async def open_cases(self, estate: str) -> Sequence[OpenCase]:
        """Return the tickets that are not closed."""
        finished = (TicketState.CLOSED, TicketState.CANCELLED)
        query = (
            select(TicketRow.number, TicketRow.due_at, TicketRow.respond_by, TicketRow.urgency)
            .where(TicketRow.estate == estate, TicketRow.state.not_in(finished))
            .order_by(TicketRow.opened_at)
        )
        rows = await self.db.read(lambda session: session.execute(query).all())
        return [
            OpenCase(number, _iso(due or respond_by), urgent=urgency == "urgent")
            for number, due, respond_by, urgency in rows
        ]

    async def wake_ups_due(self, estate: str, at: datetime) -> Sequence[WakeUpDue]:
        """Return the wake-ups still to come."""
        schedule = self.schedule()
        found = await self.db.read(
            lambda session: entries.still_to_come(session, schedule, estate, at, self.ahead)
        )
        return [WakeUpDue(one.line.number, _iso(one.line.due_at), one.line.place) for one in found]


def _iso(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()
