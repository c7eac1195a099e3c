"""Calls that ask an owner: whose turn it is, what a key means. A kind of the outbound dispatcher."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.confirmations import service
from hotline.confirmations.models import ConfirmationRow
from hotline.confirmations.states import Standing
from hotline.db.engine import Database
from hotline.outbound.kinds import Report, Verdict
from hotline.outbound.models import AttemptRow, OutboundCallRow
from hotline.outbound.policies import OutboundFile

ALLOWED, REFUSED, AT_DESK = "allowed", "refused", "desk_reached"
_ANSWERS = {ALLOWED: Standing.ALLOWED, REFUSED: Standing.REFUSED}


class ConfirmationCalls:
    """See :class:`~hotline.outbound.kinds.Kind`."""

    def __init__(self, rules: Callable[[], OutboundFile]) -> None:
        """``rules`` returns the file in service."""
        self._rules = rules

    def wanted(self, session: Session, row: OutboundCallRow) -> bool:
        """Until there is an answer; each attempt rings the owner's next number."""
        question = _question(session, row)
        if question is None or question.standing is not Standing.ASKING:
            return False
        turn = row.attempts % len(question.numbers)
        row.to, row.to_name = question.numbers[turn], question.names[turn]
        return True

    def given(self, session: Session, row: OutboundCallRow) -> dict[str, Any]:
        """Return who, what and where."""
        question = _question(session, row)
        if question is None:
            return {"language": row.language}
        slots: dict[str, Any] = {
            "language": question.language,
            "place": question.place,
            f"confirm.{question.matter.value}": "yes",
            "confirm.persons": "" if question.persons is None else str(question.persons),
            "confirm.plate": question.plate,
            "confirm.at": f"confirm_at_{question.spot}" if question.spot else "",
            "confirm.clip": question.clip,
        }
        return {name: value for name, value in slots.items() if value}

    def reported(
        self, session: Session, row: OutboundCallRow, attempt: AttemptRow, report: Report
    ) -> Verdict:
        """1 allows, 2 refuses; raises :class:`ConfirmationRefused` for an answer that comes too late."""
        question = _question(session, row, lock=True)
        if question is None:
            return Verdict.DONE
        now = report.at or attempt.at
        if report.outcome == AT_DESK:
            minutes = self._rules().confirmations.minutes
            service.at_desk(question, leg=report.leg, minutes=minutes, now=now)
            return Verdict.NOTED
        standing = _ANSWERS.get(report.outcome)
        if standing is None:
            return Verdict.NOTED
        if question.standing is standing and question.leg == report.leg:
            return Verdict.DONE  # the same key once more
        service.answered(
            session, question, standing, by=attempt.to_name, on=attempt.to, leg=report.leg, now=now
        )
        return Verdict.DONE

    def round_over(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """One owner has no rounds."""

    def given_up(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """Every number was tried, or the time is up."""
        question = _question(session, row, lock=True)
        if question is not None and question.standing is Standing.ASKING:
            service.unanswered(session, question, now=at)


class ConfirmationWatch:
    """Closes questions whose time is up, whatever became of their calls."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Look into ``db``."""
        self._db = db
        self._clock = clock

    async def tick(self) -> int:
        """Close what is due; returns how many. Raises ``EnvironmentFault``."""
        now = self._clock.now()
        if not await self._db.read(lambda session: bool(service.any_overdue(session, now))):
            return 0

        def close(session: Session) -> int:
            rows = service.overdue(session, now)
            for row in rows:
                service.unanswered(session, row, now=now)
            return len(rows)

        return await self._db.write(close)


def _question(session: Session, row: OutboundCallRow, *, lock: bool = False) -> ConfirmationRow | None:
    if not row.subject.isdigit():
        return None
    return session.get(ConfirmationRow, int(row.subject), with_for_update=lock or None)
