"""Calls the machine places, in the calls process: the dispatcher's parts put together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from hotline.app import listcalls
from hotline.app.conversing import Conversing
from hotline.app.parts import Parts
from hotline.app.reach import Reach
from hotline.app.selfcall import SelfCall
from hotline.app.selftest import POLICIES, SELFTEST, SelfTestCalls, SelfTests, own_address
from hotline.call.errors import CallGone, EnvironmentFault
from hotline.call.ports import Call
from hotline.ivr.checks import all_references
from hotline.ivr.intake import RECORDED
from hotline.ivr.model import Menu
from hotline.ivr.session import Session
from hotline.ivr.steps.consent import Consent
from hotline.ivr.steps.refs import ReadSlot
from hotline.outbound.desk import Desk
from hotline.outbound.dispatcher import Dispatcher
from hotline.outbound.kinds import Kind, Reporter
from hotline.outbound.models import OutboundCallRow
from hotline.settings import Estate
from hotline.telephony.agent import SipTelephony
from hotline.tickets import reopening
from hotline.tickets.dispatch import DispatchCalls, FollowUpCalls, MessageCalls
from hotline.tickets.planner import DISPATCH, FOLLOW_UP, MESSAGE, DispatchPlanner
from hotline.tickets.postponing import KIND as POSTPONEMENT
from hotline.tickets.postponing import PostponementCalls

log = structlog.get_logger(__name__)

PLAN_EVERY = 1.0
"""Seconds between looks at what happened to tickets."""
AT_ONCE = 40
"""Calls begun in one tick at most: thirty guests may want to be woken in the same minute."""


class Placing:
    """Plans and places calls until cancelled."""

    def __init__(self, parts: Parts, telephony: SipTelephony, conversing: Conversing) -> None:
        """Read the policies; raises :class:`~hotline.call.errors.InvalidInput`."""
        self._parts = parts
        self._telephony = telephony
        self._conversing = conversing
        self._policies = parts.policies
        self._telling: dict[str, tuple[Menu, bool]] = {}
        """Flows as they are in service, and whether they say that the call is recorded."""
        self._planner = DispatchPlanner(parts.db, self._policies.in_service, parts.tickets, Reach(parts.duty))
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
            reopening.KIND: reopening.NoticeCalls(parts.tickets, self._policies.in_service),
            **listcalls.kinds(parts, self._policies.in_service),
            SELFTEST: SelfTestCalls(),
            **parts.wakeups.kinds,
            **parts.outside.kinds,
        }
        return Desk(
            owner=parts.process,
            kinds=kinds,
            policies=lambda: {
                **POLICIES,
                **reopening.POLICIES,
                **parts.outside.policies(),
                **self._policies.in_service().named,
            },
            duty=parts.duty,
            zones={estate.id: ZoneInfo(estate.timezone) for estate in parts.settings.estates},
            alone=parts.db.dialect == "sqlite",
        )

    @property
    def status(self) -> dict[str, Any]:
        """For the status page: how many are under way, and why files on disk are not in service."""
        flows = [str(problem) for found in self._parts.flows.problems.values() for problem in found]
        problems = [*map(str, self._policies.problems), *map(str, self._parts.wakeups.rules.problems), *flows]
        problems += map(str, self._parts.outside.plan.problems)
        return {"under_way": self._dispatcher.under_way, "problem": "\n".join(problems)}

    def drain(self) -> None:
        """Begin no more calls."""
        self._dispatcher.drain()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep(self._planner.tick), name="tickets' calls")
            tasks.create_task(self._keep(self._selftests.tick), name="self-call")
            tasks.create_task(self._keep(self._parts.wakeups.planner.tick), name="wake-ups")
            tasks.create_task(self._keep(self._parts.outside.upkeep.tick), name="outside lines")
            for name, look in listcalls.watches(self._parts).items():
                tasks.create_task(self._keep(look), name=name)
            tasks.create_task(self._dispatcher.run(), name="dispatcher")

    async def _keep(self, look: Callable[[], Awaitable[object]]) -> None:
        """Look again and again; what fails is tried again and keeps no other kind of call waiting."""
        while True:
            try:
                await look()
            except EnvironmentFault as fault:
                log.warning("calls are not planned for now: the database", reason=fault.code)
            except Exception:
                log.exception("planning calls failed")
            await self._parts.clock.sleep(PLAN_EVERY)

    def _room(self) -> int:
        """Channels for ordinary calls; what the emergency's reserve still keeps is not offered to them.

        A call that is claimed and finds no channel would have to go behind all others that wait.
        """
        status = self._telephony.status()
        kept = max(0, self._parts.settings.sip.channels.reserved_emergency - status.channels.emergency)
        return max(0, min(AT_ONCE, status.channel_limit - status.channels.total - kept))

    # --- one answered leg ------------------------------------------------------------------------

    async def _speak(
        self, call: Call, row: OutboundCallRow, given: Mapping[str, Any], report: Reporter
    ) -> None:
        outcome = "failed"
        try:
            if self._may_record(row):
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
            await self._conversing.log.closed(
                call.facts.leg, call.report(), outcome=outcome, recorded_seconds=call.recorded_seconds
            )

    def _session(
        self, call: Call, row: OutboundCallRow, given: Mapping[str, Any], report: Reporter
    ) -> Session:
        return Session(
            call,
            self._parts.flows.in_service(row.flow),
            self._conversing.equipment(call, self._estate(row.estate)),
            given=given,
            report=report,
        )

    def _may_record(self, row: OutboundCallRow) -> bool:
        """Whoever is recorded is told (DOMAIN section 9): a guest who is woken is not, and is not recorded.

        People on a roster are the house's own, who know.
        """
        agreed = self._parts.settings.recording.consent == "off"
        return agreed or bool(row.roster) or row.kind == SELFTEST or self._tells(row.flow)

    def _tells(self, flow: str) -> bool:
        menu = self._parts.flows.in_service(flow)
        known = self._telling.get(flow)
        if known is None or known[0] is not menu:
            known = self._telling[flow] = (menu, tells_of_recording(menu))
        return known[1]

    async def _record(self, call: Call) -> None:
        path = self._conversing.recordings.path(call)
        if path is not None:
            call.start_recording(path)
            await self._conversing.log.recording(call.facts.leg, path)

    def _estate(self, name: str) -> Estate:
        estates = self._parts.settings.estates
        return next((estate for estate in estates if estate.id == name), estates[0])


def tells_of_recording(menu: Menu) -> bool:
    """True for a flow that says that the call is recorded, where it is."""
    asks = any(isinstance(step, Consent) for step in menu.steps.values())
    return asks or any(isinstance(ref, ReadSlot) and ref == RECORDED for _, ref in all_references(menu))
