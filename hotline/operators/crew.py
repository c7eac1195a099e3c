"""Everybody who serves callers: how each stands, kept in memory and on paper, shown to whoever looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import OperatorRefused
from hotline.call.ports import OperatorSummary, Presence
from hotline.operators import repository
from hotline.operators.config import OperatorBook, OperatorEntry
from hotline.operators.lines import OperatorKey, Worker
from hotline.operators.papers import Papers
from hotline.operators.presence import Absence, Deed, Standing, after
from hotline.operators.seat import SeatedOperator

log = structlog.get_logger(__name__)

Changed = Callable[[OperatorKey], None]
NO_ANSWER = "operators.no_answer"
"""Event of the outbox: an operator was set to pause by the machine; notifications tell the supervisor."""
_UNKNOWN = Standing()


class Crew:
    """How everybody stands. Every change goes through the table of :mod:`hotline.operators.presence`."""

    def __init__(self, book: OperatorBook, clock: Clock, papers: Papers, changed: Changed) -> None:
        """``changed`` is called after every change, on the event loop."""
        self._book = book
        self._clock = clock
        self._papers = papers
        self._changed = changed
        self._standings: dict[OperatorKey, Standing] = {}

    def restore(self, kept: dict[OperatorKey, Standing], *, wrap_up: float) -> None:
        """Go on from what a predecessor left: who talked or rang then does so no more.

        Who was ready or rung is ready; who talked has ``wrap_up`` seconds for the papers of the broken call.
        """
        now = self._clock.now()
        self._standings = dict(kept)
        for key, standing in kept.items():
            match standing.presence:
                case Presence.RINGING:
                    self.do(key, Deed.RELEASE)
                case Presence.TALKING:
                    self.do(key, Deed.FINISH, wrap_up=wrap_up)
                case Presence.WRAP_UP if standing.until is None or standing.until <= now:
                    self.do(key, Deed.REST)

    # --- looking -------------------------------------------------------------------------------------

    def entry(self, estate: str, number: str) -> OperatorEntry:
        """Return an operator of the file; raises :class:`OperatorRefused` (``operator-unknown``)."""
        found = self._book.in_service().operator(estate, number)
        if found is None:
            raise OperatorRefused(
                f"There is no operator {number} in operators.yaml.", code="operator-unknown"
            )
        return found

    def standing(self, key: OperatorKey) -> Standing:
        """Return how an operator stands."""
        return self._standings.get(key, _UNKNOWN)

    def line(self, entry: OperatorEntry) -> str:
        """Return where they are rung."""
        return self.standing(entry.key).line or entry.home_line

    def workers(self) -> list[Worker]:
        """Return everybody as deciding sees them, in the order of the file."""
        found = []
        for entry in self._book.in_service().operators:
            standing = self.standing(entry.key)
            idle = standing.idle_since
            found.append(
                Worker(
                    key=entry.key,
                    ready=standing.presence is Presence.READY,
                    there=standing.there,
                    idle_since=idle.timestamp() if idle is not None else 0.0,
                    languages=frozenset(entry.languages),
                    skills=frozenset(entry.skills),
                )
            )
        return found

    def summary(self, entry: OperatorEntry) -> OperatorSummary:
        """Return an operator as others see them."""
        standing = self.standing(entry.key)
        return OperatorSummary(
            number=entry.number,
            name=entry.name,
            estate=entry.estate,
            presence=standing.presence,
            since=standing.since,
            reason=standing.reason,
            line=self.line(entry),
        )

    # --- changing ------------------------------------------------------------------------------------

    def do(
        self,
        key: OperatorKey,
        deed: Deed,
        *,
        reason: str = "",
        line: str = "",
        wrap_up: float = 0.0,
        patience: int = 1,
        estate: str = "",
    ) -> Standing:
        """Let something happen to an operator; see :func:`hotline.operators.presence.after`.

        ``estate``: whose caller it was about; who serves all estates is missed by one of them.
        Raises :class:`~hotline.call.errors.OperatorRefused` for what the table does not have.
        """
        now, before = self._clock.now(), self.standing(key)
        standing = after(
            before, deed, now, who=key[1], reason=reason, line=line, wrap_up=wrap_up, patience=patience
        )
        if standing == before:
            return before
        if deed is Deed.SIGN_OUT:
            standing = replace(standing, line="")
        self._standings[key] = standing
        self._papers.put(partial(repository.stand, key=key, standing=standing, at=now))
        if standing.presence is Presence.PAUSED and standing.reason in set(Absence):
            self._notice(key, standing, now, estate)
        self._changed(key)
        return standing

    def rest(self) -> None:
        """End the wrap-ups whose time is over."""
        now = self._clock.now()
        for key, standing in tuple(self._standings.items()):
            over = standing.until is not None and standing.until <= now
            if standing.presence is Presence.WRAP_UP and over:
                self.do(key, Deed.REST)

    def next_rest(self) -> timedelta | None:
        """Return how long the next wrap-up goes on."""
        now = self._clock.now()
        ends = [
            standing.until
            for standing in self._standings.values()
            if standing.presence is Presence.WRAP_UP and standing.until is not None
        ]
        return min(ends) - now if ends else None

    @contextmanager
    def engaged(self, estate: str, number: str, why: str) -> Iterator[SeatedOperator]:
        """See :class:`~hotline.operators.seat.Engage`."""
        entry = self.entry(estate, number)
        before = self.standing(entry.key)
        self.do(entry.key, Deed.TALK, reason=why)
        try:
            yield entry.seated(estate)
        finally:
            if self.standing(entry.key).presence is Presence.TALKING:
                self.do(entry.key, Deed.FINISH, wrap_up=self._left_of(before))

    def lose(self, estate: str, number: str) -> None:
        """Set an operator to pause whose line has vanished in a talk."""
        entry = self.entry(estate, number)
        if self.standing(entry.key).presence is Presence.TALKING:
            self.do(entry.key, Deed.LOSE, reason=Absence.LINE_LOST, estate=estate)

    def _left_of(self, before: Standing) -> float:
        """Seconds of wrap-up that an engagement interrupted."""
        if before.presence is not Presence.WRAP_UP or before.until is None:
            return 0.0
        return max((before.until - self._clock.now()).total_seconds(), 0.0)

    def _notice(self, key: OperatorKey, standing: Standing, now: datetime, estate: str) -> None:
        """Tell it in the estate that is without an operator now: its routes are limited to it."""
        log.warning("an operator was set to pause", operator=key[1], reason=standing.reason)

        def write(session: Session) -> None:
            repository.tell(
                session,
                estate=key[0] or estate,
                kind=NO_ANSWER,
                subject=key[1],
                at=now,
                reason=standing.reason,
            )

        self._papers.put(write)
