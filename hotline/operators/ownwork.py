"""What an operator may do who talks with no caller of a queue: dial out, fetch a parked caller."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import structlog

from hotline.call.errors import OperatorRefused
from hotline.call.ports import Words
from hotline.operators.outcall import Outcall, OutcallOrder, Record, nothing_recorded
from hotline.operators.park import slot_of
from hotline.operators.seat import SeatedOperator
from hotline.operators.talktools import TalkTools

log = structlog.get_logger(__name__)

WordsFor = Callable[[str, str], Words]
"""Estate and language to the words of an outgoing call."""


class OwnWork:
    """Implements :data:`~hotline.operators.seat.DoOutsideTalk`; one a calls process. Close it."""

    def __init__(
        self,
        tools: TalkTools,
        words: WordsFor,
        *,
        language: str = "zh",
        estate: str = "default",
        record: Record = nothing_recorded,
    ) -> None:
        """``language``: of what is said around outgoing calls; ``estate``: whose rooms and outside lines are
        meant by who serves all estates and names none; ``record``: see :class:`Outcall`."""
        self._tools = tools
        self._words = words
        self._language = language
        self._estate = estate
        self._record = record
        self._outcalls: set[asyncio.Task[None]] = set()

    async def __call__(
        self, operator: SeatedOperator, line: str, action: str, args: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Do ``action``; returns what the screen shows.

        ``dial`` (``to``) and ``unpark`` (``slot``) begin something; ``parked`` lists the slots; the rest is
        done in the talk the operator has begun so. Raises ``OperatorRefused``.
        """
        operator = operator if operator.estate else replace(operator, estate=self._estate)
        if action == "parked":
            return {"slots": self._slots(operator)}
        talk = self._tools.own.of(operator)
        if action in ("dial", "unpark") and talk is not None:
            raise OperatorRefused("You are in a call: end it first.", code="operator-talking")
        if action == "dial":
            return await self._dial(operator, line, args)
        if action == "unpark":
            return await self._tools.lot.unpark(slot_of(args), operator, line)
        if talk is None:
            raise OperatorRefused(f"You are in no call: there is nothing to {action}.", code="no-call")
        return await talk.do(action, args)

    async def close(self) -> None:
        """End all outgoing calls."""
        for task in tuple(self._outcalls):
            task.cancel()
        await asyncio.gather(*self._outcalls, return_exceptions=True)
        await self._tools.farewells.close()

    def _slots(self, operator: SeatedOperator) -> list[dict[str, Any]]:
        return [
            {
                "slot": parked.slot,
                "since": parked.since.isoformat(),
                "by": parked.by,
                "name": parked.name,
                "topic": parked.topic,
            }
            for parked in self._tools.lot.within_reach(operator)
        ]

    async def _dial(self, operator: SeatedOperator, line: str, args: Mapping[str, Any]) -> dict[str, Any]:
        wanted = str(args.get("to") or "").strip()
        if not wanted:
            raise OperatorRefused("Say whom to call: a number, a room, a department.", code="nobody-named")
        extension = await self._tools.switchboard.find(
            wanted, operator=operator.number, estate=operator.estate
        )
        engaged = ExitStack()
        engaged.enter_context(self._tools.engage(operator.estate, operator.number, "dial"))
        order = OutcallOrder(operator=operator, line=line, extension=extension, language=self._language)
        words = self._words(operator.estate, self._language)
        outcall = Outcall(order, words, self._tools, free=engaged.close, record=self._record)
        task = asyncio.get_running_loop().create_task(self._lead(outcall), name="outcall")
        self._outcalls.add(task)
        task.add_done_callback(self._outcalls.discard)
        task.add_done_callback(lambda _: engaged.close())
        return {"dialling": extension.name}

    async def _lead(self, outcall: Outcall) -> None:
        try:
            end = await outcall.run()
        except Exception:
            log.exception("an outgoing call of an operator failed")
        else:
            log.info("an operator's outgoing call is over", end=end.value)
