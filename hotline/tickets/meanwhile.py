"""Two people at one ticket: who changes it has to have seen how it stands.

What somebody saw is the last line of the history that was on their screen. Lines of the machine that change
nothing of the ticket's life (a warning, a transcript) take nobody by surprise and do not count.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from hotline.call.errors import TicketRefused
from hotline.tickets import life, repository
from hotline.tickets.chronicle import HOTLINE
from hotline.tickets.models import TicketHistoryRow

CODE = "ticket-changed"


def seen(session: Session, number: str) -> int:
    """Return the last line of a ticket's history: what is given to :func:`check` with a change."""
    line = TicketHistoryRow
    return session.scalar(select(func.max(line.id)).where(line.number == number)) or 0


def seen_of(session: Session, numbers: Collection[str]) -> dict[str, int]:
    """Return the same of several tickets."""
    line = TicketHistoryRow
    asked = select(line.number, func.max(line.id)).where(line.number.in_(numbers)).group_by(line.number)
    return {number: last for number, last in session.execute(asked)}  # noqa: C416


def since(session: Session, number: str, last: int) -> Sequence[TicketHistoryRow]:
    """Return what was done to a ticket after a line of its history, oldest first."""
    line = TicketHistoryRow
    asked = select(line).where(line.number == number, line.id > last, _counts()).order_by(line.id)
    return session.scalars(asked).all()


def latest(session: Session, numbers: Collection[str]) -> dict[str, int]:
    """Return of each ticket the last line that counts."""
    line = TicketHistoryRow
    asked = select(line.number, func.max(line.id)).where(line.number.in_(numbers), _counts())
    return {number: last for number, last in session.execute(asked.group_by(line.number))}  # noqa: C416


def check(session: Session, number: str, last: int) -> None:
    """Lock a ticket and refuse to change it when somebody has since ``last``; in the change's transaction.

    Raises :class:`~hotline.call.errors.TicketRefused` (``ticket-changed``) naming who did what.
    """
    repository.must_lock(session, number)
    changes = since(session, number, last)
    if changes:
        told = "; ".join(f"{one.who}: {one.event.replace('_', ' ')}" for one in changes[-3:])
        raise TicketRefused(
            f"Ticket {number} was changed while you looked at it ({told}). Look at it again, then decide.",
            code=CODE,
        )


def _counts() -> ColumnElement[bool]:
    line = TicketHistoryRow
    return or_(line.who != HOTLINE, line.event.in_(life.EVENTS.values()))
