"""From the moment an operator takes a caller to the end of it: the announcement, the talk, what follows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass

import structlog

from hotline.call.audio import Playable
from hotline.call.clock import Clock
from hotline.call.errors import CallGone
from hotline.call.ports import Call, Phrase, Served, ServeEnd, ServeOrder, Taken, Words
from hotline.operators.errands import Errands
from hotline.operators.hall import Hall
from hotline.operators.lines import OperatorKey
from hotline.operators.ringing import played
from hotline.operators.seat import MakeTalk, Seat, TalkEnd, TalkLike, TalkResult
from hotline.operators.talktools import OwnTalks
from hotline.operators.visits import Visit, VisitBook

log = structlog.get_logger(__name__)

SERVING_WITHIN = 10.0
"""Seconds for “X号话务员为您服务” at most."""


class Silent:
    """Words of a call nobody has worded."""

    def sounds(self, phrase: Phrase, facts: Mapping[str, str] | None = None) -> Sequence[Playable]:
        """Return nothing."""
        return ()


def _silent(_order: ServeOrder) -> Words:
    return Silent()


def _unrecorded(_call: Call, _estate: str) -> AbstractAsyncContextManager[None]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Attendance:
    """What a call needs that the desk places itself."""

    words: Callable[[ServeOrder], Words] = _silent
    recorded: Callable[[Call, str], AbstractAsyncContextManager[None]] = _unrecorded
    """Call and estate: record it inside the ``async with``."""


@dataclass(frozen=True, slots=True)
class Attended:
    """A talk and whose it is."""

    talk: TalkLike
    leg: str
    """The caller's, or the far end's of a call the operator has dialled."""
    linkedid: str


class Attending:
    """Leads served callers; knows who talks with whom."""

    def __init__(
        self,
        hall: Hall,
        visits: VisitBook,
        make_talk: MakeTalk,
        clock: Clock,
        errands: Errands,
        *,
        own: OwnTalks,
    ) -> None:
        """``make_talk`` leads what follows the bridge; ``own``: talks that did not come from a queue."""
        self._hall = hall
        self._visits = visits
        self._make_talk = make_talk
        self._own = own
        self._clock = clock
        self._errands = errands
        self._talks: dict[OperatorKey, tuple[TalkLike, Visit, Call]] = {}
        self._last: dict[OperatorKey, str] = {}
        self.when_over: list[Callable[[TalkLike], None]] = []
        """Called when a talk is over."""
        own.when_over.append(self._tell_over)

    def talk_of(self, key: OperatorKey) -> Attended | None:
        """Return the talk an operator is in, however they came into it; not one they have handed over."""
        found = self._talks.get(key)
        if found is not None and self._hall.seats.sits(key, found[2]):
            return Attended(found[0], leg=found[1].leg, linkedid=found[1].linkedid)
        own = self._own.of_key(key)
        return None if own is None else Attended(own, leg=own.facts.leg, linkedid=own.facts.linkedid)

    def last_leg(self, key: OperatorKey) -> str:
        """Return the leg of the caller an operator talked with last; empty for none since the start."""
        return self._last.get(key, "")

    async def serve(self, call: Call, visit: Visit, seat: Seat | None = None) -> Served:
        """Serve a caller to the end; ``seat``: who has taken them already.

        Raises :class:`~hotline.call.errors.CallGone` when the caller hung up and nobody cancelled this.
        """
        last = ""
        while True:
            seat = seat or await self._hall.line_up(visit, call)
            if seat is None:
                return Served(end=ServeEnd.NOBODY, operator=last)
            last = seat.operator.number
            result = await self._talk(call, visit, seat)
            match result.end:
                case TalkEnd.OPERATOR_LOST:
                    call.play(visit.words.sounds(Phrase.AGAIN, {"operator": last}))
                    visit, seat = self._hall.again(visit), None
                case TalkEnd.SENT:
                    return Served(end=ServeEnd.SENT, operator=last, step=result.step)
                case _:
                    return Served(end=ServeEnd.TALKED, operator=last)

    async def _talk(self, call: Call, visit: Visit, seat: Seat) -> TalkResult:
        key, began = self._hall.key_of(seat), self._clock.monotonic()
        result: TalkResult | None = None
        talk: TalkLike | None = None
        self._last[key] = visit.leg
        try:
            visit.tell(Taken(seat.operator.number))
            call.stop_playing()
            if not await self._announced(call, visit, seat):
                result = TalkResult(end=TalkEnd.OPERATOR_LOST)
                return result
            talk = self._make_talk(call, seat, visit.order, visit.words)
            self._talks[key] = (talk, visit, seat.leg)
            result = await self._led(talk, call)
            return result
        finally:
            self._over(visit, seat, talk, self._clock.monotonic() - began, result)

    async def _announced(self, call: Call, visit: Visit, seat: Seat) -> bool:
        """Say who serves, to both; False when the operator is gone."""
        facts = {"operator": seat.operator.number}
        sounds = visit.words.sounds(Phrase.SERVING, facts)
        if not sounds or seat.leg.over:
            return not seat.leg.over
        call.play(sounds)
        try:
            async with asyncio.timeout(SERVING_WITHIN):
                return await played(seat.leg, seat.leg.play(sounds))
        except CallGone:
            return False
        except TimeoutError:
            return True

    async def _led(self, talk: TalkLike, call: Call) -> TalkResult:
        """Let the talk be led; whatever breaks in it, the caller is not dropped."""
        try:
            return await talk.run()
        except CallGone:
            if call.over:
                raise
        except Exception:
            log.exception("a talk failed; its caller is queued again", leg=call.facts.leg)
        return TalkResult(end=TalkEnd.OPERATOR_LOST)

    def _over(
        self, visit: Visit, seat: Seat, talk: TalkLike | None, seconds: float, result: TalkResult | None
    ) -> None:
        key = self._hall.key_of(seat)
        if key in self._talks and self._talks[key][0] is talk:
            del self._talks[key]
        self._visits.talked(visit, seconds, result.end if result is not None else None)
        if talk is None and result is None:
            self._errands.begin(self._hall.apologise(visit, seat), "caller gone")
            return
        self._free(key, visit, seat, seconds, lost=result is not None and result.end is TalkEnd.OPERATOR_LOST)
        if talk is not None:
            self._tell_over(talk)
        if not seat.leg.over:
            self._errands.begin(_hang_up(seat.leg), "operator's leg")

    def _tell_over(self, talk: TalkLike) -> None:
        for told in self.when_over:
            told(talk)

    def _free(self, key: OperatorKey, visit: Visit, seat: Seat, seconds: float, *, lost: bool) -> None:
        if lost:
            self._hall.seats.lose(key, seat.leg, estate=visit.caller.estate)
            return
        queue = self._hall.rules.queues.get(visit.caller.queue)
        wrap_up = queue.wrap_up if queue is not None else 0.0
        if self._hall.seats.leave(key, seat.leg, wrap_up):
            self._hall.handled(visit.caller.queue, seconds + wrap_up)


async def _hang_up(leg: Call) -> None:
    await leg.hangup()
