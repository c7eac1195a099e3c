"""A house with rooms 808 and 809 and one line, on a real database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hotline.call.events import HangupBy
from hotline.call.ports import LegReport, OutsideWish, Permitted, Place
from hotline.db.engine import Database
from hotline.dialplan.book import Around, InService, load
from hotline.dialplan.house import House, LegEnd, Telephone
from hotline.dialplan.models import OutsideBookingRow, OutsideCallRow
from hotline.dialplan.service import OutsideBook
from hotline.dialplan.tariff import DayIs
from hotline.dialplan.upkeep import Upkeep
from hotline.language import numbers

CONFIG = Path(__file__).parents[3] / "config"
AROUND = Around(accounts=("trunk",), outgoing="trunk", estates=("default",), area_code="0539")
LONG_DISTANCE, TOWN = "01061234567", "8123456"


class Rooms:
    """808 and 809 have telephones 8808 and 8809; 810 has none."""

    def __init__(self) -> None:
        self.stays = {"808": "7"}

    def calling(self, session: object, estate: str, number: str) -> Telephone | None:
        room = number.removeprefix("8")
        return self._telephone(room) if number in ("8808", "8809") else None

    def of_room(self, session: object, estate: str, room: Place) -> Telephone | None:
        if room.room == "810":
            return Telephone("", "", room)
        return self._telephone(room.room) if room.room in ("808", "809") else None

    def _telephone(self, room: str) -> Telephone:
        return Telephone(f"8{room}", f"sip:{room}@pbx", Place(room=room), self.stays.get(room, ""))


@dataclass
class Legs:
    """What the call records say of every leg that is asked for."""

    end: LegEnd | None = None

    def find(self, session: object, **which: Any) -> LegEnd | None:
        return self.end


@dataclass
class Hotel:
    """Everything of the slice, put together."""

    db: Database
    clock: Any
    legs: Legs = field(default_factory=Legs)
    rooms: Rooms = field(default_factory=Rooms)

    def __post_init__(self) -> None:
        shipped = load(CONFIG, AROUND)
        plan = replace(shipped.plan, inside=frozenset({"pbx"}))
        self.found: InService = replace(shipped, plan=plan)
        self.lines(1)
        self.book = self.opened()
        self.upkeep = Upkeep(self.db, self.book, self.legs, self.clock)

    def opened(self, *, has_carrier: bool = True) -> OutsideBook:
        zone = ZoneInfo("Asia/Shanghai")
        return OutsideBook(
            self.db,
            lambda: self.found,
            houses={"default": House(zone, workdays_only)},
            telephones=self.rooms,
            normalise=lambda estate, number: numbers.normalise(number, area_code="0539"),
            clock=self.clock,
            has_carrier=has_carrier,
        )

    def lines(self, lines: int | None) -> None:
        (trunk,) = self.found.plan.trunks
        self.found = replace(self.found, plan=replace(self.found.plan, trunks=(replace(trunk, lines=lines),)))

    async def permit(self, number: str, extension: str = "8808", **more: Any) -> Permitted:
        return await self.book.permit(wish(number, extension, **more))

    async def talked(self, permitted: Permitted, seconds: float) -> Any:
        begin = self.clock.now()
        await self.book.answered(permitted, leg="f" * 32, at=begin)
        self.clock.pass_time(seconds=seconds)
        return await self.book.charge(permitted, report(begin, self.clock.now()))

    async def call(self, slip: str) -> OutsideCallRow:
        return await self.db.read(lambda session: session.get_one(OutsideCallRow, slip))

    async def booking(self, number: str) -> OutsideBookingRow:
        return await self.db.read(lambda session: session.get_one(OutsideBookingRow, number))


def wish(number: str, extension: str = "8808", **more: Any) -> OutsideWish:
    who = {} if "operator" in more else {"extension": extension, "account": "pbx"}
    return OutsideWish(estate="default", number=number, linkedid="c" * 32, **{**who, **more})


def report(answered: datetime | None, ended: datetime) -> LegReport:
    return LegReport(
        answered_at=answered,
        ended_at=ended,
        ring_seconds=3.0,
        rings=1,
        disposition="ANSWERED" if answered else "NO ANSWER",
        hangup_by=HangupBy.FAR,
        hangup_cause="normal",
    )


def workdays_only(day: date) -> DayIs:
    return DayIs.WORKDAY


MINUTE = timedelta(minutes=1)
