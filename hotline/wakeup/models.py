"""Tables of wake-ups: bookings, the register of their days, and who changed what."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.call.ports.paper import Place
from hotline.call.ports.wakeups import Repeat, WakeTime
from hotline.db.base import Base, Json, UtcDateTime, Word
from hotline.wakeup.course import Standing, State


class BookingState(StrEnum):
    """Where a booking stands."""

    BOOKED = "booked"
    OVER = "over"
    """It rings no more."""
    CANCELLED = "cancelled"


class WakeupRow(Base):
    """A booking."""

    __tablename__ = "wakeups"

    number: Mapped[str] = mapped_column(String, primary_key=True)
    """Digits only, as spoken; unique over all estates."""
    estate: Mapped[str] = mapped_column(String)
    building: Mapped[str] = mapped_column(String)
    unit: Mapped[str] = mapped_column(String)
    room: Mapped[str] = mapped_column(String)
    place_note: Mapped[str] = mapped_column(String)
    to: Mapped[str] = mapped_column(String)
    """Normalised; empty: the room's own, asked for when it rings."""
    to_raw: Mapped[str] = mapped_column(String)
    """As it was given: what is dialled."""
    at: Mapped[time]
    """Local time of the estate."""
    repeat: Mapped[Repeat] = mapped_column(Word(Repeat))
    days: Mapped[list[int]] = mapped_column(Json)
    first_day: Mapped[date]
    until_day: Mapped[date | None]
    skips: Mapped[list[str]] = mapped_column(Json)
    """Days left out, ISO 8601."""
    language: Mapped[str] = mapped_column(String)
    state: Mapped[BookingState] = mapped_column(Word(BookingState))
    requested_by: Mapped[str] = mapped_column(String)
    call: Mapped[str] = mapped_column(String)
    """``leg`` of the call it was booked in."""
    note: Mapped[str] = mapped_column(String)
    stay: Mapped[str | None] = mapped_column(String)
    """Whose stay it belongs to, where stays are kept."""
    next_day: Mapped[date | None]
    """The first day that has no line in the register yet …"""
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """… and its instant; both ``None`` when there is none."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str] = mapped_column(String)
    ended_why: Mapped[str] = mapped_column(String)

    __table_args__ = (
        Index(None, "estate", "building", "unit", "room"),
        Index(None, "state", "next_at"),
        Index(None, "estate", "at"),
    )

    @property
    def place(self) -> Place:
        """Where the guest sleeps."""
        return Place(self.building, self.unit, self.room, self.place_note)

    @property
    def left_out(self) -> frozenset[date]:
        """Days that were skipped."""
        return frozenset(date.fromisoformat(day) for day in self.skips)

    @property
    def when(self) -> WakeTime:
        """The time as it was asked for."""
        return WakeTime(
            at=self.at,
            repeat=self.repeat,
            first=self.first_day,
            days=frozenset(self.days),
            until=self.until_day,
        )


class OccurrenceRow(Base):
    """One day of a booking: a line of the register 叫醒登记表. There is at most one a day, ever."""

    __tablename__ = "wakeup_occurrences"

    id: Mapped[int] = mapped_column(primary_key=True)
    wakeup: Mapped[str] = mapped_column(ForeignKey("wakeups.number", ondelete="CASCADE"))
    estate: Mapped[str] = mapped_column(String)
    day: Mapped[date]
    place: Mapped[str] = mapped_column(String)
    """``3-2-602`` as it was when it rang: a guest may move later."""
    state: Mapped[State] = mapped_column(Word(State))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    turn: Mapped[int]
    turn_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    escalate_at: Mapped[datetime] = mapped_column(UtcDateTime)
    knock_until: Mapped[datetime] = mapped_column(UtcDateTime)
    snoozes: Mapped[int]
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_by: Mapped[str] = mapped_column(String)
    """``guest``, or the name of who knocked."""
    minutes_late: Mapped[int | None]
    """Between the booked time and the confirmation."""
    reason: Mapped[str] = mapped_column(String)
    """Why it did not go the usual way: ``outage`` …"""
    rounds: Mapped[int]
    """Times everybody on the roster was rung in vain."""
    alarmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("wakeup", "day"),
        Index(None, "estate", "due_at"),
        Index(None, "state", "escalate_at"),
    )

    @property
    def standing(self) -> Standing:
        """What decides how it goes on."""
        return Standing(
            state=self.state,
            due_at=self.due_at,
            turn=self.turn,
            turn_at=self.turn_at,
            until=self.until,
            escalate_at=self.escalate_at,
            knock_until=self.knock_until,
            snoozes=self.snoozes,
            confirmed_at=self.confirmed_at,
            confirmed_by=self.confirmed_by,
            reason=self.reason,
        )

    def take(self, standing: Standing) -> None:
        """Write how it stands now."""
        for name in Standing.__dataclass_fields__:
            setattr(self, name, getattr(standing, name))


class WakeupHistoryRow(Base):
    """What was done to a booking or one of its days. Never changed."""

    __tablename__ = "wakeup_history"

    id: Mapped[int] = mapped_column(primary_key=True)
    wakeup: Mapped[str] = mapped_column(ForeignKey("wakeups.number", ondelete="CASCADE"))
    day: Mapped[date | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    event: Mapped[str] = mapped_column(String)
    """``booked``, ``snoozed``, ``knocked`` …"""
    who: Mapped[str] = mapped_column(String)
    why: Mapped[str] = mapped_column(String)

    __table_args__ = (Index(None, "wakeup"),)


class WakeupCounterRow(Base):
    """The last number given. Its lock takes bookings one by one: two never share the last free place."""

    __tablename__ = "wakeup_counter"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class WakeupWatchRow(Base):
    """When wake-ups were last looked after: a gap is an outage."""

    __tablename__ = "wakeup_watch"

    name: Mapped[str] = mapped_column(String, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
