"""Requests of the interpreter that the slices answer: tickets, rooms, hours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from hotline.call.clock import Clock
from hotline.call.ports import Directory, Duty, Span, TicketDesk
from hotline.ivr import commands, events
from hotline.ivr.casework import Casework
from hotline.ivr.deskwork import Deskwork
from hotline.ivr.enquirywork import Enquirywork
from hotline.ivr.roomwork import Roomwork
from hotline.settings import Estate

TellOutcome = Callable[[str, Mapping[str, str | Span]], Awaitable[None]]
"""Takes an outcome and what goes with it (``words``, ``value``); returns once it is committed."""


class Requests:
    """Asks the slices and words their answers as results."""

    def __init__(
        self,
        desk: TicketDesk,
        directory: Directory,
        duty: Duty,
        clock: Clock,
        estate: Estate,
        *,
        casework: Casework,
        roomwork: Roomwork,
        deskwork: Deskwork,
        enquirywork: Enquirywork,
        report: TellOutcome | None = None,
    ) -> None:
        """Take the ports of one estate. ``report``: whom to tell what came of this call."""
        self._report = report
        self._performers: dict[type[commands.Request], Callable[[Any], Awaitable[events.Result]]] = {
            commands.CheckRoom: self._room,
            commands.AskHours: self._hours,
            commands.OpenTicket: self._open,
            commands.Report: self._tell,
            **casework.performers,
            **roomwork.performers,
            **deskwork.performers,
            **enquirywork.performers,
        }
        self._desk = desk
        self._directory = directory
        self._duty = duty
        self._clock = clock
        self._estate = estate

    async def perform(self, command: commands.Request) -> events.Result:
        """Perform ``command``; whatever the slices raise is the caller's to judge."""
        return await self._performers[type(command)](command)

    @property
    def kinds(self) -> frozenset[type[commands.Request]]:
        """What is performed here."""
        return frozenset(self._performers)

    async def _room(self, command: commands.CheckRoom) -> events.Result:
        exists = await self._directory.room_exists(self._estate.id, command.place)
        # None: this estate has no list, so any room may exist
        return (
            events.Nothing(request=command.request)
            if exists is False
            else events.Found(request=command.request)
        )

    async def _hours(self, command: commands.AskHours) -> events.Result:
        now = self._clock.now()
        hours = events.Hours(
            self._duty.is_open(command.window, now), self._duty.next_opening(command.window, now)
        )
        return events.Found(request=command.request, value=hours)

    async def _tell(self, command: commands.Report) -> events.Result:
        if self._report is None:
            return events.Failed(request=command.request, code="nobody-to-report-to")
        await self._report(command.outcome, dict(command.values))
        return events.Found(request=command.request)

    async def _open(self, command: commands.OpenTicket) -> events.Result:
        ticket = command.ticket
        if command.due_window:
            due = self._duty.next_opening(command.due_window, self._clock.now())
            ticket = replace(ticket, due_at=due)
        return events.Found(request=command.request, value=await self._desk.open_ticket(ticket))
