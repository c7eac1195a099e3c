"""A room on the command line: ``3-2-602``, ``A-1203`` or ``808``."""

from __future__ import annotations

from typing import Annotated

import typer

from hotline.call.errors import HotlineError
from hotline.call.ports import Place

RoomArgument = Annotated[str, typer.Argument(metavar="ROOM", help="Room: 3-2-602, A-1203 or 808.")]


class BadPlace(HotlineError):
    """A room on the command line that cannot be understood."""

    code = "bad-room"


def place_of(text: str) -> Place:
    """Return building-unit-room, building-room or the room alone; raises :class:`BadPlace`."""
    parts = [part.strip() for part in text.split("-")]
    if not 1 <= len(parts) <= 3 or not all(parts):
        raise BadPlace(f'"{text}" is no room: write building-unit-room (3-2-602), A-1203 or 808.')
    building = parts[0] if len(parts) > 1 else ""
    unit = parts[1] if len(parts) == 3 else ""
    return Place(building, unit, parts[-1])
