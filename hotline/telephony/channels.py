"""Who gets a channel when few are left. Pure: counts in, yes or no out.

Ordinary callers never take the last channels: some are kept for calls we place (an emergency is
worth nothing when nobody can be rung) and some for emergencies, in either direction.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from hotline.settings import Channels


class Use(StrEnum):
    """What a channel is wanted for."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    EMERGENCY = "emergency"
    """Caller or dialled number is on the emergency list, or we ring somebody because of one."""


@dataclass(frozen=True, slots=True)
class ChannelsInUse:
    """How full the line is."""

    incoming: int = 0
    outgoing: int = 0
    emergency: int = 0

    @property
    def total(self) -> int:
        """All channels in use."""
        return self.incoming + self.outgoing + self.emergency


def has_room(use: Use, taken: ChannelsInUse, limit: Channels) -> bool:
    """Tell whether one more channel may be taken for ``use``.

    A reserve counts only as far as it is still unused: with four channels reserved for outgoing
    calls and three such calls up, one channel is held back from callers.
    """
    free = limit.total - taken.total
    kept_emergency = max(0, limit.reserved_emergency - taken.emergency)
    kept_outgoing = max(0, limit.reserved_outgoing - taken.outgoing)
    kept = {
        Use.EMERGENCY: 0,
        Use.OUTGOING: kept_emergency,
        Use.INCOMING: kept_emergency + kept_outgoing,
    }[use]
    return free > kept


class ChannelBook:
    """The channels of one calls process: taken with a leg, given back when it is over."""

    def __init__(self, limit: Channels) -> None:
        self.limit = limit
        self._legs: dict[str, Use] = {}

    @property
    def taken(self) -> ChannelsInUse:
        """How many are in use, by what for."""
        count = Counter(self._legs.values())
        return ChannelsInUse(count[Use.INCOMING], count[Use.OUTGOING], count[Use.EMERGENCY])

    def take(self, leg: str, use: Use) -> bool:
        """Take a channel for ``leg``; False when none may be taken."""
        if not has_room(use, self.taken, self.limit):
            return False
        self._legs[leg] = use
        return True

    def give_back(self, leg: str) -> None:
        """Return the leg's channel; a leg without one is ignored."""
        self._legs.pop(leg, None)
