"""Requests about tickets that are there already: found, listed, worked on – and staff let in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hotline.call.clock import Clock
from hotline.call.ports import CaseDesk, StaffDesk, TicketSummary
from hotline.ivr import commands, events
from hotline.ivr.archive import Archive
from hotline.settings import Estate

NO_STAFF = "no-staff-desk"
"""Code of what is asked for where no staff is known (a call without the accounts slice)."""


class Casework:
    """Asks tickets and accounts for one call; whatever they raise is the session's to word."""

    def __init__(
        self, desk: CaseDesk, staff: StaffDesk | None, clock: Clock, estate: Estate, archive: Archive
    ) -> None:
        """``archive`` learns where the words of every ticket found are, before they are to be played."""
        self._desk = desk
        self._staff = staff
        self._clock = clock
        self._estate = estate
        self._archive = archive

    @property
    def performers(self) -> Mapping[type[commands.Request], Callable[[Any], Awaitable[events.Result]]]:
        """Which requests are performed here, and how."""
        return {
            commands.FindTicket: self._find,
            commands.FindDuplicate: self._duplicate,
            commands.ListCases: self._list,
            commands.CheckOwner: self._owner,
            commands.EnterStaff: self._enter,
            commands.Act: self._act,
            commands.AddTo: self._add,
        }

    async def _find(self, command: commands.FindTicket) -> events.Result:
        return await self._ticket(command, await self._desk.find(self._estate.id, command.number))

    async def _duplicate(self, command: commands.FindDuplicate) -> events.Result:
        found = await self._desk.duplicate(self._estate.id, command.place, command.kind)
        return await self._ticket(command, found)

    async def _list(self, command: commands.ListCases) -> events.Result:
        if command.caller:
            found = await self._desk.of_caller(self._estate.id, command.caller)
        else:
            found = await self._desk.cases(
                self._estate.id,
                topic=command.topic,
                assignee=command.assignee,
                open_only=command.open_only,
                limit=command.limit,
            )
        numbers = tuple(ticket.number for ticket in found[: command.limit])
        if not numbers:
            return events.Nothing(request=command.request)
        return events.Found(request=command.request, value=numbers)

    async def _owner(self, command: commands.CheckOwner) -> events.Result:
        if await self._desk.belongs_to(command.ticket, command.last_digits):
            return events.Found(request=command.request)
        return events.Nothing(request=command.request)

    async def _enter(self, command: commands.EnterStaff) -> events.Result:
        if self._staff is None:
            return events.Failed(request=command.request, code=NO_STAFF)
        member = await self._staff.enter(self._estate.id, command.number, command.pin)
        return events.Found(request=command.request, value=member)

    async def _act(self, command: commands.Act) -> events.Result:
        deed = command.deed
        if command.assignee:
            assignee = await self._name_of(command.assignee)
            if not assignee:
                return events.Nothing(request=command.request)
            deed = replace(deed, assignee=assignee)
        if command.days:
            deed = replace(deed, until=self._in_days(command.days, command.hour))
        return await self._ticket(command, await self._desk.act(command.number, deed))

    async def _add(self, command: commands.AddTo) -> events.Result:
        return await self._ticket(command, await self._desk.add_to(command.number, command.ticket))

    async def _ticket(self, command: commands.Request, ticket: TicketSummary | None) -> events.Result:
        if ticket is None:
            return events.Nothing(request=command.request)
        await self._archive.fetch((ticket.words,))
        return events.Found(request=command.request, value=ticket, who=await self._number_of(ticket.assignee))

    async def _name_of(self, number: str) -> str:
        member = None if self._staff is None else await self._staff.numbered(self._estate.id, number)
        return "" if member is None else member.name

    async def _number_of(self, name: str) -> str:
        """Names cannot be said, staff numbers can: “number twelve looks after it”."""
        if self._staff is None or not name:
            return ""
        member = await self._staff.named(self._estate.id, name)
        return "" if member is None else member.number

    def _in_days(self, days: int, hour: int) -> datetime:
        zone = ZoneInfo(self._estate.timezone)
        day = self._clock.now().astimezone(zone).date() + timedelta(days=days)
        return datetime.combine(day, time(hour), zone)
