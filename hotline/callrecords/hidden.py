"""Which details of call events are personal data (DOMAIN section 9). Pure.

Keys may be a PIN or a telephone number; words and names are people's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType


class Hides(StrEnum):
    """How a detail is masked."""

    KEY = "key"
    WORDS = "words"
    NAME = "name"
    TEXT = "text"
    """Numbers in it."""


_PARTNERS = (
    "CONSULT", "CONSULT_ANSWER", "CONSULT_END", "CONFERENCE", "TRANSFER", "BLINDTRANSFER",
    "ATTENDEDTRANSFER", "TRANSFER_FAILED", "TRANSFER_OVER", "OUTCALL",
)  # fmt: skip
HIDES: Mapping[tuple[str, str], Hides] = MappingProxyType(
    {
        ("DTMF", "key"): Hides.KEY,
        ("HEARD", "text"): Hides.WORDS,
        ("RING", "name"): Hides.NAME,
        ("RING", "number"): Hides.TEXT,
        ("BRIDGE_ENTER", "name"): Hides.NAME,
        **{(kind, "name"): Hides.NAME for kind in _PARTNERS},
    }
)
"""By event and field; other details are shown."""


def shown(
    kind: str, detail: Mapping[str, str], masks: Mapping[Hides, Callable[[str], str]]
) -> dict[str, str]:
    """Return an event's details as somebody may see them."""
    return {
        name: masks[HIDES[kind, name]](value) if (kind, name) in HIDES else value
        for name, value in detail.items()
    }
