"""Supervisors: listen to a talk, whisper to its operator, barge in; every time with an entry on the call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass

import structlog

from hotline.call.errors import CallGone, DialFailed, OperatorRefused
from hotline.call.events import HungUp
from hotline.call.ports import Call, CallLog, Dialer, DialOrder
from hotline.operators.attending import Attending
from hotline.operators.config import OperatorEntry
from hotline.operators.crew import Crew
from hotline.operators.errands import Errands
from hotline.operators.lines import OperatorKey
from hotline.operators.seat import Right, TalkLike

log = structlog.get_logger(__name__)

MODES = ("listen", "whisper", "barge")
LEAVE = "leave"
PURPOSE = "supervise"
RING = 20.0
"""Seconds for which the supervisor's own line is rung."""


@dataclass(slots=True, eq=False)
class _Ear:
    talk: TalkLike
    target: OperatorKey
    leg: str
    """The caller's: where the entry goes."""
    linkedid: str
    mode: str
    line: Call | None = None
    task: asyncio.Task[None] | None = None


class Overhearing:
    """Who listens to whom."""

    def __init__(
        self,
        crew: Crew,
        attending: Attending,
        dialer: Dialer,
        log: CallLog,
        errands: Errands,
        show: Callable[[OperatorKey], None],
    ) -> None:
        """``show`` is called when something changes for a supervisor."""
        self._crew = crew
        self._attending = attending
        self._dialer = dialer
        self._log = log
        self._errands = errands
        self._show = show
        self._ears: dict[OperatorKey, _Ear] = {}
        attending.when_over.append(self._talk_over)

    def state(self, key: OperatorKey) -> dict[str, str] | None:
        """Return whom a supervisor listens to and how; ``None`` for nobody."""
        ear = self._ears.get(key)
        return None if ear is None else {"operator": ear.target[1], "mode": ear.mode}

    def listens(self, key: OperatorKey) -> bool:
        """True while a supervisor's line is up, or rung, for listening."""
        return key in self._ears

    async def begin(self, supervisor: OperatorEntry, estate: str, target: OperatorEntry, mode: str) -> None:
        """Ring the supervisor's line and let them in; another mode for the same talk changes it.

        Raises :class:`~hotline.call.errors.OperatorRefused`; returns while the line still rings.
        """
        if not supervisor.supervisor and Right.LISTEN not in supervisor.may:
            raise OperatorRefused("Only supervisors may listen to others.", code="not-allowed")
        found = self._attending.talk_of(target.key)
        if found is None or target.key == supervisor.key:
            raise OperatorRefused(f"Operator {target.number} talks with no caller.", code="no-talk")
        talk = found.talk
        ear = self._ears.get(supervisor.key)
        if ear is not None and ear.talk is not talk:
            raise OperatorRefused(
                f"Leave the talk of operator {ear.target[1]} first.", code="listens-already"
            )
        if ear is None:
            busy = ExitStack()
            busy.enter_context(
                self._crew.engaged(estate or supervisor.estate, supervisor.number, "supervise")
            )
            ear = self._ears[supervisor.key] = _Ear(talk, target.key, found.leg, found.linkedid, mode)
            ear.task = self._errands.begin(self._listen(supervisor, estate, ear), "supervise")
            ear.task.add_done_callback(lambda _: self._ended(supervisor.key, busy))
            return
        if ear.line is not None:
            await talk.supervise(ear.line, mode)
            self._enter(supervisor.number, ear, mode)
        ear.mode = mode
        self._show(supervisor.key)

    def leave(self, key: OperatorKey) -> None:
        """Listen no more; raises :class:`~hotline.call.errors.OperatorRefused` for who does not."""
        ear = self._ears.get(key)
        if ear is None or ear.task is None:
            raise OperatorRefused("You listen to nobody.", code="no-talk")
        ear.task.cancel()

    def _talk_over(self, talk: TalkLike) -> None:
        for ear in tuple(self._ears.values()):
            if ear.talk is talk and ear.task is not None:
                ear.task.cancel()

    async def _listen(self, supervisor: OperatorEntry, estate: str, ear: _Ear) -> None:
        try:
            line = await self._dialer.dial(self._order(supervisor, estate, ear))
            try:
                await self._hear(supervisor, ear, line)
            finally:
                await line.hangup()
        except (DialFailed, OperatorRefused) as refused:
            log.info("a supervisor could not listen", operator=supervisor.number, code=refused.code)

    def _ended(self, key: OperatorKey, busy: ExitStack) -> None:
        """Whatever ended it, also before it began: the supervisor is what they were before."""
        del self._ears[key]
        busy.close()
        self._show(key)

    def _order(self, supervisor: OperatorEntry, estate: str, ear: _Ear) -> DialOrder:
        return DialOrder(
            to=self._crew.line(supervisor),
            linkedid=ear.linkedid,
            purpose=PURPOSE,
            timeout=RING,
            estate=estate,
            card={"supervise": ear.target[1], "mode": ear.mode},
        )

    async def _hear(self, supervisor: OperatorEntry, ear: _Ear, line: Call) -> None:
        try:
            await ear.talk.supervise(line, ear.mode)
            ear.line = line
            self._enter(supervisor.number, ear, ear.mode)
            self._show(supervisor.key)
            while not isinstance(await line.next_event(), HungUp):
                pass
        except CallGone:
            pass  # the supervisor hung up
        finally:
            ear.line = None
            self._enter(supervisor.number, ear, LEAVE)
            with suppress(CallGone, OperatorRefused):  # the talk, or the supervisor, has gone
                await ear.talk.supervise(line, LEAVE)

    def _enter(self, supervisor: str, ear: _Ear, mode: str) -> None:
        """DOMAIN section 9: a look at a conversation is written down."""
        detail = {"supervisor": supervisor, "operator": ear.target[1], "mode": mode}
        self._log.event(ear.leg, "SUPERVISE", detail)
        log.info("a supervisor and a talk", **detail)
