"""A ticket desk and a staff list in memory: what scenarios and the simulator run on.

They keep the ports' promises – a ticket has a number, its state allows some actions and not others,
five wrong PINs lock – without the rules of the slices, which have tests of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault, StaffRefused, TicketRefused
from hotline.call.ports import (
    Deed,
    NewTicket,
    Place,
    StaffMember,
    TicketAction,
    TicketKind,
    TicketSummary,
)

ENDED = ("closed", "cancelled")
_A = TicketAction
_BEFORE_WORK = {
    _A.ASSIGN: "assigned",
    _A.ACCEPT: "accepted",
    _A.POSTPONE: "postponed",
    _A.CANCEL: "cancelled",
}
_AT_WORK = {_A.PASS_ON: "registered", _A.COMPLETE: "done", _A.POSTPONE: "postponed", _A.CANCEL: "cancelled"}
_AFTER = {_A.CLOSE: "closed", _A.REOPEN: "reopened"}
TRANSITIONS: Mapping[str, Mapping[TicketAction, str]] = {
    "registered": _BEFORE_WORK,
    "assigned": {**_BEFORE_WORK, _A.PASS_ON: "registered"},
    "reopened": {**_BEFORE_WORK, _A.PASS_ON: "registered"},
    "accepted": {**_AT_WORK, _A.ASSIGN: "assigned", _A.ARRIVE: "on_site"},
    "on_site": _AT_WORK,
    "postponed": {_A.RESUME: "registered", _A.CANCEL: "cancelled"},
    "done": {**_AFTER, _A.FOLLOW_UP: "followed_up"},
    "followed_up": _AFTER,
    "closed": {_A.REOPEN: "reopened"},
    "cancelled": {_A.REOPEN: "reopened"},
}
"""What the real table of the tickets slice comes to, for rehearsals."""
TRIES = 5
LOCK = timedelta(minutes=15)


@dataclass(slots=True)
class Filed:
    """A ticket as it was filed, and what came of it."""

    ticket: NewTicket
    summary: TicketSummary
    history: list[tuple[str, str]] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    added: list[NewTicket] = field(default_factory=list)


class RehearsalDesk:
    """Tickets in memory."""

    def __init__(self, clock: Clock, zone: ZoneInfo, *, working: bool = True, seconds: float = 0.02) -> None:
        """``working``: False lets every commit fail. ``seconds``: how long one takes."""
        self._clock = clock
        self._zone = zone
        self._seconds = seconds
        self.working = working
        self.filed: list[Filed] = []
        """In this call."""
        self.earlier: list[Filed] = []

    @property
    def all(self) -> list[Filed]:
        """Every ticket, oldest first."""
        return [*self.earlier, *self.filed]

    # --- the port --------------------------------------------------------------------------------

    async def open_ticket(self, new: NewTicket) -> TicketSummary:
        """File a ticket; numbers count from 0001 each day."""
        await self._work()
        now = self._clock.now()
        summary = TicketSummary(
            number=f"{now.astimezone(self._zone):%Y%m%d}{len(self.filed) + 1:04}",
            kind=new.kind,
            urgency=new.urgency,
            state="registered",
            place=new.place,
            opened_at=now,
            due_at=new.due_at,
            assignee=new.assignee,
            complete=new.complete,
            topic=new.topic,
            words=new.words,
            next_at=new.due_at,
        )
        self.filed.append(Filed(new, summary))
        return summary

    async def find(self, estate: str, number: str) -> TicketSummary | None:
        """Find by number or its ending; the latest wins."""
        await self._work()
        return next((one.summary for one in reversed(self.all) if one.summary.number.endswith(number)), None)

    async def note(self, number: str, event: str, detail: str = "") -> None:
        """Add to a ticket's history."""
        for filed in self.all:
            if filed.summary.number == number:
                filed.history.append((event, detail))

    async def act(self, number: str, deed: Deed) -> TicketSummary:
        """Do what the state allows; a postponement once, and only when the caller knows."""
        await self._work()
        filed = self._record(number)
        allowed = TRANSITIONS[filed.summary.state]
        if deed.action not in allowed:
            raise TicketRefused(f"{filed.summary.state}: not {deed.action}", code="ticket-transition")
        if not deed.who:
            raise TicketRefused("nobody did it", code="nobody-did-it")
        self._check_postponement(filed, deed)
        filed.deeds.append(deed)
        filed.history.append((deed.action.value, deed.who))
        assignee = {
            _A.ACCEPT: deed.who,
            _A.ASSIGN: deed.assignee,
            _A.PASS_ON: deed.assignee,
        }.get(deed.action, filed.summary.assignee)
        filed.summary = replace(
            filed.summary,
            state=allowed[deed.action],
            assignee=assignee,
            next_at=deed.until or filed.summary.next_at,
        )
        return filed.summary

    async def duplicate(self, estate: str, place: Place, kind: TicketKind) -> TicketSummary | None:
        """Find the open one of the last day."""
        await self._work()
        since = self._clock.now() - timedelta(hours=24)
        same = [
            one.summary
            for one in self.all
            if (one.summary.place, one.summary.kind) == (place, kind)
            and one.summary.opened_at > since
            and one.summary.state not in (*ENDED, "done", "followed_up")
        ]
        return same[-1] if same else None

    async def add_to(self, number: str, new: NewTicket) -> TicketSummary:
        """Add to a ticket that is open."""
        await self._work()
        filed = self._record(number)
        if filed.summary.state in ENDED:
            raise TicketRefused(f"{number} is {filed.summary.state}", code="ticket-ended")
        filed.added.append(new)
        filed.history.append(("added", new.note))
        return filed.summary

    async def cases(
        self, estate: str, *, topic: str = "", assignee: str = "", open_only: bool = True, limit: int = 20
    ) -> Sequence[TicketSummary]:
        """List them, newest first."""
        await self._work()
        found = [
            one.summary
            for one in reversed(self.all)
            if (not topic or one.summary.topic == topic)
            and (not assignee or one.summary.assignee == assignee)
            and not (open_only and one.summary.state in ENDED)
        ]
        return found[:limit]

    async def of_caller(self, estate: str, number: str) -> Sequence[TicketSummary]:
        """List the open ones of a number."""
        await self._work()
        return [
            one.summary
            for one in reversed(self.all)
            if number and number in (one.ticket.caller_number, one.ticket.callback_number)
            if one.summary.state not in ENDED
        ]

    async def belongs_to(self, ticket: str, last_digits: str) -> bool:
        """Compare with the numbers registered."""
        await self._work()
        known = self._record(ticket).ticket
        return any(number.endswith(last_digits) for number in (known.caller_number, known.callback_number))

    # --- inside ----------------------------------------------------------------------------------

    async def _work(self) -> None:
        await self._clock.sleep(self._seconds)
        if not self.working:
            raise EnvironmentFault("the database does not answer")

    def _record(self, number: str) -> Filed:
        found = next((one for one in self.all if one.summary.number == number), None)
        if found is None:
            raise TicketRefused(f"there is no ticket {number}", code="unknown-ticket")
        return found

    def _check_postponement(self, filed: Filed, deed: Deed) -> None:
        if deed.action is not TicketAction.POSTPONE:
            return
        if any(earlier.action is TicketAction.POSTPONE for earlier in filed.deeds):
            raise TicketRefused("postponed already", code="postponed-twice")
        if not deed.caller_told:
            raise TicketRefused("tell the caller first", code="caller-not-told")


