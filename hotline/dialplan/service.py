"""The register of outside calls: permits, rates, tells the cashier. Implements ``OutsideLines``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import OutsideRefused
from hotline.call.ports.legs import DialOrder, LegReport
from hotline.call.ports.outside import OutsideBooking, OutsideCharge, OutsideWish, Permitted
from hotline.db import outbox
from hotline.db.engine import Database
from hotline.dialplan import classes, repository, tariff
from hotline.dialplan.book import InService
from hotline.dialplan.bookings import Bookings
from hotline.dialplan.cases import rated
from hotline.dialplan.classes import Decision, Dialler, decide
from hotline.dialplan.house import Houses, Normalise, Telephone, Telephones
from hotline.dialplan.models import ApprovalRow, BookingState, OutsideCallRow, SlipState
from hotline.dialplan.plan import whole_number

PURPOSE = "outside"
"""Of the legs that go out."""
CHARGED = "outside.charged"
"""Event of a call that costs something: the slip goes to the cashier at once (DOMAIN section 6)."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a leg ended."""

    answered_at: datetime | None
    ended_at: datetime
    disposition: str
    lost: bool = False


class OutsideBook:
    """Judges, writes down, rates; refusals are :class:`~hotline.call.errors.OutsideRefused`."""

    def __init__(
        self,
        db: Database,
        plan: Callable[[], InService],
        *,
        houses: Houses,
        telephones: Telephones,
        normalise: Normalise,
        clock: Clock,
        has_carrier: bool = True,
    ) -> None:
        """``plan`` is what counts at the time of asking; ``has_carrier``: some account of ``hotline.yaml``
        carries the calls of trunks that name none."""
        self._db = db
        self.plan = plan
        self._houses = houses
        self._telephones = telephones
        self._normalise = normalise
        self._clock = clock
        self._has_carrier = has_carrier
        self.bookings = Bookings(plan, normalise=normalise)
        self._talking: set[str] = set()

    @property
    def talking(self) -> frozenset[str]:
        """Slips of calls this process has connected and not yet charged."""
        return frozenset(self._talking)

    # --- the port --------------------------------------------------------------------------------

    async def permit(self, wish: OutsideWish) -> Permitted:
        """See :class:`~hotline.call.ports.outside.OutsideLines`."""
        found, now = self.plan(), self._clock.now()
        return await self._db.write(lambda session: self.permit_in(session, wish, found, now))

    async def answered(self, permitted: Permitted, *, leg: str, at: datetime) -> None:
        """See :class:`~hotline.call.ports.outside.OutsideLines`."""
        self._talking.add(permitted.slip)
        await self._db.write(lambda session: _answered(session, permitted.slip, leg, at))

    async def charge(
        self, permitted: Permitted, report: LegReport | None, *, disposition: str = ""
    ) -> OutsideCharge:
        """See :class:`~hotline.call.ports.outside.OutsideLines`."""
        found, now = self.plan(), self._clock.now()
        ended = Ended(None, now, disposition or "CANCELLED")
        if report is not None:
            ended = Ended(report.answered_at, report.ended_at, report.disposition)
        self._talking.discard(permitted.slip)
        row = await self._db.write(lambda session: self.charge_in(session, permitted.slip, ended, found, now))
        return _told(row, permitted.tells_cost)

    async def book(self, wish: OutsideWish, *, language: str = "zh") -> OutsideBooking:
        """See :class:`~hotline.call.ports.outside.OutsideLines`."""
        found, now = self.plan(), self._clock.now()
        return await self._db.write(lambda session: self.book_in(session, wish, found, now, language))

    # --- inside a transaction --------------------------------------------------------------------

    def decide_in(
        self, session: Session, wish: OutsideWish, found: InService
    ) -> tuple[Dialler, Telephone | None, Decision]:
        """Return who dials, from which room's telephone, and what the plan says.

        A booking says itself who dials what. Raises :class:`OutsideRefused` for one that is not being placed,
        for calls that come in from elsewhere and for rooms there are not.
        """
        if wish.booking:
            booking = repository.lock_booking(session, wish.booking)
            if booking.state is not BookingState.CONNECTED or booking.slip:
                raise OutsideRefused(
                    f"Booking {booking.number} is not being placed.", code="outside-booking-over"
                )
            wish = replace(wish, number=booking.dialled, extension=booking.extension, operator="")
        dialler, telephone = self._who(session, wish, found)
        decision = decide(found.plan, dialler, wish.number, wish.estate)
        return dialler, telephone, classes.carried(decision, has_carrier=self._has_carrier)

    def permit_in(self, session: Session, wish: OutsideWish, found: InService, now: datetime) -> Permitted:
        """Judge and write down; raises :class:`OutsideRefused`."""
        counter = repository.lock_counter(session, "slips")
        dialler, telephone, decision = self.decide_in(session, wish, found)
        if decision.code:
            raise OutsideRefused(decision.sentence, code=decision.code)
        approved_by = dialler.operator if decision.self_approved else ""
        booking = repository.lock_booking(session, wish.booking) if wish.booking else None
        if booking is not None:
            approved_by = approved_by or booking.approved_by
        approval = None
        if decision.needs_approval and not approved_by:
            approval = self._approval(session, wish, dialler, decision, now)
            if approval is None:
                raise OutsideRefused(
                    f"{decision.category.value} calls of this telephone need an approval first: "
                    "`hotline outside approve`, or book the call.",
                    code=classes.APPROVAL,
                )
            approval.used += 1
            approved_by = approval.given_by
        self._need_line(session, decision, wish.booking)
        row = self._row(wish, dialler, telephone, decision, found, now)
        row.slip, row.approved_by = repository.next_number(counter), approved_by
        row.approval = None if approval is None else approval.id
        session.add(row)
        if booking is not None:
            booking.state, booking.slip = BookingState.CONNECTED, row.slip
        return _permitted(row, decision, wish)

    def charge_in(
        self, session: Session, slip: str, ended: Ended, found: InService, now: datetime
    ) -> OutsideCallRow:
        """Rate a call that is over, once; returns it as it stands."""
        row = repository.lock_call(session, slip)
        if row.state is not SlipState.OPEN:
            return row
        row.answered_at = ended.answered_at or row.answered_at
        row.ended_at, row.disposition, row.lost = ended.ended_at, ended.disposition, ended.lost
        if row.answered_at is None:
            row.state, row.seconds = SlipState.UNANSWERED, 0
        else:
            row.seconds = tariff.begun_seconds(row.answered_at, ended.ended_at)
            self.rate_in(session, row, found, now)
        self.bookings.over(session, row, now)
        if row.state is SlipState.UNANSWERED:
            _give_back(session, row)
        return row

    def rate_in(self, session: Session, row: OutsideCallRow, found: InService, now: datetime) -> None:
        """Price an answered call and tell the cashier; a call no tariff fits stays to be rated."""
        rule = next((rule for rule in found.plan.rules if rule.name == row.rule), None)
        row.currency = found.tariffs.currency
        if rule is not None and rule.free:
            row.state, row.cost_cents = SlipState.FREE, 0
            return
        chosen = found.tariffs.named(row.tariff) or found.tariffs.choose(row.category, row.rated_as)
        house = self._houses[row.estate]
        if chosen is None or row.answered_at is None:
            row.state = SlipState.UNRATED
        else:
            amount = tariff.cost(
                chosen, row.answered_at, row.seconds or 0, zone=house.zone, day_of=house.day_of,
                surcharge=found.tariffs.surcharges.get(row.service_class),
            )  # fmt: skip
            row.tariff, row.cost_cents, row.state = chosen.name, int(amount * 100), SlipState.CHARGED
        _tell_cashier(session, row, now)

    def book_in(
        self, session: Session, wish: OutsideWish, found: InService, now: datetime, language: str
    ) -> OutsideBooking:
        """Put a call on the waiting list; raises :class:`OutsideRefused`."""
        dialler, telephone, decision = self.decide_in(session, wish, found)
        if decision.code:
            raise OutsideRefused(decision.sentence, code=decision.code)
        given = decision.needs_approval and self._approval(session, wish, dialler, decision, now) is not None
        if given:
            decision = replace(decision, needs_approval=False)
        return self.bookings.book(session, wish, dialler, telephone, decision, now=now, language=language)

    # --- who, by which line, with whose leave ------------------------------------------------------

    def _who(self, session: Session, wish: OutsideWish, found: InService) -> tuple[Dialler, Telephone | None]:
        if wish.operator:
            telephone = None
            if wish.for_room.room:
                telephone = self._telephones.of_room(session, wish.estate, wish.for_room)
                if telephone is None:
                    raise OutsideRefused(
                        f'There is no room "{wish.for_room}" to bill.', code="outside-no-room"
                    )
            room = telephone.room if telephone is not None else wish.for_room
            return Dialler(operator=wish.operator, room=room), telephone
        number = self._normalise(wish.estate, wish.extension)
        came_by = wish.account or classes.DIRECT
        if not number or (not wish.booking and came_by not in found.plan.inside):
            raise OutsideRefused(
                "Calls that come in this way are not taken for the house's own telephones: see `inside` in "
                "dialplan.yaml.",
                code=classes.STRANGER,
            )
        telephone = self._telephones.calling(session, wish.estate, number)
        if telephone is None:
            return Dialler(extension=number), None
        return Dialler(extension=number, room=telephone.room, in_list=True), telephone

    def _approval(
        self, session: Session, wish: OutsideWish, dialler: Dialler, decision: Decision, now: datetime
    ) -> ApprovalRow | None:
        return repository.approval_for(
            session,
            wish.estate,
            extension=dialler.extension,
            place=dialler.room,
            category=decision.category,
            number=self._normalise(wish.estate, decision.keys),
            now=now,
        )

    def _need_line(self, session: Session, decision: Decision, booking: str) -> None:
        """Whoever dials now does not go before those who wait; help goes before everybody."""
        trunk = decision.trunk
        if trunk is None or trunk.lines is None or (decision.rule is not None and decision.rule.always):
            return
        taken = repository.lines_taken(session, trunk.name, but=booking)
        before = 0 if booking else len(repository.ready(session, trunk.name))
        if taken + before >= trunk.lines:
            raise OutsideRefused(
                f'All lines of "{trunk.name}" are taken: try later, or book the call.',
                code=classes.LINES_BUSY,
            )

    def _row(
        self,
        wish: OutsideWish,
        dialler: Dialler,
        telephone: Telephone | None,
        decision: Decision,
        found: InService,
        now: datetime,
    ) -> OutsideCallRow:
        chosen = rated(found.plan, found.tariffs, decision, wish.estate)
        return OutsideCallRow(
            estate=wish.estate,
            linkedid=wish.linkedid,
            leg="",
            extension=dialler.extension,
            building=dialler.room.building,
            unit=dialler.room.unit,
            room=dialler.room.room,
            stay=telephone.stay if telephone is not None else "",
            operator=dialler.operator,
            dialled=decision.keys if wish.booking else wish.number,
            sent=decision.sends,
            number=self._normalise(wish.estate, decision.keys),
            rated_as=whole_number(decision.keys, found.plan.own_area(wish.estate)),
            category=decision.category,
            rule=decision.rule.name if decision.rule is not None else "",
            service_class=decision.service_class.name,
            trunk=decision.trunk.name if decision.trunk is not None else "",
            booking=wish.booking,
            permitted_at=now,
            answered_at=None,
            ended_at=None,
            seconds=None,
            disposition="",
            lost=False,
            tariff=chosen.name if chosen is not None else "",
            cost_cents=None,
            currency=found.tariffs.currency,
            state=SlipState.OPEN,
            billed_at=None,
            billed_by="",
            billed_as="",
        )


