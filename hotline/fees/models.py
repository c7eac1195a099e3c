"""Tables of bills. Amounts are whole fen; days are the estate's own, instants UTC."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hotline.call.ports import Place
from hotline.db.base import Base, Json, UtcDateTime, Word
from hotline.fees.states import BillState, PromiseState


class BillRow(Base):
    """What a room owes for a month. Month and room are its key: a room has one bill a month."""

    __tablename__ = "bills"

    number: Mapped[str] = mapped_column(String, primary_key=True)
    """Digits, as spoken and typed: year, month, then a counter: ``20261000007``."""
    estate: Mapped[str] = mapped_column(String)
    building: Mapped[str] = mapped_column(String)
    unit: Mapped[str] = mapped_column(String)
    room: Mapped[str] = mapped_column(String)
    """As the directory writes it."""
    room_key: Mapped[str] = mapped_column(String)
    """As rooms are compared: see :func:`~hotline.call.ports.fees.room_key`."""
    month: Mapped[str] = mapped_column(String)
    """``2026-10``."""
    total_fen: Mapped[int] = mapped_column(BigInteger)
    """Without the late fee; the sum of the items."""
    due_on: Mapped[date] = mapped_column(Date)
    notice_on: Mapped[date | None] = mapped_column(Date)
    """When the notice was delivered."""
    late_fee: Mapped[dict[str, str]] = mapped_column(Json)
    """The contract's rule when the bill was issued; empty: no late fee."""
    state: Mapped[BillState] = mapped_column(Word(BillState))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    paid_on: Mapped[date | None] = mapped_column(Date)
    """The day the money came: it ends the late fee and keeps a promise, whenever it was noted."""
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the payment was noted."""
    paid_how: Mapped[str] = mapped_column(String)
    """``bank``, ``cash``, ``import`` …; what the one who noted it wrote."""
    paid_by: Mapped[str] = mapped_column(String)
    """Who noted the payment."""

    items: Mapped[list[BillItemRow]] = relationship(
        cascade="all, delete-orphan", order_by="BillItemRow.position"
    )

    __table_args__ = (
        UniqueConstraint("estate", "building", "unit", "room_key", "month"),
        Index(None, "estate", "state", "due_on"),
    )

    @property
    def place(self) -> Place:
        """The room."""
        return Place(self.building, self.unit, self.room)


class BillItemRow(Base):
    """One line of a bill."""

    __tablename__ = "bill_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    bill: Mapped[str] = mapped_column(ForeignKey("bills.number", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String)
    """A word of :attr:`hotline.call.ports.BillItem.kind`."""
    label: Mapped[str] = mapped_column(String)
    amount_fen: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index(None, "bill", "position"),)


class BillHistoryRow(Base):
    """One thing that happened to a bill."""

    __tablename__ = "bill_history"

    id: Mapped[int] = mapped_column(primary_key=True)
    bill: Mapped[str] = mapped_column(ForeignKey("bills.number", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String)
    event: Mapped[str] = mapped_column(String)
    """``issued changed paid payment_taken_back withdrawn issued_again promised``."""
    detail: Mapped[str] = mapped_column(String)

    __table_args__ = (Index(None, "bill"),)


class BillCounterRow(Base):
    """The last number given in a month. One counter for all estates: a number names one bill only."""

    __tablename__ = "bill_counters"

    month: Mapped[str] = mapped_column(String, primary_key=True)
    last: Mapped[int]


class PromiseRow(Base):
    """Somebody of a room said when they will pay what it owes."""

    __tablename__ = "promises"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    building: Mapped[str] = mapped_column(String)
    unit: Mapped[str] = mapped_column(String)
    room: Mapped[str] = mapped_column(String)
    room_key: Mapped[str] = mapped_column(String)
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
    said_on: Mapped[date] = mapped_column(Date)
    promised_on: Mapped[date] = mapped_column(Date)
    """The last day on which paying keeps it."""
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    """What the bills came to when it was given, without late fees."""
    said_to: Mapped[str] = mapped_column(String)
    """``reminder``, ``menu``, or who wrote it down."""
    leg: Mapped[str] = mapped_column(String)
    """Call in which it was given; empty when it was not by telephone."""
    recording: Mapped[str] = mapped_column(String)
    """Leg of the recording with the words; empty when the day was keyed in."""
    words_start: Mapped[float | None]
    """Seconds into the recording."""
    words_end: Mapped[float | None]
    state: Mapped[PromiseState] = mapped_column(Word(PromiseState))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    bills: Mapped[list[BillRow]] = relationship(secondary="promise_bills", order_by="BillRow.month")

    __table_args__ = (
        Index(None, "estate", "building", "unit", "room_key"),
        Index(None, "state", "promised_on"),
        Index(None, "estate", "said_at"),
    )

    @property
    def place(self) -> Place:
        """The room."""
        return Place(self.building, self.unit, self.room)


class PromiseBillRow(Base):
    """A bill a promise is about."""

    __tablename__ = "promise_bills"

    promise: Mapped[int] = mapped_column(ForeignKey("promises.id", ondelete="CASCADE"), primary_key=True)
    bill: Mapped[str] = mapped_column(ForeignKey("bills.number", ondelete="CASCADE"), primary_key=True)

    __table_args__ = (Index(None, "bill"),)
