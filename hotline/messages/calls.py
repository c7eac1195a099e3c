"""Calls that deliver messages: what is told, what a key means. A kind of the outbound dispatcher."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from hotline.messages import service
from hotline.messages.models import MessageRow
from hotline.messages.states import MessageState
from hotline.outbound.kinds import Report, Verdict
from hotline.outbound.models import AttemptRow, OutboundCallRow

ACKNOWLEDGED, LATER = "acknowledged", "passed_on"


class MessageCalls:
    """See :class:`~hotline.outbound.kinds.Kind`."""

    def wanted(self, session: Session, row: OutboundCallRow) -> bool:
        """Until somebody has it."""
        message = _message(session, row)
        return message is not None and message.state is MessageState.WAITING

    def given(self, session: Session, row: OutboundCallRow) -> dict[str, Any]:
        """Return when it was left, by which number, and the words."""
        message = _message(session, row)
        if message is None:
            return {"language": row.language}
        slots: dict[str, Any] = {
            "language": message.language,
            "message.at": message.taken_at,
            "message.from": message.from_number,
            "message.urgent": "yes" if message.urgent else "",
            "message.written": "yes" if message.text else "",
            "message.for_staff": "yes" if row.roster else "",
            "staff.number": message.staff if row.roster else "",
            "words": message.span,
        }
        return {name: value for name, value in slots.items() if value}

    def reported(
        self, session: Session, row: OutboundCallRow, attempt: AttemptRow, report: Report
    ) -> Verdict:
        """1: it has arrived; 3: not now. Raises ``MessageRefused`` for a message that was taken back."""
        message = _message(session, row, lock=True)
        if message is None:
            return Verdict.DONE
        if report.outcome == ACKNOWLEDGED:
            now = report.at or attempt.at
            service.acknowledged(session, message, by=report.who or attempt.to_name, leg=report.leg, now=now)
            return Verdict.DONE
        return Verdict.PASS_ON if report.outcome == LATER else Verdict.NOTED

    def round_over(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """The supervisors are rung again."""

    def given_up(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """Somebody has to go there."""
        message = _message(session, row, lock=True)
        if message is not None:
            service.undelivered(session, message, why=row.result, now=at)


def _message(session: Session, row: OutboundCallRow, *, lock: bool = False) -> MessageRow | None:
    if not row.subject.isdigit():
        return None
    return session.get(MessageRow, int(row.subject), with_for_update=lock or None)
