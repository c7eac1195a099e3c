"""The self-call: the hotline dials its own number through the trunk and checks what it hears.

An outbound row like every other call the machine places: recorded, within the channel budget, one a
night however many processes there are. Its incoming half is an ordinary call that hangs up in the main
menu; once the greeting was recognised it is marked ``selftest`` in the call records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.app.options import split_address
from hotline.app.selfcall import Finding, SelfCall, Step
from hotline.call.clock import Clock
from hotline.call.errors import HotlineError
from hotline.call.ports import Call, Direction
from hotline.callrecords import repository as records
from hotline.callrecords.models import LegRow
from hotline.db import outbox
from hotline.db.engine import Database
from hotline.outbound import repository as calls
from hotline.outbound.kinds import Report, Reporter, Verdict
from hotline.outbound.models import AttemptRow, OutboundCallRow
from hotline.outbound.policies import OutboundFile, SelfTest
from hotline.outbound.policy import Outcome, Policy
from hotline.outbound.repository import NewCall
from hotline.settings import Settings

log = structlog.get_logger(__name__)

SELFTEST = "selftest"
"""Kind, subject and outcome of these calls."""
NIGHTLY, NOW = "selftest", "selftest_now"
POLICIES: Mapping[str, Policy] = {
    NIGHTLY: Policy(name=NIGHTLY, ring=30, pause=60, attempts=2, priority=70),
    NOW: Policy(name=NOW, ring=20, attempts=1, priority=20),
}
"""Those of the same name in outbound.yaml win. At night a failure is tried again before it is told."""
LATE = timedelta(hours=1)
"""A night in which the hotline was not running at the time is made up for this long.

By a hotline that had calls before: one that is being set up owes no night it was not there for, and whoever
sets it up should not find a call in it that nobody placed.
"""
_ANSWERED_TOGETHER = 3.0
"""Seconds between the answers of both halves: a trunk takes its time to pass the 200 on."""
_ENDS_WITHIN = 4.0
_DIALLED: Mapping[str, str] = {
    Outcome.NO_ANSWER: "It rang and nobody answered. Check that the number leads to this hotline and that "
    "the hotline takes calls (`hotline status`).",
    Outcome.BUSY: "The number was busy. Check the channels of the trunk and sip.channels in hotline.yaml.",
    Outcome.DECLINED: "The call was refused. Ask the carrier whether the trunk may call its own number.",
    Outcome.NO_CHANNEL: "No channel of the hotline was free (sip.channels in hotline.yaml).",
}
_NOT_PLACED = (
    "The call could not be placed. Check the account's registration (`hotline status`), the number and the "
    "network."
)
_NO_RESULT = "The call was answered and came to no result: the calls process ended, or failed. See its log."


class SelfTestCalls:
    """The kind of call. See :class:`~hotline.outbound.kinds.Kind`."""

    def wanted(self, session: Session, row: OutboundCallRow) -> bool:
        """Always: a row that is too old has expired."""
        return True

    def given(self, session: Session, row: OutboundCallRow) -> dict[str, Any]:
        """Nothing: no flow is spoken."""
        return {}

    def reported(
        self, session: Session, row: OutboundCallRow, attempt: AttemptRow, report: Report
    ) -> Verdict:
        """Keep what was found on the attempt and the row; everything heard is the end of it."""
        reason = str(report.values.get("reason", ""))
        found = {name: value for name, value in report.values.items() if isinstance(value, str)}
        attempt.detail = reason
        row.facts = {**row.facts, "step": "", **found}
        if report.outcome != "passed":
            return Verdict.NOTED
        self._tell(session, row, "selftest.passed", report.at or attempt.at)
        return Verdict.DONE

    def round_over(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """One number has no rounds."""

    def given_up(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """It failed, the second time at night: people are told why."""
        attempt = calls.last_attempt(session, row.id)
        if attempt is None or not attempt.leg:  # nobody answered: there is nothing of a conversation
            reason = _DIALLED.get(row.result, _NOT_PLACED)
            row.facts = {**row.facts, "step": Step.CALL.value, "reason": reason}
        elif not row.facts.get("reason"):
            row.facts = {**row.facts, "step": Step.CALL.value, "reason": _NO_RESULT}
        self._tell(session, row, "selftest.failed", at)

    @staticmethod
    def _tell(session: Session, row: OutboundCallRow, kind: str, at: datetime) -> None:
        detail = {name: str(value) for name, value in row.facts.items() if name != "account" and value != ""}
        outbox.add(session, estate=row.estate, kind=kind, subject=SELFTEST, at=at, detail=detail)


class SelfTests:
    """Plans the nightly one and holds the conversation of each. For the calls process."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        settings: Settings,
        *,
        rules: Callable[[], OutboundFile],
        conversation: SelfCall,
        own_address: Callable[[], str],
    ) -> None:
        """``own_address``: where this hotline takes calls, ``sip:…``; dialled when there are no accounts."""
        self._db = db
        self._clock = clock
        self._settings = settings
        self._rules = rules
        self._conversation = conversation
        self._own_address = own_address
        self._since = clock.now()
        self._planned: str = ""

    async def tick(self) -> bool:
        """Plan tonight's call when its time has come; True when this process did."""
        wanted = self._rules().selftest
        now = self._clock.now()
        if not wanted.at or (due := _due(wanted.at, now, self._zone)) is None:
            return False
        night = due.date().isoformat()
        if night == self._planned:
            return False
        number = target(self._settings, wanted, own_address=self._own_address())
        new = new_call(self._settings, number, wanted.account, occurrence=night, policy=NIGHTLY, now=now)

        def plan(session: Session) -> bool:
            owed = self._since <= due or records.any_before(session, due)
            return owed and calls.schedule(session, new, now=now)

        planned = await self._db.write(plan)
        self._planned = night
        return planned

    async def converse(self, call: Call, row: OutboundCallRow, report: Reporter) -> None:
        """Listen on an answered leg, hang up and report."""
        language = self._settings.estate_for(row.to).language
        finding = await self._conversation.listen(call, self._rules().selftest, language)
        ended = call.report()
        figures = {"ring_seconds": ended.ring_seconds, "rings": float(ended.rings), **finding.figures}
        if finding.failed is None or Step(finding.failed) in (Step.MENU, Step.KEY):
            other = await self._mark_incoming(call)
        else:
            other = ""
        log.info("self-call", failed=finding.failed, **{k: round(v, 2) for k, v in figures.items()})
        await report(_outcome(finding), _values(finding, figures, other))

    async def _mark_incoming(self, call: Call) -> str:
        """Mark the incoming half in the call records: nobody hung up on the hotline in vain.

        Only asked when our own greeting was heard, so it is there. Returns its leg.
        """
        until = self._clock.monotonic() + _ENDS_WITHIN
        while True:
            leg = await self._db.write(lambda session: _mark(session, call))
            if leg or self._clock.monotonic() >= until:
                return leg
            await self._clock.sleep(0.5)

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._settings.estates[0].timezone)


