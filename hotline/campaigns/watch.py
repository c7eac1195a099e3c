"""Payments end calls at once; here the people on the lists are told, so that their campaigns end too."""

from __future__ import annotations

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.campaigns import repository
from hotline.campaigns.calls import unreached
from hotline.campaigns.models import PersonRow
from hotline.campaigns.reminders import PAID
from hotline.campaigns.states import TO_BE_CALLED, CampaignKind
from hotline.db import outbox
from hotline.db.engine import Database
from hotline.outbound.models import CallState, OutboundCallRow

READER = "campaigns"
_ENDS = {"bill.paid": PAID, "bill.withdrawn": "withdrawn"}
"""Events after which the fees slice cancels reminders, and the reason it gives on the calls."""


class CampaignWatch:
    """Settles people whose calls were cancelled because nothing is owed any more."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Read the outbox of ``db``."""
        self._db = db
        self._clock = clock

    async def tick(self) -> int:
        """Look at what happened since; returns how many people are not called any more."""
        if not await self._db.read(lambda session: bool(outbox.unseen(session, READER, limit=1))):
            return 0
        return await self._db.write(self._look)

    def _look(self, session: Session) -> int:
        events = outbox.unseen(session, READER)
        outbox.passed(session, READER, events[-1].id)
        return self._settle(session) if any(event.kind in _ENDS for event in events) else 0

    def _settle(self, session: Session) -> int:
        subject = cast(PersonRow.campaign, String) + ":" + cast(PersonRow.id, String)
        query = (
            select(PersonRow, OutboundCallRow.attempts)
            .join(OutboundCallRow, OutboundCallRow.subject == subject)
            .where(
                PersonRow.state.in_(TO_BE_CALLED),
                OutboundCallRow.kind == CampaignKind.REMINDER.value,
                OutboundCallRow.state == CallState.CANCELLED,
                OutboundCallRow.result.in_(_ENDS.values()),
            )
        )
        now = self._clock.now()
        found = session.execute(query).all()
        for person, attempts in found:
            state = unreached(person.state, attempts)
            repository.settle(session, person, state, now=now, result=PAID)
        return len(found)
