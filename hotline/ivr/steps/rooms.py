"""Checking a place against the estate's room list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotline.call.ports import Place
from hotline.ivr import events
from hotline.ivr.commands import CheckRoom
from hotline.ivr.steps.base import Turn

if TYPE_CHECKING:
    from hotline.ivr.intake import Value
    from hotline.ivr.talk import Talk

ROOM_PATIENCE = 3.0
"""Seconds a caller waits for the room list; after that the place is taken as said."""


def is_no_room(talk: Talk, value: Value) -> Turn[bool]:
    """True only when the list says that there is no such room; a failing list blocks nobody."""
    if not isinstance(value, Place):
        return False
    request = CheckRoom(request=talk.number(), place=value, patience=ROOM_PATIENCE)
    result = yield from talk.request(request)
    return isinstance(result, events.Nothing)
