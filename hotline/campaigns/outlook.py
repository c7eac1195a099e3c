"""What starting a campaign would do, and what filling its list did. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hotline.call.ports import Place
from hotline.campaigns.repository import Added


@dataclass(frozen=True, slots=True)
class Outlook:
    """What starting a campaign would do."""

    people: int
    """Who would be planned."""
    left_out: int
    """Who must not be called."""
    times: tuple[datetime, ...]
    """When somebody who does not answer would be rung."""
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Owing:
    """What putting on a list whoever owes something did."""

    added: Added
    unreachable: tuple[Place, ...]
    """Rooms nobody of which has a telephone."""
    left_out: Mapping[str, int]
    """How many rooms are not reminded, for each reason."""
    people: int
    """Who is (or would be) called."""
