"""Booked calls: who waits, who is next, and how it ended. Works inside somebody's transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.errors import OutsideRefused
from hotline.call.ports.outside import OutsideBooking, OutsideWish
from hotline.db import outbox
from hotline.dialplan import classes, repository
from hotline.dialplan.book import InService
from hotline.dialplan.classes import Decision, Dialler
from hotline.dialplan.house import Normalise, Telephone
from hotline.dialplan.models import BookingState, OutsideBookingRow, OutsideCallRow, SlipState
from hotline.outbound import repository as calls
from hotline.outbound.models import OPEN_STATES, CallState, OutboundCallRow
from hotline.outbound.policy import Policy

KIND = "outside_booking"
"""Of the calls that ring guests; their subject is the booking's number."""
POLICY = "outside_booking"
PRIORITY = 30
TAKEN, REFUSED = "taken", "refused"
"""What the guest's keys report."""
LEFT_ALONE = timedelta(seconds=60)
"""So long after the guest said yes the number must be on the register; else the process died in between."""
_OPEN = (BookingState.WAITING, BookingState.RINGING, BookingState.CONNECTED)


class Bookings:
    """Keeps the waiting list."""

    def __init__(self, plan: Callable[[], InService], *, normalise: Normalise) -> None:
        """``plan`` is what counts at the time of asking."""
        self._plan = plan
        self._normalise = normalise

    def policy(self) -> Policy:
        """Return how guests are rung."""
        rules = self._plan().plan.waiting
        return Policy(
            name=POLICY, ring=rules.ring, pause=rules.pause, attempts=rules.attempts, priority=PRIORITY
        )

    def book(
        self,
        session: Session,
        wish: OutsideWish,
        dialler: Dialler,
        telephone: Telephone | None,
        decision: Decision,
        *,
        now: datetime,
        language: str,
    ) -> OutsideBooking:
        """Let a permitted wish wait for its turn; raises :class:`OutsideRefused`."""
        if telephone is None or not telephone.address:
            raise OutsideRefused(
                "Nobody could be rung when the turn comes: only rooms with a telephone in the list can book.",
                code="outside-no-room",
            )
        counter = repository.lock_counter(session, "bookings")
        wanted = self._normalise(wish.estate, decision.keys)
        self._refuse_twice(session, wish.estate, telephone.number, wanted)
        trunk = decision.trunk.name if decision.trunk is not None else ""
        ahead = len(repository.waiting(session, trunk=trunk))
        approved_by = dialler.operator if decision.self_approved else ""
        row = OutsideBookingRow(
            number=repository.next_number(counter), estate=wish.estate, extension=telephone.number,
            rings=telephone.address, building=telephone.room.building, unit=telephone.room.unit,
            room=telephone.room.room, operator=dialler.operator, dialled=wish.number, wanted=wanted,
            category=decision.category, trunk=trunk, language=language, arrived_at=now,
            expires_at=now + timedelta(hours=self._plan().plan.waiting.hours),
            needs_approval=decision.needs_approval or decision.self_approved, approved_by=approved_by,
            approved_at=now if approved_by else None, state=BookingState.WAITING, slip="", ended_at=None,
            result="",
        )  # fmt: skip
        session.add(row)
        _tell(session, row, "outside.booked", now)
        return OutsideBooking(number=row.number, ahead=ahead, approved=row.approved)

    def approve(self, session: Session, number: str, *, who: str, now: datetime) -> OutsideBookingRow:
        """Let a booking be placed; raises :class:`OutsideRefused` when it waits no more."""
        row = self._waiting(session, number)
        if row.approved_at is None:
            row.approved_by, row.approved_at = who, now
        return row

    def cancel(self, session: Session, number: str, *, who: str, now: datetime) -> OutsideBookingRow:
        """Take a booking off; raises :class:`OutsideRefused` when the guest talks already, or it is over."""
        row = repository.lock_booking(session, number)
        if row.state not in (BookingState.WAITING, BookingState.RINGING):
            raise OutsideRefused(f"Booking {number} is {row.state.value}.", code="outside-booking-over")
        _end(row, BookingState.CANCELLED, f"by {who}", now)
        call = _last_call(session, number)
        if call is not None and call.state in OPEN_STATES:
            calls.end(call, CallState.CANCELLED, now=now, result="booking cancelled")
        return row

    def over(self, session: Session, call: OutsideCallRow, now: datetime) -> None:
        """A booked call is rated: the booking is done, or nobody answered there."""
        if not call.booking:
            return
        row = repository.lock_booking(session, call.booking)
        if row.state is BookingState.CONNECTED and row.slip == call.slip:
            talked = call.state is not SlipState.UNANSWERED
            _end(row, BookingState.DONE if talked else BookingState.FAILED, call.disposition.lower(), now)

    # --- turns -----------------------------------------------------------------------------------

    def tick(self, session: Session, now: datetime) -> int:
        """Ring those whose turn it is; returns how many."""
        repository.lock_counter(session, "slips")
        self._reconcile(session, now)
        begun = 0
        plan = self._plan().plan
        for trunk in plan.trunks:
            free = None if trunk.lines is None else trunk.lines - repository.lines_taken(session, trunk.name)
            busy = {row.extension for row in repository.under_way(session)}
            for row in repository.ready(session, trunk.name):
                if free is not None and free <= 0:
                    break
                if row.extension in busy:
                    continue  # one guest, one call; the line goes to the next
                busy.add(row.extension)
                self._ring(session, row, plan.waiting.flow, now)
                begun += 1
                free = None if free is None else free - 1
            session.flush()
        return begun

    def anything(self, session: Session) -> bool:
        """True when :meth:`tick` may have something to do."""
        states = select(OutsideBookingRow.number).where(OutsideBookingRow.state.in_(_OPEN)).limit(1)
        return session.scalar(states) is not None

    def _ring(self, session: Session, row: OutsideBookingRow, flow: str, now: datetime) -> None:
        query = select(OutboundCallRow.id).where(
            OutboundCallRow.kind == KIND, OutboundCallRow.subject == row.number
        )
        turn = len(session.scalars(query).all()) + 1
        new = calls.NewCall(
            estate=row.estate, kind=KIND, subject=row.number, occurrence=str(turn), policy=POLICY, flow=flow,
            language=row.language, to=row.rings, priority=PRIORITY, due_at=now, expires_at=row.expires_at,
        )  # fmt: skip
        calls.schedule(session, new, now=now)
        row.state = BookingState.RINGING

    def _reconcile(self, session: Session, now: datetime) -> None:
        for row in repository.waiting(session):
            if row.expires_at <= now:
                _end(row, BookingState.FAILED, "not placed in time", now)
                _tell(session, row, "outside.not_placed", now)
        for row in repository.under_way(session):
            call = _last_call(session, row.number)
            if call is None or call.state in OPEN_STATES or row.slip:
                continue
            if row.state is BookingState.CONNECTED and call.ended_at and now - call.ended_at > LEFT_ALONE:
                row.state = BookingState.WAITING  # the guest said yes and the process died: rung again
            elif row.state is BookingState.RINGING:
                _end(row, BookingState.FAILED, call.result or "not reached", now)
                _tell(session, row, "outside.not_placed", now)

    def _waiting(self, session: Session, number: str) -> OutsideBookingRow:
        row = repository.lock_booking(session, number)
        if row.state is not BookingState.WAITING:
            raise OutsideRefused(f"Booking {number} is {row.state.value}.", code="outside-booking-over")
        return row

    def _refuse_twice(self, session: Session, estate: str, extension: str, wanted: str) -> None:
        query = select(OutsideBookingRow.number).where(
            OutsideBookingRow.estate == estate,
            OutsideBookingRow.extension == extension,
            OutsideBookingRow.wanted == wanted,
            OutsideBookingRow.state.in_(_OPEN),
        )
        there = session.scalars(query.limit(1)).first()
        if there is not None:
            raise OutsideRefused(f"This call waits already: booking {there}.", code=classes.BOOKED)


def _last_call(session: Session, number: str) -> OutboundCallRow | None:
    query = (
        select(OutboundCallRow)
        .where(OutboundCallRow.kind == KIND, OutboundCallRow.subject == number)
        .order_by(OutboundCallRow.created_at.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def _end(row: OutsideBookingRow, state: BookingState, result: str, now: datetime) -> None:
    row.state, row.ended_at, row.result = state, now, result


def _tell(session: Session, row: OutsideBookingRow, kind: str, now: datetime) -> None:
    detail = {"room": str(row.place), "category": row.category.value, "result": row.result}
    if row.needs_approval and row.approved_at is None:
        detail["needs"] = "approval"
    outbox.add(
        session, estate=row.estate, kind=kind, subject=row.number, at=now,
        detail={name: value for name, value in detail.items() if value},
    )  # fmt: skip
