"""Calls about wake-ups: what is said at the time, what a key means. Kinds of the outbound dispatcher.

“Do not disturb” is not asked: a wake-up rings all the same (DOMAIN section 7). A telephone that answers
busy or declines is rung again, and the door is knocked at.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.outbound.kinds import Report, Verdict
from hotline.outbound.models import AttemptRow, OutboundCallRow
from hotline.wakeup import course, repository
from hotline.wakeup.course import Standing, State
from hotline.wakeup.house import Rooms
from hotline.wakeup.models import OccurrenceRow, WakeupRow
from hotline.wakeup.schedule import GUEST, HOTLINE, Schedule, is_stale

AWAKE, SNOOZED = "awake", "snoozed"
"""What the guest's keys report."""
KNOCKED, GOING, CANNOT_ENTER, PASSED_ON = "knocked", "going", "cannot_enter", "passed_on"
"""What the floor staff's keys report."""
NOON, EVENING = 12, 18


class _AboutWakeup:
    """What both calls share: subject and occurrence name booking, day and turn."""

    def __init__(self, schedule: Schedule, clock: Clock) -> None:
        """Change wake-ups by ``schedule``."""
        self._schedule = schedule
        self._clock = clock

    def _asked_about(self, session: Session, row: OutboundCallRow) -> tuple[WakeupRow, OccurrenceRow] | None:
        """Return what a key on this call is about; ``None`` when that is off.

        Whoever knocked while the guest put it off has seen the guest awake: that counts. A wake-up that
        was changed to another time meanwhile is not confirmed by the call of before.
        """
        found = repository.of_call(session, row, any_turn=True)
        if found is None:
            return None
        day = found[1]
        earlier = course.key_of(day.day, day.turn) != row.occurrence
        return None if earlier and day.state is State.DUE else found

    def _confirm(
        self, session: Session, found: tuple[WakeupRow, OccurrenceRow], at: datetime, who: str, state: State
    ) -> None:
        booking, day = found
        if not day.standing.live:
            repository.note(session, day.wakeup, f"{state.value}_again", at=at, who=who, day=day.day)
            return
        self._schedule.finish(session, booking, day, course.awake(day.standing, at, who, state=state), at)
        repository.note(session, day.wakeup, state.value, at=at, who=who, day=day.day)
        late = str(day.minutes_late or 0)
        self._schedule.tell(session, booking, day, "wakeup.confirmed", at, late=late)

    def _given(self, booking: WakeupRow, day: OccurrenceRow, now: datetime) -> dict[str, Any]:
        zone = self._schedule.houses[booking.estate].zone
        late = course.minutes_late(day.due_at, now)
        slots: dict[str, Any] = {
            "wakeup.time": f"{day.due_at.astimezone(zone):%H:%M}",
            "wakeup.late": str(late) if late else "",
            "wakeup.reason": day.reason,
            "place": booking.place if str(booking.place) else "",
        }
        return slots


