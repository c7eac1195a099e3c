"""Where wake-ups meet rooms, guests and the calendar: the slices do not know each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.ports import Place
from hotline.db.engine import Database
from hotline.duty.service import DutyBook
from hotline.home import Home
from hotline.ivr.loader import FLOWS, flow_files
from hotline.language import numbers
from hotline.outbound.kinds import Kind
from hotline.outbound.policy import Policy
from hotline.residents import repository, rooms, stays
from hotline.settings import Settings
from hotline.wakeup.book import WakeupBook
from hotline.wakeup.calls import KnockCalls, WakeupCalls
from hotline.wakeup.config import RuleBook
from hotline.wakeup.house import House, Room
from hotline.wakeup.planner import WakeupPlanner
from hotline.wakeup.repository import KNOCK, WAKEUP
from hotline.wakeup.schedule import Schedule

Policies = Callable[[], Mapping[str, Policy]]


class DirectoryRooms:
    """The directory's rooms as wake-ups ask for them. See :class:`hotline.wakeup.house.Rooms`."""

    def room(self, session: Session, estate: str, place: Place) -> Room | None:
        """Return the room, its telephone and whose stay it is; ``None`` for none the list has."""
        if not repository.has_rooms(session, estate):
            return Room(place)
        row = rooms.find(session, estate, place)
        if row is None:
            return None
        stay = stays.current(session, row.id)
        if stay is None:
            return Room(row.place, row.address)
        return Room(row.place, row.address, str(stay.id), stay.language)


@dataclass(frozen=True, slots=True)
class Wakeups:
    """The wake-ups' parts of one process."""

    book: WakeupBook
    rules: RuleBook
    schedule: Schedule
    planner: WakeupPlanner
    kinds: Mapping[str, Kind]


def open_wakeups(
    home: Home,
    settings: Settings,
    db: Database,
    clock: Clock,
    duty: Mapping[str, DutyBook],
    *,
    policies: Policies | None = None,
    last_good: Path | None = None,
) -> Wakeups:
    """Open the wake-ups of all estates; ``policies``: those of ``outbound.yaml`` in service.

    Raises :class:`~hotline.call.errors.InvalidInput` when ``wakeup.yaml`` does not hold.
    """
    normalise = partial(numbers.normalise, country=settings.sip.country, area_code=settings.sip.area_code)
    menus = home.config / "menus"
    rules = RuleBook(
        home.config, last_good=last_good, flows=partial(flow_files, menus), flows_in=menus / FLOWS
    )
    houses = {
        estate.id: House(ZoneInfo(estate.timezone), duty[estate.id], estate.language)
        for estate in settings.estates
    }
    schedule = Schedule(rules.in_service, houses, policies)
    directory = DirectoryRooms()
    return Wakeups(
        book=WakeupBook(db, schedule, rooms=directory, clock=clock, normalise=normalise),
        rules=rules,
        schedule=schedule,
        planner=WakeupPlanner(db, schedule, clock),
        kinds={
            WAKEUP: WakeupCalls(schedule, directory, clock),
            KNOCK: KnockCalls(schedule, clock),
        },
    )
