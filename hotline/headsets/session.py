"""One operator's headset in the gateway: its page, its WebRTC connection and its line at the calls process.

Each of the three may break by itself and come back: the page by its ``device``, the sound by a new offer, the
line by connecting again. What is up is told to the others, so that a call goes on over whatever is new.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault, HotlineError
from hotline.headsets import protocol
from hotline.headsets.callslink import CallsLink
from hotline.headsets.peer import Peer, PeerCounters
from hotline.headsets.signalling import Wire
from hotline.headsets.wire import Frame

log = structlog.get_logger(__name__)

QUIET = 1.0
"""Seconds without a packet after which the sound counts as lost: 50 packets are no hiccup."""
QUIET_UNATTENDED = 0.3
"""The same once the page is gone as well: the browser was closed."""
OFFER_AGAIN_EVERY = 3.0
"""Seconds between requests to offer again while the page is there and the sound is not."""
KEPT_UNATTENDED = 30.0
"""Seconds a headset is kept whose page is gone, when no call is up."""
QUALITY_EVERY = 2.0
"""Seconds between the figures that the calls process keeps for the record."""


Ice = Callable[[], Sequence[protocol.IceServer]]
"""Returns servers; raises :class:`~hotline.call.errors.EnvironmentFault`."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose headset it is."""

    estate: str
    operator: str


