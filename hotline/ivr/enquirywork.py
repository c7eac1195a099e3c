"""Enquiries and messages as one call uses them: the directory, the world clock, words left for somebody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from hotline.call import events as call_events
from hotline.call.audio import Tone, ToneName
from hotline.call.errors import CallGone, DialFailed
from hotline.call.ports import Call, DialOrder
from hotline.ivr import commands, events
from hotline.ivr.equipment import Equipment
from hotline.ivr.intake import NOT_OFFERED
from hotline.ivr.line import Line

RINGS_ON = 5.0
"""Seconds of ring-back more than somebody is rung: it never ends before."""


class Enquirywork:
    """Asks the directory and the messages for one call, and connects the caller with who is listed."""

    def __init__(
        self,
        call: Call,
        equipment: Equipment,
        *,
        line: Line,
    ) -> None:
        """Speak through the ``equipment`` of the call whose sound ``line`` makes."""
        self._call = call
        self._enquiries = equipment.enquiries
        self._messages = equipment.messages
        self._dialer = equipment.dialer
        self._line = line
        self._record = equipment.log
        self._clock = equipment.clock
        self._estate = equipment.estate.id

    @property
    def performers(self) -> Mapping[type[commands.Request], Callable[[Any], Awaitable[events.Result]]]:
        """Which requests are performed here, and how."""
        return {
            commands.ListEntries: self._entries,
            commands.AskEntry: self._entry,
            commands.AskTimeIn: self._time,
            commands.ConnectEntry: self._connect,
            commands.TakeMessage: self._take,
        }

    async def _entries(self, command: commands.ListEntries) -> events.Result:
        desk = self._enquiries
        if desk is None:
            return _not_offered(command)
        if command.what == "clock":
            found = events.Entries(desk.cities(command.language), desk.city_codes())
        else:
            found = events.Entries(desk.phrases(self._estate, command.language), desk.codes(self._estate))
        return events.Found(request=command.request, value=found)

    async def _entry(self, command: commands.AskEntry) -> events.Result:
        desk = self._enquiries
        found = None if desk is None else desk.listing(self._estate, command.entry, at=self._clock.now())
        if found is None:
            return events.Nothing(request=command.request)
        return events.Found(request=command.request, value=found)

    async def _time(self, command: commands.AskTimeIn) -> events.Result:
        desk = self._enquiries
        found = None if desk is None else desk.time_in(self._estate, command.city, at=self._clock.now())
        if found is None:
            return events.Nothing(request=command.request)
        return events.Found(request=command.request, value=found)

    async def _take(self, command: commands.TakeMessage) -> events.Result:
        if self._messages is None:
            return _not_offered(command)
        return events.Found(request=command.request, value=await self._messages.take(command.new))

    # --- connecting ------------------------------------------------------------------------------

    async def _connect(self, command: commands.ConnectEntry) -> events.Result:
        """Found once they have talked; nothing when nobody answered there."""
        desk = self._enquiries
        found = None if desk is None else desk.listing(self._estate, command.entry, at=self._clock.now())
        if found is None or not found.connect:
            return events.Nothing(request=command.request)
        self._line.lend()
        try:
            self._call.play([Tone(ToneName.RINGBACK, command.ring + RINGS_ON)])
            order = DialOrder(
                to=found.number, linkedid=self._call.facts.linkedid, purpose="enquiry", timeout=command.ring
            )
            try:
                leg = await self._dialer.dial(order)
            except DialFailed as failure:
                self._note("ENQUIRY", entry=found.id, result=failure.disposition.lower())
                return events.Nothing(request=command.request)
            await self._talk(leg, found.id)
        finally:
            self._line.take_back()
        return events.Found(request=command.request)

    async def _talk(self, leg: Call, entry: str) -> None:
        """Connect both until one of them has hung up."""
        self._note("BRIDGE_ENTER", **{"with": leg.facts.leg, "entry": entry})
        try:
            self._call.stop_playing()
            await self._call.bridge(leg)
            while not isinstance(await leg.next_event(), call_events.HungUp | call_events.BridgeEnded):
                pass
        except CallGone:
            return  # who listed is, or the caller, was gone first
        finally:
            self._call.stop_playing()
            self._note("BRIDGE_EXIT", **{"with": leg.facts.leg})
            if not leg.over:
                await leg.hangup()

    def _note(self, kind: str, **detail: str) -> None:
        self._record.event(self._call.facts.leg, kind, detail)


def _not_offered(command: commands.Request) -> events.Result:
    return events.Failed(request=command.request, code=NOT_OFFERED)
