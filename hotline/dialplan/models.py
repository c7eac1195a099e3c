"""Tables of outside lines: the register of calls, approvals, and bookings. Amounts are whole cents."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.call.ports.outside import OutsideCategory as Category
from hotline.call.ports.paper import Place
from hotline.db.base import Base, UtcDateTime, Word


class SlipState(StrEnum):
    """Where a call on the register stands."""

    OPEN = "open"
    """Permitted: being dialled or talked on."""
    UNANSWERED = "unanswered"
    FREE = "free"
    """Answered; nothing is charged."""
    CHARGED = "charged"
    """Rated; the slip went to the cashier."""
    UNRATED = "unrated"
    """Answered, but no tariff fitted when it ended: to be rated again."""
    BILLED = "billed"
    """The cashier has put it on the bill."""


class BookingState(StrEnum):
    """Where a booked call stands."""

    WAITING = "waiting"
    """For its turn, a line or its approval."""
    RINGING = "ringing"
    """Its turn: the guest's telephone is rung."""
    CONNECTED = "connected"
    """The guest is there, the number is dialled or talked with."""
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """Nobody answered in the room, or at the number, or it was never approved in time."""


class OutsideCallRow(Base):
    """One outside call, written before it is dialled."""

    __tablename__ = "outside_calls"

    slip: Mapped[str] = mapped_column(String, primary_key=True)
    """Digits: number of the charge slip; unique over all estates."""
    estate: Mapped[str] = mapped_column(String)
    linkedid: Mapped[str] = mapped_column(String)
    leg: Mapped[str] = mapped_column(String)
    """``uniqueid`` of the leg once it was answered."""
    extension: Mapped[str] = mapped_column(String)
    building: Mapped[str] = mapped_column(String)
    unit: Mapped[str] = mapped_column(String)
    room: Mapped[str] = mapped_column(String)
    """Who pays; empty: the house."""
    stay: Mapped[str] = mapped_column(String)
    """Whose stay it was, where stays are kept: a room's next guest never sees it."""
    operator: Mapped[str] = mapped_column(String)
    dialled: Mapped[str] = mapped_column(String)
    """As it was dialled."""
    sent: Mapped[str] = mapped_column(String)
    """As it went out."""
    number: Mapped[str] = mapped_column(String)
    """Normalised."""
    rated_as: Mapped[str] = mapped_column(String)
    """As dialled at home with its area code: what tariffs go by."""
    category: Mapped[Category] = mapped_column(Word(Category))
    rule: Mapped[str] = mapped_column(String)
    service_class: Mapped[str] = mapped_column(String)
    trunk: Mapped[str] = mapped_column(String)
    booking: Mapped[str] = mapped_column(String)
    approval: Mapped[int | None]
    approved_by: Mapped[str] = mapped_column(String)
    permitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seconds: Mapped[int | None]
    disposition: Mapped[str] = mapped_column(String)
    lost: Mapped[bool]
    """Cut off by a crash: charged up to its last known second."""
    tariff: Mapped[str] = mapped_column(String)
    cost_cents: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String)
    state: Mapped[SlipState] = mapped_column(Word(SlipState))
    billed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    billed_by: Mapped[str] = mapped_column(String)
    billed_as: Mapped[str] = mapped_column(String)
    """What the cashier wrote: the bill's number."""

    __table_args__ = (
        Index(None, "estate", "permitted_at"),
        Index(None, "estate", "building", "unit", "room", "permitted_at"),
        Index(None, "state", "permitted_at"),
        Index(None, "leg"),
    )

    @property
    def place(self) -> Place:
        """The room that pays."""
        return Place(self.building, self.unit, self.room)

    @property
    def cost(self) -> Decimal | None:
        """What it costs, in units of the currency."""
        return None if self.cost_cents is None else Decimal(self.cost_cents).scaleb(-2)


class ApprovalRow(Base):
    """Somebody may dial what their class may dial only with approval."""

    __tablename__ = "outside_approvals"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    extension: Mapped[str] = mapped_column(String)
    """Normalised; empty: the room's."""
    building: Mapped[str] = mapped_column(String)
    unit: Mapped[str] = mapped_column(String)
    room: Mapped[str] = mapped_column(String)
    category: Mapped[Category] = mapped_column(Word(Category))
    number: Mapped[str] = mapped_column(String)
    """Normalised; empty: any number of the category."""
    most: Mapped[int]
    """Answered calls it is good for."""
    used: Mapped[int]
    given_by: Mapped[str] = mapped_column(String)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[str] = mapped_column(String)

    __table_args__ = (Index(None, "estate", "until"),)

    @property
    def place(self) -> Place:
        """The room it is for."""
        return Place(self.building, self.unit, self.room)


class OutsideBookingRow(Base):
    """A call that waits for its turn."""

    __tablename__ = "outside_bookings"

    number: Mapped[str] = mapped_column(String, primary_key=True)
    """Digits, as spoken; they grow in the order of arrival."""
    estate: Mapped[str] = mapped_column(String)
    extension: Mapped[str] = mapped_column(String)
    """Normalised number of the telephone that is rung first."""
    rings: Mapped[str] = mapped_column(String)
    """What is dialled to ring it."""
    building: Mapped[str] = mapped_column(String)
    unit: Mapped[str] = mapped_column(String)
    room: Mapped[str] = mapped_column(String)
    operator: Mapped[str] = mapped_column(String)
    """Who booked it for a guest; empty: the guest."""
    dialled: Mapped[str] = mapped_column(String)
    wanted: Mapped[str] = mapped_column(String)
    """Normalised."""
    category: Mapped[Category] = mapped_column(Word(Category))
    trunk: Mapped[str] = mapped_column(String)
    language: Mapped[str] = mapped_column(String)
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    needs_approval: Mapped[bool]
    approved_by: Mapped[str] = mapped_column(String)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[BookingState] = mapped_column(Word(BookingState))
    slip: Mapped[str] = mapped_column(String)
    """The call it became."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result: Mapped[str] = mapped_column(String)

    __table_args__ = (Index(None, "state", "arrived_at"), Index(None, "estate", "arrived_at"))

    @property
    def place(self) -> Place:
        """The room."""
        return Place(self.building, self.unit, self.room)

    @property
    def approved(self) -> bool:
        """True when nothing but its turn is missing."""
        return not self.needs_approval or self.approved_at is not None


class OutsideCounterRow(Base):
    """The last number given: of slips, of bookings. Its lock is also what keeps a full line full."""

    __tablename__ = "outside_counters"

    name: Mapped[str] = mapped_column(String, primary_key=True)
    last: Mapped[int]
