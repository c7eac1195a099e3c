"""Drafts of intakes as JSON, versioned: a draft written before an upgrade is read after it."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from hotline.call.errors import HotlineError
from hotline.call.ports import NewTicket

VERSION = 1
"""Raise when a field of :class:`~hotline.call.ports.NewTicket` changes its meaning or goes; a new
field with a default needs no new version."""

_TICKET = TypeAdapter(NewTicket)


class UnreadableDraft(HotlineError):
    """A stored draft is of a later version or damaged."""

    code = "draft-unreadable"


def dump(ticket: NewTicket) -> dict[str, Any]:
    """Return ``ticket`` as plain JSON values."""
    plain: dict[str, Any] = _TICKET.dump_python(ticket, mode="json")
    return plain


def load(version: int, plain: dict[str, Any]) -> NewTicket:
    """Return the ticket of a stored draft; raises :class:`UnreadableDraft`."""
    if version > VERSION:
        raise UnreadableDraft(f"a draft of version {version} is newer than this program ({VERSION})")
    try:
        return _TICKET.validate_python(plain)
    except ValidationError as error:
        fields = ", ".join(str(item["loc"][0]) for item in error.errors() if item["loc"])
        raise UnreadableDraft(f"a stored draft does not hold in: {fields}") from error
