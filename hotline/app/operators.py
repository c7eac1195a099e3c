"""The operators' desk in the calls process: where queues, talks, menus and records meet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from hotline.app.conversing import Conversing
from hotline.app.livefeed import LiveFeed
from hotline.app.parts import Parts
from hotline.app.switchboard import DeskSwitchboard
from hotline.app.talkscribe import TalkScribe
from hotline.call.errors import CallGone
from hotline.call.ports import Call, Dialer, Direction, Presence, ServeOrder, Words
from hotline.callrecords.models import CallRow
from hotline.ivr.deskwords import words_of_order
from hotline.operators.attending import Attendance
from hotline.operators.desk import Desk
from hotline.operators.ownwork import OwnWork
from hotline.operators.park import ParkingLot
from hotline.operators.seat import Seat, SeatedOperator, TalkLike
from hotline.operators.talk import Talk
from hotline.operators.talktools import TalkTools
from hotline.settings import Estate
from hotline.telephony.headsets.line import HeadsetLine


class OperatorsAtWork:
    """The desk with everything it needs; one a calls process."""

    def __init__(self, parts: Parts, dialer: Dialer, conversing: Conversing, feed: LiveFeed) -> None:
        """Nothing happens before :meth:`run`."""
        self._parts = parts
        self._conversing = conversing
        switchboard = DeskSwitchboard(
            parts.operators,
            line_of=self._line_of,
            duty=lambda estate: parts.duty[estate],
            enquiries=parts.enquiries,
            outside=parts.outside.book,
            db=parts.db,
            clock=parts.clock,
            own_line=lambda: self.own_line(),
        )
        self.own_line: Callable[[], str] = str
        """Where the hotline takes calls, once it does."""
        self._tools = TalkTools(
            dialer=dialer,
            switchboard=switchboard,
            log=conversing.log,
            clock=parts.clock,
            lot=ParkingLot(parts.clock),
            rules_now=lambda: parts.operators.in_service().talk,
            engage=self._engage,
            lose=lambda estate, number: self.desk.lose(estate, number),
            show=lambda operator, state: self.desk.show_talk(operator, state),
            take_down=TalkScribe(parts.ears.talks, feed),
        )
        self._own = OwnWork(
            self._tools,
            lambda estate, language: self._words(ServeOrder(queue="", estate=estate, language=language)),
            estate=parts.settings.estates[0].id,
            record=self._recorded,
        )
        self.desk = Desk(
            parts.operators,
            dialer=dialer,
            db=parts.db,
            clock=parts.clock,
            log=conversing.log,
            feed=feed,
            make_talk=self._talk,
            attendance=Attendance(words=self._words, recorded=self._recorded),
            outside=self._own,
            own=self._tools.own,
        )
        feed.commands["operators"] = self.desk.command
        feed.answers["operators"] = self.desk.overview

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            await self.desk.run()
        finally:
            await self._own.close()

    @property
    def problem(self) -> str:
        """Why files on disk are not in service."""
        parts = self._parts
        parts.enquiries.look()  # the others are looked at all the time
        found = (*parts.operators.problems, *parts.enquiries.problems, *parts.outside.plan.problems)
        return "\n".join(map(str, found))

    async def earlier_calls(self, estate: str, number: str) -> int:
        """Return how often a raw number has called today, the present call included."""
        parts = self._parts
        plain = parts.normalise(number) or number
        today = parts.clock.now().astimezone(ZoneInfo(self._estate(estate).timezone))
        since = today.replace(hour=0, minute=0, second=0, microsecond=0)
        query = select(func.count()).where(
            CallRow.estate == estate,
            CallRow.src == plain,
            CallRow.start >= since,
            CallRow.direction == Direction.INBOUND,
        )
        return await parts.db.read(lambda session: session.scalar(query) or 0)

    # --- what the desk asks for ------------------------------------------------------------------

    def _engage(self, estate: str, number: str, why: str) -> AbstractContextManager[SeatedOperator]:
        return self.desk.engage(estate, number, why)

    def _line_of(self, estate: str, number: str) -> tuple[str, Presence]:
        found = self.desk.find(estate, number)
        return ("", Presence.SIGNED_OUT) if found is None else (found.line, found.presence)

    def _talk(self, call: Call, seat: Seat, order: ServeOrder, words: Words) -> TalkLike:
        return Talk(call, seat, order, words, tools=self._tools)

    def _estate(self, name: str) -> Estate:
        estates = self._parts.settings.estates
        return next((estate for estate in estates if estate.id == name), estates[0])

    def _words(self, order: ServeOrder) -> Words:
        estate = self._estate(order.estate)
        return words_of_order(
            order,
            self._parts.menus.in_service(estate.menu),
            prompts=self._parts.prompts,
            clock=self._parts.clock,
            language=estate.language,
            timezone=estate.timezone,
        )

    @asynccontextmanager
    async def _recorded(self, leg: Call, _estate: str = "") -> AsyncIterator[None]:
        path = await self._conversing.recordings.later_path(leg)
        if path is not None:
            with suppress(CallGone):
                leg.start_recording(path)
                await self._conversing.log.recording(leg.facts.leg, path)
        try:
            yield
        finally:
            if not leg.over:
                with suppress(CallGone):
                    await leg.hangup()
            await self._conversing.log.closed(
                leg.facts.leg, leg.report(), outcome="transferred", recorded_seconds=leg.recorded_seconds
            )


def operators_status(at_work: OperatorsAtWork, headsets: HeadsetLine) -> dict[str, Any]:
    """Return sections for the status page: no names, no numbers of callers."""
    found = at_work.desk.overview()
    presences = [one["presence"] for one in found["operators"]]
    return {
        "operators": {
            "waiting": len(found["waits"]),
            **{
                one.value: presences.count(one.value)
                for one in (Presence.READY, Presence.TALKING, Presence.PAUSED)
            },
            "problem": at_work.problem,
        },
        "headset_line": asdict(headsets.status),
    }
