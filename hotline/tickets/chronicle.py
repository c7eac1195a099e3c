"""What happened to a ticket: for its history, and for others who must not miss it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from hotline.db import outbox
from hotline.db.outbox import OutboxEvent
from hotline.tickets.models import TicketHistoryRow, TicketRow

HOTLINE = "hotline"
"""The machine itself in a ticket's history."""
OPENED = "ticket.opened"
CHANGED = "ticket.changed"


def record(
    session: Session, row: TicketRow, event: str, *, at: datetime, who: str = HOTLINE, detail: str = ""
) -> None:
    """Write a line of history and tell others of it, without what was said."""
    write(session, row, event, at=at, who=who, detail=detail)
    kind = OPENED if event == "registered" else CHANGED
    outbox.add_all(session, [told(row, kind, at=at, detail={"event": event, "state": row.state.value})])


def write(
    session: Session, row: TicketRow, event: str, *, at: datetime, who: str = HOTLINE, detail: str = ""
) -> None:
    """Write a line of history with the state the ticket is in from then on."""
    session.add(
        TicketHistoryRow(
            estate=row.estate,
            number=row.number,
            at=at,
            who=who,
            event=event,
            detail=detail,
            state=row.state.value,
        )
    )


def told(row: TicketRow, kind: str, *, at: datetime, detail: Mapping[str, str]) -> OutboxEvent:
    """Return what others are told; to be added in the same transaction."""
    return OutboxEvent(estate=row.estate, kind=kind, subject=row.number, at=at, detail=dict(detail))
