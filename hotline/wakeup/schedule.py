"""The register's lines and the calls that belong to them, changed together in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from hotline.db import outbox
from hotline.outbound import repository as calls
from hotline.outbound.models import CallState
from hotline.outbound.policy import Policy
from hotline.outbound.repository import NewCall
from hotline.wakeup import course, repository
from hotline.wakeup.config import WakeupRules
from hotline.wakeup.course import Standing, State
from hotline.wakeup.house import House
from hotline.wakeup.models import BookingState, OccurrenceRow, WakeupRow
from hotline.wakeup.recurrence import Recurrence, recurrence_of
from hotline.wakeup.repository import KNOCK, WAKEUP

HOTLINE, GUEST = "hotline", "guest"
AHEAD = timedelta(hours=26)
"""So far ahead a day has its line and its calls: longer than any local day."""
STALE = timedelta(seconds=120)
"""Not looked after for longer: an outage, or a clock set forward."""
CHANGED = "changed"
"""Reason of a line that a change took off; another change may bring it back."""
_PRIORITIES = {WAKEUP: 10, KNOCK: 5}
"""Without policies: a door knocked at late is worse than one more ring."""


class Schedule:
    """Files days and places their calls. Every method works in the session of a transaction."""

    def __init__(
        self,
        rules: Callable[[], WakeupRules],
        houses: Mapping[str, House],
        policies: Callable[[], Mapping[str, Policy]] | None = None,
    ) -> None:
        """``houses``: by estate. ``policies``: those of ``outbound.yaml``, for the calls' priority."""
        self.rules = rules
        self.houses = houses
        self._policies = policies

    # --- days of a booking -----------------------------------------------------------------------

    def recurrence(self, booking: WakeupRow) -> Recurrence:
        """Return the days of a booking."""
        return recurrence_of(booking.when, booking.first_day, booking.left_out)

    def point_at(self, booking: WakeupRow, after: datetime) -> None:
        """Let the next day to be filed be the first ring later than ``after``."""
        house = self.houses[booking.estate]
        found = self.recurrence(booking).next_after(after, house.zone, house.calendar)
        booking.next_day, booking.next_at = found if found is not None else (None, None)

    def file_ahead(self, session: Session, booking: WakeupRow, now: datetime) -> int:
        """File every day of a (locked) booking up to :data:`AHEAD`, also those an outage has missed."""
        filed = 0
        while booking.next_day is not None and booking.next_at is not None:
            if booking.next_at > now + AHEAD:
                break
            self._file(session, booking, now)
            self.point_at(booking, booking.next_at)
            filed += 1
        self.close_if_over(session, booking, now)
        return filed

    def _file(self, session: Session, booking: WakeupRow, now: datetime) -> None:
        assert booking.next_day is not None
        assert booking.next_at is not None
        rules = self.rules()
        day = repository.day_of(session, booking.number, booking.next_day)
        if day is None:
            day = self.line(booking, booking.next_day, booking.next_at)
            session.add(day)
        elif day.state is State.CANCELLED and day.reason == CHANGED:
            day.take(course.again(day.standing, booking.next_at, rules))
        else:
            return  # rung, skipped or off already: never a second time on one day
        self.place(session, booking, day, now)
        if course.is_missed(day.standing, now, rules):
            self.to_the_door(session, booking, day, now, course.OUTAGE)

    def line(self, booking: WakeupRow, day: date, due: datetime) -> OccurrenceRow:
        """Return a new line of the register."""
        row = OccurrenceRow(
            wakeup=booking.number, estate=booking.estate, day=day, place=str(booking.place),
            minutes_late=None, rounds=0, alarmed_at=None,
        )  # fmt: skip
        row.take(course.begin(due, self.rules()))
        return row

    def close_if_over(self, session: Session, booking: WakeupRow, now: datetime) -> None:
        """End a booking that rings no more."""
        if booking.state is not BookingState.BOOKED or booking.next_day is not None:
            return
        if not repository.live_days(session, booking.number):
            booking.state, booking.ended_at = BookingState.OVER, now

    # --- calls of a day --------------------------------------------------------------------------

    def place(self, session: Session, booking: WakeupRow, day: OccurrenceRow, now: datetime) -> None:
        """Write the calls of the present turn: the guest's, and the floor staff's should it be needed."""
        rules = self.rules()
        guest = NewCall(
            estate=booking.estate, kind=WAKEUP, subject=booking.number,
            occurrence=course.key_of(day.day, day.turn), policy=rules.ring.policy, flow=rules.ring.flow,
            language=booking.language, to=booking.to_raw, to_name=day.place,
            priority=self._priority(WAKEUP, rules.ring.policy), due_at=day.turn_at, expires_at=day.until,
            requested_by=booking.requested_by,
        )  # fmt: skip
        floor = NewCall(
            estate=booking.estate, kind=KNOCK, subject=booking.number,
            occurrence=course.key_of(day.day, day.turn), policy=rules.knock.policy, flow=rules.knock.flow,
            roster=rules.knock.roster, supervisor=rules.knock.supervisor or "",
            priority=self._priority(KNOCK, rules.knock.policy), due_at=day.escalate_at,
            expires_at=day.knock_until, requested_by=booking.requested_by,
        )  # fmt: skip
        session.flush()
        for new in (guest, floor):
            calls.schedule(session, new, now=now)

    def take_back(self, session: Session, day: OccurrenceRow, now: datetime, why: str) -> None:
        """Ring nobody any more about the present turn; who is being spoken to hears the end."""
        session.flush()
        for kind in (WAKEUP, KNOCK):
            call = repository.open_call(session, kind, day)
            if call is not None:
                calls.end(call, CallState.CANCELLED, now=now, result=why)

    def finish(
        self, session: Session, booking: WakeupRow, day: OccurrenceRow, standing: Standing, now: datetime
    ) -> None:
        """Take a standing that is over: nobody is rung any more."""
        self.take_back(session, day, now, standing.state.value)
        day.take(standing)
        if standing.confirmed_at is not None and day.minutes_late is None:
            day.minutes_late = course.minutes_late(day.due_at, standing.confirmed_at)
        session.flush()
        self.close_if_over(session, booking, now)

    def again(
        self, session: Session, booking: WakeupRow, day: OccurrenceRow, standing: Standing, now: datetime
    ) -> None:
        """Take a standing of a later turn: the calls of the one before are off, those of the new are on."""
        self.take_back(session, day, now, standing.state.value)
        day.take(standing)
        self.place(session, booking, day, now)

    def to_the_door(
        self, session: Session, booking: WakeupRow, day: OccurrenceRow, now: datetime, reason: str
    ) -> None:
        """The guest could not be rung: floor staff are rung at once, or – a day too late – nobody."""
        standing = course.straight_to_the_door(day.standing, now, reason, self.rules())
        repository.note(session, day.wakeup, "not_rung", at=now, who=HOTLINE, why=reason, day=day.day)
        if not standing.live:
            self.finish(session, booking, day, standing, now)
            self.alarm(session, booking, day, now, "too_late")
            return
        day.take(standing)
        session.flush()
        guest, floor = (repository.open_call(session, kind, day) for kind in (WAKEUP, KNOCK))
        if guest is not None and guest.state is CallState.WAITING:
            calls.end(guest, CallState.GIVEN_UP, now=now, result="too late")
        if floor is not None:
            floor.expires_at = standing.knock_until
            if floor.state is CallState.WAITING:
                floor.next_at = min(floor.next_at, standing.escalate_at)

    def alarm(
        self, session: Session, booking: WakeupRow, day: OccurrenceRow, now: datetime, why: str
    ) -> None:
        """Alarm the console: people at the door did not help."""
        day.alarmed_at = day.alarmed_at or now
        repository.note(session, day.wakeup, "alarm", at=now, who=HOTLINE, why=why, day=day.day)
        self.tell(session, booking, day, "wakeup.alarm", now, why=why)

    def tell(
        self, session: Session, booking: WakeupRow, day: OccurrenceRow, kind: str, at: datetime, **more: str
    ) -> None:
        """Tell other slices and screens. The alarm of :meth:`alarm` stands until the day is over."""
        local = day.due_at.astimezone(self.houses[booking.estate].zone)
        detail = {
            "day": day.day.isoformat(),
            "time": f"{local:%H:%M}",
            "place": day.place,
            "state": day.state.value,
            **more,
        }
        outbox.add(session, estate=booking.estate, kind=kind, subject=booking.number, at=at, detail=detail)

    def _priority(self, kind: str, policy: str) -> int:
        found = self._policies().get(policy) if self._policies is not None else None
        return _PRIORITIES[kind] if found is None else found.priority


def is_stale(session: Session, now: datetime) -> bool:
    """True when nobody looked after wake-ups for a while: what is overdue is so by an outage."""
    seen = repository.last_look(session)
    return seen is not None and now - seen > STALE
