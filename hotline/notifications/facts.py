"""What is known of an event, and how much of it a channel may see (DOMAIN section 9). Pure.

A channel that is not marked ``personal`` reaches people who need not know who called: numbers are
masked, names keep their first character, what somebody said is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hotline.language import numbers

_TELEPHONE = re.compile(
    r"(?<![\d+])(?:(?:\+|00)86[ -]?)?(?:1[3-9]\d(?:[ -]?\d{4}){2}|0\d{2,3}[ -]?\d{7,8})(?!\d)"
)
"""A Chinese telephone number inside other text; ticket numbers begin with a year and do not match."""


class FactKind(StrEnum):
    """What a fact is: decides masking and wording."""

    PLAIN = "plain"
    TERM = "term"
    """A word of this program (``repair``, ``urgent``): translated for people, not for programs."""
    INSTANT = "instant"
    """ISO 8601 with its zone; people read it as the estate's local time."""
    NUMBER = "number"
    NAME = "name"
    WORDS = "words"
    """What somebody said or wrote."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known of an event."""

    value: str
    kind: FactKind = FactKind.PLAIN


Facts = Mapping[str, Fact]


def visible(facts: Facts, *, personal: bool) -> dict[str, Fact]:
    """Return what a channel may see; empty facts are left out."""
    shown = {name: fact if personal else _masked(fact) for name, fact in facts.items()}
    return {name: fact for name, fact in shown.items() if fact.value}


def without_numbers(text: str) -> str:
    """Return ``text`` with the telephone numbers in it masked."""
    return _TELEPHONE.sub(lambda found: numbers.mask(found[0]), text)


def _masked(fact: Fact) -> Fact:
    if fact.kind is FactKind.WORDS:
        return Fact("", fact.kind)
    if fact.kind is FactKind.NAME:
        return Fact(fact.value[:1] + "*" if fact.value else "", fact.kind)
    if fact.kind is FactKind.NUMBER:
        masked = numbers.mask(fact.value)
        return Fact(masked if _digits_only(fact.value) else fact.value[:1] + "*", fact.kind)
    return Fact(without_numbers(fact.value), fact.kind)


def _digits_only(number: str) -> bool:
    """A caller that is no number (a SIP user) may be a name."""
    return number.lstrip("+").replace("-", "").replace(" ", "").isdigit() or not number
