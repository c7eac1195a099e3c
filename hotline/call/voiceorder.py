"""Putting the packets of a headset's voice in order, at either end. Pure: no clock, no socket.

Order is all that happens here: a packet in order passes at once, and the evenness of time is the business of
whatever plays. (aiortc's own buffer adds 80 ms, waits for a lost packet until 16 others have come, and stays
that late for the rest of the call.) A packet that is missing is waited for while two later ones
come, 40 ms, and then given up: sound that comes later is of no use to a conversation.
"""

from __future__ import annotations

PATIENCE = 2
"""Later packets that may come before a missing one is given up."""
LONGEST_GAP = 10
"""Packets given up at once at most; after a longer break the stream begins anew."""
_NUMBERS = 1 << 16


class VoiceOrder:
    """One stream's sequence numbers (RFC 3550 section 5.1)."""

    def __init__(self) -> None:
        """Begin with whatever comes first."""
        self._next: int | None = None
        self._early: dict[int, bytes] = {}
        self.lost = 0
        """Packets given up."""
        self.late = 0
        """Packets that came twice, or after they were given up."""

    def add(self, number: int, payload: bytes) -> list[bytes | None]:
        """Take a packet in; return what is in order now, ``None`` for each that is lost."""
        if self._next is None:
            self._next = number
        ahead = (number - self._next) % _NUMBERS
        if ahead >= _NUMBERS // 2:
            behind = _NUMBERS - ahead
            if behind <= LONGEST_GAP:
                self.late += 1
                return []
            ahead = LONGEST_GAP + 1  # far behind is no straggler: the sender began anew
        if ahead > LONGEST_GAP:
            self._next, self._early = number, {}
        self._early[number] = payload
        found = self._in_order()
        while len(self._early) >= PATIENCE:
            self.lost += 1
            found.append(None)
            self._step()
            found += self._in_order()
        return found

    def _in_order(self) -> list[bytes | None]:
        found: list[bytes | None] = []
        while self._next in self._early:
            found.append(self._early.pop(self._next))
            self._step()
        return found

    def _step(self) -> None:
        if self._next is not None:
            self._next = (self._next + 1) % _NUMBERS
