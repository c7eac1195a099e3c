"""The book of wake-ups: what the menu, the console, imports and stays do to bookings.

Implements :class:`~hotline.call.ports.wakeups.WakeupDesk` and the follower of stays. Every ``…_in`` works
inside somebody's transaction; the others commit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import WakeupRefused
from hotline.call.ports.paper import Place
from hotline.call.ports.wakeups import NewWakeup, Repeat, WakeTime, WakeupSummary
from hotline.db import outbox
from hotline.db.engine import Database
from hotline.wakeup import course, repository, rules
from hotline.wakeup.course import State
from hotline.wakeup.house import House, Room, Rooms
from hotline.wakeup.models import BookingState, OccurrenceRow, WakeupRow
from hotline.wakeup.recurrence import Recurrence, instant, recurrence_of
from hotline.wakeup.schedule import CHANGED, Schedule

Normalise = Callable[[str], str]
"""Returns a number in its one form; empty when there is none in it."""
LOOK_AHEAD = 7
"""Rings of a repeated wake-up whose intervals must have room."""


class WakeupBook:
    """Books wake-ups. Refusals are :class:`~hotline.call.errors.WakeupRefused` with their code."""

    def __init__(
        self, db: Database, schedule: Schedule, *, rooms: Rooms, clock: Clock, normalise: Normalise
    ) -> None:
        """``schedule`` has the rules and the estates; ``rooms`` the telephones."""
        self._db = db
        self._schedule = schedule
        self._rooms = rooms
        self._clock = clock
        self._normalise = normalise

    # --- the port --------------------------------------------------------------------------------

    async def book(self, new: NewWakeup) -> WakeupSummary:
        """See :class:`~hotline.call.ports.wakeups.WakeupDesk`."""
        return await self._db.write(lambda session: self.book_in(session, new))

    async def of_room(self, estate: str, place: Place) -> Sequence[WakeupSummary]:
        """See :class:`~hotline.call.ports.wakeups.WakeupDesk`."""
        return await self._db.read(lambda session: self.of_room_in(session, estate, place))

    async def cancel(self, estate: str, number: str, *, who: str, why: str = "") -> WakeupSummary:
        """See :class:`~hotline.call.ports.wakeups.WakeupDesk`."""
        return await self._db.write(lambda session: self.cancel_in(session, estate, number, who=who, why=why))

    async def change(self, estate: str, number: str, when: WakeTime, *, who: str) -> WakeupSummary:
        """See :class:`~hotline.call.ports.wakeups.WakeupDesk`."""
        return await self._db.write(lambda session: self.change_in(session, estate, number, when, who=who))

    async def skip(self, estate: str, number: str, *, who: str) -> WakeupSummary:
        """See :class:`~hotline.call.ports.wakeups.WakeupDesk`."""
        return await self._db.write(lambda session: self.skip_in(session, estate, number, who=who))

    # --- in a transaction ------------------------------------------------------------------------

    def book_in(self, session: Session, new: NewWakeup) -> WakeupSummary:
        """Book it, by the rules of the house."""
        now = self._clock.now()
        house, room = self._where(session, new.estate, new.place)
        to = self._dialled(new.to, room)
        days = self._days(new.when, house, now)
        counter = repository.lock_book(session)
        self._allow(session, new.estate, room.place, days, new.when, now)
        number = repository.next_number(counter)
        language = new.language or room.language or house.language
        booking = WakeupRow(
            number=number, estate=new.estate, building=room.place.building, unit=room.place.unit,
            room=room.place.room, place_note=room.place.note, to=to, to_raw=new.to.strip(),
            at=days.at, repeat=days.repeat, days=sorted(days.days), first_day=days.first,
            until_day=days.until, skips=[], language=language, state=BookingState.BOOKED,
            requested_by=new.requested_by, call=new.call, note=new.note, stay=room.stay, next_day=None,
            next_at=None, created_at=now, ended_at=None, ended_by="", ended_why="",
        )  # fmt: skip
        session.add(booking)
        session.flush()
        repository.note(session, number, "booked", at=now, who=new.requested_by, why=described(new.when))
        self._schedule.point_at(booking, now)
        self._schedule.file_ahead(session, booking, now)
        self._tell(session, booking, "wakeup.booked", now)
        return self.summary(session, booking)

    def of_room_in(self, session: Session, estate: str, place: Place) -> list[WakeupSummary]:
        """Return the room's bookings that still ring, the next first."""
        room = self._rooms.room(session, estate, place) or Room(place)
        found = [self.summary(session, row) for row in repository.of_room(session, estate, room.place)]
        return sorted(found, key=lambda one: (one.next_at is None, one.next_at, one.number))

    def cancel_in(
        self, session: Session, estate: str, number: str, *, who: str, why: str = ""
    ) -> WakeupSummary:
        """Take it off for good, also while the telephone rings."""
        booking = repository.must_lock(session, estate, number)
        self._cancel(session, booking, self._clock.now(), who, why)
        return self.summary(session, booking)

    def change_in(
        self, session: Session, estate: str, number: str, when: WakeTime, *, who: str
    ) -> WakeupSummary:
        """Ring at another time, by the rules of a new booking.

        A day that has rung is not rung a second time: a daily wake-up changed after it rang begins tomorrow.
        """
        now = self._clock.now()
        repository.lock_book(session)
        booking = repository.must_lock(session, estate, number)
        house = self._house(estate)
        days = replace(self._days(when, house, now), skips=booking.left_out)
        self._allow(session, estate, booking.place, days, when, now, but=number)
        before = described(booking.when)
        booking.at, booking.repeat, booking.days = days.at, days.repeat, sorted(days.days)
        booking.first_day, booking.until_day = days.first, days.until
        self._move_days(session, booking, house, now)
        self._schedule.point_at(booking, now)
        self._schedule.file_ahead(session, booking, now)
        if booking.state is not BookingState.BOOKED:
            raise WakeupRefused("Its last day has rung already: book another.", code="wakeup-never")
        why = f"{before} → {described(booking.when)}"
        repository.note(session, number, CHANGED, at=now, who=who, why=why)
        self._tell(session, booking, "wakeup.changed", now)
        return self.summary(session, booking)

    def skip_in(self, session: Session, estate: str, number: str, *, who: str) -> WakeupSummary:
        """Leave the next one out; raises when none is left that has not begun."""
        now = self._clock.now()
        booking = repository.must_lock(session, estate, number)
        waiting = [day for day in repository.live_days(session, number) if day.state is State.DUE]
        if waiting:
            day = waiting[0]
            self._schedule.take_back(session, day, now, "skipped")
        elif booking.next_day is not None and booking.next_at is not None:
            day = self._schedule.line(booking, booking.next_day, booking.next_at)
            session.add(day)
        else:
            raise WakeupRefused(f"Wake-up {number} has no other day.", code="wakeup-unknown")
        day.take(course.called_off(day.standing, State.SKIPPED, "skipped"))
        booking.skips = sorted({*booking.skips, day.day.isoformat()})
        if booking.next_day is not None:
            self._schedule.point_at(booking, _before(booking.next_at, now))
        repository.note(session, number, "skipped", at=now, who=who, day=day.day)
        self._schedule.file_ahead(session, booking, now)
        self._tell(session, booking, "wakeup.changed", now)
        return self.summary(session, booking)

    # --- stays -----------------------------------------------------------------------------------

    def moved_in(
        self, session: Session, estate: str, from_place: Place, to_place: Place, *, at: datetime, who: str,
        stay: str = "", own: bool = False,
    ) -> int:  # fmt: skip
        """Go along with a guest to another room; returns how many bookings went.

        What went is the stay's from then on: with ``own`` nothing else of the room is taken along. Raises
        :class:`~hotline.call.errors.WakeupRefused` when one would ring beside one of the new room.
        """
        rows = self._of_stay(session, estate, from_place, stay, own=own)
        self._refuse_neighbours(session, estate, rows, to_place, at)
        for number in [row.number for row in rows]:
            booking = repository.must_lock(session, estate, number)
            booking.building, booking.unit = to_place.building, to_place.unit
            booking.room, booking.place_note = to_place.room, to_place.note
            booking.stay = stay or booking.stay
            for day in repository.live_days(session, number):
                day.place = str(to_place)
                call = repository.open_call(session, repository.WAKEUP, day)
                if call is not None:
                    call.to_name = day.place
            why = f"{from_place} → {to_place}"
            repository.note(session, number, "moved", at=at, who=who, why=why)
            self._tell(session, booking, "wakeup.changed", at)
        return len(rows)

    def ended_in(
        self, session: Session, estate: str, place: Place, *, at: datetime, who: str, stay: str = "",
        own: bool = False,
    ) -> int:  # fmt: skip
        """End with a stay, also what is ringing; returns how many bookings ended."""
        rows = self._of_stay(session, estate, place, stay, own=own)
        for number in [row.number for row in rows]:
            booking = repository.must_lock(session, estate, number)
            self._cancel(session, booking, at, who, "checkout")
        return len(rows)

    def _of_stay(
        self, session: Session, estate: str, place: Place, stay: str, *, own: bool
    ) -> Sequence[WakeupRow]:
        rows = repository.of_room(session, estate, place)
        return [row for row in rows if row.stay == stay or self._came_along(session, row)] if own else rows

    def _came_along(self, session: Session, row: WakeupRow) -> bool:
        """Whether it was moved by a version that did not yet write down with whose stay."""
        history = repository.history(session, row.number)
        return not row.stay and any(line.event == "moved" for line in history)

    def _refuse_neighbours(
        self, session: Session, estate: str, rows: Sequence[WakeupRow], to_place: Place, now: datetime
    ) -> None:
        """Two rings at one time in one room would wake somebody who is up: a person decides which goes."""
        house, booking_rules = self._house(estate), self._schedule.rules().booking
        recurrence = self._schedule.recurrence
        for there in repository.of_room(session, estate, to_place):
            for row in rows:
                mine = recurrence(row)
                if rules.clashes(mine, recurrence(there), now, house.zone, house.calendar, booking_rules):
                    raise WakeupRefused(
                        f"{to_place} has wake-up {there.number} ({there.at:%H:%M}) already, beside "
                        f"{row.number} ({row.at:%H:%M}) of the guest: cancel one of them, then move.",
                        code="wakeup-twice-there",
                    )

    # --- rules -----------------------------------------------------------------------------------

    def summary(self, session: Session, booking: WakeupRow) -> WakeupSummary:
        """Return a booking as it is read back."""
        booked = booking.state is BookingState.BOOKED
        next_at = repository.next_ring(session, booking) if booked else None
        zone = self._house(booking.estate).zone
        return WakeupSummary(
            number=booking.number,
            place=booking.place,
            when=booking.when,
            state=booking.state.value,
            next_at=None if next_at is None else next_at.astimezone(zone),
        )

    def _house(self, estate: str) -> House:
        house = self._schedule.houses.get(estate)
        if house is None:
            raise WakeupRefused(f'There is no estate "{estate}".', code="wakeup-no-room")
        return house

    def _where(self, session: Session, estate: str, place: Place) -> tuple[House, Room]:
        house = self._house(estate)
        room = self._rooms.room(session, estate, place) if str(place) else None
        if room is None:
            raise WakeupRefused(f'There is no room "{place}".', code="wakeup-no-room")
        return house, room

    def _dialled(self, to: str, room: Room) -> str:
        given = to.strip()
        if not given and not room.address:
            raise WakeupRefused(f"Room {room.place} has no telephone.", code="wakeup-no-number")
        if not given or given.startswith(("sip:", "sips:")):
            return given
        number = self._normalise(given)
        if not number:
            raise WakeupRefused(f'"{given}" cannot be dialled.', code="wakeup-no-number")
        return number

    def _days(self, when: WakeTime, house: House, now: datetime) -> Recurrence:
        rules.check_days(when)
        today = now.astimezone(house.zone).date()
        first = when.first
        if first is None:
            over = when.repeat is Repeat.ONCE and instant(today, when.at, house.zone) <= now
            first = today + timedelta(days=1) if over else today
        return recurrence_of(when, first)

    def _allow(
        self,
        session: Session,
        estate: str,
        place: Place,
        days: Recurrence,
        when: WakeTime,
        now: datetime,
        *,
        but: str = "",
    ) -> None:
        """Raise what the rules of the house refuse; ``but``: the booking that is changed."""
        house, booking_rules = self._house(estate), self._schedule.rules().booking
        found = days.next_after(now, house.zone, house.calendar)
        asked = instant(days.first, days.at, house.zone) if when.first is not None else None
        rules.check_time(None if found is None else found[1], now, booking_rules, asked=asked)
        others = [row for row in repository.of_room(session, estate, place) if row.number != but]
        clash = any(
            rules.clashes(
                days, self._schedule.recurrence(row), now, house.zone, house.calendar, booking_rules
            )
            for row in others
        )
        rules.check_room(clash, len(others), booking_rules)
        begin, end = rules.interval_of(days.at, booking_rules)
        around = [
            self._schedule.recurrence(row)
            for row in repository.between_times(session, estate, begin, end)
            if row.number != but
        ]
        rings = days.some_after(now, house.zone, house.calendar, most=LOOK_AHEAD)
        counts = (sum(other.rings_on(day, house.calendar) for other in around) for day, _ in rings)
        rules.check_interval(counts, booking_rules)

    # --- changes ---------------------------------------------------------------------------------

    def _move_days(self, session: Session, booking: WakeupRow, house: House, now: datetime) -> None:
        days = self._schedule.recurrence(booking)
        for day in repository.live_days(session, booking.number):
            at = instant(day.day, days.at, house.zone)
            if at > now and days.rings_on(day.day, house.calendar):
                standing = course.again(day.standing, at, self._schedule.rules())
                self._schedule.again(session, booking, day, standing, now)
            elif day.state is State.DUE:
                self._off(session, day, now, State.CANCELLED, CHANGED)

    def _cancel(self, session: Session, booking: WakeupRow, at: datetime, who: str, why: str) -> None:
        for day in repository.live_days(session, booking.number):
            self._off(session, day, at, State.CANCELLED, "cancelled")
        booking.state, booking.next_day, booking.next_at = BookingState.CANCELLED, None, None
        booking.ended_at, booking.ended_by, booking.ended_why = at, who, why
        repository.note(session, booking.number, "cancelled", at=at, who=who, why=why)
        self._tell(session, booking, "wakeup.cancelled", at)

    def _off(self, session: Session, day: OccurrenceRow, at: datetime, state: State, reason: str) -> None:
        self._schedule.take_back(session, day, at, reason)
        day.take(course.called_off(day.standing, state, reason))

    def _tell(self, session: Session, booking: WakeupRow, kind: str, at: datetime) -> None:
        detail = {"state": booking.state.value}
        outbox.add(session, estate=booking.estate, kind=kind, subject=booking.number, at=at, detail=detail)


def described(when: WakeTime) -> str:
    """Return a booked time for the history: ``07:00 workdays 2026-11-23 – 2026-12-01``."""
    days = ",".join(map(str, sorted(when.days)))
    until = f" – {when.until}" if when.until else ""
    parts = (f"{when.at:%H:%M}", when.repeat.value, days, f"{when.first or ''}{until}")
    return " ".join(part for part in parts if part)


def _before(at: datetime | None, otherwise: datetime) -> datetime:
    return otherwise if at is None else at - timedelta(microseconds=1)
