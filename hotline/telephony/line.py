"""What incoming and outgoing calls of one user agent share."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from dataclasses import dataclass, field

import baresip

from hotline import settings
from hotline.call.clock import Clock
from hotline.call.events import HangupBy
from hotline.call.ports import DialOrder, LegFacts, LegReport
from hotline.telephony.channels import ChannelBook
from hotline.telephony.dialogs import Dialogs
from hotline.telephony.gate import Gate
from hotline.telephony.leg import SipCall
from hotline.telephony.legs import LegSink
from hotline.telephony.media import MediaEngine
from hotline.telephony.status import Counters


@dataclass(slots=True, kw_only=True)
class Line:
    """The state of one calls process's telephone line."""

    sip: settings.Sip
    clock: Clock
    media: MediaEngine
    sink: LegSink
    gate: Gate
    channels: ChannelBook
    counters: Counters
    dialogs: Dialogs = field(default_factory=Dialogs)
    draining: bool = False
    test_mark: str = field(default_factory=lambda: secrets.token_hex(16))
    """By which a test call that comes back in is known: a caller cannot keep a call out of the figures."""

    def make_leg(
        self,
        native: baresip.Call,
        facts: LegFacts,
        tasks: asyncio.TaskGroup,
        order: DialOrder | None = None,
    ) -> SipCall:
        """Take a call of the library on, ours with its ``order``; it is known until it is over."""
        leg = SipCall(
            native,
            facts,
            clock=self.clock,
            media=self.media,
            sink=self.sink,
            ring_cycle=self.sip.ringing.ring_cycle,
            on_over=self._over,
            on_transfer_declined=lambda leg: self._transfer_declined(leg, tasks),
            order=order,
        )
        self.dialogs.add(leg)
        return leg

    def _over(self, leg: SipCall) -> None:
        self.dialogs.remove(leg)
        self.channels.give_back(leg.facts.leg)

    def _transfer_declined(self, leg: SipCall, tasks: asyncio.TaskGroup) -> None:
        """A peer that may not asked us to call somebody else (REFER): it gets 603.

        Nobody may transfer outside the procedure (DOMAIN section 9), so it is kept on the record.
        """
        self.counters.transfers_refused += 1
        self.sink.event(leg.facts.leg, "TRANSFER_REFUSED")
        tasks.create_task(leg.refuse_transfer(), name="refuse transfer")

    def never_was(
        self, facts: LegFacts, disposition: str, by: HangupBy, cause: str, status: int | None = None
    ) -> None:
        """Record a leg that never became a call of the library: opened and closed at once."""
        self.sink.opened(facts)
        self.stillborn(facts, disposition, by, cause, status)

    def stillborn(
        self, facts: LegFacts, disposition: str, by: HangupBy, cause: str, status: int | None = None
    ) -> None:
        """Close the record of a leg that was opened and came to nothing."""
        report = LegReport(
            answered_at=None,
            ended_at=self.clock.now(),
            ring_seconds=0.0,
            rings=0,
            disposition=disposition,
            hangup_by=by,
            hangup_cause=cause,
            sip_status=status,
        )
        self.sink.closed(facts.leg, report)


def new_leg_id() -> str:
    """Return 32 hex digits."""
    return uuid.uuid4().hex
