"""A share of people, the same ones however often it is asked. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

from hotline.campaigns.listing import Listed

P = TypeVar("P", bound=Listed)


def draw(campaign: str, number: str) -> float:
    """Return a number in [0, 1) that belongs to this telephone in this campaign."""
    digest = hashlib.sha256(f"{campaign}\n{number}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def sample(people: Sequence[P], campaign: str, share: float) -> tuple[P, ...]:
    """Return ``share`` (0 to 1) of the people, to the nearest whole person, in the order they came.

    Those with the smallest draw are taken: a larger share has everybody of a smaller one, and another
    campaign asks others.
    """
    wanted = round(len(people) * share)
    chosen = sorted(people, key=lambda person: draw(campaign, person.number))[:wanted]
    numbers = {person.number for person in chosen}
    return tuple(person for person in people if person.number in numbers)
