"""Calls with staff on the list, an earlier ticket, and a log that remembers legs."""

from __future__ import annotations

from pathlib import Path

from ivr_kit import ZONE
from session_kit import Around

from hotline.call.ports import LegReport, NewTicket, Place, StaffMember, StaffRole, TicketKind
from hotline.call.virtual_time import VirtualClock
from hotline.ivr.rehearsal import RehearsalDesk, RehearsalLog
from hotline.ivr.rehearsal_desk import Employee, RehearsalStaff


def member(*roles: StaffRole) -> Employee:
    return Employee(StaffMember(number="12", name="张师傅", telephone="", roles=frozenset(roles)), "730914")


class Office(Around):
    """A call with staff, an earlier ticket, and a log that remembers legs."""

    def __init__(self, *roles: StaffRole, **parts: object) -> None:
        clock = VirtualClock()
        desk = RehearsalDesk(clock, ZONE)
        super().__init__(desk=desk, staff=RehearsalStaff(clock, [member(*roles)]), **parts)
        self.clock = clock
        self.log = LegLog()

    async def file_earlier(self, **facts: object) -> str:
        given = {"estate": "default", "kind": TicketKind.REPAIR, "place": Place("5", "1", "1204"), **facts}
        summary = await self.desk.open_ticket(NewTicket(**given))  # type: ignore[arg-type]
        self.desk.earlier, self.desk.filed = self.desk.filed, []
        return summary.number

    async def press(self, keys: str) -> None:
        for key in keys:
            self.call.far_presses(key)
            await self.clock.sleep(0.3)

    async def enter(self) -> None:
        await self.hear("main_menu")
        await self.press("7")
        await self.hear("staff_number")
        await self.press("12#730914#")


class LegLog(RehearsalLog):
    def __init__(self) -> None:
        super().__init__()
        self.recordings: dict[str, Path] = {}
        self.over: dict[str, tuple[str, float]] = {}

    async def recording(self, leg: str, path: Path) -> None:
        self.recordings[leg] = path

    async def closed(self, leg: str, report: LegReport, *, outcome: str, recorded_seconds: float) -> None:
        self.over[leg] = (outcome, recorded_seconds)
