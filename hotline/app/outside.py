"""Where outside lines meet rooms, call records and the calendar: the slices do not know each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.ports import Direction, Place
from hotline.callrecords.models import LegRow
from hotline.db.engine import Database
from hotline.dialplan.book import Around, PlanBook
from hotline.dialplan.bookings import KIND
from hotline.dialplan.calls import BookingCalls
from hotline.dialplan.house import House, LegEnd, Normalise, Telephone
from hotline.dialplan.service import PURPOSE, OutsideBook
from hotline.dialplan.tariff import DayIs
from hotline.dialplan.upkeep import Upkeep
from hotline.duty.service import DutyBook
from hotline.home import Home
from hotline.language import numbers
from hotline.outbound.kinds import Kind
from hotline.outbound.policy import Policy
from hotline.residents import rooms, stays
from hotline.residents.models import RoomRow
from hotline.settings import Settings


class RoomTelephones:
    """The room list as outside lines ask it. See :class:`hotline.dialplan.house.Telephones`."""

    def calling(self, session: Session, estate: str, number: str) -> Telephone | None:
        """Return the room's telephone with this number."""
        row = rooms.called_from(session, estate, number)
        return None if row is None else _telephone(session, row)

    def of_room(self, session: Session, estate: str, room: Place) -> Telephone | None:
        """Return the telephone of a room."""
        row = rooms.find(session, estate, room)
        return None if row is None else _telephone(session, row)


class RecordedLegs:
    """The call records as outside lines ask them. See :class:`hotline.dialplan.house.Legs`."""

    def find(self, session: Session, *, leg: str, linkedid: str, sent: str, since: datetime) -> LegEnd | None:
        """Return the outgoing leg; one that was lost lived as long as its call is known to have lived."""
        row = session.get(LegRow, leg) if leg else self._dialled(session, linkedid, sent, since)
        if row is None:
            return None
        lost = row.disposition == "LOST"
        return LegEnd(row.answer, self._last_sign(session, row) if lost else row.end, lost)

    def _dialled(self, session: Session, linkedid: str, sent: str, since: datetime) -> LegRow | None:
        query = select(LegRow).where(
            LegRow.direction == Direction.OUTBOUND,
            LegRow.purpose == PURPOSE,
            LegRow.dst_raw == sent,
            LegRow.start >= since,
        )
        if linkedid:
            query = query.where(LegRow.linkedid == linkedid)
        return session.scalars(query.order_by(LegRow.start).limit(1)).first()

    def _last_sign(self, session: Session, row: LegRow) -> datetime | None:
        """The recording of the caller's leg knows best how long the two were connected."""
        query = select(LegRow.end).where(LegRow.linkedid == row.linkedid, LegRow.disposition == "LOST")
        ends = [end for end in session.scalars(query) if end is not None]
        return max(ends, default=row.end)


@dataclass(frozen=True, slots=True)
class Outside:
    """The parts of outside lines in one process."""

    plan: PlanBook
    book: OutsideBook
    """Implements :class:`~hotline.call.ports.OutsideLines`."""
    upkeep: Upkeep
    kinds: Mapping[str, Kind]

    def policies(self) -> Mapping[str, Policy]:
        """Return how booked calls are placed, by name of the policy."""
        policy = self.book.bookings.policy()
        return {policy.name: policy}


def open_outside(
    home: Home,
    settings: Settings,
    db: Database,
    clock: Clock,
    duty: Mapping[str, DutyBook],
    *,
    last_good: Path | None = None,
) -> Outside:
    """Open the outside lines of all estates.

    Raises :class:`~hotline.call.errors.InvalidInput` when the plan or the tariffs do not hold.
    """
    plan = PlanBook(home.config, around(settings), last_good=last_good)
    book = OutsideBook(
        db,
        plan.in_service,
        houses={
            estate.id: House(ZoneInfo(estate.timezone), partial(day_of, duty[estate.id]))
            for estate in settings.estates
        },
        telephones=RoomTelephones(),
        normalise=normaliser(settings, lambda estate: plan.last.plan.own_area(estate)),
        clock=clock,
        has_carrier=bool(plan.around.outgoing),
    )
    upkeep = Upkeep(db, book, RecordedLegs(), clock)
    return Outside(plan, book, upkeep, {KIND: BookingCalls()})


def around(settings: Settings) -> Around:
    """Return what a dial plan refers to in ``hotline.yaml``."""
    sip = settings.sip
    return Around(
        accounts=tuple(account.name for account in sip.accounts),
        outgoing=next((account.name for account in sip.accounts if account.outgoing), ""),
        estates=tuple(estate.id for estate in settings.estates),
        area_code=sip.area_code,
        open_door=any(ip_network(network).prefixlen == 0 for network in sip.admission.allow)
        and not sip.listen.startswith(("127.", "[::1]")),
    )


def normaliser(settings: Settings, area_of: Callable[[str], str]) -> Normalise:
    """Return number normalisation by the area code of each estate."""

    def normalise(estate: str, number: str) -> str:
        return numbers.normalise(number, country=settings.sip.country, area_code=area_of(estate))

    return normalise


def day_of(duty: DutyBook, day: date) -> DayIs:
    """Say what a day is by the calendar of an estate."""
    if duty.is_public_holiday(day):
        return DayIs.HOLIDAY
    return DayIs.WORKDAY if duty.is_workday(day) else DayIs.WEEKEND


def _telephone(session: Session, row: RoomRow) -> Telephone:
    stay = stays.current(session, row.id)
    return Telephone(row.address_number, row.address, row.place, "" if stay is None else str(stay.id))
