"""The watch over promises: the day after, what was not paid is a broken promise. Told exactly once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault
from hotline.db.engine import Database
from hotline.fees import promises
from hotline.fees.models import PromiseRow
from hotline.fees.states import PromiseState

log = structlog.get_logger(__name__)

TICK_SECONDS = 60.0
BATCH = 200
"""Promises a transaction: short enough that a call's own write does not wait noticeably."""


class PromiseWatch:
    """Decides promises of all estates; any number of nodes may do so at once."""

    def __init__(self, db: Database, *, clock: Clock, zones: Mapping[str, ZoneInfo]) -> None:
        """``zones`` by estate: a promised day ends at its midnight."""
        self._db = db
        self._clock = clock
        self._zones = zones

    async def run(self) -> None:
        """Look every minute until cancelled; a database that is away for a while only delays."""
        while True:
            try:
                await self.tick()
            except EnvironmentFault as fault:
                log.warning("promises to pay are not watched for now", reason=fault.code)
            except Exception:
                log.exception("promises to pay are not watched for now")
            await self._clock.sleep(TICK_SECONDS)

    async def tick(self) -> int:
        """Decide what has passed by now; returns how many. Raises ``EnvironmentFault``."""
        decided = 0
        for estate, zone in self._zones.items():
            while (fresh := await self._some(estate, zone)) > 0:
                decided += fresh
        return decided

    async def _some(self, estate: str, zone: ZoneInfo) -> int:
        now = self._clock.now()
        today = now.astimezone(zone).date()
        passed = await self._db.read(
            lambda session: promises.passed(session, estate, today=today, limit=BATCH)
        )
        if not passed:
            return 0

        def write(session: Session) -> int:
            return sum(promises.decide(session, row, today=today, now=now) for row in _open(session, passed))

        return await self._db.write(write)


def _open(session: Session, ids: Sequence[int]) -> Sequence[PromiseRow]:
    """Return those that are still open and no other node is working on, locked."""
    query = select(PromiseRow).where(PromiseRow.id.in_(ids), PromiseRow.state == PromiseState.OPEN)
    return session.scalars(query.order_by(PromiseRow.id).with_for_update(skip_locked=True)).all()
