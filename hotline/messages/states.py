"""Where a message stands. Pure."""

from __future__ import annotations

from enum import StrEnum


class MessageState(StrEnum):
    """Its life."""

    WAITING = "waiting"
    """It is being delivered, or will be at its time."""
    DELIVERED = "delivered"
    """Somebody acknowledged it by key, or it was handed over."""
    UNDELIVERED = "undelivered"
    """Every call was made in vain: somebody has to go there."""
    CANCELLED = "cancelled"


SETTLED = (MessageState.DELIVERED, MessageState.CANCELLED)
"""Nothing is done any more."""
