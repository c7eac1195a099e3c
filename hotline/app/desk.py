"""Tickets, their time limits and who is on duty: what several processes open in the same way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.app.alarm_watch import RosterGap
from hotline.app.reach import Reach
from hotline.call.clock import Clock
from hotline.db.engine import Database
from hotline.duty.coverage import gaps_today
from hotline.duty.service import DutyBook
from hotline.home import Home
from hotline.language import numbers
from hotline.settings import Settings
from hotline.tickets.policy_file import PolicyFile
from hotline.tickets.service import Tickets
from hotline.tickets.watch import SlaWatch

ALL_DAY = timedelta(hours=23, minutes=59)


@dataclass(frozen=True, slots=True)
class TicketDeskParts:
    """The tickets' parts of one process."""

    settings: Settings
    tickets: Tickets
    duty: Mapping[str, DutyBook]
    watch: SlaWatch

    def gaps(self, at: datetime) -> Iterator[RosterGap]:
        """Find when nobody is on duty within a day, on rosters that must be covered."""
        for estate in self.settings.estates:
            zone = ZoneInfo(estate.timezone)
            found: dict[str, list[str]] = {}
            for roster, begin, end in gaps_today(self.duty[estate.id], at, also=(estate.emergency_roster,)):
                whole_day = end - begin >= ALL_DAY
                span = f"{begin.astimezone(zone):%H:%M}-{end.astimezone(zone):%H:%M}"
                span = "全天" if whole_day else span
                found.setdefault(roster, []).append(span)
            for roster, spans in found.items():
                yield RosterGap(estate.id, roster, ", ".join(spans))


def open_duty(home: Home, settings: Settings, *, last_good: Path | None = None) -> dict[str, DutyBook]:
    """Open each estate's book; raises :class:`~hotline.call.errors.InvalidInput`."""
    return {
        estate.id: DutyBook(home.config, ZoneInfo(estate.timezone), last_good=last_good, estate=estate.id)
        for estate in settings.estates
    }


def open_tickets(
    settings: Settings, db: Database, clock: Clock, duty: Mapping[str, DutyBook], policy: PolicyFile
) -> Tickets:
    """Open the tickets of all estates."""
    normalise = partial(numbers.normalise, country=settings.sip.country, area_code=settings.sip.area_code)
    zones = {estate.id: ZoneInfo(estate.timezone) for estate in settings.estates}
    return Tickets(
        db, clock=clock, zones=zones, normalise=normalise, policy=policy, working_time=duty,
        people_of=Reach(duty).names,
    )  # fmt: skip


def open_policy(home: Home, duty: Mapping[str, DutyBook], *, last_good: Path | None = None) -> PolicyFile:
    """Open ``sla.yaml``; windows are those of ``hours.yaml``."""
    first = next(iter(duty.values()))
    return PolicyFile(home.config, windows=lambda: first.known_windows, last_good=last_good)


def open_desk(home: Home, settings: Settings, db: Database, clock: Clock) -> TicketDeskParts:
    """Open everything; what was in service before counts while a file does not hold."""
    duty = open_duty(home, settings, last_good=home.in_service / "duty")
    policy = open_policy(home, duty, last_good=home.in_service / "sla")
    tickets = open_tickets(settings, db, clock, duty, policy)
    watch = SlaWatch(db, clock=clock, policy=policy, working_time=duty)
    return TicketDeskParts(settings, tickets, duty, watch)
