"""The operators' desk as one call uses it: its place in a queue, call-backs, who signs in by telephone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Protocol

import structlog

from hotline.call.clock import Clock
from hotline.call.ports import Call, OperatorDesk, OperatorSummary, QueueNews, Taken
from hotline.ivr import commands, events
from hotline.ivr.deskwords import DeskWords
from hotline.ivr.line import Line
from hotline.ivr.performing import result_of

log = structlog.get_logger(__name__)

Start = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class EarlierCalls(Protocol):
    """Counts how often a number has called lately."""

    async def __call__(self, estate: str, number: str) -> int:
        """Return it, the present call included; ``number`` is raw."""
        ...


class Deskwork:
    """Waits in queues for one call and asks the desk the rest."""

    def __init__(
        self,
        desk: OperatorDesk | None,
        call: Call,
        *,
        estate: str,
        line: Line,
        clock: Clock,
        feed: Callable[[events.Event], None],
        passing: Start,
        words: Callable[[commands.EnterQueue], DeskWords],
        earlier: EarlierCalls | None = None,
    ) -> None:
        """``passing`` starts tasks that end with the conversation; no desk: nobody is ever there."""
        self._desk = desk
        self._call = call
        self._estate = estate
        self._line = line
        self._clock = clock
        self._feed = feed
        self._passing = passing
        self._words = words
        self._earlier = earlier
        self._waiting: dict[int, asyncio.Task[None]] = {}

    @property
    def performers(self) -> Mapping[type[commands.Request], Callable[[Any], Awaitable[events.Result]]]:
        """Which requests are performed here, and how; the queue itself has :meth:`enter`."""
        return {
            commands.BookCallBack: self._call_back,
            commands.AskPresence: self._look,
            commands.SetPresence: self._change,
        }

    # --- a place in a queue ----------------------------------------------------------------------

    def enter(self, command: commands.EnterQueue) -> None:
        """Queue the caller; how the place stands and what came of it are fed."""
        self._waiting[command.request] = self._passing(self._wait(command))

    def leave(self, command: commands.LeaveQueue) -> None:
        """Give the place up at once; whoever was rung or talked is let go by the desk."""
        waiting = self._waiting.pop(command.queue, None)
        if waiting is not None:
            waiting.cancel()
            self._line.take_back()

    async def _wait(self, command: commands.EnterQueue) -> None:
        leg = self._call.facts.leg
        result = await result_of(command, lambda: self._serve(command), clock=self._clock, leg=leg)
        if self._waiting.pop(command.request, None) is not None:
            self._line.take_back()
            self._feed(result)

    async def _serve(self, command: commands.EnterQueue) -> events.Result:
        order, desk = command.order, self._desk
        if desk is None or not desk.anybody(order.queue, order.estate):
            return events.Nothing(request=command.request)
        words = self._words(command)
        if self._earlier is not None and order.callback:
            self._passing(self._count(words, self._earlier, order.callback))
        served = await desk.serve(self._call, order, words, lambda news: self._tell(command.request, news))
        return events.Found(request=command.request, at=self._call.recorded_seconds, value=served)

    def _tell(self, request: int, news: QueueNews) -> None:
        if request not in self._waiting:
            return
        # here and not by command of the menu: what the desk says next must not be cut off
        if isinstance(news, Taken):
            self._line.lend()
        else:
            self._line.take_back()
        self._feed(events.QueueTold(request=request, news=news, at=self._call.recorded_seconds))

    async def _count(self, words: DeskWords, earlier: EarlierCalls, number: str) -> None:
        try:
            words.calls = await earlier(self._estate, number)
        except Exception:
            # how often somebody has called is a courtesy: without it the call goes on
            log.exception("earlier calls could not be counted", leg=self._call.facts.leg)

    # --- requests --------------------------------------------------------------------------------

    async def _call_back(self, command: commands.BookCallBack) -> events.Result:
        if self._desk is None:
            return events.Nothing(request=command.request)
        await self._desk.call_back(self._call, command.order, command.number)
        return events.Found(request=command.request)

    async def _look(self, command: commands.AskPresence) -> events.Result:
        operator = self._desk.find(self._estate, command.number) if self._desk is not None else None
        return _found(command, operator)

    async def _change(self, command: commands.SetPresence) -> events.Result:
        desk, estate, number = self._desk, self._estate, command.number
        if desk is None or desk.find(estate, number) is None:
            return events.Nothing(request=command.request)
        match command.do:
            case "sign_in":
                return _found(command, await desk.sign_in(estate, number, line=command.line))
            case "ready":
                return _found(command, await desk.ready(estate, number))
            case "pause":
                return _found(command, await desk.pause(estate, number, command.reason))
            case "sign_out":
                return _found(command, await desk.sign_out(estate, number))


def _found(command: commands.Request, operator: OperatorSummary | None) -> events.Result:
    if operator is None:
        return events.Nothing(request=command.request)
    return events.Found(request=command.request, value=operator)
