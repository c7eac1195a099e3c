"""The people a call is connected with: rung, briefed, bridged, dismissed. One a session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import structlog

from hotline.call import events as call_events
from hotline.call.clock import Clock
from hotline.call.errors import CallGone, HotlineError
from hotline.call.ports import Call, CallLog, Dialer, Duty
from hotline.ivr import commands, events
from hotline.ivr.items import Spoken
from hotline.ivr.paperwork import Paperwork
from hotline.ivr.people import People, Somebody, say_and_hang_up
from hotline.ivr.voice import Voice

log = structlog.get_logger(__name__)

EMERGENCY = "emergency"
"""Roster name in menus that stands for the estate's own emergency roster."""
KEY_COUNTS_AFTER = 2.0
"""Seconds connected before the key takes people apart: who accepts with “1#” from habit means no end."""
Start = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class Company:
    """Rings people for one call and keeps the legs of those who accepted until they are connected."""

    def __init__(
        self,
        call: Call,
        *,
        dialer: Dialer,
        duty: Duty,
        clock: Clock,
        voice: Voice,
        record: CallLog,
        paperwork: Paperwork,
        emergency_roster: str,
        feed: Callable[[events.Event], None],
        passing: Start,
        lasting: Start,
        afterwards: Callable[[Call, commands.Afterwards], object],
    ) -> None:
        """``passing`` starts tasks that end with the conversation, ``lasting`` those that are finished.

        ``afterwards`` takes over the leg of somebody who is to be asked something.
        """
        self._afterwards = afterwards
        self._call = call
        self._dialer = dialer
        self._duty = duty
        self._clock = clock
        self._voice = voice
        self._record = record
        self._paperwork = paperwork
        self._emergency_roster = emergency_roster
        self._feed = feed
        self._passing = passing
        self._lasting = lasting
        self._rung: dict[int, tuple[People, asyncio.Task[None]]] = {}
        self._accepted: dict[int, Somebody] = {}

    def ring(self, order: commands.RingPeople) -> None:
        """Ring until somebody accepts; the result is fed."""
        if order.roster == EMERGENCY:
            order = replace(order, roster=self._emergency_roster)
        people = People(
            order,
            call=self._call,
            dialer=self._dialer,
            duty=self._duty,
            clock=self._clock,
            voice=self._voice,
            record=self._record,
        )
        self._rung[order.request] = (people, self._passing(self._until_accepted(order, people)))

    def brief(self, command: commands.Brief) -> None:
        """Tell people something else from now on."""
        if command.request in self._rung:
            self._rung[command.request][0].brief(command.whisper)

    def stop_ringing(self, command: commands.StopRinging) -> None:
        """Ring nobody any more; who accepted in this very moment is let go."""
        if command.request in self._rung:
            self._rung.pop(command.request)[1].cancel()
        self._let_go(command.request, ())

    def dismiss(self, command: commands.Dismiss) -> None:
        """Tell who accepted that the caller is gone."""
        self._let_go(command.ringing, command.items)

    def dismiss_all(self) -> None:
        """The session ends: nobody stays on a dead line."""
        for ringing in tuple(self._accepted):
            self._let_go(ringing, ())

    async def bridge(self, command: commands.Bridge) -> events.Result:
        """Connect the caller with who accepted; found when they are apart again.

        Failed with the code of :class:`CallGone` when the caller was gone first: who accepted is
        still there, to be dismissed.
        """
        if self._call.over:
            return events.Failed(request=command.request, code=CallGone.code)
        somebody = self._accepted.pop(command.ringing, None)
        if somebody is None or somebody.leg.over:
            return events.Nothing(request=command.request)
        leg: Call | None = somebody.leg
        then = command.afterwards
        try:
            self._call.stop_playing()
            await self._call.bridge(somebody.leg)
            await self._while_connected(somebody, then.key if then is not None else "")
            if then is not None and not somebody.leg.over:
                await somebody.leg.unbridge()
                self._afterwards(somebody.leg, then)
                leg = None
        except CallGone:
            return events.Nothing(request=command.request)
        finally:
            if leg is not None and not leg.over:
                await leg.hangup()
        return events.Found(request=command.request)

    async def _while_connected(self, somebody: Somebody, key: str) -> None:
        """Wait until one of them has hung up, or the other person pressed ``key``."""
        leg, ours = somebody.leg, self._call.facts.leg
        self._record.event(ours, "BRIDGE_ENTER", {"with": leg.facts.leg, "name": somebody.contact.name})
        began = self._clock.monotonic()
        try:
            while True:
                event = await leg.next_event()
                early = self._clock.monotonic() - began < KEY_COUNTS_AFTER
                if _apart(event, "" if early else key):
                    return
        except CallGone:
            return
        finally:
            self._record.event(ours, "BRIDGE_EXIT", {"with": leg.facts.leg})

    async def _until_accepted(self, order: commands.RingPeople, people: People) -> None:
        try:
            somebody = await people.ring()
        except Exception as error:
            log.exception("ringing people failed", roster=order.roster, leg=self._call.facts.leg)
            code = error.code if isinstance(error, HotlineError) else type(error).__name__
            self._feed(events.Failed(request=order.request, code=code))
            return
        at = self._call.recorded_seconds
        if somebody is None:
            self._feed(events.Nothing(request=order.request, at=at))
            return
        self._accepted[order.request] = somebody
        value = events.Acceptance(somebody.contact.name)
        self._feed(events.Found(request=order.request, at=at, value=value))
        await self._thank(order, somebody)

    async def _thank(self, order: commands.RingPeople, somebody: Somebody) -> None:
        """Thank once the acceptance is written down (DESIGN section 6)."""
        await asyncio.sleep(0)
        await self._paperwork.done()
        if order.request in self._accepted and not somebody.leg.over:
            somebody.leg.stop_playing()
            somebody.leg.play(self._voice.sounds(order.accepted))

    def _let_go(self, ringing: int, items: tuple[Spoken, ...]) -> None:
        somebody = self._accepted.pop(ringing, None)
        if somebody is not None:
            self._lasting(say_and_hang_up(somebody.leg, self._voice, items, self._clock))


def _apart(event: call_events.CallEvent, key: str) -> bool:
    match event:
        case call_events.HungUp() | call_events.BridgeEnded():
            return True
        case call_events.Digit(key=pressed):
            return pressed == key
        case _:
            return False
