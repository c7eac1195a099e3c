"""Calls we place: by which account, within how many channels, and how each of them went."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import baresip

from hotline.call.errors import DialFailed, NoChannel
from hotline.call.events import HangupBy
from hotline.call.ports import TEST_CALL, DialOrder, Direction, LegFacts
from hotline.telephony.addresses import host_of, parse_address
from hotline.telephony.channels import Use
from hotline.telephony.emergency import emergency_numbers
from hotline.telephony.leg import SipCall
from hotline.telephony.line import Line, new_leg_id
from hotline.telephony.offers import TEST_HEADER
from hotline.telephony.outcomes import GIVEN_UP, RING_TIMEOUT, UNREACHABLE, dial_error
from hotline.telephony.routes import Route, route


class Outgoing:
    """The dialling half of the user agent."""

    def __init__(
        self,
        line: Line,
        tasks: asyncio.TaskGroup,
        runtime: baresip.Runtime,
        agents: Mapping[str, baresip.UserAgent],
        own_host: str,
    ) -> None:
        """``agents``: the library's user agents by account name; see :func:`direct_agent`."""
        self._line = line
        self._tasks = tasks
        self._runtime = runtime
        self._agents = agents
        self._own_host = own_host
        self._is_emergency: Callable[[str], bool] = emergency_numbers(line.sip)

    async def dial(self, order: DialOrder) -> SipCall:
        """Ring until answered; every attempt that has somewhere to go is reported to the leg sink.

        Raises:
            DialFailed: or one of its kinds.
        """
        way = route(order, self._line.sip.accounts, own_host=self._own_host)
        facts = self._facts(order, way)
        self._line.sink.opened(facts)
        if not self._line.channels.take(facts.leg, Use.EMERGENCY if facts.emergency else Use.OUTGOING):
            self._line.counters.refused_full += 1
            self._line.stillborn(facts, "CONGESTION", HangupBy.NEAR, "congestion")
            raise NoChannel("All channels are in use (sip.channels): the call was not placed.")
        leg = await self._place(way, facts, order)
        await self._ring(leg, order.timeout)
        return leg

    def _facts(self, order: DialOrder, way: Route) -> LegFacts:
        leg = new_leg_id()
        target = parse_address(order.to)
        dialled = target.user if target is not None and target.user else order.to
        return LegFacts(
            leg=leg,
            linkedid=order.linkedid or leg,
            direction=Direction.OUTBOUND,
            caller=way.caller,
            caller_name=order.caller_name,
            dialled=order.to,
            account=way.account.name if way.account is not None else "",
            offered_at=self._line.clock.now(),
            purpose=order.purpose,
            estate=order.estate,
            emergency=order.purpose == "emergency" or self._is_emergency(dialled),
        )

    async def _place(self, way: Route, facts: LegFacts, order: DialOrder) -> SipCall:
        """Send the INVITE, in a task of its own: a dial cannot be taken back half way."""
        sending = self._tasks.create_task(self._send(way, facts, order), name="invite")
        try:
            outcome = await asyncio.shield(sending)
        except asyncio.CancelledError:
            self._tasks.create_task(_take_back(sending), name="take back")
            raise
        if isinstance(outcome, DialFailed):
            raise outcome
        return outcome

    async def _send(self, way: Route, facts: LegFacts, order: DialOrder) -> SipCall | DialFailed:
        """Return the ringing leg, or why there is none (raising would end the whole user agent)."""
        self._line.counters.dialled += 1
        if way.account is None:
            await self._line.gate.permit_host(host_of(way.uri))
        agent = self._agent_for(way)
        early: list[baresip.StackEvent] = []
        self._runtime.subscribe(early.append)
        try:
            native = await agent.dial(way.uri, {**way.headers, **self._marked(order)})
        except (baresip.BaresipError, ValueError) as error:
            self._line.channels.give_back(facts.leg)
            self._line.stillborn(facts, "FAILED", HangupBy.NEAR, "not-sent")
            return DialFailed(
                f"The call could not be sent ({type(error).__name__}). Check the destination's "
                "address and that this machine has a route to it."
            )
        finally:
            self._runtime.unsubscribe(early.append)
        leg = self._line.make_leg(native, facts, self._tasks, order)
        # A far end on the same machine rings, or refuses, before the library's call object listens.
        leg.replay(event for event in early if event.call == native.handle)
        return leg

    def _marked(self, order: DialOrder) -> dict[str, str]:
        return {TEST_HEADER: self._line.test_mark} if order.purpose == TEST_CALL else {}

    def _agent_for(self, way: Route) -> baresip.UserAgent:
        if way.account is not None:
            return self._agents[way.account.name]
        # Without TLS set up a sips: or TLS address is left to fail on the wire.
        return self._agents.get(direct_agent(way.transport)) or self._agents[direct_agent("udp")]

    async def _ring(self, leg: SipCall, patience: float) -> None:
        try:
            await asyncio.wait_for(leg.settled(), patience)
        except TimeoutError:
            # Without any response the far end was never reached: that is no "nobody answered".
            await leg.dismiss(RING_TIMEOUT if leg.heard_back else UNREACHABLE)
        except asyncio.CancelledError:
            self._tasks.create_task(leg.dismiss(GIVEN_UP), name="cancel")
            raise
        if not leg.answered or leg.over:
            raise dial_error(leg.report())


def direct_agent(transport: str) -> str:
    """Return the name of the user agent for direct calls by ``transport``; no account is called so."""
    return f"direct/{transport}"


async def _take_back(sending: asyncio.Task[SipCall | DialFailed]) -> None:
    """End a leg whose dialler was cancelled while its INVITE was being sent."""
    outcome = await sending
    if isinstance(outcome, SipCall):
        await outcome.dismiss(GIVEN_UP)
