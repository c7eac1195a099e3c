"""The tree a grammar is made of, and the sentences it allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Text that is spoken as it stands, without spaces inside for Mandarin."""

    text: str
    aside: bool = False
    """Said around the answer (greetings, what is the matter): does not count for its score."""


@dataclass(frozen=True, slots=True)
class Series:
    """One part after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the options; ``weights`` (relative, same length) say how likely each is."""

    options: tuple[Node, ...]
    weights: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Maybe:
    """The part or nothing; ``likely`` is the share of callers who say it."""

    part: Node
    likely: float = 0.5


@dataclass(frozen=True, slots=True)
class Filler:
    """Speech that no grammar foresees: any syllables. Leaves no words in the result."""


Node = Words | Series | Choice | Maybe | Filler

Chooser = Callable[[int], int]
"""Given n, picks one of 0 … n-1."""


def seq(*parts: Node | str) -> Node:
    """Join parts; texts become :class:`Words`."""
    nodes = tuple(Words(part) if isinstance(part, str) else part for part in parts)
    return nodes[0] if len(nodes) == 1 else Series(nodes)


def one_of(*options: Node | str, weights: Sequence[float] = ()) -> Node:
    """Choose between options; doubles are dropped, order is kept."""
    if weights and len(weights) != len(options):
        raise ValueError("one weight per option is needed")
    nodes = [Words(option) if isinstance(option, str) else option for option in options]
    if not weights:
        nodes = list(dict.fromkeys(nodes))
    if not nodes:
        raise ValueError("a choice needs an option")
    return nodes[0] if len(nodes) == 1 else Choice(tuple(nodes), tuple(weights))


def aside(node: Node) -> Node:
    """The same part, not counting for the score."""
    if isinstance(node, Words):
        return Words(node.text, aside=True)
    if isinstance(node, Maybe):
        return Maybe(aside(node.part), node.likely)
    if isinstance(node, Series):
        return Series(tuple(aside(part) for part in node.parts))
    if isinstance(node, Choice):
        return Choice(tuple(aside(option) for option in node.options), node.weights)
    return node


def spaced(text: str) -> tuple[str, ...]:
    """Split a list written as one text, for long lists of Mandarin words."""
    return tuple(text.split())


def maybe(part: Node | str, likely: float = 0.5) -> Node:
    """Make a part optional."""
    return Maybe(Words(part) if isinstance(part, str) else part, likely)


def repeat(part: Node, times: int) -> Node:
    """``part`` exactly ``times`` times."""
    return Series((part,) * times)


def children(node: Series | Choice) -> tuple[Node, ...]:
    """The nodes directly below."""
    return node.parts if isinstance(node, Series) else node.options


def words_of(node: Node) -> Iterator[Words]:
    """Every text in the tree, doubles included."""
    if isinstance(node, Words):
        yield node
    elif isinstance(node, Maybe):
        yield from words_of(node.part)
    elif isinstance(node, Series | Choice):
        for child in children(node):
            yield from words_of(child)


def has_filler(node: Node) -> bool:
    """True when unforeseen speech has a place in the tree."""
    if isinstance(node, Filler):
        return True
    if isinstance(node, Maybe):
        return has_filler(node.part)
    if isinstance(node, Series | Choice):
        return any(has_filler(child) for child in children(node))
    return False


def sentence(node: Node, choose: Chooser) -> list[str]:
    """The texts of one sentence of the grammar, every decision made by ``choose``; fillers are silent."""
    if isinstance(node, Words):
        return [node.text]
    if isinstance(node, Filler):
        return []
    if isinstance(node, Maybe):
        return sentence(node.part, choose) if choose(2) else []
    if isinstance(node, Choice):
        return sentence(node.options[choose(len(node.options))], choose)
    return [text for part in node.parts for text in sentence(part, choose)]
