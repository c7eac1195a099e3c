"""A grammar as JSGF, for PocketSphinx.

A text is one token of the grammar, however many words it has: its network is then one tree
shared from the first sound on, a third of the work of a token a word (measured: 0.18 against 0.10
of real time). The decoder's names for the texts come from ``token``, so nothing of its dictionary
is needed here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hotline.speech.grammar.nodes import Choice, Filler, Maybe, Node, Series, Words, has_filler

Token = Callable[[str], str]
"""Gives the decoder's name for a text, making one where there is none."""

FILLER_RULE = "filler"


def jsgf(name: str, node: Node, token: Token, filler_tokens: Sequence[str]) -> str:
    """Render ``node`` as a JSGF grammar whose public rule is ``<name>``.

    ``filler_tokens`` are the dictionary words for unforeseen speech (one a syllable), any number
    of which stand for a :class:`~hotline.speech.grammar.nodes.Filler`.
    """
    lines = ["#JSGF V1.0 UTF-8;", f"grammar {name};", f"public <{name}> = {_render(node, token)};"]
    if has_filler(node):
        lines.append(f"<{FILLER_RULE}> = ({' | '.join(filler_tokens)})+;")
    return "\n".join(lines) + "\n"


def _render(node: Node, token: Token) -> str:
    if isinstance(node, Words):
        return token(node.text)
    if isinstance(node, Filler):
        return f"<{FILLER_RULE}>"
    if isinstance(node, Maybe):
        return _maybe(node, token)
    if isinstance(node, Series):
        return " ".join(_grouped(part, token) for part in node.parts)
    return _choice(node, token)


def _grouped(node: Node, token: Token) -> str:
    text = _render(node, token)
    return f"({text})" if isinstance(node, Choice) else text


def _maybe(node: Maybe, token: Token) -> str:
    if node.likely == 0.5:
        return f"[{_render(node.part, token)}]"
    return f"(/{node.likely:g}/ {_grouped(node.part, token)} | /{1 - node.likely:g}/ <NULL>)"


def _choice(node: Choice, token: Token) -> str:
    if not node.weights:
        return " | ".join(_grouped(option, token) for option in node.options)
    total = sum(node.weights)
    return " | ".join(
        f"/{weight / total:.6f}/ {_grouped(option, token)}"
        for option, weight in zip(node.options, node.weights, strict=True)
    )
