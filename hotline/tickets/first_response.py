"""When a ticket's first response is due, by the table of DOMAIN section 4. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from hotline.call.ports import TicketKind, Urgency

AT_ONCE = timedelta(0)

ORDINARY: dict[TicketKind, timedelta] = {
    TicketKind.REPAIR: timedelta(minutes=10),
    TicketKind.COMPLAINT: timedelta(hours=1),
    TicketKind.REQUEST: timedelta(hours=1),
    TicketKind.ENQUIRY: timedelta(hours=24),
    TicketKind.SUGGESTION: timedelta(hours=24),
}
"""“Tell the caller within 10 minutes who comes when”, and so on. A message has no limit of its own:
it is due when its window opens (``due_at``)."""


def respond_by(
    kind: TicketKind, urgency: Urgency, opened_at: datetime, due_at: datetime | None
) -> datetime | None:
    """Return the instant of the first response; ``None`` when nothing is due.

    Urgent and serious cases are answered at once, of whatever kind. A ticket with a ``due_at`` of its
    own (a message for the next opening of the general manager's window) is answered by then.
    """
    if urgency in (Urgency.URGENT, Urgency.SERIOUS):
        return opened_at + AT_ONCE
    if due_at is not None:
        return due_at
    limit = ORDINARY.get(kind)
    return None if limit is None else opened_at + limit
