"""Requests about rooms: their wake-ups, their bills, and the PIN that opens them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from hotline.call.clock import Clock
from hotline.call.ports import FeeDesk, RoomDoor, WakeupDesk, WakeupSummary
from hotline.ivr import commands, events
from hotline.ivr.intake import GUEST, NOT_OFFERED
from hotline.settings import Estate


class Roomwork:
    """Asks wake-ups, fees and rooms for one call; whatever they raise is the session's to word."""

    def __init__(
        self,
        wakeups: WakeupDesk | None,
        fees: FeeDesk | None,
        door: RoomDoor | None,
        clock: Clock,
        estate: Estate,
    ) -> None:
        """``None``: the hotline does not offer it."""
        self._wakeups = wakeups
        self._fees = fees
        self._door = door
        self._clock = clock
        self._estate = estate

    @property
    def performers(self) -> Mapping[type[commands.Request], Callable[[Any], Awaitable[events.Result]]]:
        """Which requests are performed here, and how."""
        return {
            commands.AskTime: self._time,
            commands.OpenRoom: self._open,
            commands.ListBills: self._bills,
            commands.ListWakeups: self._list,
            commands.BookWakeup: self._book,
            commands.ChangeWakeup: self._change,
            commands.CancelWakeup: self._cancel,
            commands.SkipWakeup: self._skip,
        }

    async def _time(self, command: commands.AskTime) -> events.Result:
        now = self._clock.now().astimezone(ZoneInfo(self._estate.timezone))
        return events.Found(request=command.request, value=events.LocalTime(now))

    async def _open(self, command: commands.OpenRoom) -> events.Result:
        door = self._door
        if door is None:
            return _not_offered(command)
        if command.place is not None:
            await door.open(self._estate.id, command.place, command.pin)
        return events.Found(request=command.request)

    async def _bills(self, command: commands.ListBills) -> events.Result:
        fees = self._fees
        if fees is None:
            return _not_offered(command)
        if command.place is None:
            return events.Found(request=command.request, value=events.Bills((), known=False))
        unpaid = tuple(await fees.unpaid(self._estate.id, command.place))
        known = bool(unpaid) or await fees.has_bills(self._estate.id, command.place)
        return events.Found(request=command.request, value=events.Bills(unpaid, known))

    async def _list(self, command: commands.ListWakeups) -> events.Result:
        desk = self._wakeups
        if desk is None:
            return _not_offered(command)
        bookings = tuple(await desk.of_room(self._estate.id, command.place))
        return events.Found(request=command.request, value=events.Wakeups(bookings))

    async def _book(self, command: commands.BookWakeup) -> events.Result:
        desk = self._wakeups
        return _not_offered(command) if desk is None else _one(command, await desk.book(command.new))

    async def _change(self, command: commands.ChangeWakeup) -> events.Result:
        desk = self._wakeups
        if desk is None:
            return _not_offered(command)
        changed = await desk.change(self._estate.id, command.number, command.when, who=GUEST)
        return _one(command, changed)

    async def _cancel(self, command: commands.CancelWakeup) -> events.Result:
        desk = self._wakeups
        if desk is None:
            return _not_offered(command)
        cancelled = await desk.cancel(self._estate.id, command.number, who=GUEST, why="by telephone")
        return _one(command, cancelled)

    async def _skip(self, command: commands.SkipWakeup) -> events.Result:
        desk = self._wakeups
        if desk is None:
            return _not_offered(command)
        return _one(command, await desk.skip(self._estate.id, command.number, who=GUEST))


def _one(command: commands.Request, booking: WakeupSummary) -> events.Result:
    return events.Found(request=command.request, value=events.Wakeups((booking,)))


def _not_offered(command: commands.Request) -> events.Result:
    return events.Failed(request=command.request, code=NOT_OFFERED)
