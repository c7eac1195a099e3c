"""What a dialled number is, and by which line it goes out. Pure.

Rules are asked in the order of the file; the first that fits counts. Numbers are judged as they are dialled
at home: without the prefix for an outside line, ``+86`` and ``0086`` taken off, the own area code left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hotline.call.ports.outside import OutsideCategory as Category
from hotline.dialplan.patterns import Pattern

FEWEST = 3
_SEPARATORS = re.compile(r"[\s().\-–]+")
_HOME = re.compile(r"(?:\+|00)86")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_TRUNKLESS = re.compile(r"1\d{10}|[48]00\d{7}|\d{3,6}")
"""What is dialled in China without a 0 although it came with the country's code: mobiles, 400, short ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRule:
    """Numbers of one kind."""

    name: str
    category: Category
    patterns: tuple[Pattern, ...]
    always: bool = False
    """Anybody of the house may dial it, whatever their class: help is never refused."""
    free: bool = False
    """Costs nothing."""

    def fits(self, keys: str) -> bool:
        """True when the number is one of these."""
        return any(pattern.matches(keys) for pattern in self.patterns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """How a line wants numbers sent: take digits off the front, put others there."""

    patterns: tuple[Pattern, ...]
    strip: int = 0
    add: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """A way out: an account and what it carries."""

    name: str
    account: str = ""
    """Under ``sip.accounts``; empty: the first that carries outgoing calls."""
    categories: frozenset[Category] = frozenset()
    """Empty: all."""
    estates: frozenset[str] = frozenset()
    """Empty: all."""
    caller_id: str = ""
    caller_name: str = ""
    lines: int | None = None
    """Outside calls at the same time; ``None``: as many as there are channels."""
    ring: float = 45.0
    """Seconds the far end may ring."""
    rewrites: tuple[Rewrite, ...] = ()

    def carries(self, category: Category, estate: str) -> bool:
        """True when calls of this kind of this estate go out here."""
        return (not self.categories or category in self.categories) and (
            not self.estates or estate in self.estates
        )

    def sends(self, keys: str) -> str:
        """Return the digits that are sent for a number; the first rewrite that fits counts."""
        for rewrite in self.rewrites:
            if any(pattern.matches(keys) for pattern in rewrite.patterns):
                return rewrite.add + keys[rewrite.strip :]
        return keys


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceClass:
    """What telephones of a class may dial."""

    name: str
    may: frozenset[Category] = frozenset()
    approval: frozenset[Category] = frozenset()
    """Only what somebody approved before."""
    approves: frozenset[Category] = frozenset()
    """Operators of the class may approve these for others; for a guest they dial for, by dialling."""
    longest: float | None = None
    """Seconds a call may last."""
    warn: float = 60.0
    tells_cost: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Who is of a class: rooms, telephones or operators."""

    service_class: str
    rooms: tuple[Pattern, ...] | None = None
    """By room number; an empty tuple: every room of the list."""
    buildings: frozenset[str] = frozenset()
    """Only rooms of these; empty: of all."""
    extensions: tuple[Pattern, ...] = ()
    operators: tuple[Pattern, ...] | None = None
    """By operator number; an empty tuple: every one."""
    estates: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How booked calls are placed. Seconds."""

    ring: float = 30.0
    """The guest's telephone."""
    pause: float = 60.0
    """Between two tries to reach the guest."""
    attempts: int = 3
    hours: float = 12.0
    """Not placed by then, the booking is off."""
    flow: str = "booking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All of ``dialplan.yaml``."""

    rules: tuple[NumberRule, ...] = ()
    trunks: tuple[Trunk, ...] = ()
    classes: Mapping[str, ServiceClass] = field(default_factory=dict)
    members: tuple[Members, ...] = ()
    default_class: str = "barred"
    """Class of a telephone of the house that nothing else names."""
    prefixes: tuple[str, ...] = ()
    """Keys people press for an outside line; taken off a number that fits no rule with them."""
    area_code: str = ""
    area_codes: Mapping[str, str] = field(default_factory=dict)
    """By estate, where it is not the one above."""
    inside: frozenset[str] = frozenset()
    """Accounts by which the house's own telephones call the hotline; ``direct``: without an account."""
    waiting: Waiting = Waiting()

    def own_area(self, estate: str) -> str:
        """Return the area code of an estate with its 0; empty when none is known."""
        code = self.area_codes.get(estate, self.area_code)
        return f"0{code.lstrip('0')}" if code else ""

    def rule_for(self, keys: str) -> NumberRule | None:
        """Return the rule of a number as it is dialled at home."""
        return next((rule for rule in self.rules if rule.fits(keys)), None)

    def trunk_for(self, category: Category, estate: str) -> Trunk | None:
        """Return the way out for a kind of call."""
        return next((trunk for trunk in self.trunks if trunk.carries(category, estate)), None)


@dataclass(frozen=True, slots=True)
class Dialled:
    """A number as the plan understands it."""

    keys: str
    """As dialled at home."""
    rule: NumberRule | None
    prefix: str = ""
    """What was taken off."""


class Unreadable(ValueError):
    """There are signs in it that no number has."""


def understand(plan: Plan, raw: str, estate: str) -> Dialled:
    """Read a number as it was dialled; raises :class:`Unreadable`.

    Whoever presses the prefix although they have their outside line already means the same number.
    """
    plain = _SEPARATORS.sub("", raw)
    if not re.fullmatch(r"\+?\d+", plain) or len(plain.lstrip("+")) < FEWEST:
        raise Unreadable(raw)
    area = plan.own_area(estate)
    for prefix in ("", *plan.prefixes):
        if not plain.startswith(prefix):
            continue
        keys = at_home(plain.removeprefix(prefix), area, lambda keys: plan.rule_for(keys) is not None)
        rule = plan.rule_for(keys) if len(keys) >= FEWEST else None
        if rule is not None:
            return Dialled(keys, rule, prefix)
    return Dialled(at_home(plain, area), None)


def at_home(plain: str, area: str, known: Callable[[str], bool] = lambda _: True) -> str:
    """Return digits as they are dialled within the country and, where that makes a number, the own town."""
    found = _HOME.match(plain)
    if found is not None:
        national = plain[found.end() :].removeprefix("0")
        plain = national if _TRUNKLESS.fullmatch(national) else f"0{national}"
    plain = f"00{plain[1:]}" if plain.startswith("+") else plain
    local = plain.removeprefix(area) if area and plain.startswith(area) else ""
    return local if len(local) >= 7 and known(local) else plain


def whole_number(keys: str, area: str) -> str:
    """Return a number with its area code: what is written down must mean the same everywhere."""
    local = len(keys) in (7, 8) and keys[0] in "23456789"
    return area + keys if local and not _MOBILE.fullmatch(keys) else keys


def first_fitting(patterns: Iterable[Pattern], number: str) -> bool:
    """True when some pattern fits."""
    return any(pattern.matches(number) for pattern in patterns)


def names(categories: Sequence[Category] | frozenset[Category]) -> str:
    """Return categories in the order of the enum, for people."""
    return ", ".join(one.value for one in Category if one in categories)
