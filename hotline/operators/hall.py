"""The hall: who waits, for whom which lines ring, and the turn-taking between them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.ports import Call, Dialer, Presence
from hotline.db.engine import Database
from hotline.operators import picking, repository
from hotline.operators.config import OperatorBook, OperatorEntry, OperatorRules, QueueEntry
from hotline.operators.crew import Crew
from hotline.operators.errands import Errands
from hotline.operators.lines import Leave, OperatorKey, State, admit, places
from hotline.operators.noticeboard import Feed, NoticeBoard
from hotline.operators.presence import Deed, Standing
from hotline.operators.queue import Move, decide
from hotline.operators.ringing import RingEnd, Ringing, Rung, say_gone
from hotline.operators.seat import Seat
from hotline.operators.seats import Seats
from hotline.operators.visits import Visit, VisitBook, ring_order, whisper_facts


class Hall:
    """Who waits. :meth:`turn` decides and acts; everything else only changes what it will find."""

    def __init__(
        self,
        book: OperatorBook,
        crew: Crew,
        visits: VisitBook,
        *,
        dialer: Dialer,
        clock: Clock,
        errands: Errands,
        feed: Feed,
    ) -> None:
        """Nobody waits yet."""
        self._book = book
        self._crew = crew
        self._papers = visits
        self._dialer = dialer
        self._clock = clock
        self._errands = errands
        self.feed = feed
        self.seats = Seats(crew)
        self._waiting: dict[str, Visit] = {}
        self._last_rung: dict[str, OperatorKey] = {}
        self._news = asyncio.Event()
        self._board = NoticeBoard(feed)

    # --- looking -------------------------------------------------------------------------------------

    @property
    def rules(self) -> OperatorRules:
        """The file in service."""
        return self._book.in_service()

    def queue(self, name: str) -> QueueEntry:
        """Return a queue of the file; raises :class:`KeyError`."""
        return self.rules.queues[name]

    def state(self) -> State:
        """Return what a decision depends on."""
        return self._state(self.rules)

    def _state(self, rules: OperatorRules) -> State:
        """Leave out who is just leaving, and callers of a queue that was taken out of the file."""
        queues = rules.decision_rules
        waiting = (visit for visit in self._waiting.values() if visit.waiting)
        callers = [visit.current() for visit in waiting if visit.caller.queue in queues]
        return State(queues, self._crew.workers(), callers, self._last_rung)

    def overview(self) -> list[dict[str, Any]]:
        """Return every queue: how many wait, since when, how many operators are there and ready."""
        return self._board.overview(self.state(), self._clock.monotonic())

    def waits(self) -> list[dict[str, Any]]:
        """Return who waits, the next first; no personal data."""
        return self._board.waits(self.state(), self._waiting, self._clock.monotonic())

    # --- coming and going ----------------------------------------------------------------------------

    async def load(self, db: Database) -> None:
        """Go on from what a predecessor left."""
        kept = await db.read(repository.standings)
        names = tuple(self.rules.queues)
        times = await db.read(partial(_handling_times, names=names))
        for name, spans in times.items():
            for span in spans:
                self.handled(name, span)
        await db.write(partial(_close_lost, at=self._clock.now()))
        self._restore(kept)

    def _restore(self, kept: dict[OperatorKey, Standing]) -> None:
        wrap_up = max((queue.wrap_up for queue in self.rules.queues.values()), default=0.0)
        self._crew.restore(kept, wrap_up=wrap_up)

    async def line_up(self, visit: Visit, call: Call | None) -> Seat | None:
        """Let a visit wait for its turn; ``None`` when nobody will take it.

        Cancelled when the caller has left: lines that ring for them are let go.
        """
        if not self.enter(visit, visit.caller.queue):
            return None
        try:
            return await visit.seated
        except asyncio.CancelledError:
            how = Leave.ABANDONED if call is not None and call.over else Leave.CHOSE
            self._leave(visit, Leave.LOST if call is None else how)
            raise

    def again(self, visit: Visit) -> Visit:
        """Return the visit of a caller whose operator was lost: first of their priority."""
        now = self._clock.monotonic()
        order = replace(visit.order, first=True)
        caller = replace(visit.caller, first=True, queued=now, tried={})
        return replace(visit, order=order, caller=caller, seated=asyncio.Future(), rings={}, told=None)

    def handled(self, queue: str, seconds: float) -> None:
        """A call of a queue took an operator so long, wrap-up included."""
        self._board.handled(queue, seconds)

    def wake(self) -> None:
        """Something has changed: decide soon."""
        self._news.set()

    async def something_new(self, at_most: float) -> None:
        """Wait for that, or so many seconds."""
        try:
            async with asyncio.timeout(at_most):
                await self._news.wait()
        except TimeoutError:
            pass  # time itself is news
        self._news.clear()

    def stop_ringing(self, key: OperatorKey) -> None:
        """Let a line go whose operator paused or signed out while it rang."""
        if self._crew.standing(key).presence in (Presence.PAUSED, Presence.SIGNED_OUT):
            for visit in self._waiting.values():
                if key in visit.rings:
                    visit.rings[key].let_go()

    def enter(self, visit: Visit, queue: str) -> bool:
        """Let a visit into the first queue from ``queue`` on that takes it; the others are on paper."""
        now = self._clock.monotonic()
        state = self.state()
        to, refused = (queue, []) if visit.caller.kept else admit(state, visit.caller, queue)
        for name, why in refused:
            visit.caller = replace(visit.caller, queue=name, queued=now)
            self._papers.entered(visit, 0)
            self._papers.left(visit, why)
        if not to:
            self._waiting.pop(visit.id, None)
            return False
        visit.caller = replace(visit.caller, queue=to, queued=now, tried={})
        self._waiting[visit.id] = visit
        self._papers.entered(visit, places(self.state().callers)[visit.id])
        self.wake()
        return True

    def _leave(self, visit: Visit, how: Leave) -> None:
        """The caller is gone from the hall; who already took them is let go as well."""
        for ringing in tuple(visit.rings.values()):
            ringing.let_go(caller_gone=True)
        if self._waiting.pop(visit.id, None) is not None:
            self._papers.left(visit, how, short_abandon=self._short_abandon(visit))
            self._papers.remember(visit)
            self.wake()
            return
        seat = visit.seated.result() if visit.seated.done() and not visit.seated.cancelled() else None
        if seat is not None:  # taken in the moment in which they left
            self._papers.talked(visit, 0.0, None)
            self._errands.begin(self.apologise(visit, seat), "caller gone")

    async def apologise(self, visit: Visit, seat: Seat) -> None:
        """Tell a seated operator that the caller has gone; they are ready at once."""
        try:
            await say_gone(seat.leg, visit.words, whisper_facts(visit, seat.operator.number, 0.0))
        finally:
            self.seats.leave(self.key_of(seat), seat.leg, 0.0)
            await seat.leg.hangup()

    def key_of(self, seat: Seat) -> OperatorKey:
        """Return whose seat it is."""
        estate, number = seat.operator.estate, seat.operator.number
        return ("", number) if ("", number) in self.rules.by_key else (estate, number)

    def _short_abandon(self, visit: Visit) -> float:
        queue = self.rules.queues.get(visit.caller.queue)
        return queue.short_abandon if queue is not None else 0.0

    # --- out of turn ---------------------------------------------------------------------------------

    def pick(self, leg: str, entry: OperatorEntry, *, supervises: bool) -> None:
        """Ring an operator's line for a particular caller; ``supervises``: of any queue.

        Who paused is there for this one call. Raises :class:`OperatorRefused` when they may not, cannot, or
        come too late (:mod:`hotline.operators.picking`).
        """
        key, standing, state = entry.key, self._crew.standing(entry.key), self.state()
        visit = picking.wanted(self._waiting.values(), leg, entry, state)
        picking.check(visit, entry, standing, state, supervises=supervises)
        before = next((one for one in self._waiting.values() if key in one.rings), None)
        afterwards = picking.pause_afterwards(standing)
        if before is not None:
            picking.check_ring(before, entry)
            before.pause_afterwards, afterwards = "", before.pause_afterwards
        for other in self._waiting.values():
            if other.picked == key and key not in other.rings:
                other.picked = None  # who was to be rung for next is not wanted any more
        visit.picked, visit.pause_afterwards = key, afterwards
        self._papers.event(visit, "QUEUE_PICK", queue=visit.caller.queue, operator=entry.number)
        for ringing in visit.rings.values():
            ringing.let_go()
        if before is not None:
            before.rings[key].let_go()  # their line is rung for who was picked as soon as it is still
        else:
            self._ring_picked(visit)

    def _ring_picked(self, visit: Visit) -> None:
        """Ring who picked a caller, once their line is free; they may have left their desk meanwhile."""
        rules, key = self.rules, visit.picked
        entry = rules.by_key.get(key) if key is not None else None
        if entry is None or visit.caller.queue not in rules.queues or not self._free(entry.key):
            visit.picked = None
            self.wake()
            return
        last = self._last_rung.get(visit.caller.queue)
        self._crew.do(entry.key, Deed.READY)
        self._ring(visit, entry, rules)
        if last is not None:
            self._last_rung[visit.caller.queue] = last  # whoever is next in turn stays so

    def _free(self, key: OperatorKey) -> bool:
        free = (Presence.READY, Presence.PAUSED, Presence.WRAP_UP)
        return self._crew.standing(key).presence in free

    def _unpicked(self, visit: Visit, key: OperatorKey) -> None:
        """The ring of who picked a caller is over, or a ring that kept them from it."""
        if visit.picked == key:
            visit.picked = None
            if visit.pause_afterwards and self._crew.standing(key).presence is Presence.READY:
                self._crew.do(key, Deed.PAUSE, reason=visit.pause_afterwards)
        for other in self._waiting.values():
            if other.picked == key and key not in other.rings:
                self._ring_picked(other)

    # --- taking turns --------------------------------------------------------------------------------

    def turn(self) -> None:
        """Decide, and do what was decided."""
        rules = self.rules
        self._take_out_homeless(rules)
        state = self._state(rules)
        decision = decide(state, self._clock.monotonic())
        for withdrawal in decision.withdrawals:
            self._waiting[withdrawal.caller].rings[withdrawal.worker].let_go()
        for move in decision.moves:
            self._move(self._waiting[move.caller], move)
        for offer in decision.offers:
            for key in offer.workers:
                self._ring(self._waiting[offer.caller], rules.by_key[key], rules)
        if decision.moves or decision.offers:
            state = self._state(rules)
        self._board.tell(state, self._waiting, rules, self._clock.monotonic())

    def _take_out_homeless(self, rules: OperatorRules) -> None:
        """End the wait of callers whose queue was taken out of the file."""
        for visit in tuple(self._waiting.values()):
            if visit.caller.queue not in rules.queues and visit.waiting:
                self._end(visit, Leave.NOBODY_THERE)

    def _move(self, visit: Visit, move: Move) -> None:
        if not move.to:
            self._end(visit, move.why)
            return
        self._papers.left(visit, move.why)
        if not self.enter(visit, move.to):
            visit.seated.set_result(None)

    def _end(self, visit: Visit, why: Leave) -> None:
        self._waiting.pop(visit.id, None)
        self._papers.left(visit, why)
        visit.seated.set_result(None)

    def _ring(self, visit: Visit, entry: OperatorEntry, rules: OperatorRules) -> None:
        key, line = entry.key, self._crew.line(entry)
        queue = rules.queues[visit.caller.queue]

        def claim(leg: Call, rung_at: datetime, answered_at: datetime) -> bool:
            if not visit.waiting or self._crew.standing(key).presence is not Presence.RINGING:
                return False
            seat = Seat(
                operator=entry.seated(visit.caller.estate),
                leg=leg,
                rung_at=rung_at,
                answered_at=answered_at,
                line=line,
                left=partial(self._left, key, leg, queue.wrap_up),
            )
            self._taken(visit, key, seat)
            return True

        waited = self._clock.monotonic() - visit.caller.entered
        visit.rings[key] = Ringing(
            ring_order(visit, line, ring=queue.ring, waited=waited),
            dialer=self._dialer,
            clock=self._clock,
            words=visit.words,
            facts=whisper_facts(visit, entry.number, waited),
            accept_key=queue.accept_key,
            claim=claim,
        )
        self._last_rung[visit.caller.queue] = key
        self._crew.do(key, Deed.RING)
        self._papers.offered(visit, entry.number)
        self._errands.begin(self._rung(visit, key, visit.rings[key], queue), f"ring {entry.number}")

    def _left(self, key: OperatorKey, leg: Call, wrap_up: float) -> None:
        self.seats.leave(key, leg, wrap_up)

    async def _rung(self, visit: Visit, key: OperatorKey, ringing: Ringing, queue: QueueEntry) -> None:
        """Ring to the end and note what came of it."""
        rung = Rung(RingEnd.NOT_RUNG)
        try:
            rung = await ringing.run()
        finally:
            if visit.rings.get(key) is ringing:
                del visit.rings[key]
            if rung.end is not RingEnd.TAKEN:
                self._not_taken(visit, key, rung, queue)
                self._unpicked(visit, key)

    def _not_taken(self, visit: Visit, key: OperatorKey, rung: Rung, queue: QueueEntry) -> None:
        if rung.end is not RingEnd.LET_GO:
            tried = {**visit.caller.tried, key: self._clock.monotonic()}
            visit.caller = replace(visit.caller, tried=tried)
            self._papers.event(visit, "QUEUE_MISSED", operator=key[1], reason=rung.reason or rung.end)
        if self._crew.standing(key).presence is Presence.RINGING:
            missed = rung.end is RingEnd.MISSED
            deed = Deed.MISS if missed else Deed.RELEASE
            self._crew.do(
                key, deed, reason=rung.reason, patience=queue.pause_after, estate=visit.caller.estate
            )
        self.wake()

    def _taken(self, visit: Visit, key: OperatorKey, seat: Seat) -> None:
        del self._waiting[visit.id]
        for other, ringing in visit.rings.items():
            if other != key:
                ringing.let_go()
        self.seats.take(key, seat.leg)
        if visit.picked == key and visit.pause_afterwards:
            self._crew.do(key, Deed.PAUSE, reason=visit.pause_afterwards)  # after this call
        self._papers.left(visit, Leave.ANSWERED, operator=key[1])
        visit.seated.set_result(seat)
        self.wake()


def _handling_times(session: Session, names: tuple[str, ...]) -> dict[str, list[float]]:
    return {name: repository.handling_times(session, name) for name in names}


def _close_lost(session: Session, at: datetime) -> None:
    repository.close_lost_waits(session, at)
