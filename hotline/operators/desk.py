"""The operators' desk of a calls process: queues callers, rings operators, has the talk led.

Implements :class:`~hotline.call.ports.OperatorDesk`. One loop decides (:mod:`hotline.operators.queue`) after
every change and every second; each line that is rung is a task of its own; the talk runs in the task of
whoever serves the caller, so that their hanging up ends it.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from typing import Any

import structlog

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault
from hotline.call.ports import (
    Call,
    CallLog,
    Dialer,
    OperatorSummary,
    Served,
    ServeOrder,
    TellCaller,
    Words,
)
from hotline.db.engine import Database
from hotline.operators import lines
from hotline.operators.attending import Attendance, Attending
from hotline.operators.callbacks import CallBacks
from hotline.operators.config import OperatorBook
from hotline.operators.crew import Crew
from hotline.operators.deeds import Deeds
from hotline.operators.errands import Errands
from hotline.operators.hall import Hall
from hotline.operators.lines import OperatorKey
from hotline.operators.noticeboard import Feed
from hotline.operators.overhear import Overhearing
from hotline.operators.papers import Papers
from hotline.operators.presence import Deed
from hotline.operators.seat import DoOutsideTalk, Engage, MakeTalk
from hotline.operators.talktools import OwnTalks
from hotline.operators.visits import Visit, VisitBook, new_caller

log = structlog.get_logger(__name__)

TICK = 1.0
"""Seconds between two looks at the time: wrap-ups end, the longest wait is over."""


class Desk:
    """Everything about operators in one calls process; :meth:`run` must run for it to work."""

    def __init__(
        self,
        book: OperatorBook,
        *,
        dialer: Dialer,
        db: Database,
        clock: Clock,
        log: CallLog,
        feed: Feed,
        make_talk: MakeTalk,
        attendance: Attendance | None = None,
        outside: DoOutsideTalk | None = None,
        own: OwnTalks | None = None,
    ) -> None:
        """``feed`` shows states on screens; ``make_talk`` leads what follows the bridge.

        ``attendance`` words and records the calls the desk places itself (calls back). ``outside`` does what
        an operator asks who talks with no caller of a queue; ``own`` knows the talks that follow.
        """
        self._clock = clock
        self._db = db
        self._papers = Papers(db, clock)
        self._errands = Errands()
        self.crew = Crew(book, clock, self._papers, self._changed)
        visits = VisitBook(self._papers, log, clock)
        self._hall = Hall(
            book, self.crew, visits, dialer=dialer, clock=clock, errands=self._errands, feed=feed
        )
        self._attending = Attending(
            self._hall, visits, make_talk, clock, self._errands, own=own or OwnTalks()
        )
        self._backs = CallBacks(
            self._hall,
            self._attending,
            visits,
            self._papers,
            dialer=dialer,
            db=db,
            clock=clock,
            errands=self._errands,
            attendance=attendance or Attendance(),
        )
        self._overhearing = Overhearing(self.crew, self._attending, dialer, log, self._errands, self._show)
        self._deeds = Deeds(
            self.crew, self._hall, self._attending, self._overhearing, self._papers, log, outside
        )
        self._loaded = asyncio.Event()
        self._to_show: set[OperatorKey] = set()

    async def run(self) -> None:
        """Work until cancelled: goes on from what a predecessor left, then decides and writes."""
        async with asyncio.TaskGroup() as work:
            work.create_task(self._papers.run(), name="desk papers")
            try:
                await self._load()
                await self._decide()
            finally:
                await self._errands.close()

    async def _load(self) -> None:
        """Go on from the rows; a database that does not answer yet keeps nobody's call from its menu."""
        while not self._loaded.is_set():
            try:
                await self._hall.load(self._db)
                await self._backs.load()
            except EnvironmentFault as fault:
                log.warning("the desk waits for the database", code=fault.code)
                await self._clock.sleep(TICK)
            else:
                self._loaded.set()

    async def _decide(self) -> None:
        while True:
            try:
                self.crew.rest()
                self._hall.turn()
                self._show_all()
            except Exception:
                log.exception("the desk could not decide; it tries again")
            await self._hall.something_new(TICK)

    # --- the port ------------------------------------------------------------------------------------

    async def serve(self, call: Call, order: ServeOrder, words: Words, tell: TellCaller) -> Served:
        """See :class:`~hotline.call.ports.OperatorDesk`."""
        self._hall.queue(order.queue)
        await self._loaded.wait()
        now = self._clock.monotonic()
        visit_id = uuid.uuid4().hex
        visit = Visit(
            id=visit_id,
            leg=call.facts.leg,
            linkedid=call.facts.linkedid,
            number=call.facts.caller,
            order=order,
            words=words,
            tell=tell,
            caller=new_caller(visit_id, order, entered=now, now=now),
            entered_at=self._clock.now(),
        )
        return await self._attending.serve(call, visit)

    async def call_back(self, call: Call, order: ServeOrder, number: str) -> None:
        """See :class:`~hotline.call.ports.OperatorDesk`."""
        await self._loaded.wait()
        await self._backs.ask(call, order, number)

    def anybody(self, queue: str, estate: str) -> bool:
        """See :class:`~hotline.call.ports.OperatorDesk`; absent operators (did not answer) do not count.

        Raises :class:`KeyError` for an unknown queue.
        """
        self._hall.queue(queue)
        return lines.anybody(self._hall.state(), queue, estate)

    def find(self, estate: str, number: str) -> OperatorSummary | None:
        """See :class:`~hotline.call.ports.OperatorDesk`."""
        return self._deeds.find(estate, number)

    async def sign_in(self, estate: str, number: str, *, line: str = "") -> OperatorSummary:
        """See :class:`~hotline.call.ports.OperatorDesk`."""
        return await self._change(estate, number, Deed.SIGN_IN, line=line)

    async def ready(self, estate: str, number: str) -> OperatorSummary:
        """See :class:`~hotline.call.ports.OperatorDesk`."""
        return await self._change(estate, number, Deed.READY)

    async def pause(self, estate: str, number: str, reason: str) -> OperatorSummary:
        """See :class:`~hotline.call.ports.OperatorDesk`."""
        return await self._change(estate, number, Deed.PAUSE, reason=reason)

    async def sign_out(self, estate: str, number: str) -> OperatorSummary:
        """See :class:`~hotline.call.ports.OperatorDesk`."""
        return await self._change(estate, number, Deed.SIGN_OUT)

    async def _change(self, estate: str, number: str, deed: Deed, **how: str) -> OperatorSummary:
        await self._loaded.wait()
        return await self._deeds.change(estate, number, deed, **how)

    # --- console, command line, headsets -------------------------------------------------------------

    @property
    def engage(self) -> Engage:
        """For talks: keeps queues from ringing an operator who is busy otherwise."""
        return self.crew.engaged

    def lose(self, estate: str, number: str) -> None:
        """For talks: an operator's line has vanished; they are set to pause, and that is noticed.

        Raises :class:`~hotline.call.errors.OperatorRefused` for one who is not in the file.
        """
        self.crew.lose(estate, number)

    async def command(self, args: dict[str, Any]) -> dict[str, Any]:
        """Do ``action`` of ``operator`` in ``estate``; ``args``, or what else is given, are its arguments.

        For ``LiveFeed.commands["operators"]``. Action ``overview`` needs no operator. Raises
        :class:`~hotline.call.errors.HotlineError` when it is refused.
        """
        await self._loaded.wait()
        return await self._deeds.command(args)

    async def do(self, estate: str, number: str, action: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Do what an operator asks for and return the state of their screen.

        Raises :class:`~hotline.call.errors.OperatorRefused` with the reason.
        """
        await self._loaded.wait()
        return await self._deeds.do(estate, number, action, args)

    def overview(self) -> dict[str, Any]:
        """Return queues and operators as they are; for ``LiveFeed.answers`` and the status page."""
        return self._deeds.overview()

    def show_talk(self, operator: str, _state: dict[str, Any]) -> None:
        """Take the news of a talk (``TalkTools.show``): the screens of who has that number change."""
        for entry in self._hall.rules.operators:
            if entry.number == operator:
                self._show(entry.key)

    def _changed(self, key: OperatorKey) -> None:
        self._hall.stop_ringing(key)
        self._show(key)

    def _show(self, key: OperatorKey) -> None:
        """Have an operator's screen shown anew, soon: many change at once when a whole queue is rung."""
        self._to_show.add(key)
        self._hall.wake()

    def _show_all(self) -> None:
        changed, self._to_show = self._to_show, set()
        if changed:
            for (estate, number), state in self._deeds.states(changed).items():
                self._hall.feed.publish("desk", estate=estate, operator=number, state=state)
