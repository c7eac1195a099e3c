"""What owners are asked, and where a question stands. Pure."""

from __future__ import annotations

from enum import StrEnum


class Matter(StrEnum):
    """What the owner is asked about."""

    VISITOR = "visitor"
    """访客"""
    GOODS = "goods"
    """放行条: things are taken out of the room."""
    OTHER = "other"


class Spot(StrEnum):
    """Where whoever it is about waits; each has its words (``confirm_at_<spot>``)."""

    GATE = "gate"
    LOBBY = "lobby"
    GARAGE = "garage"
    DOCK = "dock"


class Standing(StrEnum):
    """Where a question stands."""

    ASKING = "asking"
    """The owner's numbers are rung."""
    AT_DESK = "at_desk"
    """The owner was put through to the desk, which writes down what was said."""
    ALLOWED = "allowed"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    """Nobody answered in time: that is a no."""
    CANCELLED = "cancelled"
    """Whoever waited has left."""


OPEN = (Standing.ASKING, Standing.AT_DESK)
