"""Calls the caller makes to the outside: permitted, dialled, bridged, charged. One a session.

Everything from the permission to the charge is one piece of work that is finished whoever hangs up: what
was talked is rated, and a line is never held for somebody who is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any

from hotline.call import events as call_events
from hotline.call.clock import Clock
from hotline.call.errors import CallGone, DialFailed, NoChannel
from hotline.call.events import CallEvent
from hotline.call.ports import (
    Call,
    CallLog,
    Dialer,
    OutsideCharge,
    OutsideLines,
    OutsideWish,
    Permitted,
)
from hotline.ivr import commands, events
from hotline.ivr.intake import NOT_OFFERED
from hotline.ivr.items import RINGING, Spoken
from hotline.ivr.performing import Perform, result_of
from hotline.ivr.voice import Voice

LINES_BUSY = "outside-lines-busy"
Start = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class OutsideCalls:
    """Performs what the step ``outside`` asks for."""

    def __init__(
        self,
        lines: OutsideLines | None,
        call: Call,
        *,
        estate: str,
        dialer: Dialer,
        clock: Clock,
        voice: Voice,
        record: CallLog,
        feed: Callable[[events.Event], None],
        lasting: Start,
    ) -> None:
        """``lines``: ``None`` where the hotline has none. ``lasting`` starts what is finished in any case."""
        self._lines = lines
        self._call = call
        self._estate = estate
        self._dialer = dialer
        self._clock = clock
        self._voice = voice
        self._record = record
        self._feed = feed
        self._lasting = lasting
        self._ended: dict[int, asyncio.Event] = {}
        self._legs: dict[int, Call] = {}

    @property
    def performers(self) -> Mapping[type[commands.Command], Callable[[Any], object]]:
        """Which commands are performed here, and how."""
        return {
            commands.CallOutside: self._begin,
            commands.BookOutside: lambda command: self._ask(command, lambda: self._book(command)),
            commands.PressOutside: self._press,
            commands.EndOutside: self._end,
        }

    def _begin(self, command: commands.CallOutside) -> None:
        self._ended[command.request] = asyncio.Event()
        self._ask(command, lambda: self._talk(command))

    def _ask(self, command: commands.Request, perform: Perform) -> None:
        async def answered() -> None:
            self._feed(await result_of(command, perform, clock=self._clock, leg=self._call.facts.leg))

        self._lasting(answered())

    def _end(self, command: commands.EndOutside) -> None:
        if command.request in self._ended:
            self._ended[command.request].set()

    def _press(self, command: commands.PressOutside) -> None:
        leg = self._legs.get(command.request)
        if leg is not None:
            self._lasting(_send(leg, command.key))

    async def _book(self, command: commands.BookOutside) -> events.Result:
        if self._lines is None:
            return events.Failed(request=command.request, code=NOT_OFFERED)
        booking = await self._lines.book(self._wish(command.number, ""), language=command.language)
        return events.Found(request=command.request, value=booking)

    async def _talk(self, command: commands.CallOutside) -> events.Result:
        lines, ended = self._lines, self._ended[command.request]
        if lines is None:
            return events.Failed(request=command.request, code=NOT_OFFERED)
        permitted = await lines.permit(self._wish(command.number, command.booking))
        leg: Call | None = None
        disposition = "CANCELLED"
        try:
            self._sound((*command.connecting, RINGING))
            leg = await self._ring(permitted, ended)
            if leg is not None:
                await self._connect(lines, permitted, command, leg, ended)
        except NoChannel:
            return events.Refused(request=command.request, code=LINES_BUSY)
        except DialFailed as failure:
            disposition = failure.disposition
        finally:
            charge = await _shielded(self._close(lines, permitted, leg, disposition))
            del self._ended[command.request]
        return events.Found(request=command.request, value=events.OutsideTalk(charge, disposition))

    async def _ring(self, permitted: Permitted, ended: asyncio.Event) -> Call | None:
        """Ring the far end; ``None`` when the caller has had enough before anybody answered."""
        dialling = asyncio.ensure_future(self._dialer.dial(permitted.order))
        gone = asyncio.ensure_future(ended.wait())
        try:
            await asyncio.wait((dialling, gone), return_when=asyncio.FIRST_COMPLETED)
            return await dialling if dialling.done() else None
        finally:
            await _cancelled(dialling, gone)

    async def _connect(
        self,
        lines: OutsideLines,
        permitted: Permitted,
        command: commands.CallOutside,
        leg: Call,
        ended: asyncio.Event,
    ) -> None:
        ours, began = self._call.facts.leg, self._clock.now()
        await lines.answered(permitted, leg=leg.facts.leg, at=began)
        self._record.event(ours, "BRIDGE_ENTER", {"with": leg.facts.leg, "slip": permitted.slip})
        try:
            with suppress(CallGone):
                self._call.stop_playing()
                await self._call.bridge(leg)
                self._legs[command.request] = leg
                await self._until_over(permitted, command.warning, leg, ended)
        finally:
            self._legs.pop(command.request, None)
            self._record.event(ours, "BRIDGE_EXIT", {"with": leg.facts.leg})

    async def _until_over(
        self, permitted: Permitted, warning: tuple[Spoken, ...], leg: Call, ended: asyncio.Event
    ) -> None:
        """Return when one of them has hung up, the caller ended it, or it has lasted as long as it may."""
        apart = asyncio.ensure_future(_until_apart(leg))
        enough = asyncio.ensure_future(ended.wait())
        limit = asyncio.ensure_future(self._limit(permitted, warning, leg))
        try:
            await asyncio.wait((apart, enough, limit), return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _cancelled(apart, enough, limit)

    async def _limit(self, permitted: Permitted, warning: tuple[Spoken, ...], leg: Call) -> None:
        if permitted.longest is None:
            await asyncio.Event().wait()
            return
        await self._clock.sleep(max(0.0, permitted.longest - permitted.warn))
        for hearer in (self._call, leg):
            if warning and not hearer.over:
                hearer.play(self._voice.sounds(warning))
        await self._clock.sleep(min(permitted.warn, permitted.longest))

    async def _close(
        self, lines: OutsideLines, permitted: Permitted, leg: Call | None, disposition: str
    ) -> OutsideCharge:
        if leg is not None and not leg.over:
            with suppress(CallGone):
                await leg.hangup()
        if not self._call.over:
            self._call.stop_playing()
        report = None if leg is None else leg.report()
        return await lines.charge(permitted, report, disposition=disposition)

    def _wish(self, number: str, booking: str) -> OutsideWish:
        facts = self._call.facts
        return OutsideWish(
            estate=self._estate,
            number=number,
            extension=facts.caller,
            account=facts.account,
            linkedid=facts.linkedid,
            booking=booking,
        )

    def _sound(self, items: tuple[Spoken, ...]) -> None:
        if not self._call.over:
            self._call.play(self._voice.sounds(items))


async def _until_apart(leg: Call) -> None:
    while True:
        try:
            event: CallEvent = await leg.next_event()
        except CallGone:
            return
        if isinstance(event, call_events.HungUp | call_events.BridgeEnded):
            return


async def _send(leg: Call, key: str) -> None:
    with suppress(CallGone):
        await leg.send_digits(key)


async def _cancelled(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _shielded(last: Coroutine[Any, Any, OutsideCharge]) -> OutsideCharge:
    """Finish the charge even if this task is being cancelled, then let the cancellation go on."""
    task = asyncio.ensure_future(last)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
