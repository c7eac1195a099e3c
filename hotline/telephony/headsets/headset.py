"""One operator's headset as the calls process sees it: connected or not, ringing, in a call."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hotline.call.clock import Clock
from hotline.call.events import Digit, HangupBy
from hotline.call.ports import DialOrder
from hotline.telephony.headsets.call import CallEnd, HeadsetCall, Transport
from hotline.telephony.headsets.links import Link, Links

DECLINED = CallEnd(HangupBy.FAR, "declined", "DECLINED")
AWAY = CallEnd(HangupBy.NETWORK, "headset-away", "FAILED")
HUNG_UP = CallEnd(HangupBy.FAR, "normal", "CANCELLED")

_KEYS = frozenset("0123456789ABCD*#")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose headset it is."""

    estate: str
    number: str


@dataclass(slots=True)
class Ringing:
    """A call that waits to be picked up."""

    call: HeadsetCall
    order: DialOrder
    until: float
    """Monotonic seconds."""
    settled: asyncio.Future[CallEnd | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    """``None``: picked up."""

    def settle(self, end: CallEnd | None) -> None:
        """Say what came of it; what comes later is too late."""
        if not self.settled.done():
            self.settled.set_result(end)


class Headset:
    """Keeps its call while connections come and go. Used on the event loop only."""

    def __init__(self, owner: Owner, links: Links, clock: Clock) -> None:
        self.owner = owner
        self._links = links
        self._clock = clock
        self.link: Link | None = None
        self.media_up = False
        self.attended = False
        """The page is there; without it nobody sees it ring, but a call that is up goes on."""
        self.ringing: Ringing | None = None
        self.call: HeadsetCall | None = None
        self.card: Mapping[str, str] = {}
        self.muted = False

    def wake(self) -> None:
        """Have the socket thread look for what is due. Any thread."""
        self._links.wake()

    @property
    def present(self) -> bool:
        """True when the operator can be rung: connected, with sound."""
        return self.reachable and self.attended

    @property
    def reachable(self) -> bool:
        """True while sound can be exchanged."""
        return self.link is not None and self.media_up

    @property
    def forgotten(self) -> bool:
        """True when nothing is left to keep."""
        return self.link is None and self.ringing is None and self.call is None

    # --- connections -----------------------------------------------------------------------------

    def connected(self, link: Link, *, media_up: bool, attended: bool) -> None:
        """Go on over a (new) connection; the one before is told and ended."""
        if self.link is not None and self.link is not link:
            self.link.stream = None
            self.link.tell("taken")
            self.link.close()
        self.link, self.media_up, self.attended = link, media_up, attended
        self._say_state()
        if self.call is not None:
            self._carry(self.call)

    def disconnected(self, link: Link) -> None:
        """The connection is over; a call waits for the next."""
        if link is not self.link:
            return
        link.stream = None
        self.link, self.media_up = None, False
        if self.call is not None:
            self._carry(self.call)
        if self.ringing is not None:
            self.ringing.settle(AWAY)

    def _carry(self, call: HeadsetCall) -> None:
        self._links.pace_alone(call.stream, alone=self.link is None)
        if self.link is not None:
            self.link.stream = call.stream
            self._links.wake()

    def tell(self, kind: str, **facts: Any) -> None:
        """Send a message if there is a connection."""
        if self.link is not None:
            self.link.tell(kind, **facts)

    def _say_state(self) -> None:
        facts: dict[str, Any] = {"call": "", "ringing": ""}
        if self.call is not None:
            facts |= {"call": self.call.facts.leg, "card": dict(self.card)}
        if self.ringing is not None:
            seconds = max(self.ringing.until - self._clock.monotonic(), 0.0)
            facts |= {"ringing": self.ringing.call.facts.leg, "seconds": seconds}
            facts["card"] = dict(self.ringing.order.card)
        self.tell("state", **facts)

    # --- calls -----------------------------------------------------------------------------------

    def ring(self, ringing: Ringing) -> None:
        """Let it ring."""
        self.ringing = ringing
        self.tell(
            "ring",
            call=ringing.call.facts.leg,
            card=dict(ringing.order.card),
            seconds=ringing.order.timeout,
        )

    def stop_ring(self, why: str) -> None:
        """It rings no more and was not picked up."""
        ringing, self.ringing = self.ringing, None
        if ringing is not None:
            self.tell("stop_ring", call=ringing.call.facts.leg, why=why)

    def begin(self, ringing: Ringing) -> None:
        """It was picked up: sound flows."""
        self.ringing, self.call, self.card = None, ringing.call, ringing.order.card
        ringing.call.picked_up()
        if self.muted:
            ringing.call.note_mute(True)
        self.tell("connected", call=ringing.call.facts.leg, card=dict(self.card))
        self._carry(ringing.call)

    def ended(self, call: HeadsetCall, why: str) -> None:
        """The call that was up is over."""
        if self.call is not call:
            return
        self.call, self.card = None, {}
        self._links.pace_alone(call.stream, alone=False)
        if self.link is not None:
            self.link.stream = None
        self.tell("over", call=call.facts.leg, why=why)

    def look(self, now: float, *, grace: float) -> None:
        """Judge the connection of the call that is up."""
        if self.call is not None:
            self.call.look(now, reachable=self.reachable, grace=grace)

    # --- what the operator does ------------------------------------------------------------------

    def said(self, message: dict[str, Any]) -> bool:
        """Take in a message; returns False for one that is not understood."""
        match message:
            case {"t": "media", "up": bool(up)}:
                self._media(up, attended=message.get("attended") is not False)
            case {"t": "pick_up"}:
                if self.ringing is not None and self._meant(message, self.ringing.call):
                    self.ringing.settle(None)
            case {"t": "hang_up"}:
                self._hang_up(message)
            case {"t": "key", "key": str(key)} if key in _KEYS:
                if self.call is not None:
                    self.call.post(Digit(key=key, source="info"))
            case {"t": "mute", "on": bool(on)}:
                self._mute(on)
            case {"t": "quality"}:
                return self._quality(message)
            case _:
                return False
        return True

    def _mute(self, on: bool) -> None:
        changed, self.muted = on != self.muted, on
        if changed and self.call is not None:
            self.call.note_mute(on)

    def _media(self, up: bool, *, attended: bool) -> None:
        self.media_up, self.attended = up, attended
        if not up and self.ringing is not None:
            self.ringing.settle(AWAY)

    @staticmethod
    def _meant(message: Mapping[str, Any], call: HeadsetCall) -> bool:
        """Whether a click was for this call: one that was late may find the next."""
        return message.get("call") in (None, "", call.facts.leg)

    def _hang_up(self, message: Mapping[str, Any]) -> None:
        if self.ringing is not None and self._meant(message, self.ringing.call):
            self.ringing.settle(DECLINED)
        elif self.call is not None and self._meant(message, self.call):
            self.call.finish(HUNG_UP)

    def _quality(self, message: Mapping[str, Any]) -> bool:
        if self.call is None:
            return True
        try:
            self.call.transport = Transport(
                received=int(message["received"]),
                sent=int(message["sent"]),
                lost=int(message["lost"]),
                jitter_ms=float(message["jitter_ms"]),
            )
        except (KeyError, TypeError, ValueError):
            return False
        return True
