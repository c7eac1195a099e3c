"""Ringing a guest whose booked call has its turn: a kind of the outbound dispatcher."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from hotline.call.errors import OutsideRefused
from hotline.db import outbox
from hotline.dialplan import repository
from hotline.dialplan.bookings import REFUSED, TAKEN
from hotline.dialplan.models import BookingState, OutsideBookingRow
from hotline.outbound.kinds import Report, Verdict
from hotline.outbound.models import AttemptRow, OutboundCallRow


class BookingCalls:
    """The guest is rung first; with their key the number is dialled."""

    def wanted(self, session: Session, row: OutboundCallRow) -> bool:
        """Until somebody took it off."""
        return _booking(session, row).state is BookingState.RINGING

    def given(self, session: Session, row: OutboundCallRow) -> dict[str, Any]:
        """Return the slots of the flow."""
        booking = _booking(session, row)
        return {
            "language": row.language,
            "place": booking.place,
            "outside.number": booking.dialled,
            "outside.booking": booking.number,
        }

    def reported(
        self, session: Session, row: OutboundCallRow, attempt: AttemptRow, report: Report
    ) -> Verdict:
        """Take the guest's key."""
        booking = repository.lock_booking(session, row.subject)
        if report.outcome not in (TAKEN, REFUSED) or report.at is None:
            raise OutsideRefused(f'"{report.outcome}" says nothing about a booking.', code="outside-report")
        if booking.state is BookingState.RINGING:
            booking.state = BookingState.CONNECTED
            if report.outcome == REFUSED:
                booking.state, booking.ended_at = BookingState.CANCELLED, report.at
                booking.result = "by the guest"
        return Verdict.DONE

    def round_over(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """There is one telephone only."""

    def given_up(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """Nobody is in the room."""
        booking = repository.lock_booking(session, row.subject)
        if booking.state is BookingState.RINGING:
            booking.state, booking.ended_at = BookingState.FAILED, at
            booking.result = "nobody answered in the room"
            outbox.add(
                session, estate=booking.estate, kind="outside.not_placed", subject=booking.number, at=at,
                detail={"room": str(booking.place), "result": booking.result},
            )  # fmt: skip


def _booking(session: Session, row: OutboundCallRow) -> OutsideBookingRow:
    return session.get_one(OutsideBookingRow, row.subject)
