"""Which channels an event goes to. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hotline.call.ports import Urgency

EVERYWHERE = "*"
"""The estate of what concerns the whole machine: a full disk, a wrong clock."""
PATTERN = re.compile(r"\*|[a-z_]+(?:\.[a-z_]+)*(?:\.\*)?")
"""``ticket.opened``, ``ticket.*`` or ``*``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Events of these kinds go to these channels."""

    events: tuple[str, ...]
    to: tuple[str, ...]
    estates: frozenset[str] = frozenset()
    """Only of these; of all, and of the machine, when empty."""
    urgency: frozenset[Urgency] = frozenset()
    """Only what has one of these; an event that has none of its own (an alarm) then does not match."""
    alarms: frozenset[str] = frozenset()
    """Only alarms of these kinds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What routes look at."""

    kind: str
    estate: str
    urgency: str = ""
    alarm: str = ""


def matches(pattern: str, kind: str) -> bool:
    """True for the kind itself, or one below ``prefix.*``."""
    if pattern == "*":
        return True
    if pattern.endswith(".*"):
        return kind.startswith(pattern[:-1])
    return kind == pattern


def channels_for(happening: Happening, routes: Iterable[Route]) -> tuple[str, ...]:
    """Return the channels of all routes that match, each once, in the order of the file."""
    found: Mapping[str, None] = {
        name: None for route in routes if _takes(route, happening) for name in route.to
    }
    return tuple(found)


def _takes(route: Route, happening: Happening) -> bool:
    if not any(matches(pattern, happening.kind) for pattern in route.events):
        return False
    return (
        (not route.estates or happening.estate in route.estates)
        and (not route.urgency or happening.urgency in route.urgency)
        and (not route.alarms or happening.alarm in route.alarms)
    )
