"""Patterns of dialled digits, and what they have in common. Pure.

``X`` is any digit, ``Z`` 1-9, ``N`` 2-9, ``[13-5]`` one of these; ``{7}`` and ``{7,8}`` repeat what stands
before them; at the end ``.`` is one digit or more, ``!`` any number of them. ``8001-8099`` is a range of
numbers of one length. Whether a pattern can still be reached behind others is computed, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

DIGITS = frozenset("0123456789")
LONGEST = 24
"""Digits; E.164 numbers have 15, with prefixes of carriers a few more."""
_NAMED = {"X": DIGITS, "Z": DIGITS - {"0"}, "N": DIGITS - {"0", "1"}}
_PART = re.compile(r"(?P<set>\[[0-9-]+\]|[0-9XZN])(?:\{(?P<least>\d{1,2})(?:,(?P<most>\d{1,2}))?\})?")
_RANGE = re.compile(r"(\d{1,24})-(\d{1,24})")


@dataclass(frozen=True, slots=True)
class Pattern:
    """Digits of one length, or of that length and more."""

    digits: tuple[frozenset[str], ...]
    open: bool = False
    """Any further digits may follow."""

    def matches(self, number: str) -> bool:
        """True when the whole of ``number`` fits."""
        if len(number) < len(self.digits) or (len(number) > len(self.digits) and not self.open):
            return False
        return number.isdigit() and all(
            digit in some for digit, some in zip(number, self.digits, strict=False)
        )

    def allowed(self, place: int) -> frozenset[str]:
        """Return the digits that may stand at a place; none beyond a fixed end."""
        if place < len(self.digits):
            return self.digits[place]
        return DIGITS if self.open else frozenset()

    def may_end(self, place: int) -> bool:
        """True when a number of ``place`` digits can be whole."""
        return place == len(self.digits) or (self.open and place > len(self.digits))


@lru_cache(4096)
def parse(text: str) -> tuple[Pattern, ...]:
    """Return what ``text`` means, one pattern for each length; raises :class:`ValueError`.

    Kept: the checks of a plan compare each with all before it.
    """
    plain = text.strip()
    numbers = _RANGE.fullmatch(plain)
    if numbers is not None:
        return tuple(_of_range(numbers[1], numbers[2]))
    plain = re.sub(r"[\s()]", "", plain)
    tail = plain[-1:] if plain[-1:] in (".", "!") else ""
    parts = list(_parts(plain.removesuffix(tail) if tail else plain, text))
    if tail == ".":
        parts.append([(DIGITS,)])
    if not parts and not tail:
        raise ValueError("is empty: write digits, X, Z, N or [1-5], and . or ! at the end")
    found = tuple(Pattern(tuple(s for run in runs for s in run), tail != "") for runs in product(*parts))
    if any(len(one.digits) > LONGEST for one in found):
        raise ValueError(f'"{text}" is longer than {LONGEST} digits')
    return found


def common(one: Pattern, other: Pattern) -> bool:
    """True when some number fits both."""
    short, long = sorted((one, other), key=lambda pattern: len(pattern.digits))
    if len(short.digits) < len(long.digits) and not short.open:
        return False
    return all(short.allowed(place) & digits for place, digits in enumerate(long.digits))


def part_of(one: Pattern, other: Pattern) -> bool:
    """True when every number that fits ``one`` fits ``other``."""
    return covered(one, (other,))


def covered(one: Pattern, others: Iterable[Pattern]) -> bool:
    """True when every number that fits ``one`` fits some of ``others``."""
    return _covered(one, 0, tuple(other for other in others if common(one, other)))


def _covered(one: Pattern, place: int, others: Sequence[Pattern]) -> bool:
    """Walk through the digits of ``one``; at each place only those ``others`` are left that still fit."""
    if not others:
        return False
    if any(other.open and place >= len(other.digits) for other in others):
        return True  # it takes whatever follows
    if one.may_end(place) and not any(other.may_end(place) for other in others):
        return False
    if place >= len(one.digits) and not one.open:
        return True
    groups: dict[tuple[int, ...], None] = {}
    for digit in one.allowed(place):
        groups[tuple(i for i, other in enumerate(others) if digit in other.allowed(place))] = None
    return all(_covered(one, place + 1, [others[i] for i in group]) for group in groups)


def _parts(text: str, whole: str) -> Iterator[list[tuple[frozenset[str], ...]]]:
    """Yield each position with its repetitions: a list of the runs it may be."""
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        if found is None:
            raise ValueError(
                f'"{whole}" is no pattern at "{text[at:]}": write digits, X, Z, N, [1-5], {{7}} or {{7,8}}, '
                "and . or ! at the end"
            )
        least = int(found["least"] or 1)
        most = int(found["most"] or least)
        if most < least or most > LONGEST:
            raise ValueError(f'"{whole}": {{{least},{most}}} is no number of repetitions')
        yield [(_digits_of(found["set"], whole),) * count for count in range(least, most + 1)]
        at = found.end()


def _digits_of(text: str, whole: str) -> frozenset[str]:
    if text in _NAMED:
        return _NAMED[text]
    if not text.startswith("["):
        return frozenset(text)
    found: set[str] = set()
    for run in re.finditer(r"(\d)(?:-(\d))?", text):
        first, last = int(run[1]), int(run[2] or run[1])
        found.update(str(digit) for digit in range(first, last + 1))
    if not found:
        raise ValueError(f'"{whole}": {text} has no digit in it')
    return frozenset(found)


def _of_range(first: str, last: str) -> Iterator[Pattern]:
    """Yield patterns that together are exactly the numbers from ``first`` to ``last``."""
    if len(first) != len(last) or first > last:
        raise ValueError(f'"{first}-{last}" is no range: two numbers of one length, the smaller one first')
    if not first:
        yield Pattern(())
        return
    head = 0
    while head < len(first) and first[head] == last[head]:
        head += 1
    same = tuple(frozenset(digit) for digit in first[:head])
    rest = len(first) - head
    if rest == 0:
        yield Pattern(same)
        return
    low, high = first[head:], last[head:]
    yield from _from(low, same)
    between = _run(int(low[0]) + 1, int(high[0]) - 1)
    if between:
        yield Pattern((*same, between, *(DIGITS,) * (rest - 1)))
    yield from _to(high, same)


def _from(low: str, same: tuple[frozenset[str], ...]) -> Iterator[Pattern]:
    """The numbers that begin as ``low`` does with their first digit, from ``low`` up."""
    yield Pattern((*same, *map(frozenset, low)))
    for place in range(len(low) - 1, 0, -1):
        above = _run(int(low[place]) + 1, 9)
        if above:
            head = tuple(map(frozenset, low[:place]))
            yield Pattern((*same, *head, above, *(DIGITS,) * (len(low) - place - 1)))


def _to(high: str, same: tuple[frozenset[str], ...]) -> Iterator[Pattern]:
    for place in range(1, len(high)):
        below = _run(0, int(high[place]) - 1)
        if below:
            head = tuple(map(frozenset, high[:place]))
            yield Pattern((*same, *head, below, *(DIGITS,) * (len(high) - place - 1)))
    yield Pattern((*same, *map(frozenset, high)))


def _run(first: int, last: int) -> frozenset[str]:
    return frozenset(str(digit) for digit in range(first, last + 1))
