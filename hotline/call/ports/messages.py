"""Messages for somebody who is not there, as conversations and operators leave them (DOMAIN section 6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hotline.call.ports.paper import Place, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message for a room, a member of staff or a department; exactly one of the three is given."""

    estate: str
    place: Place = field(default_factory=Place)
    staff: str = ""
    """Staff number."""
    department: str = ""
    """Name, id or code of a department of the directory: whoever is there gets it."""
    words: Span | None = None
    """What the caller said."""
    text: str = ""
    """What an operator wrote down; shown, not spoken."""
    from_name: str = ""
    from_number: str = ""
    """Raw; read out to whoever gets the message, so that they can call back."""
    urgent: bool = False
    """Of a member of staff on duty their supervisor is called; others are called at any hour."""
    taken_by: str = ""
    call: str = ""
    """``leg`` of the call it was left in."""
    language: str = "zh"
    key: str = ""
    """The same key again is the same message; empty: a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSummary:
    """A message as it is read back to whoever left it."""

    number: str
    state: str
    deliver_at: datetime
    """When the first call is made."""


class MessageDesk(Protocol):
    """Takes messages and sees to it that they arrive."""

    async def take(self, new: NewMessage) -> MessageSummary:
        """Commit a message and the call that delivers it.

        Raises :class:`~hotline.call.errors.MessageRefused` for a room or a person who is not there or
        cannot be reached, and for a message without words.
        """
        ...
