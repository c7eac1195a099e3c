"""Which message belongs to which leg: the dialogs by their Call-ID."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from hotline.telephony.leg import SipCall
from hotline.telephony.wire import WireMessage

_MOST_UNCLAIMED = 512
"""Dialogs whose leg is not known yet (or never will be: OPTIONS, REGISTER, refused INVITEs)."""


class Dialogs:
    """Legs in being, and messages that came before their leg was known.

    The library reports calls and traces messages on two threads, so a message may be seen before or
    after the event it caused.
    """

    def __init__(self) -> None:
        self._legs: dict[str, SipCall] = {}
        self._by_call_id: dict[str, SipCall] = {}
        self._unclaimed: OrderedDict[str, list[WireMessage]] = OrderedDict()

    def __iter__(self) -> Iterator[SipCall]:
        """Iterate over a copy, so that legs may end meanwhile."""
        return iter(list(self._legs.values()))

    def __len__(self) -> int:
        return len(self._legs)

    def add(self, leg: SipCall) -> None:
        """Know a leg; its Call-ID may still be unknown."""
        self._legs[leg.facts.leg] = leg
        self.claim(leg)

    def claim(self, leg: SipCall) -> None:
        """Give a leg the messages that came before its Call-ID was known."""
        call_id = leg.native.call_id
        if call_id is None or leg.over or call_id in self._by_call_id:
            return
        self._by_call_id[call_id] = leg
        for message in self._unclaimed.pop(call_id, ()):
            leg.on_wire(message)

    def remove(self, leg: SipCall) -> None:
        """Forget a leg that is over."""
        self._legs.pop(leg.facts.leg, None)
        if leg.native.call_id is not None:
            self._by_call_id.pop(leg.native.call_id, None)

    def leg_of(self, call_id: str) -> SipCall | None:
        """The leg of a dialog. An outgoing leg learns its Call-ID from the library's first event."""
        if call_id not in self._by_call_id:
            for leg in self:
                if leg.native.call_id == call_id:
                    self.claim(leg)
        return self._by_call_id.get(call_id)

    def keep(self, message: WireMessage) -> bool:
        """Keep a message whose leg is unknown; True when it is the first of its dialog."""
        first = message.call_id not in self._unclaimed
        self._unclaimed.setdefault(message.call_id, []).append(message)
        if len(self._unclaimed) > _MOST_UNCLAIMED:
            self._unclaimed.popitem(last=False)
        return first

    def invite_of(self, call_id: str | None) -> WireMessage | None:
        """The INVITE that opened an unclaimed dialog."""
        kept = self._unclaimed.get(call_id or "", [])
        return next((message for message in kept if message.opens_call), None)

    def drop(self, call_id: str) -> None:
        """Forget a dialog that never became a leg."""
        self._unclaimed.pop(call_id, None)
