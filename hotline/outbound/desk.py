"""The dispatcher's transactions: claim, report, settle, recover. No event loop in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from hotline.call.ports import Duty, DutyContact
from hotline.db import outbox
from hotline.outbound import repository
from hotline.outbound.kinds import Kind, Report, Verdict
from hotline.outbound.models import AttemptRow, CallState, OutboundCallRow
from hotline.outbound.policy import Opens, Outcome, Policy, is_ghost, next_attempt
from hotline.outbound.rotation import next_turn

LEASE = timedelta(seconds=30)
NOBODY_PAUSE = timedelta(seconds=60)
"""How soon an empty roster is looked at again."""
FULL_PAUSE = timedelta(seconds=5)
"""How soon a call is looked at again whose policy has as many under way as it may."""
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

    def claim(self, session: Session, now: datetime, *, limit: int) -> list[Placing]:
        """Take what is due, with its next person and an attempt row each; most important first."""
        found = []
        for row in repository.due(session, now, limit=limit):
            placing = self._claim(session, row, now)
            if placing is not None:
                found.append(placing)
        return found

    def _claim(self, session: Session, row: OutboundCallRow, now: datetime) -> Placing | None:
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
        contact = self._person(session, kind, row, now)
        if contact is None:
            self._nobody(session, row, now)
            return None
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

    def _person(
        self, session: Session, kind: Kind, row: OutboundCallRow, now: datetime
    ) -> DutyContact | None:
        if not row.roster:
            return DutyContact(row.to_name, row.to) if row.to else None
        tried = [attempt.to for attempt in repository.attempts(session, row.id) if not _ghostly(attempt)]
        turn = next_turn(self._on(row, row.roster, now), self._on(row, row.supervisor, now), tried)
        if turn is None:
            return None
        if turn.new_round and tried:
            kind.round_over(session, row, at=now)
        return turn.contact

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
        if verdict is Verdict.DONE:
            repository.end(row, CallState.DONE, now=now, result=report.outcome)
            outbox.add(
                session, estate=row.estate, kind="outbound.confirmed", subject=row.subject, at=now,
                detail={"kind": row.kind, "outcome": report.outcome},
            )  # fmt: skip
        return verdict

    def settle(self, session: Session, placing: Placing, outcome: Outcome, now: datetime) -> CallState:
        """Close the attempt and say when the next is made; returns the call's state then."""
        attempt = session.get_one(AttemptRow, placing.attempt)
        row = session.get_one(OutboundCallRow, placing.row.id)
        before = repository.past(repository.attempts(session, row.id))
        detail = ""
        if is_ghost(before, outcome, now):
            outcome, detail = Outcome.UNKNOWN, "busy right after a crash: probably our own leg of before"
        repository.close_attempt(attempt, outcome, now=now, detail=detail)
        if row.state is CallState.PLACING:
            self._next(session, row, placing.policy, now)
        return row.state

    def _next(self, session: Session, row: OutboundCallRow, policy: Policy, now: datetime) -> None:
        session.flush()
        past = repository.past(repository.attempts(session, row.id))
        zone = self._zones.get(row.estate, ZoneInfo("UTC"))
        at = next_attempt(policy, past, now=now, zone=zone, opens=self._opens(row, policy))
        row.lease_owner, row.lease_until = "", None
        if at is None or (row.expires_at is not None and at >= row.expires_at):
            self._give_up(session, self._kinds[row.kind], row, now, past[-1].outcome.value)
        else:
            row.state, row.next_at = CallState.WAITING, at

    def _give_up(self, session: Session, kind: Kind, row: OutboundCallRow, now: datetime, why: str) -> None:
        repository.end(row, CallState.GIVEN_UP, now=now, result=why)
        kind.given_up(session, row, at=now)
        outbox.add(
            session, estate=row.estate, kind="outbound.given_up", subject=row.subject, at=now,
            detail={"kind": row.kind, "why": why},
        )  # fmt: skip

    # --- after a crash ---------------------------------------------------------------------------

    def recover(self, session: Session, now: datetime, *, first: bool) -> int:
        """Close attempts whose process is gone as unknown and let policy place the next; returns how many.

        ``first``: this process has placed nothing yet, so on SQLite every open attempt is a dead one's.
        """
        longest = timedelta(0) if self._alone and first else LONGEST_HOLD
        repository.release_old(session, before=now - longest, now=now)
        rows = repository.abandoned(session, now, alone=self._alone and first, owner=self._owner)
        for row in rows:
            attempt = repository.last_attempt(session, row.id)
            if attempt is not None and attempt.outcome is None:
                repository.close_attempt(attempt, Outcome.UNKNOWN, now=now, detail="the process ended")
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


def _ghostly(attempt: AttemptRow) -> bool:
    """The same person is rung again after our own fault, not the next."""
    return attempt.outcome in (Outcome.UNKNOWN, Outcome.NO_CHANNEL)
