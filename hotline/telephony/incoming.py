"""Calls offered to us: recognised, admitted or refused, and handed to the application."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable

import baresip
import structlog

from hotline.call.events import HangupBy
from hotline.call.ports import TEST_CALL, Call, Direction, LegFacts
from hotline.telephony.channels import Use
from hotline.telephony.emergency import emergency_numbers
from hotline.telephony.gate import Verdict
from hotline.telephony.leg import SipCall
from hotline.telephony.line import Line, new_leg_id
from hotline.telephony.offers import TEST_HEADER, Offer, headers_of, read_offer
from hotline.telephony.outcomes import CONGESTED, Dismissal
from hotline.telephony.wire import WireMessage

_TRACE_WITHIN = 0.1
"""Seconds the INVITE's trace may come after the library's event: they take different threads."""
_CALL_WITHIN = 0.5
"""Seconds after a refusal by the library in which its call may still be reported."""

NO_WAY = 500
"""What the library answers when none of its addresses leads to the one in the caller's description."""

UNWANTED = Dismissal("not-admitted", "CONGESTION", 486)
DRAINING = Dismissal("draining", "CONGESTION", 486)

_log = structlog.get_logger(__name__)


class Incoming:
    """The receiving half of the user agent. Everything runs on the event loop."""

    def __init__(self, line: Line, tasks: asyncio.TaskGroup, deliver: Callable[[Call], None]) -> None:
        """``deliver`` gets every call the application shall answer."""
        self._line = line
        self._tasks = tasks
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._is_emergency = emergency_numbers(line.sip)
        self._verdicts: dict[str, Verdict] = {}

    # --- from the wire ------------------------------------------------------------------

    def on_wire(self, message: WireMessage) -> None:
        """Sort one message to its leg, or keep it until there is one."""
        dialogs = self._line.dialogs
        leg = dialogs.leg_of(message.call_id)
        if leg is not None:
            leg.on_wire(message)
            return
        first = dialogs.keep(message)
        if message.received and message.opens_call and first:
            self._line.counters.invites += 1
            verdict = self._line.gate.judge(message.source)
            if verdict is not Verdict.WELCOME:
                self._verdicts[message.call_id] = verdict
        elif _refuses_call(message):
            self._loop.call_later(_CALL_WITHIN, self._refused_by_library, message)

    def _refused_by_library(self, response: WireMessage) -> None:
        """Record an INVITE that the library turned down before there was a call.

        488: no codec in common; 500: it has no address from which the caller's sound could be reached.
        """
        call_id = response.call_id
        invite = self._line.dialogs.invite_of(call_id)
        self._line.dialogs.drop(call_id)
        unwanted = self._verdicts.pop(call_id, None) is not None
        if invite is None or not invite.received or unwanted:
            return
        self._line.counters.refused_media += 1
        offer = read_offer(invite.headers, uri=invite.uri, own_user="hotline", trusted=False)
        facts = self._facts(offer, self._line.gate.account_at(invite.source))
        cause = "not-acceptable" if response.status != NO_WAY else "no-way-for-sound"
        if response.status == NO_WAY:
            _log.warning(
                "a caller was refused: their sound is elsewhere than sip.listen reaches. Listen on 0.0.0.0, "
                "or on the address by which their network is reached",
                listen=self._line.sip.listen,
            )
        self._line.never_was(facts, "FAILED", HangupBy.NEAR, cause, response.status)

    # --- from the library ---------------------------------------------------------------

    def offer(self, account: str, own_user: str, native: baresip.Call) -> None:
        """A call rings (180 is out). Waits a moment for its INVITE if that is still on its way."""
        if self._line.dialogs.invite_of(native.call_id) is not None:
            self._take(account, own_user, native)
        else:
            self._loop.call_later(_TRACE_WITHIN, self._take, account, own_user, native)

    def _take(self, account: str, own_user: str, native: baresip.Call) -> None:
        invite = self._line.dialogs.invite_of(native.call_id)
        source = invite.source if invite is not None else ""
        at = self._line.gate.account_at(source)
        offer = read_offer(
            headers_of(invite, native.headers),
            uri=invite.uri if invite is not None else "",
            own_user=own_user,
            trusted=self._line.gate.is_trunk(source),
        )
        verdict = self._verdicts.pop(native.call_id or "", Verdict.WELCOME)
        if verdict is not Verdict.WELCOME:
            # A flood must not fill the call records: counted at the gate, not recorded.
            self._line.dialogs.drop(native.call_id or "")
            self._tasks.create_task(_turn_away(native), name="turn away")
            return
        facts = self._facts(offer, at or account)
        self._line.sink.opened(facts)
        leg = self._line.make_leg(native, facts, self._tasks)
        if native.state is baresip.CallState.CLOSED:
            leg.finish("")
        elif self._may_enter(leg):
            self._deliver(leg)

    def _facts(self, offer: Offer, account: str) -> LegFacts:
        leg = new_leg_id()
        headers = dict(offer.headers)
        marked = hmac.compare_digest(headers.pop(TEST_HEADER, "").encode(), self._line.test_mark.encode())
        return LegFacts(
            leg=leg,
            linkedid=leg,
            direction=Direction.INBOUND,
            caller=offer.caller,
            caller_name=offer.caller_name,
            dialled=offer.dialled,
            account=account,
            offered_at=self._line.clock.now(),
            headers=headers,
            purpose=TEST_CALL if marked else "",
            emergency=self._is_emergency(offer.caller) or self._is_emergency(offer.dialled),
        )

    def _may_enter(self, leg: SipCall) -> bool:
        line = self._line
        if line.draining:
            line.counters.refused_draining += 1
            self._tasks.create_task(leg.dismiss(DRAINING), name="refuse")
            return False
        if not line.channels.take(leg.facts.leg, Use.EMERGENCY if leg.facts.emergency else Use.INCOMING):
            line.counters.refused_full += 1
            _log.warning("call refused: no channel", in_use=line.channels.taken.total)
            self._tasks.create_task(leg.dismiss(CONGESTED), name="refuse")
            return False
        return True


def _refuses_call(message: WireMessage) -> bool:
    return not message.received and message.method == "INVITE" and message.status >= 300


async def _turn_away(native: baresip.Call) -> None:
    try:
        await native.hangup()
    except baresip.BaresipError as error:
        _log.debug("unwanted call was gone already", reason=type(error).__name__)
