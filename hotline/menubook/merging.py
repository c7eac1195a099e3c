"""Two texts made from one: what can be put together by itself, and where people must choose. Pure.

The three-way merge of diff3 (Khanna, Kunal, Pierce: "A Formal Investigation of Diff3", 2007): regions that
all three share are kept, of the others whichever side changed wins, and where both did they stand together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

MINE, MIDDLE, THEIRS = "<<<<<<< mine", "=======", ">>>>>>> theirs"
"""As version control marks conflicts; none of these lines is YAML, so nobody publishes them by mistake."""


@dataclass(frozen=True, slots=True)
class Merged:
    """Both changes in one text."""

    text: str
    conflicts: int


def merged(base: str, mine: str, theirs: str) -> Merged:
    """Return the text with the changes of both; where both changed the same lines, both with marks."""
    lines: list[str] = []
    conflicts = 0
    for old, own, other in _regions(base.splitlines(), mine.splitlines(), theirs.splitlines()):
        if own in (old, other):
            lines += other
        elif other == old:
            lines += own
        else:
            conflicts += 1
            lines += [MINE, *own, MIDDLE, *other, THEIRS]
    end = "\n" if (mine or theirs).endswith("\n") and lines else ""
    return Merged("\n".join(lines) + end, conflicts)


def _regions(
    base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]
) -> Iterator[tuple[list[str], list[str], list[str]]]:
    """Yield what stands between, and in, the stretches all three have in common."""
    at = (0, 0, 0)
    for stretch in [*_common(base, mine, theirs), (len(base), len(mine), len(theirs), 0)]:
        *begin, length = stretch
        gap = [
            list(text[since:until])
            for text, since, until in zip((base, mine, theirs), at, begin, strict=True)
        ]
        if any(gap):
            yield gap[0], gap[1], gap[2]
        if length:
            same = list(base[begin[0] : begin[0] + length])
            yield same, same, same
        at = (begin[0] + length, begin[1] + length, begin[2] + length)


def _common(
    base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield (base, mine, theirs, length) of the lines of ``base`` that both others still have."""
    ours, others = _matches(base, mine), _matches(base, theirs)
    one = other = 0
    while one < len(ours) and other < len(others):
        (a, m, size), (b, t, width) = ours[one], others[other]
        since, until = max(a, b), min(a + size, b + width)
        if since < until:
            yield since, m + since - a, t + since - b, until - since
        if a + size < b + width:
            one += 1
        else:
            other += 1


def _matches(base: Sequence[str], text: Sequence[str]) -> list[tuple[int, int, int]]:
    blocks = SequenceMatcher(None, base, text, autojunk=False).get_matching_blocks()
    return [(block.a, block.b, block.size) for block in blocks if block.size]
