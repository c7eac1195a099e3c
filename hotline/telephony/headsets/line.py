"""The telephone line of the headsets: who is connected, and ringing them (``headset:NUMBER``)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from hotline.call.clock import Clock
from hotline.call.errors import DialBusy, DialDeclined, DialFailed, DialNoAnswer, EnvironmentFault
from hotline.call.events import HangupBy
from hotline.call.ports import DialOrder, Direction, LegFacts, LegReport
from hotline.telephony.headsets.call import CallEnd, HeadsetCall
from hotline.telephony.headsets.headset import AWAY, Headset, Owner, Ringing
from hotline.telephony.headsets.links import Link, Links
from hotline.telephony.legs import GuardedSink, LegSink
from hotline.telephony.line import new_leg_id
from hotline.telephony.media import MediaEngine

log = structlog.get_logger(__name__)

SCHEME = "headset:"
ARRIVES_WITHIN = 2.0
"""Seconds a headset that is being connected has before it counts as away: its page says "ready" the moment
its own end is up, and whoever loads the page again is gone for a moment."""
_LOOKS_AGAIN = 0.05
GRACE = 10.0
"""Seconds an operator's network may be away before the call counts as lost: a router starts anew in less."""
LOOK_EVERY = 0.1

_NO_ANSWER = CallEnd(HangupBy.NEAR, "no-answer", "NO ANSWER")
_GIVEN_UP = CallEnd(HangupBy.NEAR, "cancelled", "CANCELLED")
_CLOSING = CallEnd(HangupBy.NETWORK, "lost", "LOST")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadsetStatus:
    """Figures for the status page."""

    connected: int
    """Headsets with sound: they can be rung."""
    connections: int
    calls: int
    refused_messages: int
    """Messages nobody understood."""
    late_turns: int