class WakeupCalls(_AboutWakeup):
    """叫醒: the guest is rung until the key is pressed."""

    def __init__(self, schedule: Schedule, rooms: Rooms, clock: Clock) -> None:
        """``rooms`` say where a guest is rung who gave no number."""
        super().__init__(schedule, clock)
        self._rooms = rooms

    def wanted(self, session: Session, row: OutboundCallRow) -> bool:
        """Until somebody confirmed it. Where to ring is asked anew: a guest may have moved."""
        found = repository.of_call(session, row)
        if found is None or not found[1].standing.live:
            return False
        booking, day = found
        now = self._clock.now()
        if row.attempts == 0 and self._missed(session, day, now):
            row.expires_at = row.due_at  # ended as “too late” by the desk, see given_up
            return True
        if not booking.to_raw:
            room = self._rooms.room(session, booking.estate, booking.place)
            row.to = "" if room is None else room.address
        if not row.to:
            self._schedule.to_the_door(session, booking, day, now, course.NO_ADDRESS)
            return False
        return True

    def _missed(self, session: Session, day: OccurrenceRow, now: datetime) -> bool:
        missed = course.is_missed(day.standing, now, self._schedule.rules())
        return missed and is_stale(session, now)

    def given(self, session: Session, row: OutboundCallRow) -> dict[str, Any]:
        """Return the slots of the flow; the attempt is about to be made."""
        found = repository.of_call(session, row)
        if found is None:
            return {"language": row.language}
        booking, day = found
        now = self._clock.now()
        day.take(course.rung(day.standing))
        slots = self._given(booking, day, now)
        slots["language"] = row.language
        slots[f"wakeup.{_part_of_day(now.astimezone(self._schedule.houses[booking.estate].zone))}"] = "yes"
        if day.snoozes < self._schedule.rules().snooze.times:
            slots["wakeup.snooze"] = str(self._schedule.rules().snooze.minutes)
        return _filled(slots)

    def reported(
        self, session: Session, row: OutboundCallRow, attempt: AttemptRow, report: Report
    ) -> Verdict:
        """1: awake. 2: ring again later; raises :class:`WakeupRefused` when that was done often enough."""
        found = self._asked_about(session, row)
        at = report.at or self._clock.now()
        if found is None:
            return Verdict.DONE  # called off meanwhile: the key is heard, nothing is left to be done
        if report.outcome == AWAKE:
            self._confirm(session, found, at, GUEST, State.CONFIRMED)
            return Verdict.DONE
        if report.outcome == SNOOZED:
            booking, day = found
            standing = course.snoozed(day.standing, at, self._schedule.rules())
            self._schedule.again(session, booking, day, standing, at)
            repository.note(session, day.wakeup, SNOOZED, at=at, who=GUEST, day=day.day)
            return Verdict.DONE
        return Verdict.NOTED

    def round_over(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """One guest has no rounds."""

    def given_up(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """Rung for long enough, or never: the floor staff's call goes on by itself."""
        found = repository.of_call(session, row)
        if found is None or not found[1].standing.live:
            return
        booking, day = found
        if row.attempts == 0:
            reason = course.OUTAGE if is_stale(session, at) else course.NO_CHANNEL
            self._schedule.to_the_door(session, booking, day, at, reason)
        else:
            why = f"{row.attempts} calls"
            repository.note(session, day.wakeup, "rung_out", at=at, who=HOTLINE, why=why, day=day.day)


class KnockCalls(_AboutWakeup):
    """敲门: floor staff are rung until one of them confirms that the guest is awake."""

    def wanted(self, session: Session, row: OutboundCallRow) -> bool:
        """Until somebody confirmed it."""
        found = repository.of_call(session, row)
        return found is not None and found[1].standing.live

    def given(self, session: Session, row: OutboundCallRow) -> dict[str, Any]:
        """Return the slots of the flow; the attempt is about to be made."""
        found = repository.of_call(session, row)
        if found is None:
            return {"language": row.language}
        booking, day = found
        before, standing = day.state, course.at_the_door(day.standing)
        if standing.state is not before:
            day.take(standing)
            now = self._clock.now()
            repository.note(
                session, day.wakeup, "escalated", at=now, who=HOTLINE, why=day.reason, day=day.day
            )
        slots = self._given(booking, day, self._clock.now())
        slots["language"] = row.language
        if day.state is State.CANNOT_ENTER:
            slots["wakeup.locked"] = "yes"
        if day.reason:
            slots[f"wakeup.{day.reason}"] = "yes"
        return _filled(slots)

    def reported(
        self, session: Session, row: OutboundCallRow, attempt: AttemptRow, report: Report
    ) -> Verdict:
        """1: the guest is awake. 2: cannot enter. 3: the next one. 4: on the way, the call goes on."""
        found = self._asked_about(session, row)
        at = report.at or self._clock.now()
        if found is None:
            return Verdict.DONE
        if report.outcome == KNOCKED:
            self._confirm(session, found, at, report.who, State.KNOCKED)
            return Verdict.DONE
        booking, day = found
        if report.outcome == CANNOT_ENTER:
            self._cannot_enter(session, row, booking, day, report.who, at)
            return Verdict.PASS_ON
        if report.outcome in (GOING, PASSED_ON):
            repository.note(session, day.wakeup, report.outcome, at=at, who=report.who, day=day.day)
        return Verdict.PASS_ON if report.outcome == PASSED_ON else Verdict.NOTED

    def _cannot_enter(
        self, session: Session, row: OutboundCallRow, booking: WakeupRow, day: OccurrenceRow, who: str,
        at: datetime,
    ) -> None:  # fmt: skip
        """The supervisor, who has the keys, is rung before the rest of the floor."""
        standing: Standing = course.cannot_enter(day.standing)
        if not standing.live:
            return
        day.take(standing)
        repository.note(session, day.wakeup, CANNOT_ENTER, at=at, who=who, day=day.day)
        self._schedule.alarm(session, booking, day, at, CANNOT_ENTER)
        knock = self._schedule.rules().knock
        if knock.supervisor:
            row.roster, row.supervisor = knock.supervisor, knock.roster

    def round_over(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """Everybody was rung in vain; after some rounds the console is alarmed. Ringing goes on."""
        found = repository.of_call(session, row)
        if found is None:
            return
        booking, day = found
        day.rounds += 1
        if day.rounds >= self._schedule.rules().knock.rounds and day.alarmed_at is None:
            self._schedule.alarm(session, booking, day, at, "rounds")

    def given_up(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """Nobody could confirm it until the end."""
        found = repository.of_call(session, row)
        if found is None or not found[1].standing.live:
            return
        booking, day = found
        self._schedule.finish(session, booking, day, course.unconfirmed(day.standing), at)
        self._schedule.alarm(session, booking, day, at, "unconfirmed")


def _part_of_day(local: datetime) -> str:
    """Return ``morning``, ``afternoon`` or ``evening``: who has to get up at 4 is wished a good morning."""
    if local.hour < NOON:
        return "morning"
    return "afternoon" if local.hour < EVENING else "evening"


def _filled(slots: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in slots.items() if value != ""}
