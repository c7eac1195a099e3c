"""Drawing calls by chance, so that anybody can draw the same again. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A call of an operator that can be listened to."""

    call: str
    """``uniqueid`` of the caller's leg."""
    at: datetime
    talked: float
    """Seconds."""


def drawn(
    candidates: Iterable[Candidate], *, seed: str, count: int, without: Collection[str] = ()
) -> list[Candidate]:
    """Return ``count`` calls, in order of time: those whose hash with the seed is least.

    A call's place does not depend on the other calls: drawing again with the same seed adds to what was
    drawn, and never the same call (``without``).
    """
    left = [one for one in {one.call: one for one in candidates}.values() if one.call not in without]
    lot = sorted(left, key=lambda one: hashlib.sha256(f"{seed}\n{one.call}".encode()).digest())
    return sorted(lot[:count], key=lambda one: (one.at, one.call))


def average(scores: Iterable[float]) -> float | None:
    """Return the mean to one place; ``None`` of nothing."""
    found = list(scores)
    return round(sum(found) / len(found), 1) if found else None
