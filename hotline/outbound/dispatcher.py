"""Places due calls: claims them, rings, runs their flow, settles. One for each calls process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

import structlog

from hotline.call.clock import Clock
from hotline.call.errors import CallGone, DialFailed, EnvironmentFault, NoChannel
from hotline.call.events import HangupBy
from hotline.call.ports import Call, Dialer, DialOrder, Span
from hotline.db.engine import Database
from hotline.outbound import repository
from hotline.outbound.desk import LEASE, LONGEST_HOLD, Desk, Placing
from hotline.outbound.kinds import Report, Speak, Verdict
from hotline.outbound.policy import Outcome

log = structlog.get_logger(__name__)

TICK = 1.0
"""Seconds between two looks at what is due."""
RENEW_EVERY = 10.0
EMERGENCY_PRIORITY = 0
"""Calls of this priority may use the channels kept for emergencies."""
_OUTCOMES = {
    "BUSY": Outcome.BUSY,
    "NO ANSWER": Outcome.NO_ANSWER,
    "DECLINED": Outcome.DECLINED,
    "CONGESTION": Outcome.NO_CHANNEL,
}


class Dispatcher:
    """Owns the calls it places; ends them when it is cancelled."""

    def __init__(
        self,
        db: Database,
        desk: Desk,
        *,
        owner: str,
        clock: Clock,
        dialer: Dialer,
        speak: Speak,
        room: Callable[[], int],
    ) -> None:
        """``room``: how many calls may be placed now (the channel budget)."""
        self._db = db
        self._desk = desk
        self._owner = owner
        self._clock = clock
        self._dialer = dialer
        self._speak = speak
        self._room = room
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._recovered = False
        self._renewed = 0.0
        self._draining = False

    @property
    def under_way(self) -> int:
        """Calls being placed or spoken."""
        return len(self._under_way)

    def drain(self) -> None:
        """Place no more; what is under way may finish."""
        self._draining = True

    async def run(self) -> None:
        """Work until cancelled; a database that cannot be used now is tried again at the next tick."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                try:
                    await self.tick(tasks)
                except EnvironmentFault as fault:
                    log.warning("machine-placed calls wait for the database", reason=fault.code)
                await self._clock.sleep(TICK)

    async def tick(self, tasks: asyncio.TaskGroup) -> int:
        """Look once: recover, renew, place what is due; returns how many calls were begun."""
        now = self._clock.now()
        if not self._recovered:
            found = await self._db.write(lambda session: self._desk.recover(session, now, first=True))
            self._recovered = True
            if found:
                log.warning("attempts of an earlier process were closed as unknown", calls=found)
        await self._renew()
        limit = 0 if self._draining else self._room()
        if limit <= 0 or not await self._db.read(lambda s: bool(repository.due(s, now, limit=1))):
            return 0
        placings = await self._db.write(lambda session: self._desk.claim(session, now, limit=limit))
        for placing in placings:
            task = tasks.create_task(self._place(placing), name=f"outbound {placing.row.id}")
            self._under_way[placing.row.id] = task
            task.add_done_callback(partial(self._over, placing.row.id))
        return len(placings)

    def _over(self, call: str, _task: asyncio.Task[None]) -> None:
        self._under_way.pop(call, None)

    async def _renew(self) -> None:
        if self._clock.monotonic() - self._renewed < RENEW_EVERY:
            return
        self._renewed = self._clock.monotonic()
        now = self._clock.now()
        if self._under_way:
            ids = list(self._under_way)
            await self._db.write(lambda s: repository.renew(s, ids, owner=self._owner, until=now + LEASE))
        if await self._db.read(lambda s: repository.needs_recovery(s, now, held_before=now - LONGEST_HOLD)):
            await self._db.write(lambda session: self._desk.recover(session, now, first=False))

    # --- one call --------------------------------------------------------------------------------

    async def _place(self, placing: Placing) -> None:
        outcome = Outcome.UNKNOWN
        try:
            outcome = await self._attempt(placing)
        except Exception:
            outcome = Outcome.FAILED
            log.exception("a machine-placed call failed", call=placing.row.id, kind=placing.row.kind)
        finally:
            await _shielded(self._settle(placing, outcome))

    async def _attempt(self, placing: Placing) -> Outcome:
        row = placing.row
        order = DialOrder(
            to=placing.contact.number,
            linkedid="",
            purpose="emergency" if row.priority <= EMERGENCY_PRIORITY else row.kind,
            timeout=placing.policy.ring,
            account=str(row.facts.get("account", "")),
            estate=row.estate,
        )
        try:
            call = await self._dialer.dial(order)
        except DialFailed as failure:
            log.info("nobody reached", call=row.id, kind=row.kind, outcome=failure.disposition)
            if isinstance(failure, NoChannel):
                return Outcome.NO_CHANNEL
            return _OUTCOMES.get(failure.disposition, Outcome.FAILED)
        try:
            return await self._speak_on(placing, call)
        finally:
            with suppress(CallGone):
                await call.hangup()

    async def _speak_on(self, placing: Placing, call: Call) -> Outcome:
        await self._db.write(lambda s: self._desk.answered(s, placing, call.facts.leg))
        verdicts: list[Verdict] = []

        async def report(outcome: str, values: Mapping[str, str | Span]) -> None:
            now = self._clock.now()
            said = Report(outcome, values, placing.contact.name, call.facts.leg, now)
            verdicts.append(await self._db.write(lambda s: self._desk.report(s, placing, said, now)))

        with suppress(CallGone):
            await self._speak(call, placing.row, placing.given, report)
        if Verdict.DONE in verdicts:
            return Outcome.CONFIRMED
        if Verdict.PASS_ON in verdicts:
            return Outcome.PASSED_ON
        hung_up = call.over and call.report().hangup_by is HangupBy.FAR
        return Outcome.HUNG_UP if hung_up else Outcome.NO_KEY

    async def _settle(self, placing: Placing, outcome: Outcome) -> None:
        now = self._clock.now()
        try:
            state = await self._db.write(lambda s: self._desk.settle(s, placing, outcome, now))
        except EnvironmentFault as fault:
            log.error("an attempt could not be written; its lease will run out", reason=fault.code)
            return
        log.info("attempt over", call=placing.row.id, kind=placing.row.kind, outcome=outcome, state=state)


async def _shielded(last: object) -> None:
    task = asyncio.ensure_future(last)  # type: ignore[call-overload]
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