def _permitted(row: OutsideCallRow, decision: Decision, wish: OutsideWish) -> Permitted:
    trunk, who = decision.trunk, decision.service_class
    if trunk is None:
        raise OutsideRefused("No trunk carries this call.", code=classes.NO_TRUNK)
    order = DialOrder(
        to=decision.sends,
        linkedid=wish.linkedid,
        purpose=PURPOSE,
        timeout=trunk.ring,
        caller_id=trunk.caller_id,
        caller_name=trunk.caller_name,
        account=trunk.account,
        estate=wish.estate,
    )
    return Permitted(
        slip=row.slip,
        order=order,
        category=decision.category,
        service_class=who.name,
        longest=decision.longest,
        warn=who.warn,
        tariff=row.tariff,
        tells_cost=who.tells_cost,
    )


def _answered(session: Session, slip: str, leg: str, at: datetime) -> None:
    row = repository.lock_call(session, slip)
    if row.state is SlipState.OPEN:
        row.leg, row.answered_at, row.ended_at = leg, at, at


def _give_back(session: Session, row: OutsideCallRow) -> None:
    """An approval is for a talk, not for a try."""
    if row.approval is not None:
        approval = session.get(ApprovalRow, row.approval, with_for_update=True)
        if approval is not None:
            approval.used -= 1


def _tell_cashier(session: Session, row: OutsideCallRow, now: datetime) -> None:
    detail = {
        "room": str(row.place),
        "operator": row.operator,
        "category": row.category.value,
        "seconds": str(row.seconds or 0),
        "cost": "" if row.cost is None else str(row.cost),
        "currency": row.currency,
        "tariff": row.tariff,
    }
    outbox.add(
        session, estate=row.estate, kind=CHARGED, subject=row.slip, at=now,
        detail={name: value for name, value in detail.items() if value},
    )  # fmt: skip


def _told(row: OutsideCallRow, tells_cost: bool) -> OutsideCharge:
    return OutsideCharge(
        slip=row.slip,
        answered=row.answered_at is not None,
        seconds=row.seconds or 0,
        cost=row.cost,
        currency=row.currency,
        tells_cost=tells_cost,
    )
