"""Wake-ups, bills and PINs of rooms in memory: what scenarios and the simulator run on.

They keep the ports' promises with the plainest of the hotel's rules; the others are refusals that a
scenario asks for by name. The rules themselves have tests of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault, RoomRefused, WakeupRefused
from hotline.call.ports import BillSummary, NewWakeup, Place, Repeat, WakeTime, WakeupSummary

TRIES = 5
"""Wrong PINs, over all calls, that lock a room."""
SATURDAY = 6
FAILS = "fails"
"""Among the refusals: the desk goes down instead."""
SECONDS = 0.02
"""What a commit takes."""


@dataclass(slots=True)
class Booked:
    """A wake-up as it was booked, and what came of it."""

    new: NewWakeup
    summary: WakeupSummary
    history: list[str] = field(default_factory=list)


class RehearsalWakeups:
    """Wake-ups in memory."""

    def __init__(
        self, clock: Clock, zone: ZoneInfo, *, working: bool = True, refuse: Sequence[str] = ()
    ) -> None:
        """``refuse``: codes of the rules that refuse the next bookings and changes, one each."""
        self._clock = clock
        self._zone = zone
        self._refuse = list(refuse)
        self.working = working
        self.booked: list[Booked] = []
        self.refused: list[str] = []
        """Codes of what was refused, in order."""

    async def book(self, new: NewWakeup) -> WakeupSummary:
        """Book it, unless the room has one at that time."""
        await self._work()
        self._check(new.place, new.when)
        return self.add(new)

    def add(self, new: NewWakeup, number: str = "") -> WakeupSummary:
        """Put a booking there, as if it had been made before."""
        summary = WakeupSummary(
            number=number or f"{len(self.booked) + 1:06}",
            place=new.place,
            when=new.when,
            state="booked",
            next_at=self._next(new.when),
        )
        self.booked.append(Booked(new, summary))
        return summary

    async def of_room(self, estate: str, place: Place) -> Sequence[WakeupSummary]:
        """List those that still ring, the next first."""
        await self._work()
        found = [one.summary for one in self.booked if one.summary.place == place and one.summary.next_at]
        return sorted(found, key=lambda one: (one.next_at is None, one.next_at))

    async def cancel(self, estate: str, number: str, *, who: str, why: str = "") -> WakeupSummary:
        """Take it off."""
        await self._work()
        booked = self._known(number)
        return self._put(booked, "cancel", state="cancelled", next_at=None)

    async def change(self, estate: str, number: str, when: WakeTime, *, who: str) -> WakeupSummary:
        """Move it, by the rules of a new one."""
        await self._work()
        booked = self._known(number)
        self._check(booked.summary.place, when, but=booked)
        return self._put(booked, "change", when=when, next_at=self._next(when))

    async def skip(self, estate: str, number: str, *, who: str) -> WakeupSummary:
        """Leave the next one out."""
        await self._work()
        booked = self._known(number)
        after = booked.summary.next_at
        following = self._next(booked.summary.when, after=after)
        return self._put(booked, "skip", next_at=following)

    # --- inside ----------------------------------------------------------------------------------

    async def _work(self) -> None:
        await self._clock.sleep(SECONDS)
        if not self.working:
            raise EnvironmentFault("the database does not answer")

    def _known(self, number: str) -> Booked:
        found = next((one for one in self.booked if one.summary.number == number), None)
        if found is None or found.summary.next_at is None:
            raise self._refusal("wakeup-unknown")
        return found

    def _check(self, place: Place, when: WakeTime, *, but: Booked | None = None) -> None:
        if self._refuse:
            code = self._refuse.pop(0)
            raise EnvironmentFault("the database does not answer") if code == FAILS else self._refusal(code)
        at = self._next(when)
        if at is None:
            raise self._refusal("wakeup-past" if when.repeat is Repeat.ONCE else "wakeup-never")
        others = (one.summary for one in self.booked if one is not but and one.summary.place == place)
        if any(one.next_at == at for one in others):
            raise self._refusal("wakeup-twice")

    def _refusal(self, code: str) -> WakeupRefused:
        self.refused.append(code)
        return WakeupRefused(code, code=code)

    def _next(self, when: WakeTime, *, after: datetime | None = None) -> datetime | None:
        now = after or self._clock.now().astimezone(self._zone)
        for step in range(400):
            day = now.date() + timedelta(days=step)
            at = datetime.combine(day, when.at, self._zone)
            if at > now and _falls_on(when, at):
                return at
        return None

    def _put(
        self,
        booked: Booked,
        deed: str,
        *,
        next_at: datetime | None,
        state: str = "booked",
        when: WakeTime | None = None,
    ) -> WakeupSummary:
        booked.history.append(deed)
        booked.summary = replace(
            booked.summary, state=state, next_at=next_at, when=when or booked.summary.when
        )
        return booked.summary


def _falls_on(when: WakeTime, at: datetime) -> bool:
    """True when it rings on that day; holidays are the slice's matter."""
    day = at.date()
    if (when.first is not None and day < when.first) or (when.until is not None and day > when.until):
        return False
    match when.repeat:
        case Repeat.ONCE:
            return when.first is None or day == when.first
        case Repeat.WORKDAYS:
            return day.isoweekday() < SATURDAY
        case Repeat.DAYS:
            return day.isoweekday() in when.days
        case Repeat.DAILY:
            return True


class RehearsalFees:
    """Bills in memory."""

    def __init__(
        self,
        clock: Clock,
        bills: Sequence[BillSummary],
        paid: frozenset[str] = frozenset(),
        *,
        working: bool = True,
    ) -> None:
        """``bills``: the unpaid ones; ``paid``: rooms all of whose bills are paid."""
        self._clock = clock
        self._bills = bills
        self._paid = paid
        self._working = working

    async def unpaid(self, estate: str, place: Place) -> Sequence[BillSummary]:
        """List those of the room, the oldest first."""
        await self._clock.sleep(SECONDS)
        if not self._working:
            raise EnvironmentFault("the database does not answer")
        return sorted((bill for bill in self._bills if bill.place == place), key=lambda bill: bill.month)

    async def has_bills(self, estate: str, place: Place) -> bool:
        """True for a room with bills, paid or not."""
        return str(place) in self._paid or any(bill.place == place for bill in self._bills)


class RehearsalDoor:
    """PINs of rooms in memory; five wrong ones lock."""

    def __init__(self, clock: Clock, pins: Mapping[str, str], wrong: Mapping[str, int] | None = None) -> None:
        """``pins``: room (``3-2-602``) → PIN; ``wrong``: wrong PINs in calls before."""
        self._clock = clock
        self._pins = pins
        self._wrong = dict(wrong or {})

    async def open(self, estate: str, place: Place, pin: str) -> None:
        """Compare; raises ``RoomRefused``."""
        await self._clock.sleep(SECONDS)
        room = str(place)
        if self._wrong.get(room, 0) >= TRIES:
            raise RoomRefused("locked", code="room-locked")
        if self._pins.get(room) != pin:
            self._wrong[room] = self._wrong.get(room, 0) + 1
            raise RoomRefused("wrong", code="room-locked" if self._wrong[room] >= TRIES else "room-wrong")
        self._wrong[room] = 0
