"""An operator dials out: their own line first, then the target, then a talk with all its commands.

The far end takes the caller's part in the talk: held, consulted about, transferred, parked like any caller.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from enum import StrEnum

import structlog

from hotline.call.audio import Tone, ToneName
from hotline.call.errors import CallGone, DialFailed, HotlineError
from hotline.call.events import HungUp, PromptEnded
from hotline.call.ports import Call, DialOrder, Extension, Phrase, ServeOrder, Words
from hotline.operators.seat import Seat, SeatedOperator
from hotline.operators.talk import Talk
from hotline.operators.talktools import TalkTools

log = structlog.get_logger(__name__)

REFUSAL_SECONDS = 3.0
"""Busy tone for an operator whose target is not there, after the words."""


Record = Callable[[Call], AbstractAsyncContextManager[None]]


def nothing_recorded(_leg: Call) -> AbstractAsyncContextManager[None]:
    """Record nothing."""
    return nullcontext()


class OutcallEnd(StrEnum):
    """How an outgoing call ended."""

    TALKED = "talked"
    OPERATOR_ABSENT = "operator_absent"
    """Their own line was not answered: nobody else was rung."""
    NOT_REACHED = "not_reached"
    GIVEN_UP = "given_up"
    """The operator hung up before the target answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcallOrder:
    """Who dials whom."""

    operator: SeatedOperator
    line: str
    """The operator's: ``sip:…``, a number, ``headset:NUMBER``."""
    extension: Extension
    """The target, found already: a refusal comes before anything rings."""
    language: str = "zh"


class Outcall:
    """One outgoing call of an operator."""

    def __init__(
        self,
        order: OutcallOrder,
        words: Words,
        tools: TalkTools,
        *,
        free: Callable[[], None],
        record: Record = nothing_recorded,
    ) -> None:
        """``free`` is called when the operator is out of it, once or more often; ``record``: the
        target's leg inside the ``async with``, once it has answered.
        """
        self._free = free
        self._order = order
        self._words = words
        longest = order.extension.longest or tools.rules.longest
        rules = replace(tools.rules, greet=False, longest=longest)
        self._tools = replace(tools, rules_now=lambda: rules)
        self._target: Call | None = None
        """From its answer on; let go at the end."""
        self._record = record

    async def run(self) -> OutcallEnd:
        """Lead it to its end; nobody stays on the line, however it ends."""
        operator: Call | None = None
        try:
            since = self._tools.clock.now()
            operator = await self._ring_operator()
            if operator is None:
                return OutcallEnd.OPERATOR_ABSENT
            seat = Seat(
                operator=self._order.operator,
                leg=operator,
                rung_at=since,
                answered_at=self._tools.clock.now(),
                line=self._order.line,
                left=self._free,
            )
            return await self._connect(seat)
        finally:
            if operator is not None:
                self._tools.let_go(operator)
            if self._target is not None:
                by, extension = self._order.operator, self._order.extension
                self._tools.let_go(self._target, extension=extension, operator=by.number, estate=by.estate)

    async def _ring_operator(self) -> Call | None:
        order = self._order
        try:
            return await self._tools.dialer.dial(
                DialOrder(
                    to=order.line,
                    linkedid="",
                    purpose="operator",
                    timeout=self._tools.rules.operator_rings,
                    estate=order.operator.estate,
                    may_transfer=True,
                    notice_silence=self._tools.rules.notice_silence,
                    card={"why": "dial", "name": order.extension.name},
                )
            )
        except DialFailed:
            return None

    async def _connect(self, seat: Seat) -> OutcallEnd:
        """Ring the target while the operator hears it ringing."""
        operator = seat.leg
        operator.play([Tone(ToneName.RINGBACK)])
        async with asyncio.TaskGroup() as tasks:
            ringing = tasks.create_task(self._ring_target(operator))
            waiting = tasks.create_task(_hung_up(operator))
            await asyncio.wait((ringing, waiting), return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if not ringing.done():
                ringing.cancel()
        if self._target is None:
            if operator.over:
                return OutcallEnd.GIVEN_UP
            await self._say_nobody(operator)
            return OutcallEnd.NOT_REACHED
        return await self._talk(seat, self._target)

    async def _ring_target(self, operator: Call) -> None:
        extension = self._order.extension
        with suppress(HotlineError):
            self._target = await self._tools.dialer.dial(
                DialOrder(
                    to=extension.address,
                    linkedid=operator.facts.linkedid,
                    purpose=extension.purpose or "dial",
                    timeout=self._tools.rules.target_rings,
                    caller_id=extension.caller_id,
                    account=extension.account,
                    estate=self._order.operator.estate,
                )
            )

    async def _talk(self, seat: Seat, target: Call) -> OutcallEnd:
        order, number = self._order, seat.operator.number
        self._tools.log.event(target.facts.leg, "OUTCALL", {"by": number, "name": order.extension.name})
        asked = ServeOrder(queue="", estate=seat.operator.estate, language=order.language)
        talk = Talk(target, seat, asked, self._words, tools=self._tools, keys_go_through=True)
        self._tools.own.joined(seat.operator, talk)
        try:
            async with self._record(target), asyncio.TaskGroup() as tasks:
                talking = tasks.create_task(talk.run())
                leaving = tasks.create_task(_hung_up(target))
                await asyncio.wait((talking, leaving), return_when=asyncio.FIRST_COMPLETED)
                talking.cancel()
                leaving.cancel()
        finally:
            self._tools.own.left(seat.operator, talk)
            self._tools.own.over(talk)
        return OutcallEnd.TALKED

    async def _say_nobody(self, operator: Call) -> None:
        """The operator hears that nobody is there, and the busy tone."""
        operator.stop_playing()
        said = self._words.sounds(Phrase.CONSULT_SILENT, {"operator": self._order.operator.number})
        operator.play([*said, Tone(ToneName.BUSY, REFUSAL_SECONDS)])
        with suppress(TimeoutError):
            async with asyncio.timeout(self._tools.rules.words_limit):
                await _hung_up(operator, said=True)


async def _hung_up(leg: Call, *, said: bool = False) -> None:
    """Wait for the end of a leg, or of what is ``said`` to it; what else happens is nobody's business."""
    try:
        while True:
            event = await leg.next_event()
            if isinstance(event, HungUp) or (said and isinstance(event, PromptEnded) and event.completed):
                return
    except CallGone:
        return