@dataclass(slots=True)
class Employee:
    """A member of staff of a rehearsal."""

    member: StaffMember
    pin: str
    wrong: int = 0
    locked_until: datetime | None = None


class RehearsalStaff:
    """Staff numbers and PINs in memory."""

    def __init__(self, clock: Clock, employees: Sequence[Employee] = ()) -> None:
        """``employees``: all there are."""
        self._clock = clock
        self._employees = {one.member.number: one for one in employees}

    async def enter(self, estate: str, number: str, pin: str) -> StaffMember:
        """Let in who is right; five wrong PINs lock for a quarter of an hour."""
        await self._clock.sleep(0.05)
        one = self._employees.get(number)
        if one is None:
            raise StaffRefused("wrong", code="staff-wrong")
        now = self._clock.now()
        if one.locked_until is not None and one.locked_until > now:
            raise StaffRefused("locked", code="staff-locked")
        if one.pin != pin:
            one.wrong += 1
            if one.wrong >= TRIES:
                one.wrong, one.locked_until = 0, now + LOCK
                raise StaffRefused("locked", code="staff-locked")
            raise StaffRefused("wrong", code="staff-wrong")
        one.wrong = 0
        return one.member

    async def named(self, estate: str, name: str) -> StaffMember | None:
        """Find by name."""
        return next((one.member for one in self._employees.values() if one.member.name == name), None)

    async def numbered(self, estate: str, number: str) -> StaffMember | None:
        """Find by number."""
        one = self._employees.get(number)
        return None if one is None else one.member