class HeadsetLine:
    """Rings headsets. :meth:`start` before anything else, :meth:`close` at the end."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        media: MediaEngine,
        *,
        legs: LegSink,
        ring_cycle: float,
        grace: float = GRACE,
    ) -> None:
        """Serve ``folder``'s socket (``HOME/run``); ``ring_cycle`` as in ``sip.ringing``, seconds."""
        self._folder = folder
        self._clock = clock
        self._media = media
        self._sink = GuardedSink(legs)
        self._ring_cycle = ring_cycle
        self._grace = grace
        self._headsets: dict[Owner, Headset] = {}
        self._by_link: dict[Link, Headset] = {}
        self._links: Links | None = None
        self._looking: asyncio.Task[None] | None = None
        self._refused = 0

    async def start(self) -> None:
        """Open the socket, over that of a predecessor that died.

        Raises:
            EnvironmentFault: the folder cannot be written.
        """
        links = Links(self._folder, self, self._clock)
        try:
            links.start()
        except OSError as error:
            raise EnvironmentFault(
                f"The socket for headsets in {self._folder} cannot be opened ({error.strerror}). "
                "Free space or mend the folder's permissions."
            ) from error
        self._links = links
        self._looking = asyncio.create_task(self._look(), name="headsets")

    async def close(self) -> None:
        """End every call and every connection."""
        for headset in tuple(self._headsets.values()):
            if headset.ringing is not None:
                headset.ringing.settle(AWAY)
            if headset.call is not None:
                headset.call.finish(_CLOSING)
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        if self._links is not None:
            await asyncio.to_thread(self._links.stop)

    @property
    def status(self) -> HeadsetStatus:
        """Figures as they are now."""
        headsets = tuple(self._headsets.values())
        return HeadsetStatus(
            connected=sum(headset.present for headset in headsets),
            connections=self._links.count if self._links is not None else 0,
            calls=sum(headset.call is not None for headset in headsets),
            refused_messages=self._refused,
            late_turns=self._links.late_turns if self._links is not None else 0,
        )

    def present(self, number: str, estate: str = "") -> bool:
        """True when this operator's headset can be rung."""
        headset = self._find(number, estate)
        return headset is not None and headset.present

    # --- dialling --------------------------------------------------------------------------------

    async def dial(self, order: DialOrder) -> HeadsetCall:
        """Ring ``headset:NUMBER`` until it is picked up; every attempt is reported to the leg sink.

        Cancelling the task stops the ringing.

        Raises:
            DialFailed: ``headset-away``: none is connected, or it went away while it rang. One that is
                just being connected is waited for.
            DialBusy: it rings or talks already.
            DialDeclined: the operator hung up while it rang.
            DialNoAnswer: nobody picked up within ``order.timeout`` seconds.
        """
        number = order.to.removeprefix(SCHEME)
        headset = await self._arriving(number, order.estate)
        facts = self._facts(order)
        self._sink.opened(facts)
        if headset is None or not headset.present:
            self._stillborn(facts, "FAILED", "headset-away")
            raise _away(number)
        if headset.ringing is not None or headset.call is not None:
            self._stillborn(facts, "BUSY", "busy")
            raise DialBusy(f"The headset of operator {number} is in use.")
        ringing = Ringing(
            HeadsetCall(
                facts,
                clock=self._clock,
                media=self._media,
                sink=self._sink,
                ring_cycle=self._ring_cycle,
                notice_silence=order.notice_silence,
                wake=headset.wake,
                on_hangup=headset.ended,
            ),
            order,
            until=self._clock.monotonic() + order.timeout,
        )
        headset.ring(ringing)
        return await self._await_pick_up(headset, ringing, number)

    async def _arriving(self, number: str, estate: str) -> Headset | None:
        """Return the headset, once its sound and its page are there where they are on their way."""
        until = self._clock.monotonic() + ARRIVES_WITHIN
        while True:
            headset = self._find(number, estate)
            on_its_way = headset is not None and headset.link is not None and not headset.present
            if not on_its_way or self._clock.monotonic() >= until:
                return headset
            await self._clock.sleep(_LOOKS_AGAIN)

    async def _await_pick_up(self, headset: Headset, ringing: Ringing, number: str) -> HeadsetCall:
        try:
            end = await asyncio.wait_for(asyncio.shield(ringing.settled), ringing.order.timeout)
        except TimeoutError:
            end = _NO_ANSWER
        except asyncio.CancelledError:
            headset.stop_ring("gave_up")
            ringing.call.finish(_GIVEN_UP)
            raise
        if end is None:
            headset.begin(ringing)
            return ringing.call
        headset.stop_ring(end.cause.replace("-", "_"))
        ringing.call.finish(end)
        match end.disposition:
            case "NO ANSWER":
                raise DialNoAnswer(f"The headset of operator {number} was not answered.")
            case "DECLINED":
                raise DialDeclined(f"Operator {number} declined the call.")
            case _:
                raise _away(number)

    def _find(self, number: str, estate: str) -> Headset | None:
        """Return the headset of an operator: of this estate, or of all; without an estate, the only one."""
        if estate:
            mine, common = (self._headsets.get(Owner(one, number)) for one in (estate, ""))
            return mine if mine is not None and (mine.present or common is None) else common
        found = [headset for owner, headset in self._headsets.items() if owner.number == number]
        return found[0] if len(found) == 1 else None

    def _facts(self, order: DialOrder) -> LegFacts:
        leg = new_leg_id()
        return LegFacts(
            leg=leg,
            linkedid=order.linkedid or leg,
            direction=Direction.OUTBOUND,
            caller=order.caller_id,
            caller_name=order.caller_name,
            dialled=order.to,
            offered_at=self._clock.now(),
            purpose=order.purpose,
            estate=order.estate,
            emergency=order.purpose == "emergency",
        )

    def _stillborn(self, facts: LegFacts, disposition: str, cause: str) -> None:
        """Close the record of a leg that could not even ring."""
        report = LegReport(
            answered_at=None,
            ended_at=self._clock.now(),
            ring_seconds=0.0,
            rings=0,
            disposition=disposition,
            hangup_by=HangupBy.NEAR,
            hangup_cause=cause,
        )
        self._sink.closed(facts.leg, report)

    # --- connections (LinkOwner) -----------------------------------------------------------------

    def said(self, link: Link, message: dict[str, Any]) -> None:
        """Take in what a headset said."""
        headset = self._by_link.get(link)
        if headset is None:
            headset = self._introduced(link, message)
        elif message["t"] == "bye":
            link.close()
        elif not headset.said(message):
            self._refused += 1

    def _introduced(self, link: Link, message: dict[str, Any]) -> Headset | None:
        match message:
            case {"t": "hello", "operator": str(number), "estate": str(estate)} if number and self._links:
                owner = Owner(estate, number)
                headset = self._headsets.get(owner)
                if headset is None:
                    headset = self._headsets[owner] = Headset(owner, self._links, self._clock)
                self._by_link[link] = headset
                headset.connected(
                    link,
                    media_up=message.get("media") is True,
                    attended=message.get("attended") is not False,
                )
                return headset
            case _:
                self._refused += 1
                link.close()
                return None

    def lost(self, link: Link) -> None:
        """A connection is over."""
        headset = self._by_link.pop(link, None)
        if headset is not None:
            headset.disconnected(link)
            self._forget(headset)

    def _forget(self, headset: Headset) -> None:
        if headset.forgotten:
            self._headsets.pop(headset.owner, None)

    async def _look(self) -> None:
        while True:
            await self._clock.sleep(LOOK_EVERY)
            now = self._clock.monotonic()
            for headset in tuple(self._headsets.values()):
                headset.look(now, grace=self._grace)
                self._forget(headset)


def _away(number: str) -> DialFailed:
    failure = DialFailed(
        f"The headset of operator {number} is not connected: open the headset's page, or start "
        "`hotline headset`, and press “ready”."
    )
    failure.code = "headset-away"
    return failure
