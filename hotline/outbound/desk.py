"""The dispatcher's transactions: claim, report, settle, recover. No event loop in here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from hotline.call.ports import Duty, DutyContact
from hotline.db import outbox
from hotline.outbound import repository
from hotline.outbound.apart import apart
from hotline.outbound.kinds import Choosy, Kind, Report, Verdict
from hotline.outbound.models import AttemptRow, CallState, OutboundCallRow
from hotline.outbound.policy import UNCOUNTED, Opens, Outcome, Policy, is_ghost, next_attempt
from hotline.outbound.rotation import Turn, next_turn

LEASE = timedelta(seconds=30)
NOBODY_PAUSE = timedelta(seconds=15)
"""How soon an empty roster is looked at again."""
FULL_PAUSE = timedelta(seconds=5)
"""How soon a call is looked at again whose policy has as many under way as it may."""
FAULT_PAUSE = timedelta(seconds=60)
"""How soon somebody is rung again after a fault of ours."""
NOBODY = "nobody on the roster"
LONGEST_HOLD = timedelta(minutes=30)
"""A conversation that rings people by itself is over by then, or stuck."""


@dataclass(frozen=True, slots=True)
class Placing:
    """A claimed call with what is needed to place it."""

    row: OutboundCallRow
    attempt: int
    contact: DutyContact
    policy: Policy
    given: Mapping[str, Any]


class Desk:
    """Everything the dispatcher writes. Methods take the session of a transaction."""

    def __init__(
        self,
        *,
        owner: str,
        kinds: Mapping[str, Kind],
        policies: Callable[[], Mapping[str, Policy]],
        duty: Mapping[str, Duty],
        zones: Mapping[str, ZoneInfo],
        alone: bool,
    ) -> None:
        """``alone``: no other process places calls from this database (SQLite)."""
        self._owner = owner
        self._kinds = kinds
        self._policies = policies
        self._duty = duty
        self._zones = zones
        self._alone = alone

    def claim(
        self, session: Session, now: datetime, *, limit: int, emergencies: int = 0, careful: bool = False
    ) -> list[Placing]:
        """Take what is due, with its next person and an attempt row each; most important first.

        ``emergencies``: so many of them are taken whatever ``limit`` says. ``careful``: a call that cannot
        be handled is put off by a minute, and the others are taken; without, its fault is raised.
        """
        found = []
        rows = repository.due(session, now, limit=limit, emergencies=emergencies)
        leaving = repository.still_spoken_to(session, now) if rows else frozenset[str]()
        for row in rows:
            claim, later = partial(self._claim, session, row, now, leaving), partial(_look_again, row, now)
            placing = apart(session, claim, later, kind=row.kind) if careful else claim()
            if placing is not None:
                found.append(placing)
        return found

    def _claim(
        self, session: Session, row: OutboundCallRow, now: datetime, leaving: frozenset[str]
    ) -> Placing | None:
        kind = self._kinds.get(row.kind)
        policy = self._policies().get(row.policy)
        if kind is None or policy is None:
            row.next_at = now + NOBODY_PAUSE  # another version knows it, or the file will again
            row.result = f'no policy "{row.policy}"' if kind else f'no kind "{row.kind}"'
            return None
        if not kind.wanted(session, row):
            repository.end(row, CallState.CANCELLED, now=now, result="no longer wanted")
            return None
        if row.expires_at is not None and now >= row.expires_at:
            self._give_up(session, kind, row, now, "too late")
            return None
        if (at := self._later(session, row, policy, now)) is not None:
            row.next_at = at
            return None
        tried = repository.attempts(session, row.id)
        people = self._rostered(session, kind, row, now)
        turn = _turn(row, people, tried, repository.being_called(session) | leaving)
        if turn is None:
            self._wait_for_somebody(session, row, now, reachable=_turn(row, people, tried) is not None)
            return None
        contact = turn.contact
        if (at := _rested(tried, contact, policy)) > now:
            row.next_at = at
            return None
        if turn.new_round and tried:
            kind.round_over(session, row, at=now)
        attempt = repository.claim(session, row, owner=self._owner, now=now, lease=LEASE)
        if attempt is None:
            return None
        attempt.to, attempt.to_name = contact.number, contact.name
        session.flush()
        return Placing(row, attempt.id, contact, policy, kind.given(session, row))

    def _later(
        self, session: Session, row: OutboundCallRow, policy: Policy, now: datetime
    ) -> datetime | None:
        """When to look again at a call that may not be placed now; ``None`` when it may."""
        opens = self._opens(row, policy)
        if opens is not None and (at := opens(now)) > now:
            return at
        if policy.at_once is not None and repository.under_way(session, policy.name) >= policy.at_once:
            return now + FULL_PAUSE
        return None

    def _rostered(self, session: Session, kind: Kind, row: OutboundCallRow, now: datetime) -> _Rostered:
        """Return who is on the roster, and the supervisors, without those whom it is none of."""
        found = self._on(row, row.roster, now), self._on(row, row.supervisor, now)
        if not isinstance(kind, Choosy):
            return found
        people, supervisors = ([one for one in some if kind.may_hear(session, row, one)] for some in found)
        return people, supervisors

    def _wait_for_somebody(
        self, session: Session, row: OutboundCallRow, now: datetime, *, reachable: bool
    ) -> None:
        if reachable:
            row.next_at = now + FULL_PAUSE
        else:
            self._nobody(session, row, now)

    def _on(self, row: OutboundCallRow, roster: str, now: datetime) -> Sequence[DutyContact]:
        duty = self._duty.get(row.estate)
        if not roster or duty is None:
            return ()
        try:
            return duty.on_duty(roster, now)
        except KeyError:
            return ()

    def _nobody(self, session: Session, row: OutboundCallRow, now: datetime) -> None:
        row.next_at = now + NOBODY_PAUSE
        if row.result != NOBODY:
            row.result = NOBODY
            outbox.add(
                session, estate=row.estate, kind="outbound.nobody", subject=row.subject, at=now,
                detail={"kind": row.kind, "roster": row.roster},
            )  # fmt: skip

    # --- one attempt -----------------------------------------------------------------------------

    def answered(self, session: Session, placing: Placing, leg: str) -> None:
        """Note the leg of an answered attempt."""
        session.get_one(AttemptRow, placing.attempt).leg = leg

    def report(self, session: Session, placing: Placing, report: Report, now: datetime) -> Verdict:
        """Write what a person reported; the confirming key is committed before the thank-you."""
        row = session.get_one(OutboundCallRow, placing.row.id)
        attempt = session.get_one(AttemptRow, placing.attempt)
        verdict = self._kinds[row.kind].reported(session, row, attempt, report)
        if verdict is not Verdict.NOTED:
            attempt.confirmed, attempt.confirmed_at = report.outcome, now
        if verdict is Verdict.DONE and row.state is not CallState.DONE:
            repository.end(row, CallState.DONE, now=now, result=report.outcome)
            outbox.add(
                session, estate=row.estate, kind="outbound.confirmed", subject=row.subject, at=now,
                detail={"kind": row.kind, "outcome": report.outcome},
            )  # fmt: skip
        return verdict

    def settle(
        self, session: Session, placing: Placing, outcome: Outcome, now: datetime, *, fault: str = ""
    ) -> CallState:
        """Close the attempt and say when the next is made; returns the call's state then.

        ``fault``: what of ours failed; the next attempt waits, whatever the policy says, because people
        must not be rung again and again for a conversation that cannot be led.

        An attempt that was closed meanwhile – this process had stalled and another took over – changes
        nothing any more: the call is the other's.
        """
        attempt = session.get_one(AttemptRow, placing.attempt)
        row = session.get_one(OutboundCallRow, placing.row.id)
        if attempt.outcome is not None:
            return row.state
        before = repository.past(repository.attempts(session, row.id))
        if attempt.confirmed:  # whatever failed afterwards: what the key said stands
            outcome, rest = _as_said(attempt, row), None
        else:
            outcome = Outcome.GHOST if is_ghost(before, outcome, now) else outcome
            rest = FAULT_PAUSE if fault else None
        repository.close_attempt(attempt, outcome, now=now, detail=fault)
        if row.state is CallState.PLACING:
            self._next(session, row, placing.policy, now, rest=rest)
        return row.state

    def _next(
        self, session: Session, row: OutboundCallRow, policy: Policy, now: datetime, *,
        rest: timedelta | None = None,
    ) -> None:  # fmt: skip
        session.flush()
        past = repository.past(repository.attempts(session, row.id))
        zone = self._zones.get(row.estate, ZoneInfo("UTC"))
        at = next_attempt(policy, past, now=now, zone=zone, opens=self._opens(row, policy))
        row.lease_owner, row.lease_until = "", None
        if at is None or (row.expires_at is not None and at >= row.expires_at):
            self._give_up(session, self._kinds[row.kind], row, now, past[-1].outcome.value)
        else:
            row.state, row.next_at = CallState.WAITING, max(at, now + (rest or timedelta()))

    def _give_up(self, session: Session, kind: Kind, row: OutboundCallRow, now: datetime, why: str) -> None:
        repository.end(row, CallState.GIVEN_UP, now=now, result=why)
        tell = partial(kind.given_up, session, row, at=now)
        apart(session, tell, partial(_not_told, row), kind=row.kind)
        outbox.add(
            session, estate=row.estate, kind="outbound.given_up", subject=row.subject, at=now,
            detail={"kind": row.kind, "why": why},
        )  # fmt: skip

    # --- after a crash ---------------------------------------------------------------------------

    def recover(
        self,
        session: Session,
        now: datetime,
        *,
        first: bool = False,
        gone: Collection[str] = (),
        dropped: Collection[str] = (),
    ) -> int:
        """Close attempts whose process is gone as unknown and let policy place the next; returns how many.

        ``gone``: calls whose owner no longer renews its lease. ``dropped``: our own that nobody is placing.
        ``first``: this process has placed nothing yet, so on SQLite every open attempt is a dead one's.
        """
        everybody = self._alone and first
        longest = timedelta(0) if everybody else LONGEST_HOLD
        repository.release_old(session, before=now - longest, now=now)
        rows = [*repository.abandoned(session, None if everybody else gone, owner=self._owner)]
        owners = None if everybody else {row.lease_owner for row in rows}
        rows += repository.abandoned(session, dropped, owner="") if dropped else ()
        ended_before = now - LONGEST_HOLD
        for attempt, row in repository.left_open(
            session, owners, owner=self._owner, ended_before=ended_before
        ):
            _close_cut_off(attempt, row, now)
        for row in rows:
            last = repository.last_attempt(session, row.id)
            if last is not None and last.outcome is None:
                _close_cut_off(last, row, now)
            policy = self._policies().get(row.policy)
            if policy is not None and row.kind in self._kinds:
                self._next(session, row, policy, now)
            else:
                row.state, row.next_at, row.lease_until = CallState.WAITING, now + NOBODY_PAUSE, None
        return len(rows)

    def _opens(self, row: OutboundCallRow, policy: Policy) -> Opens | None:
        duty = self._duty.get(row.estate)
        if not policy.window or duty is None:
            return None

        def opens(at: datetime) -> datetime:
            try:
                return at if duty.is_open(policy.window, at) else duty.next_opening(policy.window, at)
            except KeyError:  # never at any hour because of a slip in a name: it shows and waits
                row.result = f'no window "{policy.window}" in hours.yaml'
                return at + NOBODY_PAUSE

        return opens


_Rostered = tuple[Sequence[DutyContact], Sequence[DutyContact]]
"""People of the roster, and of the one that joins after the first round."""


def _turn(
    row: OutboundCallRow, rostered: _Rostered, tried: Sequence[AttemptRow], occupied: Container[str] = ()
) -> Turn | None:
    """Return whose turn it is; ``None`` when nobody can be rung.

    Whoever is on another of our calls would answer “busy”, which is no answer of theirs.
    """
    if not row.roster:
        nobody = not row.to or row.to in occupied
        return None if nobody else Turn(DutyContact(row.to_name, row.to), new_round=False)
    numbers = [attempt.to for attempt in tried if not _ghostly(attempt)]
    return next_turn(*rostered, numbers, occupied)


def _look_again(row: OutboundCallRow, now: datetime, fault: str) -> None:
    row.next_at, row.result = now + FAULT_PAUSE, f"fault: {fault}"


def _not_told(row: OutboundCallRow, fault: str) -> None:
    row.result = f"{row.result}; fault: {fault}"


def _rested(tried: Sequence[AttemptRow], contact: DutyContact, policy: Policy) -> datetime:
    """Return from when on this person may be rung (again)."""
    ends = [one.ended_at for one in tried if one.to == contact.number and one.ended_at and not _ghostly(one)]
    return ends[-1] + timedelta(seconds=policy.again) if ends else datetime.min.replace(tzinfo=UTC)


def _close_cut_off(attempt: AttemptRow, row: OutboundCallRow, now: datetime) -> None:
    """Close what a process left open when it ended; what a key reported before that stands."""
    outcome = _as_said(attempt, row) if attempt.confirmed else Outcome.UNKNOWN
    repository.close_attempt(attempt, outcome, now=now, detail="the process ended")


def _as_said(attempt: AttemptRow, row: OutboundCallRow) -> Outcome:
    """Return the outcome of an attempt in which a key decided."""
    return Outcome.CONFIRMED if row.state is CallState.DONE else Outcome.PASSED_ON


def _ghostly(attempt: AttemptRow) -> bool:
    """The same person is rung again after our own fault, not the next."""
    return attempt.outcome in UNCOUNTED