def target(settings: Settings, wanted: SelfTest, *, own_address: str) -> str:
    """Return what is dialled: the number given, the hotline's own by the trunk, or its own address.

    Raises :class:`~hotline.call.errors.HotlineError` for an account that is not there.
    """
    accounts = [account for account in settings.sip.accounts if account.outgoing]
    if wanted.account:
        accounts = [account for account in settings.sip.accounts if account.name == wanted.account]
        if not accounts:
            known = ", ".join(account.name for account in settings.sip.accounts) or "none"
            raise HotlineError(
                f'There is no account "{wanted.account}" under sip.accounts (there are: {known}).',
                code="unknown-account",
            )
    if wanted.number:
        return wanted.number
    if not accounts:
        return own_address
    return next(iter(settings.estates[0].numbers), accounts[0].user)


def own_address(bound: Sequence[str]) -> str:
    """Return the address at which a hotline bound to ``HOST:PORT`` calls itself; empty without any."""
    for address in bound:
        host, port = split_address(address, "sip.listen")
        return f"sip:hotline@{f'[{host}]' if ':' in host else host}:{port}"
    return ""


def new_call(
    settings: Settings, number: str, account: str, *, occurrence: str, policy: str, now: datetime
) -> NewCall:
    """Return the outbound row of one self-call."""
    return NewCall(
        estate=settings.estate_for(number).id,
        kind=SELFTEST,
        subject=SELFTEST,
        occurrence=occurrence,
        policy=policy,
        flow="",
        to=number,
        facts={"account": account} if account else {},
        priority=POLICIES[policy].priority,
        due_at=now,
        expires_at=now + (LATE if policy == NIGHTLY else timedelta(seconds=55)),
    )


def _due(at: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return tonight's local time when it has come and is not long past."""
    hour, _, minute = at.partition(":")
    local = now.astimezone(zone)
    due = local.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    for each in (due, due - timedelta(days=1)):
        if each <= local < each + LATE:
            return each
    return None


def _outcome(finding: Finding) -> str:
    return "passed" if finding.failed is None else "failed"


def _values(finding: Finding, figures: Mapping[str, float], other: str) -> dict[str, Any]:
    named = {name: f"{value:.2f}" for name, value in figures.items()}
    step = {"step": finding.failed.value} if finding.failed is not None else {}
    incoming = {"incoming": other} if other else {}
    return {**named, **step, **incoming, "reason": finding.reason}


def _mark(session: Session, call: Call) -> str:
    """The incoming leg that was answered and ended together with ours."""
    ours = call.report()
    answered = ours.answered_at
    if answered is None:
        return ""
    near = timedelta(seconds=_ANSWERED_TOGETHER)
    query = select(LegRow).where(
        LegRow.direction == Direction.INBOUND,
        LegRow.answer.between(answered - near, answered + near),
        LegRow.end.between(ours.ended_at - near, ours.ended_at + near),
        LegRow.outcome != "",
    )
    legs = session.scalars(query).all()
    if not legs:
        return ""
    leg = min(legs, key=lambda one: abs((one.answer or answered) - answered))
    for row in records.rows_of(session, leg.uniqueid):
        row.outcome = SELFTEST
    return leg.uniqueid