class Session:
    """One headset. Used on the event loop only; :meth:`look` is called some ten times a second."""

    def __init__(
        self,
        owner: Owner,
        folder: Path,
        clock: Clock,
        *,
        addresses: Callable[[], Sequence[str]],
        end: Callable[[Session], None],
        ice: Ice = tuple,
    ) -> None:
        """``ice`` returns the STUN and TURN servers to ask; ``end`` is called when another gateway has taken
        the operator over."""
        self.owner = owner
        self.link = CallsLink(folder, self, clock)
        self._clock = clock
        self._addresses = addresses
        self._ice = ice
        self._end = end
        self._page: Wire | None = None
        self._device = ""
        self._peer: Peer | None = None
        self._before = PeerCounters(0, 0, 0, 0.0)
        self._media_up = False
        self._call = ""
        self._ringing = ""
        self._card: Mapping[str, str] = {}
        self._ring_until = 0.0
        self._unattended_since: float | None = None
        self._asked_at = 0.0
        self._quality_at = 0.0

    @property
    def busy(self) -> bool:
        """True while a call is up."""
        return bool(self._call)

    # --- the page --------------------------------------------------------------------------------

    async def attend(self, page: Wire, device: str) -> None:
        """A page (or program) has come; the one before is told, unless it is the same come back."""
        before, same = self._page, bool(device) and device == self._device
        self._page, self._device, self._unattended_since = page, device, None
        if before is not None:
            if not same:
                before.send(_TAKEN_OVER)
            before.close()
        if not same:
            await self._drop_peer()
        self._report_media()
        self._say_how_things_stand()

    def leave(self, page: Wire) -> None:
        """A page is gone; the sound may still be there."""
        if page is self._page:
            self._page = None
            self._unattended_since = self._clock.monotonic()
            self._report_media()

    def _say(self, message: protocol.Message) -> None:
        if self._page is not None:
            self._page.send(message)

    def _say_how_things_stand(self) -> None:
        if self._call:
            self._say(protocol.Connected(call=self._call, card=self._card))
        elif self._ringing:
            seconds = max(self._ring_until - self._clock.monotonic(), 0.0)
            self._say(protocol.Ring(call=self._ringing, card=self._card, seconds=seconds))

    async def said(self, line: bytes) -> None:
        """Take in a line of the page; what is not understood is answered with an error."""
        try:
            await self._obey(protocol.parse_from_headset(line))
        except HotlineError as error:
            self._say(protocol.Error(code=error.code, sentence=error.sentence))

    async def _obey(self, message: protocol.Message) -> None:
        match message:
            case protocol.Offer(sdp=sdp):
                await self._answer(sdp)
            case protocol.PickUp():
                self.link.tell("pick_up", call=self._ringing)
            case protocol.HangUp():
                self.link.tell("hang_up", call=self._ringing or self._call)
            case protocol.Key(key=key):
                self.link.tell("key", key=key)
            case protocol.Mute(on=on):
                self.link.tell("mute", on=on)
            case _:
                raise protocol.BadMessage("This message is none for the line.")

    # --- the sound -------------------------------------------------------------------------------

    async def _answer(self, sdp: str) -> None:
        peer = Peer(
            now=self._clock.monotonic,
            on_frame=self._spoke,
            on_change=self._peer_changed,
            addresses=self._addresses(),
            ice=self._servers(),
        )
        try:
            answer = await peer.answer(sdp)
        except HotlineError:
            await peer.close()
            raise
        await self._drop_peer()
        self._peer = peer
        self._asked_at = self._clock.monotonic()
        self._say(protocol.Answer(sdp=answer))

    def _servers(self) -> Sequence[protocol.IceServer]:
        """A server that cannot be used is said to the log; a headset in the same network needs none."""
        try:
            return self._ice()
        except EnvironmentFault as fault:
            log.warning("no STUN or TURN server is asked", code=fault.code, reason=fault.sentence)
            return ()

    async def _drop_peer(self) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            self._before = self._counters(peer)
            await peer.close()

    def _peer_changed(self, peer: Peer) -> None:
        if peer is self._peer:
            self.look(self._clock.monotonic())

    def _spoke(self, frame: bytes) -> None:
        if self._call:
            self.link.speak(frame)

    def heard(self, frame: Frame) -> None:
        """A frame from the calls process."""
        if self._peer is not None:
            self._peer.speak(frame)

    def _counters(self, peer: Peer | None) -> PeerCounters:
        before = self._before
        if peer is None:
            return before
        seen = peer.counters
        return PeerCounters(
            before.received + seen.received,
            before.sent + seen.sent,
            before.lost + seen.lost,
            seen.jitter_ms,
        )

    def look(self, now: float) -> None:
        """Judge the sound at ``now`` (the clock's monotonic seconds); tell whom it concerns."""
        up = self._sounds(now)
        if up != self._media_up:
            self._media_up = up
            self._report_media()
        if up:
            self._asked_at = now
        elif self._peer is not None and self._page is not None and now - self._asked_at > OFFER_AGAIN_EVERY:
            self._asked_at = now
            self._say(_OFFER_AGAIN)
        if self._call and now - self._quality_at > QUALITY_EVERY:
            self._quality_at = now
            self._report_quality()

    def _sounds(self, now: float) -> bool:
        peer = self._peer
        if peer is None or not peer.up or peer.heard_at is None:
            return False
        return now - peer.heard_at < (QUIET if self._page is not None else QUIET_UNATTENDED)

    def _report_media(self) -> None:
        self.link.tell("media", up=self._media_up, attended=self._page is not None)

    def _report_quality(self) -> None:
        seen = self._counters(self._peer)
        self.link.tell(
            "quality",
            received=seen.received,
            sent=seen.sent,
            lost=seen.lost,
            jitter_ms=round(seen.jitter_ms, 2),
        )

    def outlived(self, now: float) -> bool:
        """True when nobody needs this headset any more."""
        gone = self._unattended_since is not None and now - self._unattended_since > KEPT_UNATTENDED
        return gone and not (self._media_up and self._call)

    async def close(self) -> None:
        """End page, sound and line."""
        self.link.tell("bye")
        if self._page is not None:
            self._page.close()
        await self._drop_peer()

    # --- the line --------------------------------------------------------------------------------

    def introduction(self) -> dict[str, Any]:
        """What the calls process is told first."""
        return {
            "operator": self.owner.operator,
            "estate": self.owner.estate,
            "media": self._media_up,
            "attended": self._page is not None,
        }

    def called(self, message: dict[str, Any]) -> None:
        """The calls process said something."""
        match message:
            case {"t": "state", "call": str(call), "ringing": str(ringing)}:
                self._stands(call, ringing, message)
            case {"t": "ring", "call": str(call), "card": dict(card), "seconds": int() | float() as seconds}:
                self._rings(call, card, seconds)
            case {"t": "stop_ring", "call": str(call)} if call == self._ringing:
                self._ringing = ""
                self._say(protocol.StopRing(why=str(message.get("why", ""))))
            case {"t": "connected", "call": str(call), "card": dict(card)}:
                self._connected(call, card)
            case {"t": "over", "call": str(call)} if call == self._call:
                self._report_quality()
                self._call = ""
                self._say(protocol.Over(why=str(message.get("why", ""))))
            case {"t": "taken"}:
                self._say(_TAKEN_OVER)
                self._end(self)

    def _stands(self, call: str, ringing: str, message: Mapping[str, Any]) -> None:
        """The line is there again: what it does not know of any more was lost with the one before."""
        card = message.get("card") or {}
        if self._call and self._call != call:
            self._call = ""
            self._say(protocol.Over(why="lost"))
        if self._ringing and self._ringing != ringing:
            self._ringing = ""
            self._say(protocol.StopRing(why="lost"))
        if call and call != self._call:
            self._connected(call, card)
        elif ringing and ringing != self._ringing:
            self._rings(ringing, card, float(message.get("seconds", 0.0)))

    def _rings(self, call: str, card: Mapping[str, str], seconds: float) -> None:
        self._ringing, self._card = call, card
        self._ring_until = self._clock.monotonic() + seconds
        self._say(protocol.Ring(call=call, card=card, seconds=seconds))

    def _connected(self, call: str, card: Mapping[str, str]) -> None:
        self._ringing, self._call, self._card = "", call, card
        if self._peer is not None:  # what passed so far is none of this call's
            seen = self._peer.counters
            self._before = PeerCounters(-seen.received, -seen.sent, -seen.lost, 0.0)
        self._quality_at = self._clock.monotonic()
        self._say(protocol.Connected(call=call, card=card))


_TAKEN_OVER = protocol.Error(
    code="taken-over",
    sentence="You have begun to work on another headset; this one is let go.",
)
_OFFER_AGAIN = protocol.Error(
    code="media-lost",
    sentence="Your sound does not arrive; it is being connected again.",
)
