"""Places due calls: claims them, rings, runs their flow, settles. One for each calls process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import CallGone, DialFailed, EnvironmentFault, NoChannel
from hotline.call.events import HangupBy
from hotline.call.ports import Call, Dialer, DialOrder, Span
from hotline.db.engine import Database
from hotline.outbound import repository
from hotline.outbound.desk import LEASE, LONGEST_HOLD, Desk, Placing
from hotline.outbound.kinds import Report, Speak, Verdict
from hotline.outbound.leases import LeaseWatch
from hotline.outbound.policy import EMERGENCY_PRIORITY, Outcome

log = structlog.get_logger(__name__)

T = TypeVar("T")
TICK = 1.0
"""Seconds between two looks at what is due."""
RENEW_EVERY = 10.0
TRIES = 3
"""How often what a key said is written while the database is busy: an import costs nobody their answer."""
PASSING = frozenset({"database-locked", "database-busy", "database-unreachable"})
"""Faults that may be over in a moment."""
EMERGENCIES = 2
"""Calls of that priority tried even when the line is full: they have channels of their own."""
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
        """``room``: how many ordinary calls may be placed now (the channel budget)."""
        self._db = db
        self._desk = desk
        self._owner = owner
        self._clock = clock
        self._dialer = dialer
        self._speak = speak
        self._room = room
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._ringing: dict[str, asyncio.Timeout] = {}
        """Expires when the matter was settled elsewhere and nobody needs to answer any more."""
        self._recovered = False
        self._renewed = 0.0
        self._draining = False
        self._ending = False
        self._leases = LeaseWatch(LEASE.total_seconds())
        self._room_made = asyncio.Event()

    @property
    def under_way(self) -> int:
        """Calls being placed or spoken."""
        return len(self._under_way)

    def drain(self) -> None:
        """Place no more; what is under way may finish."""
        self._draining = True

    async def run(self) -> None:
        """Work until cancelled; what fails is tried again at the next tick.

        The process takes calls as well: nothing that goes wrong in here may end it.
        """
        async with asyncio.TaskGroup() as tasks:
            try:
                while True:
                    await self._pause(await self._look(tasks))
            finally:
                self._ending = True

    async def _look(self, tasks: asyncio.TaskGroup) -> float:
        """Look once; returns how long to wait then, in seconds."""
        try:
            begun = await self.tick(tasks)
            return 0.0 if begun else await self._until_due()
        except EnvironmentFault as fault:
            log.warning("machine-placed calls wait for the database", reason=fault.code)
        except Exception:
            log.exception("placing calls failed")
        return TICK

    async def tick(self, tasks: asyncio.TaskGroup) -> int:
        """Look once: recover, renew, place what is due; returns how many calls were begun."""
        self._room_made.clear()
        now = self._clock.now()
        if not self._recovered:
            found = await self._db.write(lambda session: self._desk.recover(session, now, first=True))
            self._recovered = True
            if found:
                log.warning("attempts of an earlier process were closed as unknown", calls=found)
        await self._renew()
        await self._call_off()
        if self._draining:
            return 0
        room = max(0, self._room())
        due = partial(repository.due, now=now, limit=min(room, 1), emergencies=1)
        if not await self._db.read(lambda session: bool(due(session))):
            return 0
        claim = partial(self._desk.claim, now=now, limit=room, emergencies=EMERGENCIES)
        try:
            placings = await self._db.write(claim)
        except EnvironmentFault:
            raise
        except Exception:
            log.exception("calls cannot be claimed together: each on its own")
            placings = await self._db.write(partial(claim, careful=True))
        for placing in placings:
            task = tasks.create_task(self._place(placing), name=f"outbound {placing.row.id}")
            self._under_way[placing.row.id] = task
            task.add_done_callback(partial(self._over, placing.row.id))
        await asyncio.sleep(0)  # each takes its channel before anybody asks again how many are left
        return len(placings)

    def _over(self, call: str, _task: asyncio.Task[None]) -> None:
        self._under_way.pop(call, None)
        self._room_made.set()

    async def _call_off(self) -> None:
        if not self._ringing:
            return
        for call in await self._db.read(partial(repository.settled, calls=list(self._ringing))):
            if call in self._ringing:
                self._ringing[call].reschedule(asyncio.get_running_loop().time())

    async def _until_due(self) -> float:
        """Seconds until the next call is due, a tick at most: a wake-up rings on the minute.

        What is due already waits for a channel, and that is told by :meth:`_over`.
        """
        due = await self._db.read(repository.next_due)
        wait = TICK if due is None else (due - self._clock.now()).total_seconds()
        return wait if 0 < wait < TICK else TICK

    async def _pause(self, seconds: float) -> None:
        """Wait, but no longer than until a channel is free again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._room_made.wait()

    async def _renew(self) -> None:
        if self._clock.monotonic() - self._renewed < RENEW_EVERY:
            return
        self._renewed = self._clock.monotonic()
        now = self._clock.now()
        if self._under_way:
            ids = list(self._under_way)
            await self._db.write(lambda s: repository.renew(s, ids, owner=self._owner, until=now + LEASE))
        leases = await self._db.read(partial(repository.leases, owner=self._owner))
        gone = self._leases.look(leases, at=self._clock.monotonic())
        held = await self._db.read(lambda s: repository.held_since_before(s, now - LONGEST_HOLD))
        placed = await self._db.read(lambda s: repository.placed_by(s, self._owner))
        dropped = placed - self._under_way.keys()
        if gone or held or dropped:
            found = await self._db.write(
                lambda session: self._desk.recover(session, now, gone=gone, dropped=dropped)
            )
            log.warning("attempts nobody is making any more were closed as unknown", calls=found)

    # --- one call --------------------------------------------------------------------------------

    async def _place(self, placing: Placing) -> None:
        outcome, fault = Outcome.UNKNOWN, ""
        try:
            outcome = await self._attempt(placing)
        except Exception as error:
            outcome, fault = Outcome.FAILED, f"a fault of the hotline's own: {type(error).__name__}"
            log.exception("a machine-placed call failed", call=placing.row.id, kind=placing.row.kind)
        finally:
            await _shielded(self._settle(placing, outcome, fault))

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
            call = await self._dial(row.id, order)
        except DialFailed as failure:
            log.info("nobody reached", call=row.id, kind=row.kind, outcome=failure.disposition)
            if isinstance(failure, NoChannel):
                return Outcome.NO_CHANNEL
            return _OUTCOMES.get(failure.disposition, Outcome.FAILED)
        if call is None:
            return Outcome.CALLED_OFF
        try:
            return await self._speak_on(placing, call)
        finally:
            with suppress(CallGone):
                await call.hangup()

    async def _dial(self, row: str, order: DialOrder) -> Call | None:
        """Ring; ``None`` when the matter was settled elsewhere before anybody answered."""
        try:
            async with asyncio.timeout(None) as ringing:
                self._ringing[row] = ringing
                return await self._dialer.dial(order)
        except TimeoutError:
            return None
        finally:
            self._ringing.pop(row, None)

    async def _speak_on(self, placing: Placing, call: Call) -> Outcome:
        await self._surely(lambda s: self._desk.answered(s, placing, call.facts.leg))
        verdicts: list[Verdict] = []

        async def report(outcome: str, values: Mapping[str, str | Span]) -> None:
            now = self._clock.now()
            said = Report(outcome, values, placing.contact.name, call.facts.leg, now)
            verdicts.append(await self._surely(lambda s: self._desk.report(s, placing, said, now)))

        with suppress(CallGone):
            await self._speak(call, placing.row, placing.given, report)
        if Verdict.DONE in verdicts:
            return Outcome.CONFIRMED
        if Verdict.PASS_ON in verdicts:
            return Outcome.PASSED_ON
        hung_up = call.over and call.report().hangup_by is HangupBy.FAR
        return Outcome.HUNG_UP if hung_up else Outcome.NO_KEY

    async def _surely(self, write: Callable[[Session], T]) -> T:
        """Write what somebody on the line waits for, several times if need be.

        Raises what a kind refuses, and :class:`EnvironmentFault` when the database stays away.
        """
        for left in reversed(range(TRIES)):
            try:
                return await self._db.write(write)
            except EnvironmentFault as fault:
                if left == 0 or fault.code not in PASSING:
                    raise
                log.warning("an answer is written again", reason=fault.code)
                await self._clock.sleep(TICK)
        raise AssertionError("unreachable")

    async def _settle(self, placing: Placing, outcome: Outcome, fault: str) -> None:
        """Write how an attempt ended, however long that takes: until then the call is ours and not placed."""
        now = self._clock.now()
        while True:
            try:
                settle = partial(self._desk.settle, placing=placing, outcome=outcome, now=now, fault=fault)
                state = await self._db.write(settle)
                break
            except EnvironmentFault as problem:
                log.error("an attempt could not be written yet", reason=problem.code)
            except Exception:
                log.exception("an attempt could not be written", call=placing.row.id)
                return  # see _renew: it is closed as unknown
            if self._ending:
                return  # the next process closes it
            await self._clock.sleep(TICK)
        log.info("attempt over", call=placing.row.id, kind=placing.row.kind, outcome=outcome, state=state)


async def _shielded(last: object) -> None:
    task = asyncio.ensure_future(last)  # type: ignore[call-overload]
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
