"""Taking edited settings into service, as pages ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Stage(StrEnum):
    """How far it is."""

    IN_SERVICE = "in-service"
    EDITED = "edited"
    """``hotline.yaml`` on disk is another than the one in service."""
    WAITING = "waiting"
    """For running calls to end."""
    RESTARTING = "restarting"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far it is, and how many legs are waited for."""

    stage: Stage
    calls: int
    failed: str = ""
    """Why the last try went back to the settings before: what the process that ended said."""


class TakesUp(Protocol):
    """Has the hotline's processes started anew with the settings on disk."""

    def standing(self) -> Standing:
        """Return how far it is."""
        ...

    async def begin(self) -> None:
        """Take up what is on disk; raises :class:`~hotline.call.errors.InvalidInput` with every problem."""
        ...
