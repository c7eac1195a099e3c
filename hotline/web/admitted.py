"""What is open with a session or token, and is ended soon after it: one look for all, not one for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

import structlog
from sqlalchemy.orm import Session

from hotline.accounts import admission
from hotline.accounts.sessions import SEEN_EVERY
from hotline.call.clock import Clock
from hotline.call.errors import HotlineError
from hotline.db.engine import Database

log = structlog.get_logger(__name__)

LOOK_EVERY = 2.0
"""Seconds until an open WebSocket of an ended session or revoked token is closed."""


class By(StrEnum):
    """What lets somebody in."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - the kind of it


End = Callable[[bool], None]
"""Ends what is open; True: its time is over, False: it was ended. Asked again until it is gone."""


@dataclass(frozen=True, eq=False)
class _Open:
    by: By
    id: str
    end: End


class Admitted:
    """Open WebSockets by what let them in."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Nothing is looked at before :meth:`run`."""
        self._db = db
        self._clock = clock
        self._open: set[_Open] = set()
        self._counted = 0.0

    @contextmanager
    def open(self, by: By, id_: str, end: End) -> Iterator[None]:
        """Watch over something that is open inside the ``with``."""
        one = _Open(by, id_, end)
        self._open.add(one)
        try:
            yield
        finally:
            self._open.discard(one)

    async def run(self) -> None:
        """Look until cancelled; a database that is away for a moment ends nothing."""
        while True:
            await self._clock.sleep(LOOK_EVERY)
            try:
                await self.look()
            except HotlineError as fault:
                log.warning("who is let in cannot be looked at", code=fault.code)

    async def look(self) -> None:
        """End what is open with a session or token that ended."""
        if not self._open:
            return
        sessions = {one.id for one in self._open if one.by is By.SESSION}
        tokens = {one.id for one in self._open if one.by is By.TOKEN}
        now, monotonic = self._clock.now(), self._clock.monotonic()

        def ask(session: Session) -> dict[tuple[By, str], bool]:
            over = admission.ended_sessions(session, sessions, now)
            void = admission.ended_tokens(session, tokens, now)
            return {(By.SESSION, one): why for one, why in over.items()} | {
                (By.TOKEN, one): why for one, why in void.items()
            }

        ended = await self._db.read(ask)
        for one in tuple(self._open):
            if (one.by, one.id) in ended:
                one.end(ended[one.by, one.id])
        holding = [one for one in sessions if (By.SESSION, one) not in ended]
        if holding and monotonic - self._counted >= SEEN_EVERY.total_seconds():
            self._counted = monotonic
            await self._db.write(lambda session: admission.count_as_used(session, holding, now))
