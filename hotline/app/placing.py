"""Calls the machine places, in the calls process: the dispatcher's parts put together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from hotline.app.legbook import TellingCallLog
from hotline.app.livefeed import LiveFeed
from hotline.app.menus import open_flows
from hotline.app.parts import Parts
from hotline.app.recording import RecordingPlace
from hotline.app.selfcall import SelfCall
from hotline.app.selftest import POLICIES, SELFTEST, SelfTestCalls, SelfTests, own_address
from hotline.app.tellingprompts import TellingPrompts
from hotline.call.errors import CallGone, EnvironmentFault
from hotline.call.ports import Call
from hotline.callrecords.repository import recording_path
from hotline.campaigns.calls import SURVEY, SurveyCalls
from hotline.ivr.session import Session
from hotline.outbound.desk import Desk
from hotline.outbound.dispatcher import Dispatcher
from hotline.outbound.kinds import Kind, Reporter
from hotline.outbound.models import OutboundCallRow
from hotline.outbound.policies import PolicyBook
from hotline.settings import Estate
from hotline.telephony.agent import SipTelephony
from hotline.tickets.dispatch import DispatchCalls, FollowUpCalls, MessageCalls
from hotline.tickets.planner import DISPATCH, FOLLOW_UP, MESSAGE, DispatchPlanner
from hotline.tickets.postponing import KIND as POSTPONEMENT
from hotline.tickets.postponing import PostponementCalls

log = structlog.get_logger(__name__)

PLAN_EVERY = 1.0
"""Seconds between looks at what happened to tickets."""
AT_ONCE = 10
"""Calls begun in one tick at most."""
ALWAYS = 2
"""Calls tried even when the line looks full: an emergency has channels of its own."""


class Placing:
    """Plans and places calls until cancelled."""

    def __init__(self, parts: Parts, telephony: SipTelephony, feed: LiveFeed) -> None:
        """Read the flows and policies; raises :class:`~hotline.call.errors.InvalidInput`."""
        self._parts = parts
        self._telephony = telephony
        self._feed = feed
        self._log = TellingCallLog(parts.records, feed)
        self._recordings = RecordingPlace(parts)
        self._policies = PolicyBook(parts.home.config, last_good=parts.home.in_service / "outbound")
        self._flows = open_flows(parts.home, parts.prompts, parts.duty, parts.clock)
        self._planner = DispatchPlanner(parts.db, self._policies.in_service)
        self._selftests = SelfTests(
            parts.db,
            parts.clock,
            parts.settings,
            rules=self._policies.in_service,
            conversation=SelfCall(parts.prompts, parts.clock),
            own_address=lambda: own_address(telephony.status().addresses),
        )
        self._dispatcher = Dispatcher(
            parts.db,
            self._desk(),
            owner=parts.process,
            clock=parts.clock,
            dialer=telephony,
            speak=self._speak,
            room=self._room,
        )

    def _desk(self) -> Desk:
        parts = self._parts
        kinds: dict[str, Kind] = {
            DISPATCH: DispatchCalls(parts.tickets),
            MESSAGE: MessageCalls(parts.tickets),
            FOLLOW_UP: FollowUpCalls(parts.tickets),
            POSTPONEMENT: PostponementCalls(parts.tickets),
            SURVEY: SurveyCalls(),
            SELFTEST: SelfTestCalls(),
        }
        return Desk(
            owner=parts.process,
            kinds=kinds,
            policies=lambda: {**POLICIES, **self._policies.in_service().named},
            duty=parts.duty,
            zones={estate.id: ZoneInfo(estate.timezone) for estate in parts.settings.estates},
            alone=parts.db.dialect == "sqlite",
        )

    @property
    def status(self) -> dict[str, Any]:
        """For the status page: how many are under way, and why files on disk are not in service."""
        flows = [str(problem) for found in self._flows.problems.values() for problem in found]
        problems = [*map(str, self._policies.problems), *flows]
        return {"under_way": self._dispatcher.under_way, "problem": "\n".join(problems)}

    def drain(self) -> None:
        """Begin no more calls."""
        self._dispatcher.drain()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._flows.watch(), name="flows")
            tasks.create_task(self._plan(), name="planner")
            tasks.create_task(self._dispatcher.run(), name="dispatcher")

    async def _plan(self) -> None:
        while True:
            try:
                await self._planner.tick()
                await self._selftests.tick()
            except EnvironmentFault as fault:
                log.warning("calls about tickets wait for the database", reason=fault.code)
            await self._parts.clock.sleep(PLAN_EVERY)

    def _room(self) -> int:
        status = self._telephony.status()
        free = status.channel_limit - status.channels.total
        return max(ALWAYS, min(AT_ONCE, free))

    # --- one answered leg ------------------------------------------------------------------------

    async def _speak(
        self, call: Call, row: OutboundCallRow, given: Mapping[str, Any], report: Reporter
    ) -> None:
        outcome = "failed"
        try:
            await self._record(call)
            if row.kind == SELFTEST:
                await self._selftests.converse(call, row, report)
                outcome = SELFTEST
            else:
                outcome = await self._session(call, row, given, report).run()
        except CallGone:
            outcome = "abandoned"
        finally:
            with suppress(CallGone):
                await call.hangup()
            await self._log.closed(
                call.facts.leg, call.report(), outcome=outcome, recorded_seconds=call.recorded_seconds
            )

    def _session(
        self, call: Call, row: OutboundCallRow, given: Mapping[str, Any], report: Reporter
    ) -> Session:
        parts, estate = self._parts, self._estate(row.estate)
        return Session(
            call,
            self._flows.in_service(row.flow),
            clock=parts.clock,
            prompts=TellingPrompts(parts.prompts, self._feed, call.facts.leg),
            ears=parts.ears,
            desk=parts.tickets,
            directory=parts.residents,
            duty=parts.estate_duty(estate),
            dialer=self._telephony,
            log=self._log,
            estate=estate,
            announce=parts.settings.recording.announce,
            accept_score=parts.settings.speech.accept_score,
            given=given,
            report=report,
            recording_of=self._recording_of,
        )

    async def _record(self, call: Call) -> None:
        path = self._recordings.path(call)
        if path is not None:
            call.start_recording(path)
            await self._log.recording(call.facts.leg, path)

    async def _recording_of(self, leg: str) -> Path | None:
        find = partial(recording_path, leg=leg, recordings=self._parts.home.recordings)
        return await self._parts.db.read(find)

    def _estate(self, name: str) -> Estate:
        estates = self._parts.settings.estates
        return next((estate for estate in estates if estate.id == name), estates[0])
